//! Reports of a fleet: merged, and shown again.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::hallpass::{Call, Ran, Scene};

/// A connection for each: name, variable with the token, need.
const FLEET: [(&str, &str, &str); 6] = [
    ("anna", "READ", "mr.list"),
    ("bert", "READ", "mr.create"),
    ("cleo", "READ", "mr.list"),
    ("dora", "DEV", "mr.list"),
    ("emil", "DEV", "release.create"),
    ("fred", "READ", "mr.list"),
];

fn fleet() -> Scene {
    let scene = Scene::named("gitlab-19");
    write(&scene, "hallpass.yml", &FLEET);
    scene
}

fn write(scene: &Scene, file: &str, connections: &[(&str, &str, &str)]) {
    let mut text = "version: 1\nconnections:\n".to_owned();
    for (name, token, need) in connections {
        let url = scene.url();
        writeln!(text, "  {name}:\n    forge: gitlab\n    url: {url}\n    insecure: true\n    target: acme/app")
            .unwrap();
        writeln!(text, "    tenant: tenant-of-{name}\n    token: {{ env: {token} }}\n    needs: [{need}]").unwrap();
    }
    scene.write(file, &text);
}

fn with_tokens<'a>(scene: &Scene, call: Call<'a>) -> Call<'a> {
    call.env("READ", scene.token("read-api")).env("DEV", scene.token("dev"))
}

/// `check` of the named connections, its report in that file.
fn check(scene: &Scene, arguments: &[&str], file: &str) -> Ran {
    let call = scene.run(&["check", "--format", &format!("json={file}")]).args(arguments);
    with_tokens(scene, call).go()
}

fn report(scene: &Scene, arguments: &[&str]) -> Ran {
    scene.plain_run(&["report"]).args(arguments).go()
}

fn parsed(scene: &Scene, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(scene.tree().join(file)).unwrap()).unwrap()
}

/// A file of the tree with a part replaced.
fn changed(scene: &Scene, from: &str, to: &str, change: impl FnOnce(&mut Value)) {
    let mut value = parsed(scene, from);
    change(&mut value);
    scene.write(to, &value.to_string());
}

#[test]
fn parts_make_the_report_of_the_whole_in_any_order() {
    let scene = fleet();
    let whole = check(&scene, &[], "whole.json");
    check(&scene, &["bert", "emil"], "a.json").exits(1);
    check(&scene, &["fred", "anna", "cleo"], "b.json").exits(0);
    check(&scene, &["dora"], "c.json").exits(0);
    let merged = report(&scene, &["--format", "json", "c.json", "a.json", "b.json"]);
    assert_eq!(merged.status, whole.status);
    // The names are in the order of the alphabet, so nothing was moved.
    assert_eq!(merged.json(), parsed(&scene, "whole.json"));
    assert_eq!(merged.out, report(&scene, &["--format", "json", "b.json", "c.json", "a.json"]).out);
}

#[test]
fn one_report_is_shown_again_as_it_was() {
    let scene = fleet();
    for format in ["human", "json", "github", "azure", "gitlab", "junit", "sarif", "markdown", "html", "prometheus"] {
        let live = with_tokens(&scene, scene.run(&["check", "--format", "json=r.json", "--format", format])).go();
        let again = report(&scene, &["r.json", "--format", format]);
        assert_eq!(again.stdout(), live.stdout(), "{format}");
        assert_eq!(again.status, live.status, "{format}");
    }
}

#[test]
fn a_comparison_is_shown_again_and_keeps_its_status() {
    let scene = fleet();
    for (names, capability) in [(["anna", "dora"], "mr.create"), (["anna", "cleo"], "mr.create")] {
        let names = names.map(|name| format!("--connection={name}"));
        let call = scene.run(&["compare", capability, &names[0], &names[1], "--format", "json=c.json"]);
        let live = with_tokens(&scene, call.args(&["--format", "human"])).go();
        let again = report(&scene, &["c.json"]);
        assert_eq!((again.stdout(), again.status), (live.stdout(), live.status));
    }
    check(&scene, &["anna"], "a.json");
    report(&scene, &["a.json", "c.json"]).exits(2).complains("`c.json` is a report of `compare`");
}

#[test]
fn findings_of_lint_join_those_of_check() {
    let scene = fleet();
    scene.write(
        ".gitlab-ci.yml",
        "job:\n  script:\n    - 'curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/user\"'\n",
    );
    let lint = scene.plain_run(&["lint", "--format", "json=lint.json"]).go();
    assert_eq!(report(&scene, &["lint.json"]).status, lint.status);
    check(&scene, &["anna"], "a.json").exits(0);
    let both = report(&scene, &["a.json", "lint.json", "--format", "json"]);
    assert_eq!(both.status, lint.status);
    let lint = parsed(&scene, "lint.json");
    assert_eq!(both.json()["reading"], lint["reading"]);
    assert_eq!(both.rules().len(), lint["findings"].as_array().unwrap().len());
    assert_eq!(both.json()["findings"][0]["message"], lint["findings"][0]["message"]);
    assert_eq!(both.json()["summary"]["connections"], 1);
}

#[test]
fn the_status_follows_the_flags_as_in_one_run() {
    let scene = fleet();
    check(&scene, &["anna"], "pass.json").exits(0);
    check(&scene, &["emil"], "unknown.json").exits(3);
    check(&scene, &["bert"], "fail.json").exits(1);
    let table: [(&[&str], i32); 7] = [
        (&["pass.json"], 0),
        (&["unknown.json"], 3),
        (&["pass.json", "unknown.json"], 3),
        (&["pass.json", "unknown.json", "--allow-unknown"], 0),
        (&["pass.json", "unknown.json", "fail.json"], 1),
        (&["pass.json", "fail.json", "--fail-on", "never"], 0),
        (&["unknown.json", "fail.json", "--fail-on", "never"], 3),
    ];
    for (arguments, status) in table {
        assert_eq!(report(&scene, arguments).status, Some(status), "{arguments:?}");
    }
}

#[test]
fn a_connection_in_two_reports_is_refused_unless_the_latest_counts() {
    let scene = fleet();
    check(&scene, &["anna", "bert"], "old.json").exits(1);
    changed(&scene, "old.json", "new.json", |value| {
        value["generated_at"] = json!("2026-11-21T12:00:00Z");
        value["connections"][1]["status"] = json!("pass");
        value["findings"] = json!([]);
    });
    let refused = report(&scene, &["old.json", "new.json"]);
    refused.exits(2).complains("`anna` is in `old.json` and in `new.json`").complains("--latest");
    assert!(refused.out.is_empty());
    for order in [["old.json", "new.json"], ["new.json", "old.json"]] {
        let latest = report(&scene, &["--latest", "--format", "json", order[0], order[1]]);
        latest.exits(0);
        assert_eq!(
            latest.json()["summary"],
            json!({ "connections": 2, "pass": 2, "warn": 0, "fail": 0, "unknown": 0, "requests": parsed(&scene, "old.json")["summary"]["requests"] })
        );
        assert_eq!(latest.json()["generated_at"], "2026-11-21T12:00:00Z");
    }
}

#[test]
fn the_same_name_in_two_places_is_two_connections() {
    let scene = fleet();
    check(&scene, &["bert"], "a.json").exits(1);
    changed(&scene, "a.json", "b.json", |value| value["connections"][0]["target"] = json!("other/app"));
    let merged = report(&scene, &["a.json", "b.json", "--format", "json"]);
    let report = merged.exits(1).json();
    for index in 0..2 {
        let name = report["connections"][index]["name"].as_str().unwrap();
        assert!(name.starts_with("bert (") && name.contains(["acme/app", "other/app"][index]), "{name}");
        assert_eq!(report["findings"][index]["connection"], name);
    }
}

#[test]
fn a_file_that_is_no_report_is_named_and_not_quoted() {
    let scene = fleet();
    check(&scene, &["anna"], "good.json").exits(0);
    let good = std::fs::read_to_string(scene.tree().join("good.json")).unwrap();
    let canary = "hunter2-hunter2";
    let cases: [(&str, &str); 9] = [
        ("", "is damaged"),
        (&good[..good.len() / 2], "is damaged"),
        ("<html>hunter2-hunter2</html>", "is damaged"),
        ("[]", "is no report of hallpass"),
        (r#"{"schema": "hunter2-hunter2"}"#, "is no report of hallpass"),
        (r#"{"schema": 7}"#, "is no report of hallpass"),
        (r#"{"schema": "hallpass.report.v2"}"#, "was written by another version"),
        (r#"{"schema": "hallpass.report.v1", "status": "hunter2-hunter2"}"#, "is no report as the schema"),
        (&"[".repeat(100_000), "is "),
    ];
    for (text, told) in cases {
        scene.write("bad.json", text);
        let ran = report(&scene, &["good.json", "bad.json"]);
        ran.exits(2).complains(&format!("`bad.json` {told}")).complains("hint: ");
        assert!(ran.out.is_empty() && !ran.stderr().contains(canary), "{}", ran.stderr());
    }
    report(&scene, &["nowhere.json"]).exits(2).complains("`nowhere.json` does not exist");
    report(&scene, &["."]).exits(2).complains("`.` is a folder");
    report(&scene, &[]).exits(2).complains("something required is missing");
    report(&scene, &["good.json", "--config", "hallpass.yml"]).exits(2).complains("`--config` has no meaning here");
}

#[test]
fn a_report_may_be_hostile_and_stays_text() {
    let scene = fleet();
    check(&scene, &["bert"], "a.json").exits(1);
    let evil = "x\r\n::error::pwned\n##vso[task.complete]\u{1b}[2J<script>alert(1)</script>[a](javascript:b)";
    changed(&scene, "a.json", "evil.json", |value| {
        let connection = &mut value["connections"][0];
        for key in ["name", "forge", "url", "target", "tenant", "owner", "source"] {
            connection[key] = json!(evil);
        }
        connection["token"]["kind"] = json!(evil);
        connection["remarks"] = json!([evil]);
        value["remarks"] = json!([evil]);
        let finding = &mut value["findings"][0];
        for key in ["rule", "connection", "message", "fix"] {
            finding[key] = json!(evil);
        }
        finding["link"] = json!("javascript:alert(1)");
        finding["location"]["file"] = json!(evil);
    });
    for format in ["human", "github", "azure", "gitlab", "junit", "sarif", "markdown", "html", "prometheus", "outputs"]
    {
        let ran = report(&scene, &["evil.json", "--format", format]);
        let text = ran.exits(1).stdout();
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{format}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::error::pwned")), "{format}:\n{text}");
        let is_log = ["human", "github", "azure"].contains(&format);
        assert!(!is_log || !text.contains("##vso[task.complete]"), "{format}:\n{text}");
        assert!(format != "html" || !text.contains("<script>alert"), "{format}:\n{text}");
        assert!(!text.contains("\"javascript:alert"), "{format}:\n{text}");
    }
}

#[test]
fn shards_split_the_fleet_and_make_the_whole_again() {
    let scene = fleet();
    let whole = check(&scene, &[], "whole.json");
    for of in [1, 2, 3, 7] {
        let files: Vec<String> = (1..=of).map(|index| format!("shard-{index}-{of}.json")).collect();
        for (index, file) in (1..=of).zip(&files) {
            check(&scene, &["--shard", &format!("{index}/{of}")], file);
            assert_eq!(parsed(&scene, file)["shard"], json!({ "index": index, "of": of }));
        }
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let merged = report(&scene, &[&["--format", "json"], &files[..]].concat());
        assert_eq!(merged.status, whole.status);
        assert_eq!(merged.json()["connections"], parsed(&scene, "whole.json")["connections"], "{of}");
        assert_eq!(merged.json()["findings"], parsed(&scene, "whole.json")["findings"], "{of}");
        assert_eq!(merged.json().get("shard"), None);
    }
}

#[test]
fn a_connection_stays_in_its_shard_whatever_the_others_are() {
    let scene = fleet();
    let shard_of = |name: &str| {
        (1..=3).find(|index| {
            let text = format!("{index}/3");
            check(&scene, &["--shard", &text], "r.json");
            parsed(&scene, "r.json")["connections"].as_array().unwrap().iter().any(|one| one["name"] == name)
        })
    };
    let before = shard_of("dora");
    assert!(before.is_some());
    write(
        &scene,
        "hallpass.yml",
        &[("zoe", "READ", "mr.list"), ("dora", "DEV", "mr.list"), ("abe", "READ", "mr.list")],
    );
    assert_eq!(shard_of("dora"), before);
}

#[test]
fn an_empty_shard_passes_and_says_so() {
    let scene = fleet();
    write(&scene, "hallpass.yml", &[("anna", "READ", "mr.list")]);
    let empty = (1..=2)
        .map(|index| check(&scene, &["--shard", &format!("{index}/2"), "--format", "human"], &format!("{index}.json")));
    let ran: Vec<Ran> = empty.collect();
    let texts: Vec<String> = ran.iter().map(|ran| ran.exits(0).stdout()).collect();
    let of_the_empty = texts.iter().position(|text| text.contains("no connection in shard")).unwrap();
    let value = parsed(&scene, &format!("{}.json", of_the_empty + 1));
    assert_eq!((&value["status"], &value["summary"]["connections"]), (&json!("pass"), &json!(0)));
    report(&scene, &["1.json", "2.json"]).exits(0).says("1 connection (1 pass)");
}

#[test]
fn a_missing_shard_leaves_the_whole_unknown() {
    let scene = fleet();
    for index in 1..=3 {
        check(&scene, &["--shard", &format!("{index}/3"), "anna", "cleo", "fred"], &format!("{index}.json")).exits(0);
    }
    report(&scene, &["1.json", "2.json", "3.json"]).exits(0);
    let short = report(&scene, &["1.json", "3.json", "--format", "json=short.json", "--format", "human"]);
    short.exits(3).says("the report of shard 2/3 is missing").says("unknown:");
    report(&scene, &["1.json", "--allow-unknown"]).exits(0).says("shard 2/3 and 1 more");
    assert_eq!(parsed(&scene, "short.json")["status"], "unknown");
    for (index, of) in [(0, 3), (4, 3), (1, 0), (1, u32::MAX)] {
        changed(&scene, "1.json", "odd.json", |value| value["shard"] = json!({ "index": index, "of": of }));
        report(&scene, &["odd.json"]).exits(2).complains("`odd.json` is no report as the schema");
    }
}

#[test]
fn a_parallel_job_knows_its_shard_when_asked() {
    let scene = fleet();
    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let call =
            with_tokens(&scene, scene.run(&["check", "--format", "json", "anna", "cleo", "fred"]).args(arguments));
        variables.iter().fold(call, |call, (name, value)| call.env(name, *value)).go()
    };
    let auto = ["--shard", "auto"];
    let gitlab = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")];
    let azure = [("SYSTEM_JOBPOSITIONINPHASE", "2"), ("SYSTEM_TOTALJOBSINPHASE", "3")];
    let by_hand = with(&["--shard", "2/3"], &[]).json();
    assert_eq!(with(&auto, &gitlab).exits(0).json(), by_hand);
    assert_eq!(with(&auto, &azure).exits(0).json(), by_hand);
    assert_eq!(with(&auto, &[("CI_NODE_TOTAL", "1")]).exits(0).json()["summary"]["connections"], 3);
    // Nobody asked.
    assert_eq!(with(&[], &gitlab).exits(0).json()["summary"]["connections"], 3);
    with(&auto, &[]).exits(2).complains("nothing here says which").complains("--shard I/N");
    for (index, total) in [("4", "3"), ("0", "3"), ("x", "3"), ("2", "x"), ("", "3")] {
        with(&auto, &[("CI_NODE_INDEX", index), ("CI_NODE_TOTAL", total)]).exits(2).complains("`CI_NODE_INDEX`");
    }
    for text in ["", "0/3", "4/3", "1", "1/0", "-1/3", "1/3/3", "a/b", "1/4000000000"] {
        with(&[&format!("--shard={text}")], &[]).exits(2).complains("`--shard` takes I/N");
    }
}

fn since(ran: &Ran, key: &str) -> Value {
    ran.json()["baseline"][key].clone()
}

#[test]
fn a_baseline_tells_what_is_new_resolved_added_gone_and_changed() {
    let scene = fleet();
    check(&scene, &["anna", "bert", "emil"], "before.json").exits(1);
    let old = [("anna", "DEV", "hook.manage"), ("bert", "READ", "mr.list"), ("gina", "READ", "mr.list")];
    write(&scene, "hallpass.yml", &old);
    let args = ["check", "--baseline", "before.json", "--format", "json", "--format", "markdown=s.md"];
    let ran = with_tokens(&scene, scene.run(&args)).go();
    ran.exits(1);
    assert_eq!(since(&ran, "generated_at"), parsed(&scene, "before.json")["generated_at"]);
    assert_eq!(since(&ran, "added"), json!(["gina"]));
    assert_eq!(since(&ran, "gone"), json!(["emil"]));
    let resolved = since(&ran, "resolved");
    assert_eq!(resolved, json!([{ "rule": "scope-missing", "connection": "bert", "capability": "mr.create" }]));
    let new: Vec<&Value> = Vec::new();
    let report = ran.json();
    let all = report["findings"].as_array().unwrap().iter();
    let marked = all.fold(new, |mut marked, one| {
        marked.extend((one["new"] == json!(true)).then_some(one));
        marked
    });
    assert!(marked.iter().any(|one| one["connection"] == "anna" && one["capability"] == "hook.manage"), "{report:#}");
    assert!(marked.iter().all(|one| one["connection"] != "bert"));
    assert_eq!(since(&ran, "new"), marked.len());
    let change = |name: &str, what: &str| {
        let all = since(&ran, "changed");
        let found =
            all.as_array().unwrap().iter().find(|one| one["connection"] == name && one["what"] == what).cloned();
        found.unwrap_or_else(|| panic!("no {what} of {name} in {all:#}"))
    };
    assert_eq!(
        (&change("bert", "status")["before"], &change("bert", "status")["after"]),
        (&json!("fail"), &json!("pass"))
    );
    assert_eq!(change("anna", "scopes")["before"], "read_api");
    let summary = std::fs::read_to_string(scene.tree().join("s.md")).unwrap();
    assert!(summary.contains("**since 2026-11-20 12:00 UTC: ") && summary.contains("- gone: `emil`"), "{summary}");
    with_tokens(&scene, scene.run(&["check", "--baseline", "before.json"]))
        .go()
        .says("since 2026-11-20")
        .says("resolved:");
}

#[test]
fn nothing_changed_is_said_and_names_and_shards_narrow_the_comparison() {
    let scene = fleet();
    check(&scene, &[], "before.json");
    for arguments in [&[][..], &["anna", "dora"], &["--shard", "1/2"], &["--shard", "2/2"]] {
        let call = scene.run(&["check", "--baseline", "before.json", "--format", "json"]).args(arguments);
        let ran = with_tokens(&scene, call).go();
        for key in ["resolved", "added", "gone", "changed"] {
            assert_eq!(since(&ran, key), json!([]), "{arguments:?} {key}");
        }
        assert_eq!(since(&ran, "new"), 0);
    }
    let again = report(&scene, &["before.json", "--baseline", "before.json"]);
    again.says("since 2026-11-20 12:00 UTC: 0 new findings, 0 resolved");
    scene.write("bad.json", "{}");
    let bad = scene.run(&["check", "--baseline", "bad.json"]);
    with_tokens(&scene, bad).go().exits(2).complains("`bad.json` is no report");
}

#[test]
fn a_token_made_anew_with_more_scopes_is_excess_since_that_day() {
    let scene = fleet();
    let file = |need: &str| {
        format!(
            "version: 1\nconnections:\n  bot:\n    forge: gitlab\n    url: {}\n    insecure: true\n    target: acme/app\n    token: {{ env: BOT }}\n{need}",
            scene.url()
        )
    };
    scene.write("hallpass.yml", &file(""));
    let run = |token: &str, arguments: &[&str]| {
        scene.run(&["check", "--format", "json"]).args(arguments).env("BOT", scene.token(token)).go()
    };
    run("read-api", &[]).exits(0);
    scene.write("narrow.json", &run("read-api", &[]).stdout());
    scene.write("broad.json", &run("dev", &[]).stdout());
    assert!(!run("dev", &[]).rules().contains(&"scope-excess".to_owned()));
    let broader = run("dev", &["--baseline", "narrow.json"]);
    broader.finds("scope-excess", &["holds `", "since 2026-11-20", "`read_api`"]);
    assert_eq!(
        (&broader.json()["status"], &broader.json()["connections"][0]["status"]),
        (&json!("warn"), &json!("warn"))
    );
    run("dev", &["--baseline", "narrow.json", "--fail-on", "warning"]).exits(1);
    // `api` implies `read_api`: this is less, not more.
    assert!(!run("read-api", &["--baseline", "broad.json"]).rules().contains(&"scope-excess".to_owned()));
    // What is demanded is no excess; what is left over has its day.
    scene.write("hallpass.yml", &file("    needs: [mr.create]\n"));
    let narrow = run("dev", &["--baseline", "narrow.json"]);
    assert!(narrow.rules().iter().filter(|rule| *rule == "scope-excess").count() <= 1);
    scene.write("hallpass.yml", &file("    needs: [mr.list]\n"));
    run("dev", &["--baseline", "narrow.json"]).finds("scope-excess", &["beyond what is needed", "since 2026-11-20"]);
    scene.write(
        "hallpass.yml",
        &format!("{}ignore:\n  - {{ rule: scope-excess, connection: bot, reason: agreed }}\n", file("")),
    );
    assert!(!run("dev", &["--baseline", "narrow.json"]).rules().contains(&"scope-excess".to_owned()));
}

#[test]
fn an_outage_resolves_nothing() {
    let scene = fleet();
    check(&scene, &["bert"], "before.json").exits(1);
    let call = scene.run(&["check", "bert", "--offline", "--baseline", "before.json", "--format", "json"]);
    let ran = with_tokens(&scene, call).go();
    assert_eq!(since(&ran, "resolved"), json!([]));
}

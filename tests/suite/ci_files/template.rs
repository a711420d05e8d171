//! The GitLab template and component.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass_sandbox::Sandbox;
use serde_json::Value;

use super::{HALLPASS, HOSTILE, shell, surroundings, text, yaml};
use crate::support::demo_behind_tls;

const TEMPLATE: &str = include_str!("../../../templates/tokens.yml");

/// What inputs may hold: nothing that ends a quoted text in YAML, since GitLab fills them in before it parses the file.
const PLAIN: &str = r#"\A[^"\\[:cntrl:]]*\z"#;
const NAME: &str = r"\A[A-Za-z0-9_-]+\z";

/// What the template declares, and its jobs.
pub(super) fn documents() -> (Value, String) {
    let (spec, jobs) = TEMPLATE.split_once("\n---\n").unwrap();
    (yaml(spec), jobs.to_owned())
}

/// Does GitLab take this value for this input?
fn takes(input: &Value, value: &str) -> bool {
    let listed = input["options"].as_array().is_none_or(|options| options.iter().any(|option| option == value));
    let plain = |char: char| !matches!(char, '"' | '\\') && !char.is_ascii_control();
    listed
        && match input["regex"].as_str() {
            Some(PLAIN) => value.chars().all(plain),
            Some(NAME) => !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)),
            None => input["options"].is_array(),
            Some(other) => panic!("an unknown pattern: {other}"),
        }
}

/// The jobs with inputs filled in, which GitLab does in the text of the file.
fn jobs(inputs: &[(&str, &str)]) -> Option<Value> {
    let (spec, mut jobs) = documents();
    for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
        let given = inputs.iter().find(|(given, _)| given == name).map(|(_, value)| *value);
        let value = given.unwrap_or_else(|| text(&input["default"], name));
        if !takes(input, value) {
            return None;
        }
        jobs = jobs.replace(&format!("$[[ inputs.{name} ]]"), value);
    }
    Some(yaml(&jobs))
}

/// A job with what it inherits.
fn job(jobs: &Value, name: &str) -> Value {
    let own = &jobs[name];
    assert!(own.is_object(), "there is no job {name}");
    let mut whole = serde_json::Map::new();
    let parents = match &own["extends"] {
        Value::String(parent) => vec![parent.clone()],
        parents => parents.as_array().into_iter().flatten().map(|parent| text(parent, name).to_owned()).collect(),
    };
    for parent in parents {
        whole.extend(job(jobs, &parent).as_object().unwrap().clone());
    }
    whole.extend(own.as_object().unwrap().clone());
    Value::Object(whole)
}

fn lines(job: &Value, key: &str) -> Vec<String> {
    let lines = job[key].as_array().into_iter().flatten();
    lines.map(|line| text(line, key).to_owned()).collect()
}

struct Ran {
    status: Option<i32>,
    log: String,
}

/// Runs a job as a runner's shell does: `before_script` and `script` in one shell, `after_script` in another. `None` where
/// GitLab would refuse an input.
fn run(name: &str, inputs: &[(&str, &str)], folder: &Path, variables: &[(&str, String)]) -> Option<Ran> {
    let job = job(&jobs(inputs)?, name);
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in job["variables"].as_object().unwrap() {
        assert_eq!(value["expand"], false, "{name}");
        all.insert(name.clone(), text(&value["value"], name).to_owned());
    }
    let temporary = folder.join("temp");
    std::fs::create_dir_all(&temporary).unwrap();
    all.insert("TMPDIR".to_owned(), temporary.display().to_string());
    all.insert("CI_JOB_ID".to_owned(), "6001".to_owned());
    all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let script = [lines(&job, "before_script"), lines(&job, "script")].concat().join("\n");
    let output = shell("sh", &["-e"], &script, folder, &all);
    let after = shell("sh", &["-e"], &lines(&job, "after_script").join("\n"), folder, &all);
    assert!(after.status.success(), "{}", String::from_utf8_lossy(&after.stderr));
    assert!(!temporary.join("hallpass-6001").exists(), "the job left something behind");
    let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    Some(Ran { status: output.status.code(), log })
}

fn variables(forge: &Sandbox, bot: &str) -> Vec<(&'static str, String)> {
    vec![
        ("CI", "true".to_owned()),
        ("GITLAB_CI", "true".to_owned()),
        ("CI_SERVER_URL", forge.url()),
        ("CI_SERVER_VERSION", "19.3.0".to_owned()),
        ("CI_SERVER_TLS_CA_FILE", forge.ca_pem_path().unwrap().display().to_string()),
        ("CI_PROJECT_PATH", "acme/app".to_owned()),
        ("CI_PROJECT_ID", "201".to_owned()),
        ("CI_JOB_TOKEN", forge.token("job")),
        ("BOT", forge.token(bot)),
    ]
}

/// What the job keeps is there.
#[track_caller]
fn assert_kept(name: &str, folder: &Path) {
    let artifacts = &job(&jobs(&[]).unwrap(), name)["artifacts"];
    let paths = artifacts["paths"].as_array().unwrap().iter();
    for kept in paths.chain(artifacts["reports"].as_object().into_iter().flat_map(|reports| reports.values())) {
        assert!(folder.join("work").join(text(kept, "path")).is_file(), "{name}: {kept}");
    }
}

#[test]
fn every_input_of_the_template_is_explained_and_used_and_none_reaches_a_script() {
    let (spec, jobs) = documents();
    for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
        assert!(input["description"].is_string() && takes(input, text(&input["default"], name)), "{name}");
        assert!(jobs.contains(&format!("$[[ inputs.{name} ]]")), "{name} is not used");
    }
    for line in jobs.lines().filter(|line| line.contains("$[[")) {
        let quoted = line.split("$[[").skip(1).all(|rest| rest.contains("]]") && rest.contains('"'));
        assert!(quoted && line.split("$[[").next().unwrap().contains('"'), "not inside quotes: {line}");
    }
    for (name, job) in yaml(&jobs).as_object().unwrap() {
        for key in ["before_script", "script", "after_script"] {
            assert!(!lines(job, key).concat().contains("$[["), "{name}: an input inside {key}");
        }
    }
}

/// The pipelines with an include that texts show, by page.
pub(super) fn shown() -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    for page in ["README.md", "docs/gitlab.md", "docs/gitlab-ci.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
        let blocks = text.split("```yaml\n").skip(1).map(|rest| yaml(rest.split("```").next().unwrap()));
        all.extend(blocks.filter(|block| block["include"].is_array()).map(|block| (page, block)));
    }
    all
}

#[test]
fn inputs_shown_in_texts_are_taken() {
    let (spec, _) = documents();
    for (page, shown) in shown() {
        for include in shown["include"].as_array().unwrap() {
            for (name, value) in include["inputs"].as_object().unwrap() {
                let declared = &spec["spec"]["inputs"][name];
                assert!(declared.is_object(), "{page}: there is no input `{name}`");
                let value = value.as_str().unwrap_or_else(|| panic!("{page}: `{name}` is no text"));
                assert!(takes(declared, value), "{page}: {name}: {value}");
            }
        }
    }
}

#[test]
fn what_unknown_costs_can_be_chosen() {
    for (unknown, wanted) in [("warn", serde_json::json!({ "exit_codes": [3] })), ("fail", Value::Bool(false))] {
        let jobs = jobs(&[("unknown", unknown)]).unwrap();
        for name in ["hallpass-check", "hallpass-lint"] {
            assert_eq!(job(&jobs, name)["allow_failure"], wanted, "{name}");
        }
        assert_eq!(job(&jobs, "hallpass-compare")["allow_failure"], true);
    }
}

#[test]
fn inputs_decide_which_jobs_run_and_when() {
    let rules = |inputs: &[(&str, &str)], name: &str| job(&jobs(inputs).unwrap(), name)["rules"].clone();
    let on = |source: &str| serde_json::json!({ "if": format!("$CI_PIPELINE_SOURCE == \"{source}\"") });
    let both = serde_json::json!([on("merge_request_event"), on("schedule")]);
    for kind in ["check", "compare", "lint"] {
        let name = format!("hallpass-{kind}");
        assert_eq!(rules(&[], &name), both);
        assert_eq!(rules(&[(kind, "schedules")], &name), serde_json::json!([on("schedule")]));
        assert_eq!(rules(&[(kind, "merge-requests")], &name), serde_json::json!([on("merge_request_event")]));
        assert_eq!(rules(&[(kind, "never")], &name), serde_json::json!([{ "when": "never" }]));
        assert_eq!(rules(&[(kind, "always")], &name), serde_json::json!([{ "when": "on_success" }]));
    }
    assert!(jobs(&[("check", "sometimes")]).is_none());
    assert!(jobs(&[("job-prefix", "release-bot")]).unwrap()["release-bot-check"].is_object());
}

#[test]
fn the_template_checks_and_compares_and_leaves_reports() {
    let forge = Sandbox::start(demo_behind_tls());
    for (bot, status) in [("read-only", 1), ("release-bot", 0)] {
        let place = surroundings();
        let inputs = [("binary", HALLPASS), ("token-env", "BOT"), ("contract", "semantic-release")];
        let checked = run("hallpass-check", &inputs, place.path(), &variables(&forge, bot)).unwrap();
        assert_eq!(checked.status, Some(status), "{}", checked.log);
        let compared = run("hallpass-compare", &inputs, place.path(), &variables(&forge, bot)).unwrap();
        assert_eq!(compared.status, Some(status), "{}", compared.log);
        let log = compared.log;
        assert!(log.contains("2 tokens on gitlab") && log.contains("env:CI_JOB_TOKEN"), "{log}");
        assert_kept("hallpass-check", place.path());
        assert_kept("hallpass-compare", place.path());
    }
    forge.assert_all_planned();
}

#[test]
fn without_inputs_the_jobs_own_tokens_are_checked() {
    let forge = Sandbox::start(demo_behind_tls());
    let place = surroundings();
    let ran = run("hallpass-check", &[("binary", HALLPASS)], place.path(), &variables(&forge, "read-only")).unwrap();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(ran.log.contains("env:CI_JOB_TOKEN"), "{}", ran.log);
}

#[test]
fn the_log_is_in_sections() {
    let forge = Sandbox::start(demo_behind_tls());
    let place = surroundings();
    let inputs = [("binary", HALLPASS), ("token-env", "BOT"), ("needs", "mr.list branch.list")];
    let ran = run("hallpass-check", &inputs, place.path(), &variables(&forge, "release-bot")).unwrap();
    for section in ["install", "check"] {
        let time = |word: &str| {
            let rest = ran.log.split(&format!("\u{1b}[0Ksection_{word}:")).find(|rest| {
                let name = rest.split(['\r', '[']).next().unwrap();
                name.ends_with(&format!(":hallpass_{section}"))
            });
            rest.unwrap_or_else(|| panic!("no {word} of {section}: {}", ran.log)).split(':').next().unwrap().to_owned()
        };
        assert!(time("start").parse::<u64>().unwrap() <= time("end").parse().unwrap());
    }
}

#[test]
fn the_template_reads_pipelines() {
    let place = surroundings();
    std::fs::write(
        place.path().join("work/.gitlab-ci.yml"),
        "job:\n  script:\n    - 'curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/user\"'\n",
    )
    .unwrap();
    let ran = run("hallpass-lint", &[("binary", HALLPASS)], place.path(), &[]).unwrap();
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert!(ran.log.contains("job-token-closed-endpoint"), "{}", ran.log);
    assert_kept("hallpass-lint", place.path());
}

#[test]
fn e_03_template_inputs_with_shell_text_are_data() {
    let (spec, _) = documents();
    let mut ran = 0;
    for hostile in HOSTILE.into_iter().chain(["' \" ]]\nx: { y: z }", "a: {b}, #c ' | > & *d !e %f @g"]) {
        for (input, declared) in spec["spec"]["inputs"].as_object().unwrap() {
            let name = if input == "token-env" { ".hallpass-setup" } else { "hallpass-check" };
            let place = surroundings();
            let mut inputs = vec![("binary", HALLPASS), ("token-env", "BOT")];
            inputs.retain(|(name, _)| name != input);
            inputs.push((input, hostile));
            let job = [
                ("GITLAB_CI", "true".to_owned()),
                ("CI_SERVER_URL", "https://127.0.0.1:1".to_owned()),
                ("CI_PROJECT_PATH", "acme/app".to_owned()),
                ("BOT", String::new()),
            ];
            if run(name, &inputs, place.path(), &job).is_none() {
                assert!(!takes(declared, hostile));
                continue;
            }
            ran += 1;
            for folder in ["work", "."] {
                assert!(!place.path().join(folder).join("planted").exists(), "{input}: {hostile}");
            }
        }
    }
    assert!(ran > 60, "only {ran} were run");
}

#[test]
fn the_template_builds_the_commit_it_is_told() {
    let place = surroundings();
    let copy = place.path().join("server/my-group/hallpass.git");
    let repository = git2::Repository::init(&copy).unwrap();
    repository.config().unwrap().set_bool("uploadpack.allowAnySHA1InWant", true).unwrap();
    let author = git2::Signature::now("nobody", "nobody@example.com").unwrap();
    let tree = repository.find_tree(repository.index().unwrap().write_tree().unwrap()).unwrap();
    let commit = repository.commit(Some("HEAD"), &author, &author, "empty", &tree, &[]).unwrap();
    let server = format!("file://{}", place.path().join("server").display()).replace(' ', "%20");
    let inputs = [("source", "my-group/hallpass"), ("source-ref", &commit.to_string()), ("binary", "no-such-program")];
    let job = [("CI_SERVER_URL", server), ("CI_JOB_TOKEN", "text".to_owned())];
    let ran = run("hallpass-check", &inputs, place.path(), &job).unwrap();
    assert!(ran.log.contains("there is nothing to check"), "{}", ran.log);
    let cargo = std::fs::read_to_string(place.path().join("cargo.log")).unwrap();
    assert!(cargo.contains("build --locked --release") && cargo.contains("hallpass-6001/source/Cargo.toml"), "{cargo}");
}

/// An archive as a release has it, with a program that tells that it ran; and a `curl` that has it.
pub(super) fn archive(folder: &Path) -> String {
    let script = format!(
        "set -e\ncd '{0}'\nname=hallpass-1.2.3-$(uname -m)-unknown-linux-musl\nmkdir \"$name\"\n\
         printf '#!/bin/sh\\necho ran >> \"{0}/ran\"\\nexec {HALLPASS} \"$@\"\\n' > \"$name/hallpass\"\n\
         chmod 755 \"$name/hallpass\"\ntar -czf served.tar.gz \"$name\"\n\
         printf '#!/bin/sh\\necho \"$@\" >> \"{0}/curl.log\"\\nwhile [ \"$1\" != --output ]; do shift; done\\ncp \"{0}/served.tar.gz\" \"$2\"\\n' > bin/curl\n\
         chmod 755 bin/curl\nsha256sum served.tar.gz\n",
        folder.display()
    );
    let output = shell("sh", &["-e"], &script, folder, &BTreeMap::new());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

#[test]
fn e_08_the_template_unpacks_the_archive_with_the_given_digest_and_no_other() {
    let forge = Sandbox::start(demo_behind_tls());
    let base = format!("{}/mirror/", forge.url());
    let go = |place: &Path, digest: &str, base: &str| {
        let inputs = [
            ("base-url", base),
            ("version", "1.2.3"),
            ("sha256-x86-64", digest),
            ("sha256-arm64", digest),
            ("token-env", "BOT"),
            ("needs", "mr.list"),
        ];
        run("hallpass-check", &inputs, place, &variables(&forge, "release-bot")).unwrap()
    };
    let place = surroundings();
    let digest = archive(place.path());
    let ran = go(place.path(), &digest, &base);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(place.path().join("ran").exists());
    let asked = std::fs::read_to_string(place.path().join("curl.log")).unwrap();
    let wanted = format!("-- {}/mirror/hallpass-1.2.3-", forge.url());
    assert!(asked.contains(&wanted) && asked.contains("--cacert"), "{asked}");
    assert!(!asked.contains(&forge.token("job")) && !asked.contains(&forge.token("release-bot")));
    for (digest, base, said) in [
        ("0".repeat(64), base.as_str(), "is not the one with the SHA-256 given"),
        (String::new(), base.as_str(), "needs the SHA-256"),
        (digest, "http://mirror.example", "must begin with https://"),
    ] {
        let place = surroundings();
        archive(place.path());
        let ran = go(place.path(), &digest, base);
        assert!(ran.status == Some(2) && ran.log.contains(said), "{said}: {}", ran.log);
        assert!(!place.path().join("ran").exists());
    }
}

#[test]
fn r25_a_folder_that_was_made_ready_by_somebody_is_not_used() {
    let place = surroundings();
    let inputs = [("binary", HALLPASS)];
    let ready = place.path().join("temp/hallpass-6001/bin");
    std::fs::create_dir_all(ready).unwrap();
    let ran = run("hallpass-lint", &inputs, place.path(), &[]).unwrap();
    assert!(ran.status == Some(2) && ran.log.contains("could not be made"), "{}", ran.log);
}

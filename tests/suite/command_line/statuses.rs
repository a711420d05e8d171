//! The exit status, one table for all formats.

use hallpass_sandbox::{Fault, FaultPlan};

use crate::support::hallpass::{Call, Scene};

/// A check that passes, warns, fails, or ends in the unknown.
fn with<'a>(scene: &'a Scene, token: &str, needs: &[&str]) -> Call<'a> {
    scene.checking(&scene.token(token), "acme/app", needs)
}

/// A token and what is demanded of it.
type Case = (&'static str, &'static [&'static str]);

const PASS: Case = ("read-api", &["mr.list"]);
const WARN: Case = ("last-day", &["mr.create"]);
const FAIL: Case = ("read-api", &["mr.create"]);
const UNKNOWN: Case = ("dev", &["release.create"]);

#[test]
fn the_table() {
    let scene = Scene::named("gitlab-19");
    let table: &[(Case, &[&str], i32)] = &[
        (PASS, &[], 0),
        (PASS, &["--fail-on", "note"], 0),
        (WARN, &[], 0),
        (WARN, &["--fail-on", "error"], 0),
        (WARN, &["--fail-on", "warning"], 1),
        (WARN, &["--fail-on", "note"], 1),
        (WARN, &["--fail-on", "never"], 0),
        (FAIL, &[], 1),
        (FAIL, &["--allow-unknown"], 1),
        (FAIL, &["--fail-on", "never"], 0),
        (UNKNOWN, &[], 3),
        (UNKNOWN, &["--allow-unknown"], 0),
        (UNKNOWN, &["--fail-on", "never"], 3),
        (UNKNOWN, &["--fail-on", "warning"], 1),
    ];
    for ((token, needs), flags, status) in table {
        let ran = with(&scene, token, needs).args(flags).go();
        assert_eq!(ran.status, Some(*status), "{token} {needs:?} {flags:?}: {}{}", ran.stdout(), ran.stderr());
    }
}

#[test]
fn the_format_does_not_change_the_status() {
    let scene = Scene::named("gitlab-19");
    for ((token, needs), status) in [(PASS, 0), (FAIL, 1), (UNKNOWN, 3)] {
        for format in ["human", "json", "github", "gitlab", "junit", "markdown"] {
            let args = ["check", "--token-env", "T", "--target", "acme/app", "--url", &scene.url(), "--format", format];
            let call = scene.run(&args).env("T", scene.token(token));
            let ran = needs.iter().fold(call, |call, need| call.args(&["--needs", need])).go();
            assert_eq!(ran.status, Some(status), "{token} {format}");
            assert!(!ran.out.is_empty(), "{token} {format}");
        }
    }
}

#[test]
fn quiet_says_nothing_on_standard_output_and_keeps_the_status_and_the_files() {
    let scene = Scene::named("gitlab-19");
    for ((token, needs), status) in [(PASS, 0), (FAIL, 1), (UNKNOWN, 3)] {
        let args = [
            "check",
            "-q",
            "--token-env",
            "T",
            "--target",
            "acme/app",
            "--url",
            &scene.url(),
            "--format",
            "junit=r.xml",
        ];
        let call = scene.run(&args).env("T", scene.token(token));
        let ran = needs.iter().fold(call, |call, need| call.args(&["--needs", need])).go();
        ran.exits(status);
        assert!(ran.out.is_empty() && ran.err.is_empty(), "{}{}", ran.stdout(), ran.stderr());
        assert!(scene.tree().join("r.xml").exists());
    }
}

#[test]
fn one_failure_among_unknown_ones_is_a_failure() {
    let scene = Scene::named("gitlab-19");
    with(&scene, "dev", &["release.create", "hook.manage"]).go().exits(1);
}

#[test]
fn an_outage_is_no_failure() {
    let body =
        Fault::Status { code: 503, headers: [("Retry-After".to_owned(), "0".to_owned())].into(), body: String::new() };
    let scene = Scene::broken(vec![FaultPlan::always("*", body)]);
    with(&scene, "dev", &["mr.list"]).go().exits(3);
    with(&scene, "dev", &["mr.list"]).args(&["--fail-on", "error"]).go().exits(3);
    with(&scene, "dev", &["mr.list"]).args(&["--allow-unknown"]).go().exits(0);
}

#[test]
fn a_connection_in_doubt_does_not_hide_one_that_fails() {
    let scene = Scene::named("gitlab-19");
    let one = |name: &str, token: &str, need: &str| {
        format!(
            "  {name}: {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, token: {{ env: {token} }}, needs: [{need}] }}\n",
            scene.url()
        )
    };
    let text = format!(
        "version: 1\nconnections:\n{}{}{}",
        one("good", "A", "mr.list"),
        one("bad", "B", "mr.create"),
        one("odd", "C", "release.create")
    );
    scene.write("hallpass.yml", &text);
    let run = |names: &[&str]| {
        let call = scene.run(&["check", "--format", "json"]).args(names);
        call.env("A", scene.token("read-api")).env("B", scene.token("read-api")).env("C", scene.token("dev")).go()
    };
    assert_eq!(run(&[]).exits(1).json()["summary"]["connections"], 3);
    run(&["good"]).exits(0);
    run(&["bad"]).exits(1);
    run(&["odd"]).exits(3);
    run(&["good", "odd"]).exits(3);
    run(&["goood"]).exits(2).complains("did you mean `good`?");
}

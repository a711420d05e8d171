//! Mistyped commands and reports that cannot be written.

use std::os::unix::ffi::OsStringExt as _;
use std::process::{Command, Stdio};

use hallpass_sandbox::{Fault, FaultPlan};

use crate::formats::grammar::{azure_commands, github_commands};
use crate::support::hallpass::Scene;

fn scene() -> Scene {
    Scene::named("gitlab-19")
}

#[test]
fn u_01_mistakes_are_one_short_message_and_a_hint() {
    let cases: &[(&[&str], &str)] = &[
        (&["frobnicate"], "unknown command"),
        (&["chek"], "did you mean `check`?"),
        (&["check", "--frobnicate"], "unknown argument `--frobnicate`"),
        (&["check", "--formt", "json"], "did you mean `--format`?"),
        (&["check", "--format", "jsn"], "did you mean `json`?"),
        (&["check", "--format", "pdf"], "unknown format"),
        (&["check", "--format", "json", "--format", "human"], "cannot share standard output"),
        (&["check", "--format", "json="], "lacks the path"),
        (&["check", "-q", "-v"], "cannot be used with"),
        (&["check", "--fail-on", "often"], "`error`, `warning`, `note`, `never`"),
        (&["check", "--timeout", "0"], "`--timeout` cannot be used"),
        (&["check", "--timeout", "soon"], "`--timeout` cannot be used"),
        (&["check", "--probe", "all"], "`none`, `read`, `dry-run`, `writes`"),
        (&["check", "--allow-http", "not an origin"], "--allow-http"),
        (&["check", "--token-env", "T", "--forge", "gitlap"], "gitlab"),
        (
            &["check", "--token-env", "GITLAB_TOKEN", "--contract", "semantic-relase"],
            "did you mean `semantic-release`?",
        ),
        (&["check", "--token-env", "GITLAB_TOKEN", "--needs", "mr.creat"], "did you mean `mr.create`?"),
        (&["check", "--config", "none.yml"], "none.yml"),
        (&["can"], "missing"),
        (&["can", "mr.create", "--list"], "cannot be used with"),
        (&["can", "mr.craete", "--token-env", "GITLAB_TOKEN"], "did you mean `mr.create`?"),
        (&["compare", "mr.lits", "--token-env", "GITLAB_TOKEN"], "did you mean `mr.list`?"),
        (&["can", "mr.list", "--token-env", "A", "--token-env", "B"], "only one token"),
        (&["explain", "scope-mising"], "did you mean `scope-missing`?"),
        (&["completions", "tcsh"], "`bash`"),
    ];
    let scene = scene();
    for (arguments, told) in cases {
        let ran = scene.plain_run(arguments).go();
        ran.exits(2).complains(told).complains("error: ");
        let lines = ran.stderr().lines().count();
        assert!(lines <= 3 && ran.out.is_empty(), "{arguments:?}: {lines} lines\n{}", ran.stderr());
    }
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn o_01_an_error_that_quotes_a_path_starts_no_command() {
    for path in ["a\n::error::owned", "a\r::error::owned", "##[error]owned", "##vso[task.complete]b"] {
        let ran = scene().plain_run(&["check", "--config", path]).go();
        ran.exits(2).complains("there is no such file");
        assert_eq!(github_commands(&ran.stderr()), Vec::<String>::new(), "{}", ran.stderr());
        assert_eq!(azure_commands(&ran.stderr()), 0, "{}", ran.stderr());
    }
}

#[test]
fn u_01_no_command_at_all_shows_the_way() {
    let ran = scene().plain_run(&[]).go();
    ran.exits(2).complains("Usage: hallpass");
}

#[test]
fn u_01_nothing_to_check_is_told_with_what_to_do() {
    let ran = scene().plain_run(&["check"]).go();
    ran.exits(2).complains("nothing to check").complains("hint: ");
}

#[test]
fn u_02_an_argument_that_is_not_utf_8() {
    let bad = std::ffi::OsString::from_vec(b"mr.\xFFcreate".to_vec());
    let ran = scene().plain_run(&["can"]).arg(bad).go();
    ran.exits(2).complains("argument 2 is not valid UTF-8");
}

#[test]
fn u_04_an_interrupted_check_leaves_no_half_report() {
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::Silent)]).lax();
    let report = scene.tree().join("report.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .env_clear()
        .env("TOKEN", scene.token("dev"))
        .args([
            "check",
            "--token-env",
            "TOKEN",
            "--forge",
            "gitlab",
            "--url",
            &scene.url(),
            "--allow-http",
            &scene.origin(),
        ])
        .arg(format!("--format=json={}", report.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while scene.forge.requests().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Whole, with what was finished, and nothing beside it.
    let whole: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(whole["status"], "unknown");
    let left: Vec<_> = std::fs::read_dir(scene.tree()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| name == ".git" || name == "report.json"), "{left:?}");
}

#[test]
fn u_05_a_reader_that_went_away_ends_the_output_quietly() {
    for arguments in [&["explain"][..], &["man"], &["completions", "bash"], &["config", "schema"], &["--help"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hallpass"))
            .env_clear()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.status.code().is_some(), "{arguments:?}: {}", output.status);
    }
}

#[test]
fn u_06_a_report_into_a_folder_that_is_not_there_is_told_before_any_request() {
    let scene = scene();
    let ran =
        scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]).args(&["--format", "junit=none/report.xml"]).go();
    ran.exits(2).complains("none/report.xml").complains("does not exist");
    let ran = scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]).args(&["--format", "junit=."]).go();
    ran.exits(2).complains("folder");
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn u_06_a_report_that_is_there_is_replaced_as_a_whole() {
    let scene = scene();
    let path = scene.write("report.json", &"x".repeat(100_000));
    let ran = scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]);
    // The other format is on standard output.
    let ran = ran.args(&["--format", "json=report.json"]).go();
    ran.exits(0);
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(written, ran.json());
}

#[test]
fn several_formats_in_one_run() {
    let scene = scene();
    let call = scene.checking(&scene.token("read-api"), "acme/app", &["mr.create"]);
    let names = ["human=a.txt", "json=b.json", "github=c.txt", "gitlab=d.json", "junit=e.xml", "markdown=f.md"];
    let ran = names.iter().fold(call, |call, name| call.args(&["--format", name])).go();
    ran.exits(1).judges("mr.create", "denied scope declared");
    let read = |name: &str| std::fs::read_to_string(scene.tree().join(name)).unwrap();
    for name in ["a.txt", "c.txt", "e.xml", "f.md"] {
        assert!(read(name).contains("needs scope"), "{name}: {}", read(name));
    }
    for name in ["b.json", "d.json"] {
        serde_json::from_str::<serde_json::Value>(&read(name)).unwrap();
    }
    assert!(!read("a.txt").contains('\u{1b}'), "a file holds no colours");
}

//! The program as a user runs it.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

const BAD: &str = "comment:\n  script:\n    - curl -X POST -H \"JOB-TOKEN:$CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/1/merge_requests/2/notes\"\n";
const GOOD: &str =
    "list:\n  script:\n    - curl -H \"JOB-TOKEN:$CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/1/releases\"\n";

fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git2::Repository::init(folder.path()).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn lint(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("hallpass").unwrap();
    command.env_clear().env("HOME", folder).current_dir(folder).arg("lint");
    command
}

#[test]
fn a_call_that_can_never_work_fails_the_run_and_is_marked() {
    let folder = repository(&[(".gitlab-ci.yml", BAD)]);
    lint(folder.path()).assert().code(1).stdout(
        contains("error[job-token-closed-endpoint]").and(contains("--> .gitlab-ci.yml:3:49")).and(contains("^^^^")),
    );
}

#[test]
fn a_good_pipeline_passes_and_none_at_all_is_no_pass() {
    let good = repository(&[(".gitlab-ci.yml", GOOD)]);
    lint(good.path()).assert().code(0).stdout(contains("1 job in 1 file, no findings"));
    let empty = repository(&[]);
    lint(empty.path()).assert().code(3).stdout(contains("nothing was checked"));
}

#[test]
fn a_path_that_is_not_there_is_a_mistake() {
    let folder = repository(&[]);
    lint(folder.path()).arg("no.yml").assert().code(2).stderr(contains("`no.yml`: there is no such file or folder"));
    lint(folder.path()).args(["--gitlab-version", "new"]).assert().code(2).stderr(contains("--gitlab-version"));
}

#[test]
fn a_file_that_breaks_is_named_with_its_place_and_the_others_are_still_read() {
    let folder = repository(&[("a.gitlab-ci.yml", "x: [1\n"), ("b.gitlab-ci.yml", GOOD), ("c.gitlab-ci.yml", BAD)]);
    lint(folder.path())
        .args(["a.gitlab-ci.yml", "b.gitlab-ci.yml"])
        .assert()
        .code(3)
        .stderr(contains("error: a.gitlab-ci.yml:").and(contains("brackets")))
        .stdout(contains("unknown"));
    lint(folder.path()).arg(".").assert().code(1).stderr(contains("a.gitlab-ci.yml"));
}

#[test]
fn the_jobs_own_version_decides_where_none_is_given() {
    let list = "l:\n  script: curl -H \"JOB-TOKEN:$CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/merge_requests\n";
    let folder = repository(&[(".gitlab-ci.yml", list)]);
    lint(folder.path()).assert().code(0);
    lint(folder.path()).env("CI_SERVER_VERSION", "17.5.1-ee").assert().code(1).stdout(contains("the server is 17.5"));
    lint(folder.path()).env("CI_SERVER_VERSION", "17.5.1-ee").args(["--gitlab-version", "18.6"]).assert().code(0);
}

#[test]
fn a_token_in_a_file_is_found_in_every_format_and_shown_in_none() {
    let token = format!("{}{}", "glpat-", "bzoxCnU6MnMAAQIDBAUGBwgJCgsMDQ4PEA.01.0y0f1b977");
    let text = format!(
        "a:\n  variables: {{ TOKEN: {token} }}\n  script:\n    - curl -H \"PRIVATE-TOKEN:{token}\" $CI_API_V4_URL/user\n"
    );
    let folder = repository(&[(".gitlab-ci.yml", &text)]);
    for format in ["human", "json", "github", "gitlab", "junit", "markdown", "sarif", "azure", "html"] {
        let output = lint(folder.path()).args(["--format", format, "-v"]).assert().code(1).get_output().clone();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("token-literal") || said.contains("token written"), "{format}: {said}");
        assert!(!said.contains("bzoxCnU6"), "{format} shows the token");
    }
}

#[test]
fn positions_reach_json_annotations_and_code_quality() {
    let folder = repository(&[(".gitlab-ci.yml", BAD)]);
    let out = |format: &str| {
        let output = lint(folder.path()).args(["--format", format]).assert().code(1).get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&out("json")).unwrap();
    let location = &json["findings"][0]["location"];
    assert_eq!((location["line"].as_u64(), location["column"].as_u64()), (Some(3), Some(49)));
    assert_eq!((location["end_line"].as_u64(), location["end_column"].as_u64()), (Some(3), Some(99)));
    assert!(out("github").contains("::error file=.gitlab-ci.yml,line=3,col=49,"));
    assert!(out("gitlab").contains("\"begin\": 3"));
    assert!(out("azure").contains("sourcepath=.gitlab-ci.yml;linenumber=3;columnnumber=49;"));
    let sarif: serde_json::Value = serde_json::from_str(&out("sarif")).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(49), Some(99)));
}

const NARROW: &str = "on: push
permissions: { contents: read }
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: |
          set -e
          gh release upload v1 app.tgz
        env: { GH_TOKEN: \"${{ github.token }}\" }
";

#[test]
fn a_workflow_is_read_by_itself_and_its_places_reach_every_format() {
    let folder = repository(&[(".github/workflows/release.yml", NARROW)]);
    let out = |format: &str| {
        let output = lint(folder.path()).args(["--format", format]).assert().code(1).get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let human = out("human");
    assert!(human.contains("error[permissions-too-narrow]: `gh release upload` needs `contents: write`"), "{human}");
    assert!(human.contains("--> .github/workflows/release.yml:9:11"), "{human}");
    assert!(human.contains("add `contents: write` to `permissions`"), "{human}");
    assert!(out("github").contains("::error file=.github/workflows/release.yml,line=9,col=11,"));
    assert!(out("azure").contains("sourcepath=.github/workflows/release.yml;linenumber=9;columnnumber=11;"));
    let sarif: serde_json::Value = serde_json::from_str(&out("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(result["ruleId"].as_str(), Some("permissions-too-narrow"));
    assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(9), Some(11)));
    assert_eq!((region["endLine"].as_u64(), region["endColumn"].as_u64()), (Some(9), Some(39)));
}

#[test]
fn workflows_and_actions_are_found_beside_gitlabs_file() {
    let action = "runs: { using: composite, steps: [{ run: make, shell: bash }] }\n";
    let folder = repository(&[
        (".gitlab-ci.yml", GOOD),
        (".github/workflows/a.yml", "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: make }] } }\n"),
        (".github/workflows/readme.md", "no workflow"),
        (".github/actions/x/action.yml", action),
        ("action.yml", action),
        ("other.yml", "on: push\n"),
    ]);
    lint(folder.path()).assert().code(0).stdout(contains("4 jobs in 4 files, no findings"));
    lint(folder.path()).arg(".github").assert().code(0).stdout(contains("2 jobs in 2 files"));
}

#[test]
fn a_token_in_a_workflow_is_found_and_not_shown() {
    let body = "q7Zt2LmW9xKc4VbN8pRf3HsJ6dGy1A";
    let token = format!("{}{body}{}", "ghp_", "2WVqq1");
    let text = format!("on: push\nenv: {{ TOKEN: {token} }}\njobs: {{}}\n");
    let folder = repository(&[(".github/workflows/x.yml", &text)]);
    lint(folder.path()).assert().code(1).stdout(contains("token-literal").and(contains(body).not()));
}

#[test]
fn each_line_with_the_same_cause_has_an_annotation() {
    let second = BAD.lines().last().unwrap();
    let folder = repository(&[(".gitlab-ci.yml", &format!("{BAD}{second}\n"))]);
    let output = lint(folder.path()).args(["--format", "github"]).assert().code(1).get_output().clone();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("line=3,col=49") && said.contains("line=4,col=49"), "{said}");
}

#[test]
fn comments_and_the_configuration_silence_a_rule() {
    let commented =
        BAD.replace("    - curl", "    # hallpass: ignore[job-token-closed-endpoint] the bot is public\n    - curl");
    let folder = repository(&[(".gitlab-ci.yml", &commented)]);
    lint(folder.path()).assert().code(0);
    let config = "version: 1\nignore:\n  - { rule: job-token-closed-endpoint, reason: known }\n";
    let folder = repository(&[(".gitlab-ci.yml", BAD), ("hallpass.yml", config)]);
    lint(folder.path()).assert().code(0);
}

#[test]
fn what_cannot_be_followed_is_counted_and_listed() {
    let text = "a:\n  script:\n    - curl -H \"JOB-TOKEN:$CI_JOB_TOKEN\" \"$ADDRESS\"\n";
    let folder = repository(&[(".gitlab-ci.yml", text)]);
    lint(folder.path()).assert().code(0).stdout(contains("1 call not resolved"));
    lint(folder.path()).arg("-v").assert().code(0).stdout(contains("--> .gitlab-ci.yml:3:7"));
}

#[test]
fn files_outside_the_repository_are_not_opened() {
    let outer = tempfile::tempdir().unwrap();
    std::fs::write(outer.path().join("secret.yml"), BAD).unwrap();
    let inner = outer.path().join("repository");
    std::fs::create_dir(&inner).unwrap();
    git2::Repository::init(&inner).unwrap();
    std::fs::write(inner.join(".gitlab-ci.yml"), "include: [{ local: ../secret.yml }, { local: link.yml }]\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.yml", inner.join("link.yml")).unwrap();
    lint(&inner).assert().code(0).stdout(contains("2 files elsewhere not read"));
}

//! The GitLab template.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use hallpass_sandbox::Sandbox;
use serde_json::Value;

use super::{HALLPASS, HOSTILE, shell, surroundings, text, yaml};
use crate::support::demo_behind_tls;

const TEMPLATE: &str = include_str!("../../../.gitlab-ci-template.yml");

/// What the template declares, and its jobs.
pub(super) fn documents() -> (Value, String) {
    let (spec, jobs) = TEMPLATE.split_once("\n---\n").unwrap();
    (yaml(spec), jobs.to_owned())
}

/// The jobs with inputs filled in, value by value, as GitLab does it after parsing.
fn jobs(inputs: &[(&str, &str)]) -> Value {
    let (spec, jobs) = documents();
    let declared = spec["spec"]["inputs"].as_object().unwrap();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in declared {
        values.insert(name.clone(), text(&input["default"], name).to_owned());
    }
    for (name, value) in inputs {
        let options = declared[*name]["options"].as_array();
        assert!(options.is_none_or(|options| options.iter().any(|option| option == value)), "{name}: {value}");
        values.insert((*name).to_owned(), (*value).to_owned());
    }
    let mut jobs = yaml(&jobs);
    fill(&mut jobs, &values);
    jobs
}

fn fill(value: &mut Value, inputs: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => *text = filled(text, inputs),
        Value::Array(list) => list.iter_mut().for_each(|value| fill(value, inputs)),
        Value::Object(map) => {
            let entries = std::mem::take(map).into_iter().map(|(key, mut value)| {
                fill(&mut value, inputs);
                (filled(&key, inputs), value)
            });
            *map = entries.collect();
        }
        _ => {}
    }
}

fn filled(text: &str, inputs: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("$[[ inputs.");
    let mut filled = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" ]]").unwrap();
        filled.push_str(&inputs[name]);
        filled.push_str(rest);
    }
    filled
}

/// Runs the job as a runner's shell does: its script lines one after the other in one shell.
fn run(inputs: &[(&str, &str)], folder: &Path, variables: &[(&str, String)]) -> Output {
    let jobs = jobs(inputs);
    let job = &jobs["hallpass"];
    let lines: Vec<&str> = job["script"].as_array().unwrap().iter().map(|line| text(line, "script")).collect();
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in job["variables"].as_object().unwrap() {
        assert_eq!(value["expand"], false, "{name}");
        all.insert(name.clone(), text(&value["value"], name).to_owned());
    }
    all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    shell("sh", &["-e"], &lines.join("\n"), folder, &all)
}

fn variables(forge: &Sandbox, bot: &str) -> Vec<(&'static str, String)> {
    vec![
        ("CI", "true".to_owned()),
        ("GITLAB_CI", "true".to_owned()),
        ("CI_JOB_ID", "6001".to_owned()),
        ("CI_SERVER_URL", forge.url()),
        ("CI_SERVER_VERSION", "19.3.0".to_owned()),
        ("CI_SERVER_TLS_CA_FILE", forge.ca_pem_path().unwrap().display().to_string()),
        ("CI_PROJECT_PATH", "acme/app".to_owned()),
        ("CI_PROJECT_ID", "201".to_owned()),
        ("CI_JOB_TOKEN", forge.token("job")),
        ("BOT", forge.token(bot)),
    ]
}

#[test]
fn every_input_of_the_template_is_explained_and_used() {
    let (spec, jobs) = documents();
    for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
        assert!(input["description"].is_string() && input["default"].is_string(), "{name}");
        assert!(jobs.contains(&format!("$[[ inputs.{name} ]]")), "{name} is not used");
    }
    let script = jobs.split("\n  script:\n").nth(1).unwrap();
    assert!(!script.contains("$[["), "an input inside the script");
}

#[test]
fn what_unknown_costs_can_be_chosen() {
    for (unknown, wanted) in [("warn", serde_json::json!({ "exit_codes": [3] })), ("fail", Value::Bool(false))] {
        let jobs = jobs(&[("unknown", unknown)]);
        let parent = text(&jobs["hallpass"]["extends"], "extends");
        assert_eq!(jobs[parent]["allow_failure"], wanted);
    }
}

#[test]
fn the_template_checks_compares_and_leaves_reports() {
    let forge = Sandbox::start(demo_behind_tls());
    for (bot, status) in [("read-only", 1), ("release-bot", 0)] {
        let place = surroundings();
        let inputs = [("binary", HALLPASS), ("token-env", "BOT"), ("contract", "semantic-release")];
        let output = run(&inputs, place.path(), &variables(&forge, bot));
        let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{log}");
        assert!(log.contains("2 tokens on gitlab") && log.contains("env:CI_JOB_TOKEN"), "{log}");
        let jobs = jobs(&[]);
        let artifacts = &jobs["hallpass"]["artifacts"];
        let kept =
            artifacts["paths"].as_array().unwrap().iter().chain(artifacts["reports"].as_object().unwrap().values());
        for name in kept {
            assert!(place.path().join("work").join(text(name, "path")).is_file(), "{name}: {log}");
        }
    }
    forge.assert_all_planned();
}

#[test]
fn without_inputs_the_job_s_own_tokens_are_compared() {
    let forge = Sandbox::start(demo_behind_tls());
    let place = surroundings();
    let output = run(&[("binary", HALLPASS), ("compare", "no")], place.path(), &variables(&forge, "read-only"));
    let log = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert!(log.contains("env:CI_JOB_TOKEN") && !place.path().join("work/hallpass-compare.md").exists(), "{log}");
}

#[test]
fn e_03_template_inputs_with_shell_text_are_data() {
    for hostile in HOSTILE {
        for input in ["binary", "source", "source-ref", "config", "token-env", "contract", "origins"] {
            let place = surroundings();
            let mut inputs = vec![("binary", HALLPASS), ("token-env", "BOT"), ("compare", "no")];
            inputs.retain(|(name, _)| *name != input);
            inputs.push((input, hostile));
            let job = [
                ("GITLAB_CI", "true".to_owned()),
                ("CI_SERVER_URL", "https://127.0.0.1:1".to_owned()),
                ("CI_PROJECT_PATH", "acme/app".to_owned()),
                ("BOT", String::new()),
            ];
            let output = run(&inputs, place.path(), &job);
            // A ref without a source is not used; all else keeps the job from passing.
            assert!(!output.status.success(), "{input}: {hostile}");
            for folder in ["work", "."] {
                assert!(!place.path().join(folder).join("planted").exists(), "{input}: {hostile}");
            }
        }
    }
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
    let temp = place.path().join("temp").display().to_string();
    let inputs = [("source", "my-group/hallpass"), ("source-ref", &commit.to_string()), ("binary", "no-such-program")];
    let job = [
        ("CI_SERVER_URL", server),
        ("CI_JOB_ID", "1".to_owned()),
        ("TMPDIR", temp),
        ("CI_JOB_TOKEN", "text".to_owned()),
    ];
    let output = run(&inputs, place.path(), &job);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("there is nothing to check"), "{log}");
    let cargo = std::fs::read_to_string(place.path().join("cargo.log")).unwrap();
    assert!(cargo.contains("build --locked --release") && cargo.contains("hallpass-1/source/Cargo.toml"), "{cargo}");
}

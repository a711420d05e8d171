//! What texts tell users to write into their pipelines.

use std::path::{Path, PathBuf};
use std::process::Command;

use github_actions_models::common::Uses;
use github_actions_models::workflow::job::Step;
use github_actions_models::workflow::{Job, Workflow};
use serde_json::Value;

use super::{template, yaml};
use crate::support::parts;

fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn blocks(path: &str) -> Vec<String> {
    page(path).split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

const PAGES: [&str; 5] =
    ["README.md", "docs/gitlab.md", "docs/github.md", "docs/github-actions.md", "docs/credential-helper.md"];

/// The action in this repository that such a `uses:` means.
fn ours(uses: &str) -> Option<PathBuf> {
    let folder = uses.strip_prefix("my-org/hallpass")?.strip_suffix("@COMMIT")?;
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder.trim_start_matches('/')))
}

/// Every step, in whatever part of a workflow is shown.
fn steps(shown: &Value) -> Vec<&Value> {
    let of_jobs = shown["jobs"].as_object().into_iter().flat_map(serde_json::Map::values).chain([shown]);
    of_jobs.filter_map(|job| job["steps"].as_array()).flatten().collect()
}

#[test]
fn inputs_and_outputs_shown_in_texts_exist() {
    let (spec, _) = template::documents();
    let mut seen = 0;
    for path in PAGES {
        for text in blocks(path) {
            let shown = yaml(&text);
            let includes = shown["include"].as_array().into_iter().flatten();
            let mut given: Vec<(&Value, Value)> =
                includes.map(|one| (&one["inputs"], spec["spec"]["inputs"].clone())).collect();
            for step in steps(&shown) {
                let Some(folder) = step["uses"].as_str().and_then(ours) else { continue };
                let action = yaml(&std::fs::read_to_string(folder.join("action.yml")).unwrap());
                if let Some(id) = step["id"].as_str() {
                    let begin = format!("steps.{id}.outputs.");
                    for name in text.split(&begin).skip(1) {
                        let name = name.split([' ', '}', ')']).next().unwrap();
                        assert!(action["outputs"].get(name).is_some(), "{path}: there is no output `{name}`");
                        seen += 1;
                    }
                }
                given.push((&step["with"], action["inputs"].clone()));
            }
            for (given, known) in given {
                for name in given.as_object().into_iter().flat_map(serde_json::Map::keys) {
                    assert!(known.get(name).is_some(), "{path}: there is no input `{name}`");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 15, "only {seen} inputs and outputs were found");
}

/// The workflows in texts, by the page they stand in.
fn workflows() -> Vec<(&'static str, String)> {
    let all = PAGES.into_iter().flat_map(|path| blocks(path).into_iter().map(move |text| (path, text)));
    let whole = |text: &str| text.contains("on:") && text.contains("\njobs:");
    // One with the name of its file is an example of what `lint` finds wrong.
    let all: Vec<_> = all.filter(|(_, text)| whole(text) && !text.starts_with("# .github/workflows/")).collect();
    assert!(all.len() >= 3, "only {} workflows were found", all.len());
    all
}

/// A whole workflow in a text can be used as it is, once the commits are filled in: it names its permissions, and pins what
/// it uses.
#[test]
fn workflows_shown_in_texts_are_workflows() {
    for (path, text) in workflows() {
        let workflow: Workflow = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
        assert_eq!(yaml(&text)["permissions"], serde_json::json!({}), "{path}: permissions at the top\n{text}");
        for job in workflow.jobs.values() {
            let Job::NormalJob(job) = job else { panic!("{path}: it calls another workflow") };
            for step in &job.steps {
                let Step::Uses(step) = step else { continue };
                let Uses::Repository(uses) = &step.uses else { panic!("{path}: it uses what is no action") };
                assert_eq!(uses.git_ref(), "COMMIT", "{path}");
            }
        }
    }
}

#[test]
fn workflows_shown_in_texts_pass_the_linters() {
    if !parts::programs(&["zizmor", "check-jsonschema"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let workflows_folder = folder.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows_folder).unwrap();
    let mut schema = Command::new("check-jsonschema");
    schema.args(["--builtin-schema", "vendor.github-workflows"]);
    for (number, (_, text)) in workflows().into_iter().enumerate() {
        let file = workflows_folder.join(format!("{number}.yml"));
        std::fs::write(&file, text.replace("COMMIT", &"0123456789".repeat(4))).unwrap();
        schema.arg(file);
    }
    let mut zizmor = Command::new("zizmor");
    zizmor.args(["--offline", "--no-progress", "--persona", "auditor"]).arg(&workflows_folder);
    for mut linter in [zizmor, schema] {
        let output = linter.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
    }
}

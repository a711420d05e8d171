//! The GitHub action.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass_sandbox::Sandbox;

use super::{HALLPASS, HOSTILE, shell, surroundings, text, yaml};
use crate::support::demo_behind_tls;

struct Acted {
    status: Option<i32>,
    /// The output `status`.
    output: String,
    log: String,
    summary: String,
}

/// One use of the action.
struct Use<'a> {
    folder: &'a Path,
    inputs: BTreeMap<&'a str, String>,
    variables: BTreeMap<String, String>,
}

impl<'a> Use<'a> {
    fn new(folder: &'a Path, inputs: &[(&'a str, &str)]) -> Self {
        let file = |name: &str| folder.join(name).display().to_string();
        let variables = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR").to_owned()),
            ("GITHUB_OUTPUT", file("output")),
            ("GITHUB_STEP_SUMMARY", file("summary")),
            ("RUNNER_TEMP", file("temp")),
        ];
        Self {
            folder,
            inputs: inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    fn go(self) -> Acted {
        let action = yaml(include_str!("../../../action.yml"));
        let steps = action["runs"]["steps"].as_array().unwrap();
        assert_eq!((steps.len(), text(&steps[0]["id"], "id")), (1, "check"));
        let mut variables = self.variables;
        for (name, value) in steps[0]["env"].as_object().unwrap() {
            let input =
                text(value, name).strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")).unwrap();
            let default = || text(&action["inputs"][input]["default"], input).to_owned();
            variables.insert(name.clone(), self.inputs.get(input).cloned().unwrap_or_else(default));
        }
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        let script = text(&steps[0]["run"], "run");
        let output = shell("bash", &["--noprofile", "--norc", "-eo", "pipefail"], script, self.folder, &variables);
        let lines = read("output");
        let status = lines.lines().filter_map(|line| line.strip_prefix("status=")).next_back();
        Acted {
            status: output.status.code(),
            output: status.unwrap_or_default().to_owned(),
            log: String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
            summary: read("summary"),
        }
    }
}

#[test]
fn inputs_reach_the_script_only_as_variables_and_none_is_a_token() {
    let action = yaml(include_str!("../../../action.yml"));
    let inputs = action["inputs"].as_object().unwrap();
    let step = &action["runs"]["steps"][0];
    assert!(!text(&step["run"], "run").contains("${{"), "an expression inside the script");
    let used: Vec<_> = step["env"].as_object().unwrap().values().map(|value| text(value, "env").to_owned()).collect();
    for (name, input) in inputs {
        assert!(used.contains(&format!("${{{{ inputs.{name} }}}}")), "the input `{name}` is not handed over");
        assert!(input["description"].is_string() && input["default"].is_string(), "{name}");
        assert!(!matches!(name.as_str(), "token" | "password"), "a token is no input");
    }
    assert_eq!(used.len(), inputs.len());
    assert_eq!(action["outputs"]["status"]["value"], "${{ steps.check.outputs.status }}");
}

#[test]
fn the_action_annotates_summarises_and_tells_its_status() {
    let forge = Sandbox::start(demo_behind_tls());
    let place = surroundings();
    for (token, wanted, status) in [("read-only", "fail", 1), ("release-bot", "pass", 0)] {
        let inputs = [
            ("binary", HALLPASS),
            ("token-env", "BOT"),
            ("forge", "gitlab"),
            ("url", &forge.url()),
            ("target", "acme/app"),
            ("contract", "semantic-release"),
            ("needs", " mr.list\n branch.list "),
            ("reports", "json=report one.json\njunit=report.xml\n"),
        ];
        let acted = Use::new(place.path(), &inputs)
            .env("BOT", forge.token(token))
            .env("SSL_CERT_FILE", forge.ca_pem_path().unwrap().display().to_string())
            .go();
        assert_eq!((acted.status, acted.output.as_str()), (Some(status), wanted), "{}", acted.log);
        assert_eq!(
            acted.log.contains("\n::error ") || acted.log.starts_with("::error "),
            wanted == "fail",
            "{}",
            acted.log
        );
        assert!(acted.summary.contains("mr.list") || acted.summary.contains("semantic-release"), "{}", acted.summary);
        assert!(!format!("{}{}", acted.log, acted.summary).contains(&forge.token(token)));
        let report = std::fs::read_to_string(place.path().join("work/report one.json")).unwrap();
        assert!(report.contains("\"branch.list\"") && report.contains("\"mr.list\""));
        assert!(place.path().join("work/report.xml").exists());
    }
    forge.assert_all_planned();
}

#[test]
fn e_03_inputs_with_shell_text_are_data() {
    for hostile in HOSTILE {
        let place = surroundings();
        for input in [
            "config",
            "connections",
            "token-env",
            "url",
            "target",
            "contract",
            "needs",
            "origins",
            "reports",
            "fail-on",
            "working-directory",
            "binary",
        ] {
            let mut inputs = vec![
                ("binary", HALLPASS),
                ("token-env", "BOT"),
                ("forge", "gitlab"),
                ("target", "acme/app"),
                ("url", "https://127.0.0.1:1"),
            ];
            inputs.retain(|(name, _)| *name != input);
            inputs.push((input, hostile));
            let acted = Use::new(place.path(), &inputs).env("BOT", "").go();
            assert_ne!(acted.output, "pass", "{input}: {hostile}: {}", acted.log);
            for folder in ["work", "."] {
                assert!(!place.path().join(folder).join("planted").exists(), "{input}: {hostile}");
            }
        }
    }
}

#[test]
fn e_08_another_binary_is_not_run() {
    let place = surroundings();
    let wrong = Use::new(place.path(), &[("binary", HALLPASS), ("sha256", &"0".repeat(64))]).go();
    assert_eq!((wrong.status, wrong.output.as_str()), (Some(2), "error"), "{}", wrong.log);
    assert!(wrong.log.contains("not the one with the SHA-256 given") && !wrong.log.contains("hint:"), "{}", wrong.log);
    let output = std::process::Command::new("sha256sum").arg(HALLPASS).output().unwrap();
    let right = String::from_utf8(output.stdout).unwrap()[..64].to_owned();
    let acted = Use::new(place.path(), &[("binary", HALLPASS), ("sha256", &right)]).go();
    assert!(acted.log.contains("`GITHUB_SERVER_URL` is not set"), "{}", acted.log);
}

#[test]
fn e_01_a_summary_that_cannot_be_written_costs_a_warning() {
    let forge = Sandbox::start(demo_behind_tls());
    let place = surroundings();
    let run = |summary: Option<&str>| {
        let inputs = [
            ("binary", HALLPASS),
            ("token-env", "BOT"),
            ("forge", "gitlab"),
            ("url", &forge.url()),
            ("target", "acme/app"),
            ("needs", "mr.list"),
        ];
        let used = Use::new(place.path(), &inputs)
            .env("BOT", forge.token("release-bot"))
            .env("SSL_CERT_FILE", forge.ca_pem_path().unwrap().display().to_string());
        match summary {
            Some(path) => used.env("GITHUB_STEP_SUMMARY", path).go(),
            None => used.without("GITHUB_STEP_SUMMARY").without("GITHUB_OUTPUT").go(),
        }
    };
    for (summary, warning) in
        [(None, "no job summary"), (Some("/nowhere/summary"), "the job summary cannot be written")]
    {
        let acted = run(summary);
        assert!(acted.status == Some(0) && acted.log.contains(warning), "{}", acted.log);
    }
}

#[test]
fn e_04_an_empty_secret_is_missing_not_invalid() {
    let place = surroundings();
    let acted = Use::new(
        place.path(),
        &[
            ("binary", HALLPASS),
            ("token-env", "BOT"),
            ("forge", "gitlab"),
            ("target", "acme/app"),
            ("needs", "mr.list"),
        ],
    )
    .env("BOT", "")
    .go();
    assert_eq!((acted.status, acted.output.as_str()), (Some(1), "fail"));
    assert!(acted.log.contains("token-missing"), "{}", acted.log);
}

#[test]
fn without_a_binary_the_action_builds_its_own_source() {
    let place = surroundings();
    let acted = Use::new(place.path(), &[]).go();
    assert!(acted.log.contains("`GITHUB_SERVER_URL` is not set"), "{}", acted.log);
    assert_eq!(acted.output, "error");
    let cargo = std::fs::read_to_string(place.path().join("cargo.log")).unwrap();
    let source = format!("--manifest-path {}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.contains("build --locked --release") && cargo.contains(&source), "{cargo}");
}

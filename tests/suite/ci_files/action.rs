//! The GitHub action: check, compare, lint.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use hallpass_sandbox::{Fault, FaultPlan, Sandbox, Scenario};

use super::runner::{Done, Job};
use super::{HALLPASS, HOSTILE, text, yaml};
use crate::support::demo_behind_tls;
use crate::support::raw_server::{Act, RawServer};

/// This repository, whose `action.yml` is the action.
fn ours() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A job that trusts this forge and holds this token of it in `BOT`.
fn job(forge: &Sandbox, token: &str) -> Job {
    let mut job = Job::new();
    job.set("BOT", forge.token(token));
    job.set("SSL_CERT_FILE", forge.ca_pem_path().unwrap().display().to_string());
    job
}

fn check(job: &mut Job, url: &str, more: &[(&str, &str)]) -> Done {
    let mut with =
        vec![("binary", HALLPASS), ("token-env", "BOT"), ("forge", "gitlab"), ("url", url), ("target", "acme/app")];
    with.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    with.extend(more);
    job.uses(ours(), &with, &[])
}

#[test]
fn inputs_reach_the_script_only_as_variables_and_none_is_a_token() {
    let action = yaml(include_str!("../../../action.yml"));
    let inputs = action["inputs"].as_object().unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1);
    assert!(!text(&steps[0]["run"], "run").contains("${{"), "an expression inside the script");
    let env = steps[0]["env"].as_object().unwrap();
    for (name, input) in inputs {
        let variable = format!("HALLPASS_IN_{}", name.replace('-', "_").to_uppercase());
        assert_eq!(env[&variable], format!("${{{{ inputs.{name} }}}}"), "`{name}` is not handed over");
        assert!(input["description"].is_string() && input["default"].is_string(), "{name}");
        assert!(!matches!(name.as_str(), "token" | "password"), "a token is no input");
        let scripts = [include_str!("../../../action/run.sh"), include_str!("../../../action/install.sh")];
        assert!(scripts.iter().any(|script| script.contains(&variable)), "`{name}` is not used");
    }
    assert_eq!(env.len(), inputs.len() + 1);
    for (name, output) in action["outputs"].as_object().unwrap() {
        assert_eq!(output["value"], format!("${{{{ steps.run.outputs.{name} }}}}"));
    }
}

#[test]
fn the_inputs_of_the_action_for_git_mean_the_same() {
    let whole = yaml(include_str!("../../../action.yml"));
    let part = yaml(include_str!("../../../action/setup/action.yml"));
    for (name, input) in part["inputs"].as_object().unwrap() {
        assert_eq!(input["default"], whole["inputs"][name]["default"], "{name}");
        let same = ["binary", "sha256", "mirror", "from-source", "provenance"].contains(&name.as_str());
        assert!(!same || input == &whole["inputs"][name], "{name}");
    }
}

/// The re-creation runs what a careless action would have run, so that finding nothing elsewhere means something.
#[test]
fn the_re_creation_shows_an_injection_where_there_is_one() {
    let mut job = Job::new();
    let folder = job.path("careless");
    std::fs::create_dir(&folder).unwrap();
    let careless = "name: x\ninputs:\n  x: { default: '' }\nruns:\n  using: composite\n  steps:\n    \
                    - run: echo ${{ inputs.x }}\n      shell: bash\n";
    std::fs::write(folder.join("action.yml"), careless).unwrap();
    job.uses(&folder, &[("x", "$(touch planted)")], &[]).exits(0);
    assert!(job.path("work/planted").exists());
    let told = job.runs("echo '::set-output name=a::b'; echo 'x=1' >> \"$GITHUB_ENV\"; echo ' ::error::owned'", &[]);
    assert_eq!(told.annotations(), [("error".to_owned(), "owned".to_owned())]);
    assert_eq!(job.handed_on, [("x".to_owned(), "1".to_owned())]);
}

#[test]
fn it_annotates_summarises_and_tells_its_outputs() {
    let forge = Sandbox::start(demo_behind_tls());
    for (token, wanted, status) in [("read-only", "fail", 1), ("release-bot", "warn", 0)] {
        let mut job = job(&forge, token);
        let more = [
            ("contract", "semantic-release"),
            ("needs", " mr.list\n branch.list "),
            ("reports", "json=report one.json\njunit=report.xml\n"),
            ("sarif", "true"),
        ];
        let done = check(&mut job, &forge.url(), &more).exits(status);
        let annotations = done.annotations();
        let kinds = |kind: &str| annotations.iter().filter(|(name, _)| name == kind).count();
        assert!(annotations[0].1.starts_with(&format!("{wanted}: 1 connection (1 {wanted})")), "{annotations:?}");
        assert_eq!(kinds("error") > 0, wanted == "fail");
        assert!(["error", "warning", "notice"].iter().all(|kind| kinds(kind) <= 10));
        assert!(done.summary.contains(&format!("hallpass: {wanted}")), "{}", done.summary);

        let report = std::fs::read_to_string(job.path("work/report one.json")).unwrap();
        assert!(report.contains("\"branch.list\"") && report.contains("\"mr.list\""));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let errors = findings.iter().filter(|finding| finding["severity"] == "error").count();
        assert_eq!((done.output("status"), done.output("connections")), (wanted, "1"));
        assert_eq!(done.output(wanted), "1");
        assert_eq!(done.output("errors"), errors.to_string());
        assert_eq!(done.output("days-until-first-expiry"), report["connections"][0]["token"]["days_left"].to_string());
        assert_eq!(done.output("report-json"), job.path("work/report one.json").display().to_string());
        assert_eq!(done.output("least"), "");
        let sarif = std::fs::read_to_string(done.output("report-sarif")).unwrap();
        assert!(sarif.contains("\"2.1.0\""));
        let reports: Vec<&str> = done.output("reports").lines().collect();
        assert!(reports.len() == 3 && reports.iter().all(|path| Path::new(path).is_file()), "{reports:?}");
        assert_eq!(done.output("binary"), HALLPASS);
        assert!(job.handed_on.is_empty() && job.paths.is_empty(), "it writes outputs alone");
        let everything = format!("{}{}{:?}", done.log, done.summary, done.outputs);
        assert!(!everything.contains(&forge.token(token)));
    }
    forge.assert_all_planned();
}

#[test]
fn mode_compare_names_the_least_token() {
    let forge = Sandbox::start(demo_behind_tls());
    let mut job = job(&forge, "read-only");
    job.set("OTHER", forge.token("release-bot"));
    let more =
        [("mode", "compare"), ("token-env", "BOT OTHER"), ("needs", "mr.list mr.create"), ("sarif", "cmp.sarif")];
    let done = check(&mut job, &forge.url(), &more).exits(0).says("2 tokens on gitlab");
    assert_eq!((done.output("status"), done.output("least")), ("pass", "env:OTHER"));
    assert!(done.summary.contains("mr.create") && job.path("work/cmp.sarif").is_file());
    let more = [("mode", "compare"), ("needs", "mr.create")];
    let done = check(&mut job, &forge.url(), &more).exits(1);
    assert_eq!(done.output("least"), "");
}

#[test]
fn mode_lint_needs_no_token_and_asks_nobody() {
    let mut job = Job::new();
    let script = "#!/bin/sh\ncurl --fail -X POST -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \
                  \"https://gitlab.com/api/v4/projects/1/merge_requests\"\n";
    std::fs::create_dir(job.path("work/ci scripts")).unwrap();
    std::fs::write(job.path("work/ci scripts/a.sh"), script).unwrap();
    std::fs::write(job.path("work/b.sh"), "echo nothing\n").unwrap();
    let with = [("mode", "lint"), ("binary", HALLPASS), ("paths", "ci scripts\nb.sh\r\n\n")];
    let done = job.uses(ours(), &with, &[]).exits(1).says("job-token-closed-endpoint");
    assert_eq!((done.output("status"), done.output("errors"), done.output("connections")), ("fail", "1", "0"));
    assert!(done.annotations()[1].1.contains("merge_requests"), "{:?}", done.annotations());
    let with = [("mode", "lint"), ("binary", HALLPASS), ("paths", "ci scripts"), ("fail-on", "never")];
    assert_eq!(job.uses(ours(), &with, &[]).exits(0).output("status"), "fail");
}

#[test]
fn an_unknown_mode_is_refused() {
    let done = Job::new().uses(ours(), &[("mode", "chekc"), ("binary", HALLPASS)], &[]).exits(2);
    assert_eq!(done.output("status"), "error");
    assert!(done.annotations()[0].1.contains("check, compare, lint, setup, cleanup"));
}

/// Values that would make an annotation or an output of their own where somebody printed them as they are.
const OWNING: [&str; 2] = ["a\n::error::owned\n::set-output name=status::pass", "a\nstatus=pass\nstatus<<x\npass\nx"];

fn hostile() -> impl Iterator<Item = &'static str> {
    HOSTILE.into_iter().chain(OWNING)
}

#[track_caller]
fn assert_unharmed(job: &Job, done: &Done, input: &str, value: &str) {
    for folder in ["work", "temp", "home", "."] {
        assert!(!job.path(folder).join("planted").exists(), "{input}: {value}");
    }
    let owned = done.annotations().iter().any(|(_, message)| message == "owned");
    assert!(!owned, "{input}: {value}: {}", done.log);
    assert!(job.handed_on.is_empty() && job.paths.is_empty(), "{input}: {value}");
}

/// A program in place of hallpass that writes down what it was called with.
const SCRIBE: &str = "#!/bin/sh\n[ \"$1\" = --version ] || printf '%s\\0' \"$@\" > \"$HOME/arguments\"\n";

#[test]
fn e_03_inputs_with_shell_text_are_data() {
    let action = yaml(include_str!("../../../action.yml"));
    let names: Vec<&String> = action["inputs"].as_object().unwrap().keys().collect();
    for value in HOSTILE {
        for input in &names {
            let mut job = Job::new();
            let scribe = job.path("scribe");
            std::fs::write(&scribe, SCRIBE).unwrap();
            std::fs::set_permissions(&scribe, std::fs::Permissions::from_mode(0o755)).unwrap();
            let scribe = scribe.display().to_string();
            let mut with = vec![("binary", scribe.as_str()), (input.as_str(), value)];
            if *input == "binary" {
                with = vec![("binary", value)];
            }
            let done = job.uses(ours(), &with, &[]);
            assert_unharmed(&job, &done, input, value);
            if ["config", "forge", "url", "target", "fail-on"].contains(&input.as_str()) {
                let arguments = std::fs::read_to_string(job.path("home/arguments")).unwrap();
                assert!(arguments.split('\0').any(|one| one == format!("--{input}={value}")), "{arguments:?}");
            }
        }
    }
}

#[test]
fn e_03_what_hallpass_says_of_them_is_no_command() {
    let action = yaml(include_str!("../../../action.yml"));
    let quiet = ["from-source", "sha256", "mirror", "provenance", "take-over", "allow-unknown", "paths", "forge"];
    for value in OWNING {
        for input in action["inputs"].as_object().unwrap().keys() {
            let mut job = Job::new();
            // An empty token ends every run early.
            job.set("BOT", "");
            let done = check(&mut job, "https://127.0.0.1:1", &[(input.as_str(), value)]);
            assert_unharmed(&job, &done, input, value);
            assert!(quiet.contains(&input.as_str()) || done.output("status") != "pass", "{input}: {}", done.log);
        }
    }
}

#[test]
fn e_03_so_are_those_of_the_other_modes() {
    for value in hostile() {
        for (mode, input) in
            [("lint", "paths"), ("lint", "sarif"), ("compare", "needs"), ("compare", "token-env"), ("setup", "url")]
        {
            let mut job = Job::new();
            let with = [("mode", mode), ("binary", HALLPASS), (input, value)];
            let done = job.uses(ours(), &with, &[]);
            assert_unharmed(&job, &done, input, value);
        }
    }
}

/// What a forge answers to the question about the token itself.
fn answering(body: &str) -> Sandbox {
    let headers = BTreeMap::from([("Content-Type".to_owned(), "application/json".to_owned())]);
    let fault = Fault::Status { code: 200, headers, body: body.to_owned() };
    let plan = FaultPlan::always("/api/v4/personal_access_tokens/self", fault);
    Sandbox::start(Scenario { faults: vec![plan], ..demo_behind_tls() })
}

#[test]
fn a_01_to_a_04_what_cannot_be_believed_is_unknown_and_stops_the_job() {
    for body in [
        r#"{"id":1,"scopes":["api"],"active":true,"active":false,"revoked":false}"#,
        r#"{"id":1,"scopes":"api","active":true,"revoked":false,"expires_at":null}"#,
        r#"{"id":1,"scopes":["api"],"active":true,"revoked":true,"expires_at":null}"#,
        "{} <html>",
    ] {
        let forge = answering(body);
        let mut job = job(&forge, "release-bot");
        let done = check(&mut job, &forge.url(), &[("needs", "mr.create")]).exits(3);
        assert_eq!(
            (done.output("status"), done.output("unknown"), done.output("pass")),
            ("unknown", "1", "0"),
            "{body}"
        );
        assert_eq!(done.output("days-until-first-expiry"), "");
        let more = [("needs", "mr.create"), ("allow-unknown", "true")];
        assert_eq!(check(&mut job, &forge.url(), &more).exits(0).output("status"), "unknown");
    }
}

#[test]
fn a_07_names_from_a_forge_make_no_annotation_output_or_link() {
    for name in hostile().chain(["x ##[error]owned", "a\r::error::owned", "<img src=x onerror=alert(1)> @team"]) {
        let name = format!("{name}{}", "é".repeat(100_000));
        let body = serde_json::json!({"id": 1, "name": name, "scopes": [name], "user_id": 101, "active": true,
            "revoked": false, "expires_at": null});
        let forge = answering(&body.to_string());
        let mut job = job(&forge, "release-bot");
        let more = [("needs", "mr.create"), ("reports", "html=a.html"), ("sarif", "true")];
        let done = check(&mut job, &forge.url(), &more);
        assert_ne!(done.status, 0, "{}", done.log);
        assert_unharmed(&job, &done, "the forge", &name);
        assert_ne!(done.output("status"), "pass");
        assert!(done.log.len() < 100_000 && done.summary.len() < 100_000);
    }
}

#[test]
fn e_08_another_binary_is_not_run() {
    let zeros = "0".repeat(64);
    let mut job = Job::new();
    let wrong = job.uses(ours(), &[("binary", HALLPASS), ("sha256", &zeros)], &[]).exits(2);
    assert_eq!(wrong.output("status"), "error");
    assert!(wrong.annotations()[0].1.contains("not the one with the SHA-256 given") && !wrong.log.contains("hint:"));
    assert!(!wrong.log.contains(env!("CARGO_PKG_VERSION")), "not even for its version");
    let output = std::process::Command::new("sha256sum").arg(HALLPASS).output().unwrap();
    let right = String::from_utf8(output.stdout).unwrap()[..64].to_owned();
    job.uses(ours(), &[("binary", HALLPASS), ("sha256", &right)], &[]).says("`GITHUB_SERVER_URL` is not set");
}

#[test]
fn a_name_on_the_search_path_is_a_binary_too_whatever_the_shell_calls_so() {
    for name in ["hallpass", "stop"] {
        let mut job = Job::new();
        let link = job.path("bin").join(name);
        std::os::unix::fs::symlink(HALLPASS, &link).unwrap();
        let done = job.uses(ours(), &[("binary", name)], &[]).exits(2).says("`GITHUB_SERVER_URL` is not set");
        assert_eq!(done.output("binary"), link.display().to_string());
    }
    Job::new().uses(ours(), &[("binary", "build")], &[]).exits(2).says("names no program");
}

#[test]
fn e_01_a_summary_or_outputs_that_cannot_be_written_cost_a_warning() {
    let forge = Sandbox::start(demo_behind_tls());
    for (variable, value, warning) in [
        ("GITHUB_STEP_SUMMARY", "", "no job summary"),
        ("GITHUB_STEP_SUMMARY", "/nowhere/summary", "the job summary cannot be written"),
        ("GITHUB_OUTPUT", "", "takes no outputs"),
        ("GITHUB_OUTPUT", "/nowhere/output", "the step's outputs cannot be written"),
    ] {
        let mut job = job(&forge, "release-bot");
        let url = forge.url();
        let with = [
            ("binary", HALLPASS),
            ("token-env", "BOT"),
            ("forge", "gitlab"),
            ("url", &url),
            ("target", "acme/app"),
            ("needs", "mr.list"),
        ];
        job.uses(ours(), &with, &[(variable, value)]).exits(0).says(warning);
    }
}

#[test]
fn e_04_an_empty_secret_is_missing_not_invalid() {
    let mut job = Job::new();
    job.set("BOT", "");
    let done = check(&mut job, "https://gitlab.com", &[("needs", "mr.list")]).exits(1).says("token-missing");
    assert_eq!(done.output("status"), "fail");
}

#[test]
fn e_07_with_a_binary_at_hand_nothing_is_asked_for_at_installation() {
    let forge = Sandbox::start(demo_behind_tls());
    let elsewhere = RawServer::always(Act::Silence);
    let mut job = job(&forge, "release-bot");
    job.set("https_proxy", elsewhere.url());
    job.set("no_proxy", "localhost,127.0.0.1");
    job.set("GITHUB_SERVER_URL", elsewhere.url());
    let mirror = elsewhere.url();
    check(&mut job, &forge.url(), &[("needs", "mr.list"), ("mirror", &mirror)]).exits(0);
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn e_09_paths_with_blanks_and_letters_of_other_languages_work() {
    let forge = Sandbox::start(demo_behind_tls());
    let mut job = job(&forge, "release-bot");
    std::fs::create_dir(job.path("work/Ärger mit Wörtern")).unwrap();
    let binary = job.path("häll pass");
    std::os::unix::fs::symlink(HALLPASS, &binary).unwrap();
    let binary = binary.display().to_string();
    let more = [
        ("binary", binary.as_str()),
        ("needs", "mr.list"),
        ("working-directory", "Ärger mit Wörtern"),
        ("reports", "json=Prüfung 1.json"),
    ];
    let done = check(&mut job, &forge.url(), &more).exits(0);
    let report = job.path("work/Ärger mit Wörtern/Prüfung 1.json");
    assert_eq!(done.output("report-json"), report.display().to_string());
    assert!(report.is_file());
}

#[test]
fn a_configuration_that_is_wrong_is_an_error_not_a_verdict() {
    let mut job = Job::new();
    std::fs::write(job.path("work/hallpass.yml"), "version: 1\nconections: {}\n").unwrap();
    let done = job.uses(ours(), &[("binary", HALLPASS)], &[]).exits(2);
    assert_eq!(done.output("status"), "error");
    let (kind, message) = &done.annotations()[0];
    assert!(kind == "error" && message.starts_with("hallpass.yml:2:1: "), "{}", done.log);
}

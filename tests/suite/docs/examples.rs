//! Outputs shown in texts: the block after `<!-- shows: NAME -->` is what hallpass prints in a GitLab job on the
//! sandbox's demo scenario, with the first configuration of the text and with the sandbox's address written as
//! `https://gitlab.example.com`.

use std::path::Path;
use std::process::Command;

use hallpass_sandbox::{Sandbox, Scenario, Tls};

const SHOWN: &str = "https://gitlab.example.com";

/// What can be shown, and how it is asked for.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("check", &["check"]),
    (
        "compare",
        &[
            "compare",
            "mr.list",
            "mr.create",
            "mr.note.create",
            "release.create",
            "git.push",
            "package.publish",
            "--token-env",
            "CI_JOB_TOKEN",
            "--token-env",
            "RELEASE_BOT_TOKEN",
            "--token-env",
            "GITLAB_TOKEN",
        ],
    ),
    ("can", &["can", "mr.create", "--token-env", "CI_JOB_TOKEN"]),
];

/// The text with the outputs it should have.
pub(super) fn filled(text: &str) -> String {
    let configuration = super::blocks(text)
        .into_iter()
        .find(|(_, language, content)| language == "yaml" && content.starts_with("version: 1\n"))
        .map(|(_, _, content)| content);
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("<!-- shows: ") {
        let (name, after) = after.split_once(" -->\n").expect("the mark ends its line");
        let body = after.strip_prefix("```text\n").unwrap_or_else(|| panic!("no text block after the mark {name}"));
        let end = if body.starts_with("```\n") { 0 } else { body.find("\n```\n").expect("the block ends") + 1 };
        let after = &body[end + "```\n".len()..];
        filled.push_str(before);
        filled
            .push_str(&format!("<!-- shows: {name} -->\n```text\n{}\n```\n", printed(name, configuration.as_deref())));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn printed(name: &str, configuration: Option<&str>) -> String {
    let (_, arguments) = EXAMPLES.iter().find(|(id, _)| *id == name).unwrap_or_else(|| panic!("no example {name}"));
    let forge = demo_forge();
    let folder = tempfile::tempdir().unwrap();
    git2::Repository::init(folder.path()).unwrap();
    if let Some(text) = configuration {
        std::fs::write(folder.path().join("hallpass.yml"), text.replace(SHOWN, &forge.url())).unwrap();
    }
    let output = in_a_job(&forge, folder.path()).args(*arguments).args(["--color", "never"]).output().unwrap();
    forge.assert_all_planned();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.is_empty(), "{name}: {said}");
    String::from_utf8(output.stdout).unwrap().replace(&forge.url(), SHOWN).trim_end().to_owned()
}

/// The demo's GitLab behind TLS, with an authority of its own.
pub(crate) fn demo_forge() -> Sandbox {
    let mut scenario = Scenario::named("demo").unwrap();
    scenario.tls = Some(Tls::default());
    Sandbox::start(scenario)
}

/// hallpass as a job of `acme/app` on the sandbox runs it.
pub(crate) fn in_a_job(forge: &Sandbox, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallpass"));
    command.current_dir(folder).env_clear().envs(job(forge)).env("HOME", folder);
    command
}

/// The variables of such a job.
pub(crate) fn job(forge: &Sandbox) -> Vec<(&'static str, String)> {
    vec![
        ("HALLPASS_NOW", "2026-11-20T12:00:00Z".to_owned()),
        ("CI", "true".to_owned()),
        ("GITLAB_CI", "true".to_owned()),
        ("CI_SERVER_URL", forge.url()),
        ("CI_SERVER_VERSION", "19.3.0".to_owned()),
        ("CI_SERVER_TLS_CA_FILE", forge.ca_pem_path().unwrap().display().to_string()),
        ("CI_PROJECT_PATH", "acme/app".to_owned()),
        ("CI_PROJECT_ID", "201".to_owned()),
        ("CI_JOB_TOKEN", forge.token("job")),
        ("RELEASE_BOT_TOKEN", forge.token("read-only")),
        ("GITLAB_TOKEN", forge.token("release-bot")),
    ]
}

/// Does hallpass take this configuration? Nobody is asked; what it says where it does not.
pub(super) fn accepts(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    git2::Repository::init(folder.path()).unwrap();
    std::fs::write(folder.path().join("hallpass.yml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .args(["check", "--offline"])
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .output()
        .unwrap();
    match output.status.code() {
        Some(0 | 1 | 3) => Ok(()),
        _ => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

//! Outputs shown in texts: the block after `<!-- shows: NAME -->` is what hallpass prints in a GitLab job on the
//! sandbox's demo scenario, with the first configuration of the text and with the sandbox's address written as
//! `https://gitlab.example.com`.

use std::fmt::Write as _;
use std::process::Command;

use crate::support::demo_behind_tls;
use crate::support::hallpass::Scene;

/// How a block with a pipeline begins; it is the file that `lint` reads.
const PIPELINE: &str = "# .gitlab-ci.yml\n";

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
    ("lint", &["lint"]),
];

/// The text with the outputs it should have.
pub(super) fn filled(text: &str) -> String {
    let configuration = super::blocks(text)
        .into_iter()
        .find(|(_, language, content)| language == "yaml" && content.starts_with("version: 1\n"))
        .map(|(_, _, content)| content);
    let pipeline = super::blocks(text)
        .into_iter()
        .find(|(_, language, content)| language == "yaml" && content.starts_with(PIPELINE))
        .map(|(_, _, content)| content);
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("<!-- shows: ") {
        let (name, after) = after.split_once(" -->\n").expect("the mark ends its line");
        let body = after.strip_prefix("```text\n").unwrap_or_else(|| panic!("no text block after the mark {name}"));
        let end = if body.starts_with("```\n") { 0 } else { body.find("\n```\n").expect("the block ends") + 1 };
        let after = &body[end + "```\n".len()..];
        filled.push_str(before);
        let output = printed(name, configuration.as_deref(), pipeline.as_deref());
        let _ = write!(filled, "<!-- shows: {name} -->\n```text\n{output}\n```\n");
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn printed(name: &str, configuration: Option<&str>, pipeline: Option<&str>) -> String {
    let (_, arguments) = EXAMPLES.iter().find(|(id, _)| *id == name).unwrap_or_else(|| panic!("no example {name}"));
    let scene = Scene::of(demo_behind_tls());
    let url = scene.url();
    if let Some(text) = configuration {
        scene.write("hallpass.yml", &text.replace(SHOWN, &url));
    }
    if let Some(text) = pipeline {
        scene.write(".gitlab-ci.yml", text);
    }
    let authority = scene.forge.ca_pem_path().unwrap();
    let ran = scene
        .plain_run(arguments)
        .args(&["--color", "never"])
        .job("job", "acme/app", 201, "19.3.0")
        .env("CI_SERVER_TLS_CA_FILE", authority)
        .env("RELEASE_BOT_TOKEN", scene.token("read-only"))
        .env("GITLAB_TOKEN", scene.token("release-bot"))
        .go();
    assert!(ran.err.is_empty(), "{name}: {}", ran.stderr());
    ran.stdout().replace(&url, SHOWN).trim_end().to_owned()
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

//! Outputs shown in texts: the block after `<!-- shows: NAME -->` is what hallpass prints in a GitLab job on the
//! sandbox's demo scenario, with the first configuration of the text and with the sandbox's address written as
//! `https://gitlab.example.com`.

use std::fmt::Write as _;
use std::process::Command;

use crate::support::demo_behind_tls;
use crate::support::hallpass::Scene;
use crate::support::helper::{Home, PROGRAM, link};

/// Files that a block may be, by its first line; `lint` reads them.
const PIPELINES: &[&str] = &[".gitlab-ci.yml", ".github/workflows/release.yml"];

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
    ("doctor", &["doctor"]),
    ("lint", &["lint"]),
    ("init", &["init", "--dry-run"]),
    ("advise", &["advise"]),
];

/// The text with the outputs it should have.
pub(super) fn filled(text: &str) -> String {
    let configuration = super::blocks(text)
        .into_iter()
        .find(|(_, language, content)| language == "yaml" && content.starts_with("version: 1\n"))
        .map(|(_, _, content)| content);
    let pipeline = super::blocks(text).into_iter().find_map(|(_, language, content)| {
        let is_it = |path: &&&str| language == "yaml" && content.starts_with(&format!("# {path}\n"));
        PIPELINES.iter().find(is_it).map(|path| (*path, content.clone()))
    });
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("<!-- shows: ") {
        let (name, after) = after.split_once(" -->\n").expect("the mark ends its line");
        let body = after.strip_prefix("```text\n").unwrap_or_else(|| panic!("no text block after the mark {name}"));
        let end = if body.starts_with("```\n") { 0 } else { body.find("\n```\n").expect("the block ends") + 1 };
        let after = &body[end + "```\n".len()..];
        filled.push_str(before);
        let output = printed(name, configuration.as_deref(), pipeline.as_ref());
        let _ = write!(filled, "<!-- shows: {name} -->\n```text\n{output}\n```\n");
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn printed(name: &str, configuration: Option<&str>, pipeline: Option<&(&str, String)>) -> String {
    if name.starts_with("setup ") {
        return set_up(name);
    }
    let (_, arguments) = EXAMPLES.iter().find(|(id, _)| *id == name).unwrap_or_else(|| panic!("no example {name}"));
    let scene = Scene::of(demo_behind_tls());
    let url = scene.url();
    if let Some(text) = configuration {
        scene.write("hallpass.yml", &text.replace(SHOWN, &url));
    }
    if matches!(name, "doctor" | "init" | "advise") {
        checked_out(&scene);
    }
    if let Some((path, text)) = pipeline {
        scene.write(path, text);
    }
    let authority = scene.forge.ca_pem_path().unwrap();
    let ran = scene
        .plain_run(arguments)
        .env("NO_COLOR", "1")
        .job("job", "acme/app", 201, "19.3.0")
        .env("CI_SERVER_TLS_CA_FILE", authority)
        .env("GIT_SSL_CAINFO", authority)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("RELEASE_BOT_TOKEN", scene.token("read-only"))
        .env("GITLAB_TOKEN", scene.token("release-bot"))
        .go();
    assert!(ran.err.is_empty(), "{name}: {}", ran.stderr());
    // Behind a user name the address stands without its scheme.
    let bare = |url: &str| url.trim_start_matches("https://").to_owned();
    ran.stdout().replace(&url, SHOWN).replace(&bare(&url), &bare(SHOWN)).trim_end().to_owned()
}

/// As GitLab Runner leaves it, in a home where Git asks hallpass.
fn checked_out(scene: &Scene) {
    let (url, helper) = (scene.url(), link(&scene.home()));
    std::fs::write(scene.home().join(".gitconfig"), format!("[credential]\n\thelper = {}\n", helper.display()))
        .unwrap();
    let config = scene.tree().join(".git/config");
    let with_token = url.replace("://", &format!("://gitlab-ci-token:{}@", scene.token("job")));
    let text = format!(
        "{}[remote \"origin\"]\n\turl = {url}/acme/app.git\n[url \"{with_token}\"]\n\tinsteadOf = {url}\n",
        std::fs::read_to_string(&config).unwrap()
    );
    std::fs::write(config, text).unwrap();
}

/// In a home where tokens lie in plain text. It is shown as `/home/me`, and hallpass as installed.
fn set_up(name: &str) -> String {
    let home = Home::new().with("GIT_CONFIG_NOSYSTEM", "1");
    home.write(".gitconfig", "[user]\n\tname = me\n[credential]\n\thelper = store\n");
    home.write(".git-credentials", "https://me:canary@gitlab.example.com\nhttp://me:canary@intranet.example\n");
    home.write(".netrc", "machine gitlab.com login me password canary\nmachine ftp.example login me password canary\n");
    let words: Vec<&str> = name.split(' ').chain(["--store", "file"]).collect();
    let ran = home.hallpass(&words);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let shown = format!("{}{}", ran.text(), ran.stderr);
    let real = home.home().canonicalize().unwrap();
    let shown = shown.replace(real.to_str().unwrap(), "/home/me").replace(PROGRAM, "/usr/local/bin/hallpass");
    shown.trim_end().to_owned()
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

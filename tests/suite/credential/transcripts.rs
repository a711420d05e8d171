//! Conversations with the helper, as data: `tests/cases/protocol/*.yml`, named after what they are about. What a file
//! does not say is nothing: no configuration, no variable, empty output on both streams, exit 0.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::support::helper::{CANARY, Home, Ran};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcript {
    /// What is shown, for readers.
    #[serde(rename = "about")]
    _about: String,
    /// The user's file.
    config: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    asks: Vec<Ask>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// Why, where that is not plain.
    #[serde(default, rename = "because")]
    _because: String,
    #[serde(default = "get")]
    words: Vec<String>,
    /// Beside those of the whole file.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Each of these is answered alike.
    stdin: Vec<String>,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    exit: i32,
}

fn get() -> Vec<String> {
    vec!["get".to_owned()]
}

/// How many conversations the file holds; those that did not go as expected are told to `wrong`.
fn replay(path: &Path, wrong: &mut Vec<String>) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    let transcript: Transcript =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut count = 0;
    for ask in &transcript.asks {
        let mut home = Home::new();
        let place = home.home().display().to_string();
        let placed = |text: &str| text.replace("{home}", &place);
        if let Some(config) = &transcript.config {
            home.configure(&placed(config));
        }
        for (name, value) in transcript.env.iter().chain(&ask.env) {
            home.set(name, placed(value));
        }
        let words: Vec<&str> = ask.words.iter().map(String::as_str).collect();
        for stdin in &ask.stdin {
            let ran = home.helper(&words, stdin);
            let expected =
                Ran { stdout: ask.stdout.clone().into_bytes(), stderr: placed(&ask.stderr), status: ask.exit };
            let commands = runner_acts_on(&ran.stderr) || runner_acts_on(&ran.text());
            if ran != expected || commands {
                let name = path.file_name().unwrap().display();
                wrong.push(format!(
                    "{name}: {stdin:?} says {:?}, {:?} and ends with {}",
                    ran.text(),
                    ran.stderr,
                    ran.status
                ));
            }
            count += 1;
        }
        assert!(!ask.stderr.contains(CANARY));
    }
    count
}

/// does it hold a command for a CI runner?
pub(super) fn runner_acts_on(text: &str) -> bool {
    let commands = ["##[", "##vso[", "section_start:", "section_end:"];
    commands.iter().any(|command| text.contains(command))
        || text.lines().any(|line| line.trim_start().starts_with("::"))
}

#[test]
fn every_transcript_is_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/protocol");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    let count: usize = paths.iter().map(|path| replay(path, &mut wrong)).sum();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count >= 150, "only {count} conversations");
}

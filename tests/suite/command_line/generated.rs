//! What is made from the program itself: help, pages, schema, completions, manual.

use hallpass::cli::{self, Process};
use hallpass::wiring::{SystemClock, Variables};

use crate::support::hallpass::Scene;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["check"],
    &["compare"],
    &["can"],
    &["inspect"],
    &["lint"],
    &["report"],
    &["explain"],
    &["credential"],
    &["setup"],
    &["config"],
    &["config", "schema"],
    &["completions"],
    &["man"],
];

fn said(scene: &Scene, arguments: &[&str]) -> String {
    let ran = scene.plain_run(arguments).go();
    ran.exits(0);
    assert!(ran.err.is_empty(), "{arguments:?}: {}", ran.stderr());
    ran.stdout()
}

#[test]
fn every_short_help_fits_one_screen() {
    let scene = Scene::named("gitlab-19");
    for command in COMMANDS {
        let text = said(&scene, &[command, &["-h"][..]].concat());
        assert!(text.lines().count() <= 30, "{command:?} has {} lines:\n{text}", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{command:?}:\n{text}");
    }
}

#[test]
fn every_help_text() {
    let scene = Scene::named("gitlab-19");
    for command in COMMANDS {
        let name = if command.is_empty() { "hallpass".to_owned() } else { command.join("_") };
        let short = said(&scene, &[command, &["-h"][..]].concat());
        let long = said(&scene, &[command, &["--help"][..]].concat());
        insta::assert_snapshot!(format!("help_of_{name}"), format!("{short}\n--- --help\n\n{long}"));
    }
}

#[test]
fn the_version() {
    assert_eq!(said(&Scene::named("gitlab-19"), &["--version"]), format!("hallpass {}\n", env!("CARGO_PKG_VERSION")));
}

/// The ids under each heading of the list.
fn listed(scene: &Scene) -> Vec<(String, Vec<String>)> {
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for line in said(scene, &["explain"]).lines() {
        match (line.strip_prefix("  "), lists.last_mut()) {
            (Some(entry), Some((_, ids))) => ids.extend(entry.split_whitespace().next().map(str::to_owned)),
            _ if !line.is_empty() => lists.push((line.to_owned(), Vec::new())),
            _ => {}
        }
    }
    lists
}

/// `hallpass explain ID` within this process: there are some two hundred pages.
fn page(id: &str) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let variables = Variables::default();
    let clock = SystemClock::new(&variables);
    let mut process = Process {
        program: "hallpass".into(),
        executable: None,
        arguments: ["explain", id].map(Into::into).to_vec(),
        variables,
        directory: None,
        stdin: Box::new(std::io::empty()),
        stdin_is_terminal: false,
        stdout: &mut out,
        stderr: &mut err,
        clock: &clock,
        terminal: None,
        stderr_is_terminal: false,
        interrupted: None,
    };
    cli::run(&mut process);
    assert!(err.is_empty(), "{id}: {}", String::from_utf8_lossy(&err));
    String::from_utf8(out).unwrap()
}

#[test]
fn every_rule_contract_and_capability_has_a_page() {
    let scene = Scene::named("gitlab-19");
    let lists = listed(&scene);
    let counts: Vec<usize> = lists.iter().map(|(_, ids)| ids.len()).collect();
    assert_eq!(lists.len(), 3, "{lists:?}");
    assert!(counts[0] >= 30 && counts[1] >= 30 && counts[2] >= 131, "{counts:?}");
    for (heading, ids) in &lists {
        for id in ids {
            let page = page(id);
            assert!(page.starts_with(&format!("{id}: ")) && page.lines().count() > 2, "{heading} {id}:\n{page}");
            // Calls have braces of their own.
            let filled = heading == "Capabilities" || !page.contains('{');
            assert!(filled && !page.contains("  \n"), "{heading} {id}:\n{page}");
        }
    }
}

#[test]
fn the_schema_of_the_configuration_is_one_and_knows_every_key() {
    let text = said(&Scene::named("gitlab-19"), &["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    let checker = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({
        "version": 1,
        "connections": { "bot": { "forge": "gitlab", "token": { "env": "T" }, "needs": ["mr.list"], "expiry": { "warn": "30d" } } }
    });
    assert!(
        checker.is_valid(&good),
        "{:?}",
        checker.iter_errors(&good).map(|error| error.to_string()).collect::<Vec<_>>()
    );
    assert!(!checker.is_valid(&serde_json::json!({ "version": 1, "conections": {} })));
}

#[test]
fn completions_for_every_shell() {
    let scene = Scene::named("gitlab-19");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = said(&scene, &["completions", shell]);
        for word in ["hallpass", "compare", "token-env", "fail-on"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
}

#[test]
fn the_manual_page_has_every_command() {
    let page = said(&Scene::named("gitlab-19"), &["man"]);
    assert!(page.contains(".TH"));
    for command in ["check", "compare", "can", "inspect", "lint", "explain"] {
        assert!(
            page.contains(&format!("hallpass {command}")) || page.contains(&format!("hallpass\\-{command}")),
            "{command}"
        );
    }
}

//! The documents say what the program does. Pages made from the data and outputs shown in texts are made again here and
//! compared; `HALLPASS_BLESS=1 cargo test docs` writes them anew.

mod commands;
mod examples;
mod pages;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
fn blessing() -> bool {
    std::env::var_os("HALLPASS_BLESS").is_some()
}

/// Compares a file with what it should be, or makes it so.
fn settle(path: &str, wanted: &str, wrong: &mut Vec<String>) {
    let file = root().join(path);
    if std::fs::read_to_string(&file).ok().as_deref() == Some(wanted) {
        return;
    }
    if blessing() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, wanted).unwrap();
    } else {
        wrong.push(path.to_owned());
    }
}

fn is_settled(wrong: &[String]) {
    assert!(wrong.is_empty(), "not up to date: {wrong:?}; `HALLPASS_BLESS=1 cargo test docs` writes them anew");
}

/// The texts written by hand that may hold examples and commands.
fn texts() -> Vec<String> {
    let mut texts = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    let entries = std::fs::read_dir(root().join("docs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    texts.extend(names.filter_map(|name| Some(format!("docs/{}.md", name.strip_suffix(".md")?))));
    texts.sort();
    texts
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced blocks of a text: the line after which each begins, its language, its content.
fn blocks(text: &str) -> Vec<(usize, String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((index, language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, _, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn docs_pages_are_those_that_the_data_makes() {
    let pages = pages::all();
    let mut wrong = Vec::new();
    for (path, page) in &pages {
        settle(path, page, &mut wrong);
    }
    for folder in ["docs/rules", "docs/contracts"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
            if !pages.contains_key(&path) {
                wrong.push(format!("{path} (nothing makes this page)"));
            }
        }
    }
    is_settled(&wrong);
}

/// A component lives under `templates/`, an include at the root: one file, written by hand in the first place.
#[test]
fn docs_the_gitlab_template_is_the_component() {
    let mut wrong = Vec::new();
    settle(".gitlab-ci-template.yml", &read("templates/tokens.yml"), &mut wrong);
    is_settled(&wrong);
}

#[test]
fn docs_examples_show_what_the_program_prints() {
    let mut wrong = Vec::new();
    for path in texts() {
        let text = read(&path);
        settle(&path, &examples::filled(&text), &mut wrong);
    }
    is_settled(&wrong);
}

#[test]
fn docs_name_only_commands_and_flags_that_exist() {
    let wrong: Vec<String> = texts().iter().flat_map(|path| commands::unknown(path, &read(path))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn docs_configurations_are_accepted() {
    let mut count = 0;
    for path in texts() {
        for (line, language, content) in blocks(&read(&path)) {
            if language == "yaml" && content.starts_with("version: 1\n") {
                count += 1;
                if let Err(said) = examples::accepts(&content) {
                    panic!("{path}:{line}: {said}");
                }
            }
        }
    }
    assert!(count >= 2, "only {count} configurations");
}

#[test]
fn docs_links_lead_somewhere() {
    let mut wrong = Vec::new();
    let decisions = std::fs::read_dir(root().join("docs/decisions")).unwrap();
    let decisions = decisions.map(|entry| format!("docs/decisions/{}", entry.unwrap().file_name().to_string_lossy()));
    let made = pages::all();
    for path in texts().into_iter().chain(decisions).chain(made.keys().cloned()).collect::<BTreeSet<_>>() {
        let folder: PathBuf = root().join(&path).parent().unwrap().to_owned();
        for link in read(&path).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                wrong.push(format!("{path}: {link}"));
            }
        }
        // Places of the tree named in passing, patterns aside.
        for named in read(&path).split('`').skip(1).step_by(2).filter(|named| !named.contains(['*', ' ', '<', '\n'])) {
            let begins = |folders: &[&str]| folders.iter().any(|folder| named.starts_with(folder));
            let below = if begins(&["src/", "tests/", "docs/", "sandbox/", ".ci/"]) {
                root().join(named)
            } else if begins(&["app/", "cli/", "config/", "domain/", "http/", "provider/", "report/", "source/"]) {
                root().join("src").join(named)
            } else {
                continue;
            };
            if !below.exists() {
                wrong.push(format!("{path}: `{named}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

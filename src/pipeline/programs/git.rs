//! `git`: addresses with tokens in them, and pushes.

use super::arguments::{Grammar, Item, items};
use super::{Run, in_address};
use crate::pipeline::model::{Act, GitRun, GitVerb, Part, Request, Word};

/// Options before the verb that take a value.
const BEFORE: Grammar = Grammar { short: "cC", long: &["git-dir", "work-tree", "namespace", "exec-path"] };
const AFTER: Grammar = Grammar {
    short: "obujcmCS",
    long: &[
        "push-option",
        "branch",
        "depth",
        "origin",
        "config",
        "jobs",
        "upload-pack",
        "receive-pack",
        "exec",
        "repo",
        "reference",
        "template",
        "separate-git-dir",
        "filter",
        "shallow-since",
        "server-option",
    ],
};

/// Options of a push that stand for many branches or tags.
const ALL_REFS: &[&str] = &["tags", "follow-tags", "all", "mirror"];

/// Variables that tell Git who it is, or where it is.
const SIGN_IN: &[&str] = &[
    "GIT_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "SSH_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_STRATEGY",
    "GIT_DIR",
];

/// A program that signs in for Git in a way of its own, or that goes to another checkout.
pub(super) fn signs_in(run: &mut Run<'_>) -> Vec<Act> {
    run.scope.own_sign_in = true;
    Vec::new()
}

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let mut configured = false;
    let mut at = 0;
    while let Some(word) = run.arguments.get(at).filter(|word| word.head().starts_with('-')) {
        let head = word.head();
        configured |= matches!(head, "-c" | "-C");
        let takes = matches!(head, "-c" | "-C") || BEFORE.long.iter().any(|name| head == format!("--{name}"));
        at += if takes { 2 } else { 1 };
    }
    let verb = run.arguments.get(at).and_then(Word::text).unwrap_or_default();
    let rest = run.arguments.get(at + 1..).unwrap_or_default();
    let mut acts = addresses(run.arguments, run);
    match verb.as_str() {
        "remote" => remote(rest, run, &mut acts),
        "config" => run.scope.own_sign_in |= changes_sign_in(rest),
        "credential" | "credential-store" | "init" => run.scope.own_sign_in = true,
        "clone" => {
            // Whoever goes there next pushes to where that came from.
            run.scope.own_sign_in = true;
            run.scope.remotes.insert("origin".to_owned(), vec![Part::Unknown]);
        }
        "add" | "mv" | "rm" => run.scope.workflow_files |= rest.iter().any(|word| is_workflow(&word.value)),
        "push" => acts.push(Act::Git(push(rest, configured, run))),
        _ => {}
    }
    acts
}

/// A file that GitHub lets nobody push without a permission of its own.
fn is_workflow(path: &[Part]) -> bool {
    let Some(Part::Text(text)) = path.first() else { return false };
    text.trim_start_matches("./").starts_with(".github/workflows")
}

/// Every address on the command line that carries a token.
fn addresses(words: &[Word], run: &Run<'_>) -> Vec<Act> {
    let with_token = |word: &Word| {
        let tokens = in_address(word);
        // `url.https://...insteadOf` is an address too, behind its first word.
        let inner = word.head().strip_prefix("url.").map(|_| {
            let mut value = word.value.clone();
            if let Some(Part::Text(text)) = value.first_mut() {
                *text = text["url.".len()..].to_owned();
            }
            Word { value, span: word.span }
        });
        let url = inner.unwrap_or_else(|| word.clone());
        let tokens = if tokens.is_empty() { in_address(&url) } else { tokens };
        (!tokens.is_empty()).then_some((url, tokens))
    };
    words
        .iter()
        .filter_map(with_token)
        .map(|(url, tokens)| Act::Request(Request { program: "git", method: None, url, tokens, span: run.span }))
        .collect()
}

fn remote(rest: &[Word], run: &mut Run<'_>, acts: &mut Vec<Act>) {
    let verb = rest.first().and_then(Word::text).unwrap_or_default();
    let plain: Vec<&Word> = rest.iter().skip(1).filter(|word| !word.head().starts_with('-')).collect();
    if let ("set-url" | "add", [name, url, ..]) = (verb.as_str(), plain.as_slice()) {
        let name = name.text().unwrap_or_default();
        run.scope.remotes.insert(name, url.value.clone());
        acts.push(Act::Git(GitRun {
            verb: GitVerb::Other,
            remote: Some(url.value.clone()),
            named: Some((*url).clone()),
            wants_no_pipeline: false,
            own_sign_in: false,
            left: None,
            workflow_files: false,
            refs: Vec::new(),
            span: run.span,
        }));
    }
}

/// Does this setting decide who Git is to the server?
fn changes_sign_in(rest: &[Word]) -> bool {
    const KEYS: &[&str] = &["url.", "credential", "http.", "core.askpass", "core.sshcommand", "remote.", "--unset"];
    rest.iter().any(|word| {
        let head = word.head().to_ascii_lowercase();
        word.is_open() || KEYS.iter().any(|key| head.starts_with(key))
    })
}

fn push(rest: &[Word], configured: bool, run: &Run<'_>) -> GitRun {
    let mut plain: Vec<Word> = Vec::new();
    let mut options: Vec<Word> = Vec::new();
    let mut no_pipeline = false;
    for item in items(rest, &AFTER) {
        match item {
            Item::Plain(word) => plain.push(word),
            Item::Open => {
                plain.extend(rest.iter().find(|word| word.is_open() && word.value.len() == 1).cloned());
            }
            Item::Option { name, value: Some(word) } if name == "o" || name == "push-option" => {
                no_pipeline |= word.head().starts_with("ci.skip") || word.is_open();
            }
            Item::Option { name, value: Some(word) } if name == "repo" => plain.insert(0, word),
            Item::Option { name, value: None } if ALL_REFS.contains(&name.as_str()) => {
                let text = format!("--{name}");
                options.push(Word { value: vec![Part::Text(text)], span: run.span });
            }
            // What is dry pushes nothing; what deletes starts nothing anyway.
            Item::Option { name, .. } => no_pipeline |= matches!(name.as_str(), "n" | "dry-run" | "d" | "delete"),
        }
    }
    let named = plain.first().cloned();
    let remote = match &named {
        Some(word) => match word.text() {
            Some(name) if !name.contains([':', '/']) => run.scope.remotes.get(&name).cloned(),
            _ => Some(word.value.clone()),
        },
        None => run.scope.remotes.get("origin").cloned(),
    };
    let deletes = plain.iter().skip(1).any(|word| word.head().starts_with(':'));
    GitRun {
        verb: GitVerb::Push,
        remote,
        named,
        wants_no_pipeline: no_pipeline || deletes,
        own_sign_in: run.scope.own_sign_in
            || configured
            || SIGN_IN.iter().any(|name| run.scope.variables.contains_key(*name)),
        left: None,
        workflow_files: run.scope.workflow_files,
        refs: plain.into_iter().skip(1).chain(options).collect(),
        span: run.span,
    }
}

//! `gh`: GitHub's own command-line client.

use super::Run;
use super::arguments::{Grammar, Item, items};
use crate::pipeline::model::{Act, ClientRun, ClientToken, How, Part, Presented, Request, Value, Word, push};

const API: Grammar = Grammar {
    short: "XFfHpqt",
    long: &["method", "field", "raw-field", "header", "input", "hostname", "jq", "template", "preview", "cache"],
};

/// Where the client looks for a token, the first one first.
const VARIABLES: &[&str] = &["GH_TOKEN", "GITHUB_TOKEN"];
/// Where it looks for the token of another server.
const ELSEWHERE: &[&str] = &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_HOST"];

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let words: Vec<String> =
        run.arguments.iter().map_while(Word::text).take_while(|text| !text.starts_with('-')).take(3).collect();
    if words.first().is_some_and(|word| word == "auth") && words.get(1).is_some_and(|word| word != "status") {
        run.scope.own_sign_in = true;
    }
    let mut acts = Vec::new();
    if words.first().is_some_and(|word| word == "api") {
        acts.extend(api(run));
    }
    let elsewhere = elsewhere(run);
    let token = token(run);
    acts.push(Act::Client(ClientRun {
        program: "gh",
        words,
        arguments: run.arguments.to_vec(),
        token,
        elsewhere,
        span: run.span,
    }));
    acts
}

/// The first variable that is set, which is the one that counts.
fn token(run: &Run<'_>) -> ClientToken {
    let set = |name: &&&str| run.scope.variables.get(**name).is_some_and(|binding| binding.exported);
    let other_server = ELSEWHERE.iter().any(|name| run.scope.variables.contains_key(*name));
    if other_server {
        return ClientToken::NotSeen;
    }
    let Some(name) = VARIABLES.iter().find(set) else {
        return if run.scope.own_sign_in { ClientToken::NotSeen } else { ClientToken::Missing };
    };
    let binding = &run.scope.variables[*name];
    let value = binding.values.first().cloned().unwrap_or_default();
    // An empty variable counts as none; the next one is asked then.
    if value.is_empty() {
        return ClientToken::NotSeen;
    }
    let span = binding.place.unwrap_or(run.span);
    ClientToken::Given(Presented { how: How::Tool((*name).to_owned()), value, span })
}

/// Does it turn to another repository than the job's, or to one that nobody knows?
fn elsewhere(run: &Run<'_>) -> bool {
    let own = |value: &[Part]| matches!(value, [Part::Variable(name)] if name == "GITHUB_REPOSITORY");
    let by_variable = run.scope.variables.get("GH_REPO").and_then(|binding| binding.values.first());
    let mut words = run.arguments.iter();
    let mut by_option = None;
    while let Some(word) = words.next() {
        let head = word.head();
        if matches!(head, "-R" | "--repo") && word.value.len() == 1 {
            by_option = words.next().map(|word| word.value.clone());
        } else if let Some(rest) = head.strip_prefix("--repo=").or_else(|| head.strip_prefix("-R")) {
            let mut value = Value::new();
            push(&mut value, Part::Text(rest.to_owned()));
            value.extend(word.value.iter().skip(1).cloned());
            by_option = Some(value);
        }
    }
    by_option.as_ref().or(by_variable).is_some_and(|value| !own(value))
}

fn api(run: &Run<'_>) -> Option<Act> {
    let (mut method, mut fields, mut open, mut other_host) = (None, false, false, false);
    let mut plain = Vec::new();
    for item in items(&run.arguments[1..], &API) {
        match item {
            Item::Plain(word) => plain.push(word),
            Item::Open => open = true,
            Item::Option { name, value } => match (name.as_str(), value) {
                ("X" | "method", Some(word)) => method = Some(word.text()),
                ("F" | "f" | "field" | "raw-field" | "input", _) => fields = true,
                ("hostname", Some(word)) => other_host = word.text().as_deref() != Some("github.com"),
                _ => {}
            },
        }
    }
    // A variable alone may be the path.
    if plain.is_empty() {
        plain.extend(run.arguments.iter().skip(1).find(|word| word.is_open()).cloned());
    }
    let path = plain.first()?;
    let method = match method {
        Some(stated) => stated.map(|text| text.to_ascii_uppercase()),
        None if open => None,
        None => Some(if fields { "POST" } else { "GET" }.to_owned()),
    };
    let tokens = match token(run) {
        ClientToken::Given(presented) if !other_host => vec![presented],
        _ => Vec::new(),
    };
    let url = Word { value: address(&path.value), span: path.span };
    Some(Act::Request(Request { program: "gh", method, url, tokens, span: run.span }))
}

/// The client adds the interface's address, and fills `{owner}` and `{repo}` in.
fn address(path: &[Part]) -> Value {
    if matches!(path.first(), Some(Part::Text(text)) if text.starts_with("https://"))
        || matches!(path.first(), Some(Part::Variable(name)) if name == "GITHUB_API_URL")
    {
        return path.to_vec();
    }
    let mut value = vec![Part::Variable("GITHUB_API_URL".to_owned())];
    for (index, part) in path.iter().enumerate() {
        match part {
            Part::Text(text) => {
                let text = if index == 0 { format!("/{}", text.trim_start_matches('/')) } else { text.clone() };
                let mut rest = text.as_str();
                while let Some((before, after)) = rest.split_once("{owner}/{repo}") {
                    push(&mut value, Part::Text(before.to_owned()));
                    value.push(Part::Variable("GITHUB_REPOSITORY".to_owned()));
                    rest = after;
                }
                push(&mut value, Part::Text(rest.to_owned()));
            }
            other => {
                if index == 0 {
                    push(&mut value, Part::Text("/".to_owned()));
                }
                push(&mut value, other.clone());
            }
        }
    }
    value
}

//! `glab api`: GitLab's own command-line client.

use super::Run;
use super::arguments::{Grammar, Item, items};
use crate::pipeline::model::{Act, How, Part, Presented, Request, Value, Word, push};

const GRAMMAR: Grammar = Grammar {
    short: "XFfHjtRh",
    long: &[
        "method",
        "field",
        "raw-field",
        "header",
        "input",
        "hostname",
        "repo",
        "job-token",
        "token",
        "output",
        "form",
    ],
};

/// Where the client looks for a token, the first one first.
const VARIABLES: &[&str] = &["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN"];

/// Remembers what the client was logged in with; no script sets a variable of this name.
const LOGIN: &str = " glab";

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let words: Vec<String> = run.arguments.iter().take(2).map(|word| word.text().unwrap_or_default()).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["auth", "login"] => login(run),
        ["api", ..] => api(run),
        _ => Vec::new(),
    }
}

fn login(run: &mut Run<'_>) -> Vec<Act> {
    run.scope.own_sign_in = true;
    for item in items(run.arguments, &GRAMMAR) {
        if let Item::Option { name, value: Some(word) } = item
            && matches!(name.as_str(), "j" | "job-token" | "t" | "token")
        {
            let binding = crate::pipeline::shell::Binding::of(word.value, true, Some(word.span));
            run.scope.set(LOGIN, binding);
        }
    }
    Vec::new()
}

fn api(run: &Run<'_>) -> Vec<Act> {
    let (mut method, mut fields, mut open) = (None, false, false);
    let mut plain = Vec::new();
    for item in items(&run.arguments[1..], &GRAMMAR) {
        match item {
            Item::Plain(word) => plain.push(word),
            Item::Open => open = true,
            Item::Option { name, value } => match (name.as_str(), value) {
                ("X" | "method", Some(word)) => method = Some(word.text()),
                ("F" | "f" | "field" | "raw-field" | "input" | "form", _) => fields = true,
                _ => {}
            },
        }
    }
    let Some(path) = plain.first() else { return Vec::new() };
    let method = match method {
        Some(stated) => stated.map(|text| text.to_ascii_uppercase()),
        None if open => None,
        None => Some(if fields { "POST" } else { "GET" }.to_owned()),
    };
    let token = VARIABLES.iter().chain([&LOGIN]).find_map(|name| {
        let binding = run.scope.variables.get(*name).filter(|binding| binding.exported)?;
        let name = if *name == LOGIN { "glab auth login" } else { name };
        let value = binding.values.first()?.clone();
        Some(Presented { how: How::Tool(name.to_owned()), value, span: binding.place.unwrap_or(run.span) })
    });
    let url = Word { value: address(&path.value), span: path.span };
    let tokens = token.into_iter().collect();
    vec![Act::Request(Request { program: "glab", method, url, tokens, span: run.span })]
}

/// The client adds the interface's address, and fills `:id` and the like in.
fn address(path: &[Part]) -> Value {
    let mut value = vec![Part::Variable("CI_API_V4_URL".to_owned())];
    push(&mut value, Part::Text("/".to_owned()));
    for (index, part) in path.iter().enumerate() {
        match part {
            Part::Text(text) => {
                let text = if index == 0 { text.trim_start_matches('/') } else { text };
                for (number, segment) in text.split('/').enumerate() {
                    if number > 0 {
                        push(&mut value, Part::Text("/".to_owned()));
                    }
                    push(
                        &mut value,
                        match segment {
                            ":id" => Part::Variable("CI_PROJECT_ID".to_owned()),
                            ":fullpath" => Part::Variable("CI_PROJECT_PATH".to_owned()),
                            _ if segment.starts_with(':') => Part::Unknown,
                            _ => Part::Text(segment.to_owned()),
                        },
                    );
                }
            }
            other => push(&mut value, other.clone()),
        }
    }
    value
}

//! `az`: the commands of its Azure DevOps extension, and `az rest`.

use super::arguments::{Grammar, Item, items};
use super::{Run, header, in_address};
use crate::pipeline::model::{
    Act, ClientRun, ClientToken, How, Part, Presented, Request, Value, Word, append, push, split_once,
};

/// Where the extension looks for a token before it asks how `az` is signed in.
const VARIABLE: &str = "AZURE_DEVOPS_EXT_PAT";
const CLIENT: &str = "az";

/// Options of `az rest` and `az devops invoke`, which all take a value.
const GRAMMAR: Grammar = Grammar {
    short: "mubop",
    long: &[
        "method",
        "uri",
        "url",
        "headers",
        "body",
        "resource",
        "area",
        "http-method",
        "uri-parameters",
        "url-parameters",
        "query-parameters",
        "route-parameters",
        "in-file",
        "out-file",
        "output-file",
        "output",
        "query",
        "org",
        "organization",
        "project",
        "api-version",
        "accept-message",
        "media-type",
        "subscription",
    ],
};

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let plain = |word: &Word| word.text().filter(|text| !text.starts_with('-'));
    let words: Vec<String> = run.arguments.iter().map_while(plain).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["login", ..] | ["devops", "login", ..] => {
            run.scope.clients.insert(CLIENT);
            Vec::new()
        }
        ["logout", ..] | ["devops", "logout" | "configure" | "-h", ..] => Vec::new(),
        ["rest", ..] => rest(run),
        ["devops", "invoke", ..] => vec![client(run, invoked(run.arguments))],
        ["devops" | "repos" | "pipelines" | "boards" | "artifacts", _, ..] => vec![client(run, words)],
        _ => Vec::new(),
    }
}

fn client(run: &Run<'_>, words: Vec<String>) -> Act {
    let token = match run.scope.variables.get(VARIABLE) {
        Some(binding) => {
            let value = binding.values.first().cloned().unwrap_or_default();
            let span = binding.place.unwrap_or(run.span);
            ClientToken::Given(Presented { how: How::Tool(VARIABLE.to_owned()), value, span })
        }
        None if run.scope.clients.contains(CLIENT) => ClientToken::NotSeen,
        None => ClientToken::Missing,
    };
    // It may work on any project of any organization.
    let elsewhere =
        run.arguments.iter().any(|word| matches!(word.head(), "--org" | "--organization" | "--project" | "-p"));
    let arguments = run.arguments.to_vec();
    Act::Client(ClientRun { program: CLIENT, words, arguments, token, elsewhere, span: run.span })
}

/// `devops invoke AREA RESOURCE METHOD`.
fn invoked(arguments: &[Word]) -> Vec<String> {
    let (mut area, mut resource, mut method) = (String::new(), String::new(), "GET".to_owned());
    for item in items(arguments, &GRAMMAR) {
        let Item::Option { name, value: Some(word) } = item else { continue };
        let text = word.text().unwrap_or_default();
        match name.as_str() {
            "area" => area = text.to_ascii_lowercase(),
            "resource" => resource = text.to_ascii_lowercase(),
            "http-method" => method = text.to_ascii_uppercase(),
            _ => {}
        }
    }
    ["devops".to_owned(), "invoke".to_owned(), area, resource, method].to_vec()
}

fn rest(run: &Run<'_>) -> Vec<Act> {
    let (mut url, mut method) = (None, Some("GET".to_owned()));
    let mut tokens = Vec::new();
    for item in items(&run.arguments[1..], &GRAMMAR) {
        match item {
            Item::Open => method = None,
            // `--headers` takes any number of them.
            Item::Plain(word) => tokens.extend(assigned(&word)),
            Item::Option { name, value: Some(word) } => match name.as_str() {
                "m" | "method" => method = word.text().map(|text| text.to_ascii_uppercase()),
                "u" | "uri" | "url" => url = Some(word),
                "headers" => tokens.extend(assigned(&word)),
                _ => {}
            },
            Item::Option { .. } => {}
        }
    }
    let Some(url) = url else { return Vec::new() };
    tokens.extend(in_address(&url));
    vec![Act::Request(Request { program: CLIENT, method, url, tokens, span: run.span })]
}

/// A header as `az` takes it, `Name=value`.
fn assigned(word: &Word) -> Option<Presented> {
    let (name, value) = split_once(&word.value, '=')?;
    let mut written: Value = name;
    push(&mut written, Part::Text(": ".to_owned()));
    append(&mut written, value);
    header(&Word { value: written, span: word.span })
}

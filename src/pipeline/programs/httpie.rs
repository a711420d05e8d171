//! `http`, the command of `HTTPie`, and programs that read their words as it does.

use super::arguments::{Grammar, Item, items};
use super::{Run, basic, header, in_address};
use crate::pipeline::model::{Act, How, Presented, Request, Word, split_once, text_of};

const GRAMMAR: Grammar = Grammar {
    short: "apsoA",
    long: &[
        "auth",
        "auth-type",
        "bearer",
        "print",
        "style",
        "output",
        "session",
        "timeout",
        "verify",
        "proxy",
        "cert",
        "cert-key",
        "max-redirects",
        "pretty",
        "format-options",
        "raw",
    ],
};

pub(super) fn acts(run: &mut Run<'_>) -> Vec<Act> {
    let (mut auth, mut is_bearer, mut raw, mut open) = (None, false, false, false);
    let mut tokens = Vec::new();
    let mut plain: Vec<Word> = Vec::new();
    for item in items(run.arguments, &GRAMMAR) {
        match item {
            Item::Plain(word) => plain.push(word),
            Item::Open => open = true,
            Item::Option { name, value } => match (name.as_str(), value) {
                ("a" | "auth", Some(word)) => auth = Some(word),
                ("A" | "auth-type", Some(word)) => is_bearer = word.text().as_deref() == Some("bearer"),
                ("bearer", Some(word)) => {
                    tokens.push(Presented { how: How::Bearer, value: word.value, span: word.span });
                }
                ("raw", _) => raw = true,
                _ => {}
            },
        }
    }
    if let Some(word) = auth {
        tokens.extend(if is_bearer {
            Some(Presented { how: How::Bearer, value: word.value, span: word.span })
        } else {
            basic(&word.value, word.span)
        });
    }
    let stated =
        plain.first().and_then(Word::text).filter(|text| text.chars().all(|letter| letter.is_ascii_uppercase()));
    if stated.is_some() {
        plain.remove(0);
    }
    if plain.is_empty() {
        return Vec::new();
    }
    let url = plain.remove(0);
    let mut body = raw;
    for item in &plain {
        let is_data = split_once(&item.value, '=').is_some_and(|(before, after)| {
            let is_query =
                matches!(after.first(), Some(crate::pipeline::model::Part::Text(text)) if text.starts_with('='));
            !is_query && !text_of(&before).unwrap_or_default().ends_with("==")
        });
        match header(item) {
            Some(presented) if !item.head().contains('=') => tokens.push(presented),
            _ => body |= is_data,
        }
    }
    let method = stated.or_else(|| (!open).then(|| if body { "POST" } else { "GET" }.to_owned()));
    tokens.extend(in_address(&url));
    vec![Act::Request(Request { program: "http", method, url, tokens, span: run.span })]
}

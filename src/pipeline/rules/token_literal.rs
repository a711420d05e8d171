//! `token-literal`: a token that stands in a file as itself.

use super::Told;
use crate::pipeline::text::{FileId, Source, Span};

/// What a forge says of a text that may be one of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Such as `a personal, project or group access token`.
    pub title: &'static str,
    /// Its checksum fits, so that it is no example.
    pub certain: bool,
}

/// Tells whether a word is a token.
type Judge<'a> = &'a dyn Fn(&str) -> Option<Literal>;

/// All tokens of a file, by their places.
pub fn literals(source: &Source, file: FileId, judge: Judge<'_>) -> Vec<Told> {
    words(&source.text)
        .filter_map(|(start, word)| {
            let literal = judge(word)?;
            let span = Span { file, start, end: start + word.len() };
            let told = if literal.certain {
                let message = format!("{} is written here as itself; its checksum fits", literal.title);
                Told::new("token-literal", message, span, span)
            } else {
                let message = format!("this has the form of {}", literal.title);
                Told::new("token-literal", message, span, span).likely()
            };
            Some(told)
        })
        .collect()
}

/// Runs of the characters that tokens are made of.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let belongs = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(belongs)?;
        let end = text[start..].find(|character| !belongs(character)).map_or(text.len(), |length| start + length);
        at = end;
        Some((start, text[start..end].trim_end_matches('.')))
    })
}

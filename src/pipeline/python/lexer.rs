//! Names, texts and brackets of Python, with their places.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// What stands between the quotes.
    Text {
        inner: (usize, usize),
        /// `f"..."`
        fills: bool,
        raw: bool,
    },
    Number,
    Open(char),
    Close,
    /// The end of a logical line.
    End,
    Operator,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// Of an opening bracket: the token that closes it.
    pub(super) end: usize,
}

const MAX_TOKENS: usize = 200_000;
const LONG_OPERATORS: &[&str] =
    &["**=", "//=", ">>=", "<<=", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", ":=", "->", "**", "|="];

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < text.len() && tokens.len() < MAX_TOKENS {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        let (kind, length) = match first {
            '\n' if open.is_empty() => (Some(Kind::End), 1),
            ';' => (Some(Kind::End), 1),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '\\' => (None, if rest.starts_with("\\\r\n") { 3 } else { 1 + usize::from(rest[1..].starts_with('\n')) }),
            '(' | '[' | '{' => (Some(Kind::Open(first)), 1),
            ')' | ']' | '}' => (Some(Kind::Close), 1),
            _ if first.is_whitespace() || first == '\u{feff}' => (None, first.len_utf8()),
            _ => word(rest, at),
        };
        let index = tokens.len();
        match kind {
            Some(Kind::Open(_)) => open.push(index),
            Some(Kind::Close) => {
                if let Some(opened) = open.pop() {
                    tokens[opened].end = index;
                }
            }
            _ => {}
        }
        if let Some(kind) = kind {
            tokens.push(Token { kind, range: at..at + length, end: 0 });
        }
        at += length;
    }
    let end = tokens.len();
    for index in open {
        tokens[index].end = end;
    }
    tokens
}

fn word(rest: &str, at: usize) -> (Option<Kind>, usize) {
    let belongs = |next: char| next.is_alphanumeric() || next == '_';
    let length = rest.find(|next| !belongs(next)).unwrap_or(rest.len());
    let prefix = &rest[..length];
    let is_prefix = length <= 2 && prefix.chars().all(|letter| "rRbBuUfF".contains(letter));
    if is_prefix && rest[length..].starts_with(['"', '\'']) {
        return quoted(rest, length, at);
    }
    match rest.chars().next() {
        Some(first) if first.is_ascii_digit() => (Some(Kind::Number), length),
        Some(_) if length > 0 => (Some(Kind::Name), length),
        Some(first) => {
            let long = LONG_OPERATORS.iter().find(|operator| rest.starts_with(**operator));
            (Some(Kind::Operator), long.map_or(first.len_utf8(), |operator| operator.len()))
        }
        None => (None, 1),
    }
}

/// A text behind `prefix` letters.
fn quoted(rest: &str, prefix: usize, at: usize) -> (Option<Kind>, usize) {
    let letters = rest[..prefix].to_ascii_lowercase();
    let body = &rest[prefix..];
    let quote = &body[..1];
    let triple = quote.repeat(3);
    let mark = if body.starts_with(&triple) { triple.as_str() } else { quote };
    let start = prefix + mark.len();
    let mut end = rest.len();
    let mut closed = rest.len();
    let mut characters = rest[start..].char_indices();
    while let Some((offset, character)) = characters.next() {
        let here = start + offset;
        if character == '\\' {
            characters.next();
        } else if rest[here..].starts_with(mark) {
            (end, closed) = (here, here + mark.len());
            break;
        } else if character == '\n' && mark.len() == 1 {
            // A quote that is never closed ends with its line.
            (end, closed) = (here, here);
            break;
        }
    }
    let kind = Kind::Text { inner: (at + start, at + end), fills: letters.contains('f'), raw: letters.contains('r') };
    (Some(kind), closed)
}

//! For Markdown as GitHub and GitLab read it. Escaping alone does not stop mentions, references and bare addresses: those
//! are found in the finished text. Inside a code span nothing is looked for, so that is where every doubtful word goes.

use super::{FIELD, MESSAGE, push_visible, shorten};
use crate::report::lines::Lines;

/// A value as a code span: never a link, a mention, markup, or the end of a table cell.
pub fn code(untrusted: &str) -> String {
    span(&visible(&shorten(untrusted, FIELD)))
}

/// A sentence. Plain words stay plain; literals in back-ticks and everything that Markdown or the forge could act on
/// become code spans. It stays on one line and never breaks a table.
pub fn prose(untrusted: &str) -> String {
    let text = visible(&shorten(untrusted, MESSAGE));
    let mut parts: Vec<Part> = Vec::new();
    let mut spaced = false;
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 1 {
            push(&mut parts, piece.trim(), true, spaced);
            spaced = false;
        } else {
            split_words(piece, spaced, &mut parts);
            spaced = piece.ends_with(char::is_whitespace);
        }
    }
    join(&parts)
}

/// A page to open. Only a plain https address becomes a link, and it shows where it leads; anything else is code.
pub fn address(link: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&+%#:".contains(&byte);
    let fits = link.len() <= FIELD * 2 && link.starts_with("https://") && link.bytes().all(plain);
    if fits { format!("<{link}>") } else { code(link) }
}

/// A value inside an HTML block, where Markdown is not read: `<summary>`.
pub fn html_code(untrusted: &str) -> String {
    let mut out = String::from("<code>");
    for character in visible(&shorten(untrusted, FIELD)).chars() {
        if character.is_ascii_punctuation() {
            out.add(format_args!("&#{};", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out + "</code>"
}

struct Part {
    text: String,
    code: bool,
    /// A space stands between this part and the one before it.
    spaced: bool,
}

/// Hidden characters and the bar of tables as escapes.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '|' { out.push_str("\\u{7c}") } else { push_visible(&mut out, character) }
    }
    out
}

/// Fenced by more back-ticks than any run inside.
fn span(text: &str) -> String {
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn split_words(piece: &str, spaced: bool, parts: &mut Vec<Part>) {
    let mut spaced = spaced || piece.starts_with(char::is_whitespace);
    for word in piece.split_whitespace() {
        let after = word.trim_start_matches('(');
        let body = after.trim_end_matches([',', '.', ';', ':', ')', '?']);
        let (lead, tail) = (&word[..word.len() - after.len()], &after[body.len()..]);
        if lead.len() > 2 || tail.len() > 3 {
            push(parts, word, true, spaced);
        } else {
            // The comma after a literal belongs to the sentence.
            push(parts, lead, false, spaced);
            push(parts, body, !is_plain(body), spaced && lead.is_empty());
            push(parts, tail, false, spaced && lead.is_empty() && body.is_empty());
        }
        spaced = true;
    }
}

fn push(parts: &mut Vec<Part>, text: &str, code: bool, spaced: bool) {
    if !text.is_empty() {
        parts.push(Part { text: text.to_owned(), code, spaced });
    }
}

/// A word that neither Markdown nor a forge makes anything of. Digits and hexadecimal words may be references.
fn is_plain(word: &str) -> bool {
    let letters = word.chars().all(|character| character.is_alphanumeric() || matches!(character, '\'' | '-' | '…'));
    let commit = word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let reference = word.contains('-') && word.bytes().any(|byte| byte.is_ascii_digit());
    letters && !commit && !reference && !word.starts_with('-') && !word.ends_with('-')
}

/// Neighbouring code words become one span, so that no two fences ever touch.
fn join(parts: &[Part]) -> String {
    let mut out = String::new();
    let mut open: Option<String> = None;
    for part in parts {
        let space = if part.spaced && !(out.is_empty() && open.is_none()) { " " } else { "" };
        match (&mut open, part.code) {
            (Some(code), true) => code.add(format_args!("{space}{}", part.text)),
            (Some(code), false) => {
                out += &span(code);
                open = None;
                out.add(format_args!("{space}{}", part.text));
            }
            (None, true) => {
                out += space;
                open = Some(part.text.clone());
            }
            (None, false) => out.add(format_args!("{space}{}", part.text)),
        }
    }
    if let Some(code) = open {
        out += &span(&code);
    }
    out.trim().to_owned()
}

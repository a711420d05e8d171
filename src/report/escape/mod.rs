//! One escaper per sink (R19). Text escaped for one sink is never handed to another.
//!
//! Untrusted is everything that was not written in this program: names, paths, addresses, error bodies, file contents.

pub mod azure;
pub mod github;
pub mod html;
pub mod json;
pub mod log;
pub mod markdown;
pub mod prometheus;
pub mod uri;
pub mod xml;

use std::borrow::Cow;

/// Characters of a name, an address or another single value that are shown.
pub const FIELD: usize = 200;
/// Characters of a sentence that are shown.
pub const MESSAGE: usize = 1500;

/// The first `limit` characters, with `…` where something was cut.
pub fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// Does a reader not see this character, or see others in a wrong order because of it? Controls, line and paragraph
/// separators, marks of direction, and everything that takes no room without belonging to a letter.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Hidden characters as escapes that can be read: `\n`, `\u{202e}`.
pub(crate) fn push_visible(out: &mut String, character: char) {
    if is_hidden(character) { out.extend(character.escape_default()) } else { out.push(character) }
}

/// Breaks what runners act on wherever it stands in a line: `##[`, `##vso[`, and the marks of GitLab's sections. They
/// stay readable: `##\[`, `section_start\:`.
pub(crate) fn break_commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let command = COMMANDS.iter().find(|(head, tail)| starts_with(rest, head, tail));
        let taken = command.map_or(character.len_utf8(), |(head, _)| head.len());
        out.push_str(&rest[..taken]);
        if command.is_some() {
            out.push('\\');
        }
        rest = &rest[taken..];
    }
    out
}

/// Where a command is cut in two: what stands before the break, and after it.
const COMMANDS: [(&str, &str); 4] = [("##", "["), ("##", "vso["), ("section_start", ":"), ("section_end", ":")];

fn starts_with(text: &str, head: &str, tail: &str) -> bool {
    let found = |from: usize, word: &str| {
        text.as_bytes().get(from..from + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    found(0, head) && found(head.len(), tail)
}

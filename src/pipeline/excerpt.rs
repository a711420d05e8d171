//! The line a finding is about, with everything covered that may be a secret (R14).

use std::ops::Range;

use super::literal::{begins_like_one, judge};
use super::text::{Source, Span};
use crate::domain::finding::Excerpt;

const COVER: &str = "[masked]";
const AROUND: usize = 4_096;
/// Longer lines are cut around the mark.
const MAX_LINE: usize = 300;

pub(super) fn of(span: Span, source: &Source) -> Excerpt {
    let (line, column) = source.position(span.start);
    let (end_line, end_column) = source.position(span.end.max(span.start + 1));
    let from = column as usize - 1;
    // Of a line without end only the part around the place is looked at, far enough that no secret is cut in two there.
    let skipped = from.saturating_sub(AROUND);
    let text: String = source.line(line).chars().skip(skipped).take(2 * AROUND).collect();
    let (text, from) = (text.as_str(), from - skipped);
    let length = text.chars().count();
    let to = if end_line == line { (end_column as usize - 1 - skipped).min(length) } else { length };
    let (shown, (from, to)) = covered(text, from, to.max(from + 1));
    let (shown, (from, to)) = cut(&shown, from, to);
    Excerpt { line: shown, mark: (number(from + 1), number(to + 1)), end_line, end_column }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Covers secrets; the mark, in characters, moves along.
fn covered(text: &str, from: usize, to: usize) -> (String, (usize, usize)) {
    let mut shown = String::new();
    let (mut new_from, mut new_to) = (None, None);
    let ranges = secrets(text);
    let mut count = 0;
    let mut open = ranges.iter().peekable();
    let mut characters = text.char_indices().enumerate().peekable();
    while let Some((index, (at, character))) = characters.next() {
        if index == from {
            new_from = Some(count);
        }
        if index == to {
            new_to = Some(count);
        }
        if let Some(range) = open.next_if(|range| range.start == at) {
            shown.push_str(COVER);
            let before = count;
            count += COVER.len();
            while let Some((inner, _)) = characters.next_if(|(_, (next, _))| *next < range.end) {
                if inner == from {
                    new_from = Some(before);
                }
                if inner == to {
                    new_to = Some(count);
                }
            }
        } else {
            shown.push(character);
            count += 1;
        }
    }
    let from = new_from.unwrap_or(count);
    (shown, (from, new_to.unwrap_or(count).max(from + 1)))
}

/// A window around the mark.
fn cut(text: &str, from: usize, to: usize) -> (String, (usize, usize)) {
    let length = text.chars().count();
    if length <= MAX_LINE {
        return (text.to_owned(), (from, to));
    }
    let start = from.saturating_sub(MAX_LINE / 3).min(length - MAX_LINE);
    let shown: String = text.chars().skip(start).take(MAX_LINE).collect();
    (shown, (from - start, (to - start).min(MAX_LINE).max(from - start + 1)))
}

/// Bytes of the line that may be secrets, in order, apart from each other.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> =
        words(text).filter(|range| is_secret(&text[range.clone()]) && !is_commit(text, range)).collect();
    found.extend(passwords(text));
    found.extend(values_of_headers(text));
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let belongs =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '+' | '/');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(belongs)?;
        let end = text[start..].find(|character| !belongs(character)).map_or(text.len(), |length| start + length);
        at = end;
        Some(start..end)
    })
}

/// By its beginning, or because nothing but a secret looks like this.
fn is_secret(word: &str) -> bool {
    const LONG: usize = 32;
    let parts = || word.split(['/', '.']);
    let mixed = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= LONG && digits >= 4 && part.len() - digits >= 4
    };
    begins_like_one(word) || word.starts_with("eyJ") || parts().any(|part| mixed(part) || judge(part).is_some())
}

/// The commit that an action or an image is pinned to: `owner/repository@0123...`.
fn is_commit(text: &str, range: &Range<usize>) -> bool {
    let word = &text[range.clone()];
    let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text[..range.start].ends_with('@') && matches!(word.len(), 40 | 64) && word.bytes().all(digits)
}

/// What stands before the host of an address, unless it is a variable.
fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let authority = text[start..].split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
        let Some((user_info, _)) = authority.rsplit_once('@') else { continue };
        let password = user_info.split_once(':').map_or(start, |(user, _)| start + user.len() + 1);
        let end = start + user_info.len();
        if password < end && !text[password..end].starts_with(['$', '%', '<']) {
            found.push(password..end);
        }
    }
    found
}

/// What stands behind the name of a header or option that carries secrets, unless it is a variable.
fn values_of_headers(text: &str) -> Vec<Range<usize>> {
    const NAMES: &[&str] = &[
        "private-token",
        "job-token",
        "deploy-token",
        "authorization: bearer",
        "authorization: basic",
        "authorization: token",
        "private_token",
        "job_token",
        "access_token",
        "oauth2-bearer",
        "password",
        "passwd",
        "secret",
    ];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let rest = &text[at + name.len()..];
            let value = rest.trim_start_matches([':', '=', ' ', '"', '\'']);
            let start = at + name.len() + (rest.len() - value.len());
            let length = value.find([' ', '"', '\'', '&', '\\']).unwrap_or(value.len());
            // Without a sign between them it is another word that begins alike.
            let sign = &rest[..rest.len() - value.len()];
            let is_apart =
                sign.contains([':', '=']) || (name.contains("bearer") || name.contains(' ')) && !sign.is_empty();
            let is_code = value.starts_with(['$', '%', '<', '{', '-', '@'])
                || ["os.environ", "os.getenv"].iter().any(|name| value.starts_with(name));
            if is_apart && length >= 6 && !is_code {
                found.push(start..start + length);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, word: &str) -> (String, String) {
        let source = Source::new("f".into(), text.into());
        let start = text.find(word).unwrap();
        let excerpt = of(Span { file: 0, start, end: start + word.len() }, &source);
        let (from, to) = excerpt.mark;
        let marked = excerpt.line.chars().skip(from as usize - 1).take((to - from) as usize).collect();
        (excerpt.line, marked)
    }

    #[test]
    fn a_secret_is_covered_and_the_mark_moves_along() {
        let token = format!("{}{}", "glpat-", "q7Zt2LmW9xKc4VbN8pRf");
        let line = format!("  - curl -H \"PRIVATE-TOKEN: {token}\" https://gitlab.example.com/api");
        let (shown, marked) = excerpt(&line, "https://gitlab.example.com/api");
        assert_eq!(shown, "  - curl -H \"PRIVATE-TOKEN: [masked]\" https://gitlab.example.com/api");
        assert_eq!(marked, "https://gitlab.example.com/api");
        assert_eq!(excerpt(&line, &token).1, "[masked]");
    }

    #[test]
    fn passwords_and_header_values_are_covered_and_variables_are_not() {
        let shown = |text: &str| covered(text, 0, 1).0;
        assert_eq!(shown("git clone https://bot:hunter2@x/a"), "git clone https://bot:[masked]@x/a");
        assert_eq!(shown("git clone https://bot:$TOKEN@x/a"), "git clone https://bot:$TOKEN@x/a");
        assert_eq!(shown("-H 'Authorization: Bearer abcdefgh'"), "-H 'Authorization: Bearer [masked]'");
        assert_eq!(shown("-H \"JOB-TOKEN: $CI_JOB_TOKEN\""), "-H \"JOB-TOKEN: $CI_JOB_TOKEN\"");
        assert_eq!(shown("password: hunter22"), "password: [masked]");
    }

    #[test]
    fn the_commit_of_an_action_is_shown() {
        let line = "  - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4";
        assert_eq!(excerpt(line, "actions").0, line);
        let bare = "TOKEN: 11bd71901bbe5b1630ceea73d27597364c9af683";
        assert_eq!(excerpt(bare, "TOKEN").0, "TOKEN: [masked]");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{} here {}", "a ".repeat(400), "b ".repeat(400));
        let (shown, marked) = excerpt(&text, "here");
        assert_eq!((shown.chars().count(), marked.as_str()), (MAX_LINE, "here"));
    }
}

//! A configuration as text, to be read by people and by [`super::load`]. Everything in it that was found in a repository
//! is somebody else's word: it ends no comment, opens no key, and what may be a secret is left out.

use std::fmt::Write as _;

use super::secret::looks_like_a_secret;
use crate::domain::outline::{Demand, Outline, Row};
use crate::domain::usage::Holder;

/// Places named for one demand.
const SHOWN: usize = 3;
/// Columns of a comment.
const WIDTH: usize = 110;

pub fn text(outline: &Outline) -> String {
    let mut out = String::new();
    let read = match outline.files.len() {
        0 => "no pipeline file was found".to_owned(),
        1 => format!("{} in {}", counted(outline.jobs, "job"), outline.files[0]),
        more => format!("{} in {more} files", counted(outline.jobs, "job")),
    };
    comment(&mut out, 0, "Which token is used here, and what it must be able to do. `hallpass check` reads this file.");
    comment(&mut out, 0, &format!("Begun by `hallpass init` ({read}); from here on it is yours to change."));
    outline.home.known_by.iter().for_each(|line| comment(&mut out, 0, line));
    out.push_str("version: 1\nconnections:\n");
    outline.rows.iter().for_each(|row| connection(&mut out, row));
    if !outline.left_out.is_empty() {
        comment(&mut out, 0, "Left out:");
        outline.left_out.iter().for_each(|line| comment(&mut out, 0, &format!("- {line}")));
    }
    out
}

fn connection(out: &mut String, row: &Row) {
    let _ = writeln!(out, "  {}:", row.name);
    row.about.iter().for_each(|line| comment(out, 4, line));
    let _ = writeln!(out, "    forge: {}", row.forge);
    let _ = writeln!(out, "    url: {}", scalar(&row.url));
    if row.url.starts_with("http://") {
        comment(out, 4, "Plain http, as the remote: a token would travel unencrypted.");
        out.push_str("    insecure: true\n");
    }
    match row.target.as_deref() {
        Some(target) if !target.contains("${") && !looks_like_a_secret(target) => {
            let _ = writeln!(out, "    target: {}", scalar(target));
        }
        Some(_) => comment(out, 4, "target: the path of the remote cannot be written here"),
        None => comment(out, 4, "target: the project is not known; without it nothing is asked about one"),
    }
    match &row.token {
        Holder::Own => out.push_str("    token: job\n"),
        Holder::Variable(name) => {
            let _ = writeln!(out, "    token: {{ env: {name} }}");
        }
    }
    list(out, "contract", &row.contracts);
    list(out, "needs", &row.needs);
    if matches!(row.token, Holder::Variable(_)) {
        out.push_str("    expiry: { warn: 30d }\n");
    }
}

fn list(out: &mut String, key: &str, demands: &[Demand]) {
    if demands.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {key}:");
    for demand in demands {
        let _ = writeln!(out, "      - {} # {}", demand.id, inert(&why(demand)));
    }
}

fn why(demand: &Demand) -> String {
    let mut places: Vec<String> = demand.files.clone();
    places.extend(demand.sights.iter().map(ToString::to_string));
    let more = places.len().saturating_sub(SHOWN);
    places.truncate(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", places.join("; "))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn comment(out: &mut String, indent: usize, text: &str) {
    let mut line = String::new();
    for word in inert(text).split(' ') {
        if !line.is_empty() && indent + line.chars().count() + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{:indent$}# {line}", "");
            "  ".clone_into(&mut line);
        }
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{:indent$}# {line}", "");
}

/// One line that shows itself whole and holds no secret.
fn inert(text: &str) -> String {
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let text: String = text.chars().map(|letter| if hidden(letter) { '?' } else { letter }).collect();
    let words = text.split(' ').map(|word| if looks_like_a_secret(word) { "***" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    if looks_like_a_secret(&text) { "***".to_owned() } else { text }
}

/// A text as YAML reads it back.
fn scalar(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-:".contains(&byte);
    let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if starts_well && !is_word && text.bytes().all(plain) && !text.ends_with(':') {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_line_whatever_is_in_it() {
        let mut out = String::new();
        comment(&mut out, 2, "a\nb:\u{85}c\u{2028}d\u{202e}e \u{1b}[2J");
        assert_eq!(out, "  # a?b:?c?d?e ?[2J\n");
        let mut long = String::new();
        comment(&mut long, 0, &"word ".repeat(60));
        assert!(long.lines().all(|line| line.starts_with("# ") && line.len() < 120), "{long}");
    }

    #[test]
    fn nothing_that_looks_like_a_secret_is_written() {
        assert_eq!(inert(&format!("job `glpat-{}` here", "x".repeat(20))), "job *** here");
    }

    #[test]
    fn words_that_yaml_reads_otherwise_are_quoted() {
        for (text, written) in [
            ("acme/app", "acme/app"),
            ("https://a.test:8443", "https://a.test:8443"),
            ("42", "\"42\""),
            ("No", "\"No\""),
            ("a #b", "\"a #b\""),
            ("a: b", "\"a: b\""),
            ("a\"\\b", "\"a\\\"\\\\b\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}

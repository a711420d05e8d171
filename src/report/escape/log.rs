//! For a job's log or a terminal, which runners and terminals read as commands.

use super::{FIELD, MESSAGE, break_commands, push_visible, shorten};

/// One line that nothing acts on, except that `::` may stand first in it: see [`document`].
pub fn text(untrusted: &str) -> String {
    let mut out = String::with_capacity(untrusted.len());
    untrusted.chars().for_each(|character| push_visible(&mut out, character));
    break_commands(&out)
}

/// A single value, shortened.
pub fn field(untrusted: &str) -> String {
    text(&shorten(untrusted, FIELD))
}

/// A sentence, shortened.
pub fn message(untrusted: &str) -> String {
    text(&shorten(untrusted, MESSAGE))
}

/// A text of several lines that quotes others, such as an error with a path in it. Its line breaks stay; no line of it is a
/// command.
pub fn lines(untrusted: &str) -> String {
    document(&untrusted.split('\n').map(text).collect::<Vec<_>>().join("\n"))
}

/// The last step over a whole text whose parts are escaped already: what became a command only by being put together, or
/// moved to the start of a line by wrapping, is broken here. Line feeds and our own colours stay.
pub fn document(assembled: &str) -> String {
    let mut out = String::with_capacity(assembled.len());
    for line in assembled.split_inclusive('\n') {
        let start = line.len() - after_blanks(line).len();
        out.push_str(&line[..start]);
        if line[start..].starts_with("::") {
            out.push('\\');
        }
        out.push_str(&break_commands(&line[start..]));
    }
    out
}

/// What follows leading white space of any kind and colour sequences.
fn after_blanks(line: &str) -> &str {
    let trimmed = line.trim_start();
    match trimmed.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m')) {
        Some((codes, rest)) if codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') => after_blanks(rest),
        _ => trimmed,
    }
}

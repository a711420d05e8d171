//! Sections of GitLab's job log, which fold. Their marks begin with an escape, which no text from outside gets through:
//! while a report is put together a control character stands for each, and the marks themselves come last.

use std::fmt::Write as _;

use jiff::Timestamp;

const START: char = '\u{1}';
const END: char = '\u{2}';

/// A section that begins with the next line, its title.
pub(super) fn start(out: &mut String, folded: bool) {
    out.push(START);
    out.push(if folded { '1' } else { '0' });
}

pub(super) fn end(out: &mut String) {
    out.push(END);
    out.push('\n');
}

/// The text with marks in place of what stood for them. The names of sections are numbers, so that they are the same from
/// run to run and nobody's words.
pub(super) fn marked(text: &str, now: Timestamp) -> String {
    let seconds = now.as_second();
    let mut out = String::with_capacity(text.len() + 256);
    let mut number = 0;
    let mut rest = text;
    while let Some(at) = rest.find([START, END]) {
        out.push_str(&rest[..at]);
        let is_start = rest[at..].starts_with(START);
        rest = &rest[at + 1..];
        if is_start {
            number += 1;
            let folded = if rest.starts_with('1') { "collapsed=true," } else { "" };
            rest = &rest[1..];
            let _ = write!(
                out,
                "\u{1b}[0Ksection_start:{seconds}:hallpass_{number}[{folded}hide_duration=true]\r\u{1b}[0K"
            );
        } else {
            let _ = write!(out, "\u{1b}[0Ksection_end:{seconds}:hallpass_{number}\r\u{1b}[0K");
        }
    }
    out.push_str(rest);
    out
}

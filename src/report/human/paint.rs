//! Colours, marks and the untrusted texts between them.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::domain::finding::Severity;
use crate::domain::report::Status;
use crate::domain::verdict::Verdict;
use crate::report::Options;
use crate::report::escape::log;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const DOUBT: Style = AnsiColor::Yellow.on_default();
pub(super) const PLACE: Style = AnsiColor::Cyan.on_default();
pub(super) const PLAIN: Style = Style::new();

#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
    ascii: bool,
    pub(super) width: usize,
}

impl Paint {
    pub(super) fn new(options: &Options) -> Self {
        // Narrower than this nothing can be laid out.
        Self { color: options.color, ascii: options.ascii, width: usize::from(options.width).max(40) }
    }

    pub(super) fn style(self, style: Style, text: impl Display) -> String {
        let text = text.to_string();
        if self.color && style != PLAIN && !text.is_empty() { format!("{style}{text}{style:#}") } else { text }
    }

    /// A name, an address or another single value from outside.
    pub(super) fn field(self, untrusted: &str) -> String {
        self.in_charset(log::field(untrusted))
    }

    /// A sentence that may hold texts from outside.
    pub(super) fn message(self, untrusted: &str) -> String {
        self.in_charset(log::message(untrusted))
    }

    /// The last step: our own ornaments in ASCII where asked for, and no command at the start of a line.
    pub(super) fn finish(self, text: &str) -> Vec<u8> {
        let text = log::document(text);
        if self.ascii { in_ascii(&text).into_bytes() } else { text.into_bytes() }
    }

    fn in_charset(self, text: String) -> String {
        if self.ascii { in_ascii(&text) } else { text }
    }
}

pub(super) fn status(status: Status) -> (&'static str, Style) {
    match status {
        Status::Pass => ("✓", GOOD),
        Status::Warn => ("!", DOUBT),
        Status::Unknown => ("?", DOUBT),
        Status::Fail => ("✗", BAD),
    }
}

pub(super) fn verdict(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Allowed => ("✓", GOOD),
        Verdict::Denied => ("✗", BAD),
        Verdict::Unknown => ("?", DOUBT),
    }
}

pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD.bold(),
        Severity::Warning => DOUBT.bold(),
        Severity::Note => PLACE.bold(),
    }
}

fn in_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '✓' => out.push('+'),
            '✗' => out.push('x'),
            '─' => out.push('-'),
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            _ if character.is_ascii() => out.push(character),
            _ => out.extend(character.escape_unicode()),
        }
    }
    out
}

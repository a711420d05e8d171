//! What became of a fleet since an earlier report, in lines that people read.

use super::human::count;
use crate::domain::since::{Mark, Since};

/// More lines of a sort than this are counted and not shown.
const LINES: usize = 20;

/// `since 2026-11-20 15:00 UTC: 1 new finding, 2 resolved`.
pub(super) fn headline(since: &Since) -> String {
    let mut parts = vec![count(since.new_ones().len(), "new finding"), format!("{} resolved", since.resolved.len())];
    for (names, word) in [(&since.added, "added"), (&since.gone, "gone")] {
        if !names.is_empty() {
            parts.push(format!("{} {word}", count(names.len(), "connection")));
        }
    }
    if !since.changed.is_empty() {
        parts.push(count(since.changed.len(), "change"));
    }
    format!("since {}: {}", since.at.strftime("%Y-%m-%d %H:%M UTC"), parts.join(", "))
}

/// Each with its label; `code` escapes a name.
pub(super) fn lines(since: &Since, all: bool, code: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
    let mark = |mark: &Mark| {
        let name = mark.connection.as_deref().map_or_else(String::new, |name| format!("{} ", code(name)));
        let capability = mark.capability.as_deref().map_or_else(String::new, |id| format!(" {}", code(id)));
        format!("{name}{}{capability}", code(&mark.rule))
    };
    let told = |value: &Option<String>| value.as_deref().map_or_else(|| "not known".to_owned(), &code);
    let sorts: [(&'static str, Vec<String>); 5] = [
        ("new", since.new_ones().map(mark).collect()),
        ("resolved", since.resolved.iter().map(mark).collect()),
        ("added", since.added.iter().map(|name| code(name)).collect()),
        ("gone", since.gone.iter().map(|name| code(name)).collect()),
        (
            "changed",
            since
                .changed
                .iter()
                .map(|one| {
                    format!("{} {}: {} → {}", code(&one.connection), one.what, told(&one.before), told(&one.after))
                })
                .collect(),
        ),
    ];
    let mut lines = Vec::new();
    for (label, texts) in sorts {
        let limit = if all { usize::MAX } else { LINES };
        let more = texts.len().saturating_sub(limit);
        lines.extend(texts.into_iter().take(limit).map(|text| (label, text)));
        if more > 0 {
            lines.push((label, format!("{more} more")));
        }
    }
    lines
}

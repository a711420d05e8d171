//! The difference between a file and what it is to become. Nothing that may be a secret is shown.

use std::fmt::Write as _;

use crate::domain::line_diff::changes;
use crate::wiring::log_text;

/// As `diff -U0` has it.
pub(super) fn difference(path: &str, old: &[u8], new: &[u8], line: &dyn Fn(&[u8]) -> String) -> String {
    let changes = changes(old, new);
    if changes.is_empty() {
        return String::new();
    }
    let path = log_text(path);
    let mut text = format!("--- {path}\n+++ {path}\n");
    for change in changes {
        let (removed, added) = (change.removed.len(), change.added.len());
        let _ = writeln!(text, "@@ -{},{removed} +{},{added} @@", change.old_line, change.new_line);
        for (mark, lines) in [('-', &change.removed), ('+', &change.added)] {
            for one in lines {
                let _ = writeln!(text, "{mark}{}", line(one.strip_suffix(b"\n").unwrap_or(one)));
                if !one.ends_with(b"\n") {
                    text.push_str("\\ No newline at end of file\n");
                }
            }
        }
    }
    text
}

/// Every address in it without what stands before the host.
pub(super) fn without_user_info(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(['/', '?', '#', '"', ' ']).unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => {
                shown.push_str("***@");
                &after[at + 1..]
            }
            None => after,
        };
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_only_what_changed() {
        let line = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let text = difference("file", b"canary\na\n", b"canary\nb", &line);
        assert_eq!(text, "--- file\n+++ file\n@@ -2,1 +2,1 @@\n-a\n+b\n\\ No newline at end of file\n");
    }
}

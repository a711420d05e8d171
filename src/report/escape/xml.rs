//! For XML 1.0. The writer escapes markup; here go the characters that XML forbids even when escaped.

use super::{FIELD, MESSAGE, break_commands, push_visible, shorten};

/// A name or another single value.
pub fn field(untrusted: &str) -> String {
    text(&shorten(untrusted, FIELD))
}

/// A sentence.
pub fn message(untrusted: &str) -> String {
    text(&shorten(untrusted, MESSAGE))
}

/// Characters that XML 1.0 forbids, and hidden ones, as escapes that can be read.
pub fn text(untrusted: &str) -> String {
    let mut out = String::with_capacity(untrusted.len());
    for character in untrusted.chars() {
        if matches!(character, '\u{fffe}' | '\u{ffff}') {
            out.extend(character.escape_default());
        } else {
            push_visible(&mut out, character);
        }
    }
    break_commands(&out)
}

//! For JSON that may be printed into a job's log.

use super::is_hidden;
use crate::report::lines::Lines;

/// The same JSON, spelt so that no runner finds a command in it and no terminal acts on it. Everything that is replaced
/// can only stand inside a string, where `\u0023` and `#` mean the same.
pub fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_hidden(character) {
            push_unit_escapes(&mut out, character);
        } else {
            out.push(character);
        }
    }
    let out = out.replace("##", "#\\u0023");
    ["section_start:", "section_end:"].iter().fold(out, |out, mark| out.replace(mark, &mark.replace(':', "\\u003a")))
}

fn push_unit_escapes(out: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.add(format_args!("\\u{unit:04x}"));
    }
}

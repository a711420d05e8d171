//! Values that a platform fills into a script before any shell sees it.
//!
//! What is known stands there as text. What is not stands between two characters that no script uses, so that it survives
//! quotes of every kind; the shell's reader takes it apart again.

use super::model::{Part, Value, push};

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The text that stands for a value inside a script.
pub fn written(value: &[Part]) -> String {
    let mut text = String::new();
    for part in value {
        match part {
            Part::Text(known) => text.push_str(known),
            Part::Variable(name) => text.extend([OPEN.to_string().as_str(), name, CLOSE.to_string().as_str()]),
            Part::Unknown => text.extend([OPEN, CLOSE]),
        }
    }
    text
}

/// The value that a text stands for; `None` where nothing was filled in.
pub fn read(text: &str) -> Option<Value> {
    let mut rest = text;
    let mut value = Value::new();
    while let Some((before, after)) = rest.split_once(OPEN) {
        push(&mut value, Part::Text(before.to_owned()));
        let (name, behind) = after.split_once(CLOSE).unwrap_or(("", after));
        value.push(if name.is_empty() { Part::Unknown } else { Part::Variable(name.to_owned()) });
        rest = behind;
    }
    if value.is_empty() {
        return None;
    }
    push(&mut value, Part::Text(rest.to_owned()));
    Some(value)
}

/// A text as a value, with what was filled in as parts of its own.
pub fn parts(text: &str) -> Value {
    read(text).unwrap_or_else(|| {
        let mut value = Value::new();
        push(&mut value, Part::Text(text.to_owned()));
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_being_written_into_a_script() {
        let value = vec![
            Part::Text("a ".into()),
            Part::Variable("github.token".into()),
            Part::Text("/b".into()),
            Part::Unknown,
        ];
        assert_eq!(read(&written(&value)), Some(value));
        assert_eq!(read("plain"), None);
        assert_eq!(read("\u{e000}half"), Some(vec![Part::Unknown, Part::Text("half".into())]));
    }
}

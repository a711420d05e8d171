//! Takes a tree of nodes apart, field by field, and gathers every complaint on the way.

use super::document::{Node, Value};
use super::error::{Complaints, Spot};
use super::secret::looks_like_a_secret;
use crate::domain::capability::nearest;

/// A value with the place where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) spot: Spot,
}

/// The entries of a mapping, taken out by name. What is left over at the end is unknown.
pub(super) struct Fields {
    /// What the mapping is, for messages: `a connection`.
    what: &'static str,
    spot: Spot,
    left: Vec<(At<String>, Node)>,
    asked: Vec<&'static str>,
}

impl Fields {
    /// `None`, with a complaint, when the node is not a mapping.
    pub(super) fn of(node: Node, what: &'static str, complaints: &mut Complaints) -> Option<Self> {
        let spot = node.spot;
        let left = entries(node, what, complaints)?;
        Some(Self { what, spot, left, asked: Vec::new() })
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<At<Node>> {
        self.asked.push(key);
        let index = self.left.iter().position(|(held, _)| held.value == key)?;
        let (held, value) = self.left.swap_remove(index);
        Some(At { value, spot: held.spot })
    }

    pub(super) fn required(&mut self, key: &'static str, complaints: &mut Complaints) -> Option<At<Node>> {
        let found = self.optional(key);
        if found.is_none() {
            complaints.add(self.spot, format!("{} needs the key `{key}`", self.what));
        }
        found
    }

    /// Are there keys nobody asked for?
    pub(super) fn left_over(&self) -> bool {
        !self.left.is_empty()
    }

    /// Complains about every key nobody asked for.
    pub(super) fn finish(self, complaints: &mut Complaints) {
        for (key, _) in self.left {
            let message = match shown(&key.value) {
                Some(word) => format!("{} has no key `{word}`", self.what),
                None => format!("{} has no such key", self.what),
            };
            suggest(complaints, key.spot, message, &key.value, self.asked.iter().copied());
        }
    }
}

/// The entries of a mapping whose keys are names, each key once, in the order written.
pub(super) fn entries(node: Node, what: &'static str, complaints: &mut Complaints) -> Option<Vec<(At<String>, Node)>> {
    let Value::Map(pairs) = node.value else {
        complaints.add(node.spot, format!("{what} is a mapping (`key: value` lines), not {}", sort(&node)));
        return None;
    };
    let mut entries: Vec<(At<String>, Node)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let Value::Scalar { text, .. } = key.value else { continue };
        match entries.iter().find(|(held, _)| held.value == text) {
            Some((first, _)) => {
                let word = shown(&text).map_or_else(|| "this key".to_owned(), |word| format!("`{word}`"));
                complaints.add(key.spot, format!("{word} is given twice; the first is at {}", first.spot));
            }
            None => entries.push((At { value: text, spot: key.spot }, value)),
        }
    }
    Some(entries)
}

/// Text: quoted, or plain and nothing but text.
pub(super) fn text(node: Node, complaints: &mut Complaints) -> Option<At<String>> {
    let spot = node.spot;
    let plain_sort = sort(&node);
    match node.value {
        Value::Scalar { text, plain } if !plain || plain_sort == "text" => {
            if text.chars().any(char::is_control) {
                complaints.add(spot, "this text holds a line break or another control character");
                return None;
            }
            if text.trim().is_empty() {
                complaints.add(spot, "this text is empty");
                return None;
            }
            Some(At { value: text, spot })
        }
        Value::Scalar { .. } if plain_sort != "nothing" => {
            complaints.add_with_hint(spot, format!("expected text, found {plain_sort}"), "put it in quotes");
            None
        }
        _ => {
            complaints.add(spot, format!("expected text, found {plain_sort}"));
            None
        }
    }
}

/// A list of texts.
pub(super) fn texts(node: Node, complaints: &mut Complaints) -> Vec<At<String>> {
    items(node, complaints).into_iter().filter_map(|item| text(item, complaints)).collect()
}

/// The items of a list.
pub(super) fn items(node: Node, complaints: &mut Complaints) -> Vec<Node> {
    if let Value::List(items) = node.value {
        return items;
    }
    complaints.add_with_hint(node.spot, format!("expected a list, found {}", sort(&node)), "write `[one, two]`");
    Vec::new()
}

/// `true` or `false`, and none of the words that YAML 1.1 took for them.
pub(super) fn boolean(node: &Node, complaints: &mut Complaints) -> Option<At<bool>> {
    let spot = node.spot;
    let text = match &node.value {
        Value::Scalar { text, plain: true } => text.as_str(),
        _ => "",
    };
    match text {
        "true" => Some(At { value: true, spot }),
        "false" => Some(At { value: false, spot }),
        _ if is_old_boolean(text) => {
            complaints.add_with_hint(spot, "this word is no boolean", "write true or false");
            None
        }
        _ => {
            complaints.add(spot, format!("expected true or false, found {}", sort(node)));
            None
        }
    }
}

fn is_old_boolean(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "yes" | "no" | "on" | "off" | "y" | "n" | "true" | "false")
}

/// What a node is, in words that never repeat it.
pub(super) fn sort(node: &Node) -> &'static str {
    match &node.value {
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::Scalar { plain: false, .. } => "text",
        Value::Scalar { .. } if node.is_nothing() => "nothing",
        Value::Scalar { text, .. } => match text.as_str() {
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => "a boolean",
            number if is_number(number) => "a number",
            _ => "text",
        },
    }
}

/// The number forms of YAML's core schema.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| (b'0'..b'8').contains(&byte));
    }
    let begins = unsigned.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.');
    let infinite = matches!(unsigned.to_ascii_lowercase().as_str(), ".inf" | ".nan");
    infinite || (begins && unsigned.parse::<f64>().is_ok())
}

/// A word that may be repeated in a message: short, plain, and not a secret.
pub(super) fn shown(word: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = !word.is_empty() && word.len() <= 40 && word.bytes().all(plain);
    (fits && !looks_like_a_secret(word)).then_some(word)
}

/// Complains, with the nearest known word as a hint where there is one.
pub(super) fn suggest<'a>(
    complaints: &mut Complaints,
    spot: Spot,
    message: String,
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) {
    match shown(typed).and_then(|typed| nearest(typed, known)) {
        Some(word) => complaints.add_with_hint(spot, message, format!("did you mean `{word}`?")),
        None => complaints.add(spot, message),
    }
}

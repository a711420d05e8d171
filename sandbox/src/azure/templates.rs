//! Bodies as data: templates with blanks, filled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

static TEMPLATES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/azure-bodies.json")).expect("the sandbox's own bodies are JSON")
});

/// What stands for `{name}` in a template.
pub(super) type Blanks = BTreeMap<&'static str, String>;

/// `None` when there is no template of that name.
pub(super) fn filled(shape: &str, blanks: &Blanks) -> Option<Value> {
    TEMPLATES.get(shape).map(|template| fill(template, blanks))
}

fn fill(template: &Value, blanks: &Blanks) -> Value {
    match template {
        // `@person` stands for the template of that name.
        Value::String(text) if text.starts_with('@') => {
            TEMPLATES.get(&text[1..]).map_or(Value::Null, |inner| fill(inner, blanks))
        }
        Value::String(text) => {
            let text =
                blanks.iter().fold(text.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
            // `#` in front makes a number of it.
            match text.strip_prefix('#').and_then(|digits| digits.parse::<i64>().ok()) {
                Some(number) => number.into(),
                None => Value::String(text),
            }
        }
        Value::Array(items) => items.iter().map(|item| fill(item, blanks)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), fill(value, blanks))).collect())
        }
        other => other.clone(),
    }
}

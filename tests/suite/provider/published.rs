//! Answers of published shapes with values of our own: every field that the schema names is there.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published {
    /// A file of `tests/schemas/`, without its ending.
    shape: String,
    /// The field that holds a list of such objects; absent where the answer is the object.
    within: Option<String>,
    /// Values that matter to the case.
    #[serde(default)]
    with: Value,
}

impl Published {
    pub(super) fn answer(&self) -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{}.json", self.shape));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut object = sample(&schema, "");
        put(&mut object, &self.with);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", self.shape);
        match self.within.as_deref() {
            None => object,
            Some("value") => json!({ "count": 1, "value": [object] }),
            Some(field) => json!({ field: [object] }),
        }
    }
}

fn sample(schema: &Value, name: &str) -> Value {
    if let Some(value) = schema.pointer("/examples/0").or(schema.pointer("/enum/0")) {
        return value.clone();
    }
    match schema["type"].as_str().or(schema["type"][0].as_str()) {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, inner)| (name.clone(), sample(inner, name))).collect::<Map<_, _>>())
        }
        Some("array") => schema.get("items").map(|items| sample(items, name)).into_iter().collect(),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!(format!("{name}-1")),
    }
}

/// Objects are put into each other, everything else is replaced.
fn put(value: &mut Value, change: &Value) {
    match (value, change) {
        (_, Value::Null) => {}
        (Value::Object(fields), Value::Object(changes)) => {
            for (name, change) in changes {
                put(fields.entry(name).or_insert(Value::Null), change);
            }
        }
        (value, change) => *value = change.clone(),
    }
}

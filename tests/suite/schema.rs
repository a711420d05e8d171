//! The JSON Schema of the configuration says the same as the reader.

use hallpass::config::schema;

use crate::config::{FULL, folder};

fn as_json(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap()
}

#[test]
fn the_schema_accepts_the_full_file_and_the_full_file_uses_all_of_the_schema() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let full = as_json(FULL);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&full).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let (mut declared, mut used) = (Vec::new(), Vec::new());
    properties(&schema, &mut declared);
    keys(&full, &mut used);
    let unused: Vec<_> = declared.iter().filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "not in full.yml: {unused:?}");
}

#[test]
fn the_schema_explains_every_key() {
    let schema = schema();
    let mut plain = Vec::new();
    unexplained(&schema, &mut plain);
    assert!(plain.is_empty(), "without a title or description: {plain:?}");
}

#[test]
fn the_schema_refuses_the_broken_shapes() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["c05_unknown_keys", "c06_wrong_types", "c12_version_absent", "c12_version_newer"] {
        let text = std::fs::read_to_string(folder().join(format!("{name}.yml"))).unwrap();
        assert!(!validator.is_valid(&as_json(&text)), "{name}");
    }
}

fn properties(schema: &serde_json::Value, names: &mut Vec<String>) {
    if let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) {
        names.extend(properties.keys().cloned());
    }
    each(schema, &mut |inner| properties(inner, names));
}

/// Names of properties without words of their own; a schema of one property may say them for it.
fn unexplained(schema: &serde_json::Value, names: &mut Vec<String>) {
    let says = |schema: &serde_json::Value| schema.get("title").or(schema.get("description")).is_some();
    if let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) {
        let said_above = properties.len() == 1 && says(schema);
        for (name, inner) in properties {
            if !said_above && !says(inner) {
                names.push(name.clone());
            }
        }
    }
    each(schema, &mut |inner| unexplained(inner, names));
}

fn keys(value: &serde_json::Value, names: &mut Vec<String>) {
    names.extend(value.as_object().into_iter().flat_map(|object| object.keys().cloned()));
    each(value, &mut |inner| keys(inner, names));
}

fn each(value: &serde_json::Value, visit: &mut dyn FnMut(&serde_json::Value)) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(visit),
        serde_json::Value::Object(entries) => entries.values().for_each(visit),
        _ => {}
    }
}

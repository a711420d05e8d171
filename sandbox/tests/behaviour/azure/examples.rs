//! Azure DevOps: the sandbox' answers against published ones. `tests/fixtures/azure-examples.json` restates which fields an
//! answer has and of what type they are; the sandbox may leave fields out and must not make any up.

use serde_json::Value;

use super::*;

fn examples() -> Vec<Value> {
    serde_json::from_str(include_str!("../../fixtures/azure-examples.json")).expect("JSON")
}

fn text<'a>(example: &'a Value, name: &str) -> &'a str {
    example[name].as_str().unwrap_or_default()
}

/// Where the answer has a field that the example has not, or one of another type.
fn differences(answer: &Value, example: &Value, place: &str) -> Vec<String> {
    match (answer, example) {
        (Value::Object(fields), Value::Object(known)) => fields
            .iter()
            .flat_map(|(name, value)| match known.get(name) {
                Some(example) => differences(value, example, &format!("{place}/{name}")),
                None => vec![format!("{place}/{name} is made up")],
            })
            .collect(),
        (Value::Array(items), Value::Array(known)) => items
            .iter()
            .flat_map(|item| {
                // An item may be like any of the example's.
                let best = known.iter().map(|example| differences(item, example, place));
                best.min_by_key(Vec::len).unwrap_or_default()
            })
            .collect(),
        _ if std::mem::discriminant(answer) == std::mem::discriminant(example) => Vec::new(),
        _ => vec![format!("{place} is {answer}, not like {example}")],
    }
}

#[test]
fn answers_have_the_fields_of_published_ones() {
    let sandbox = azure();
    let main = get(&sandbox, "/acme/app/_apis/git/repositories/app/refs", "dev").json();
    let main = main["value"][0]["objectId"].as_str().unwrap_or_default().to_owned();
    for example in examples() {
        let (method, address) = text(&example, "ask").split_once(' ').expect("a method");
        let (host, path) = address.split_once('/').expect("a host");
        let target = format!("/{}", path.replace("{main}", &main));
        let asked = ask(&sandbox, method, &target).at(host);
        let asked = match example.get("body") {
            None => asked,
            Some(body) => {
                let kind = example["content_type"].as_str().unwrap_or("application/json");
                asked.body(kind, &body.to_string())
            }
        };
        let reply = asked.with(text(&example, "token"));
        assert_eq!(u64::from(reply.status), example["status"].as_u64().unwrap_or(200), "{address}: {}", reply.text());
        let answer = reply.json();
        assert_eq!(differences(&answer, &example["answer"], ""), Vec::<String>::new(), "{address}");
        for place in example["must"].as_array().into_iter().flatten() {
            let place = place.as_str().unwrap_or_default();
            assert!(answer.pointer(place).is_some(), "{address} lacks {place}: {answer}");
        }
    }
    sandbox.assert_all_planned();
}

#[test]
fn every_example_says_where_it_comes_from() {
    for example in examples() {
        assert!(text(&example, "source").len() > 20, "{example}");
    }
}

#[test]
fn a_field_that_nobody_published_is_noticed() {
    let example: Value = serde_json::from_str(r#"{"value":[{"id":1},{"id":null}]}"#).expect("JSON");
    let of = |text: &str| differences(&serde_json::from_str(text).expect("JSON"), &example, "");
    assert_eq!(of(r#"{"value":[{"id":7}]}"#), Vec::<String>::new());
    assert_eq!(of(r#"{"value":[{"id":7,"colour":"blue"}]}"#), ["/value/colour is made up"]);
    assert_eq!(of(r#"{"value":[{"id":"7"}]}"#).len(), 1);
}

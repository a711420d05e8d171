use hallpass::domain::report::Report;
use hallpass::report::{Options, json};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::grammar::{HOSTILE, untrusted};
use crate::support::sample_report as sample;

fn rendered(report: &Report) -> Value {
    let options = Options { version: "0.1.0".to_owned(), ..Options::default() };
    serde_json::from_slice(&json::render(report, &options)).unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a developer's switch of this test alone")]
fn the_shipped_schema_is_the_one_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.v1.json");
    let fresh = format!("{}\n", serde_json::to_string_pretty(&json::schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let shipped = std::fs::read_to_string(path).unwrap_or_default();
    assert!(shipped == fresh, "schemas/report.v1.json is stale; run with UPDATE_SCHEMAS=1 and review the difference");
}

#[test]
fn every_report_is_valid() {
    let validator = jsonschema::validator_for(&json::schema()).unwrap();
    let reports = [sample::mixed(), sample::compare(), sample::lint(), sample::nothing_checked(), sample::many(30, 30)];
    for report in reports.into_iter().chain(HOSTILE.map(sample::hostile)) {
        let value = rendered(&report);
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let validator = jsonschema::validator_for(&json::schema()).unwrap();
    let good = rendered(&sample::mixed());
    for (pointer, bad) in [
        ("/schema", json!("hallpass.report.v2")),
        ("/status", json!("good")),
        ("/connections/0/token/scopes", json!("api")),
        ("/connections/3/capabilities/1/verdict", json!("maybe")),
        ("/findings/0/location", json!({ "file": "a" })),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = bad;
        assert!(!validator.is_valid(&value), "{pointer}");
    }
}

#[test]
fn a_whole_report() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&rendered(&sample::only_failing())).unwrap());
}

#[test]
fn compare_adds_the_matrix_and_only_compare_does() {
    assert!(rendered(&sample::mixed()).get("matrix").is_none());
    insta::assert_snapshot!(serde_json::to_string_pretty(&rendered(&sample::compare())["matrix"]).unwrap());
}

#[test]
fn a_02_unknown_scopes_are_null_and_no_scopes_are_an_empty_list() {
    let mut report = sample::pass();
    report.connections[0].token.scopes = None;
    assert_eq!(rendered(&report)["connections"][0]["token"]["scopes"], Value::Null);
    report.connections[0].token.scopes = Some(vec![]);
    assert_eq!(rendered(&report)["connections"][0]["token"]["scopes"], json!([]));
}

proptest! {
    #[test]
    fn texts_arrive_unchanged(text in untrusted()) {
        let value = rendered(&sample::hostile(&text));
        prop_assert_eq!(value["connections"][0]["name"].as_str(), Some(text.as_str()));
        prop_assert_eq!(value["findings"][0]["message"].as_str(), Some(text.as_str()));
    }
}

use std::collections::BTreeSet;

use hallpass::domain::report::Report;
use hallpass::report::{Options, gitlab};
use serde_json::Value;

use super::grammar::HOSTILE;
use crate::support::sample_report as sample;

fn rendered(report: &Report) -> Value {
    serde_json::from_slice(&gitlab::render(report, &Options::default())).unwrap()
}

fn fingerprints(report: &Report) -> Vec<String> {
    let value = rendered(report);
    value.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_report_is_valid() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/codeclimate.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let reports = [sample::mixed(), sample::lint(), sample::pass(), sample::many(30, 30)];
    for report in reports.into_iter().chain(HOSTILE.map(sample::hostile)) {
        let value = rendered(&report);
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn every_status() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&rendered(&sample::mixed())).unwrap());
}

#[test]
fn a_pass_is_an_empty_list() {
    assert_eq!(rendered(&sample::pass()), serde_json::json!([]));
}

#[test]
fn a_finding_without_a_place_stands_in_the_file_of_record() {
    let value = rendered(&sample::only_unknown());
    assert_eq!(value[0]["location"], serde_json::json!({ "path": ".gitlab-ci.yml", "lines": { "begin": 1 } }));
}

#[test]
fn fingerprints_are_distinct_and_outlive_moved_lines_and_new_words() {
    let before = sample::mixed();
    let mut after = before.clone();
    for finding in &mut after.findings {
        finding.message = "said in another way".to_owned();
        if let Some(place) = &mut finding.place {
            place.line += 40;
        }
    }
    assert_eq!(fingerprints(&before), fingerprints(&after));
    for report in [before, sample::lint(), sample::many(30, 30)] {
        let all = fingerprints(&report);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}

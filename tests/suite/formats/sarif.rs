use std::collections::BTreeSet;

use hallpass::config::embedded;
use hallpass::domain::finding::RuleBook;
use hallpass::domain::report::Report;
use hallpass::report::{Limits, Options, sarif};
use serde_json::{Value, json};

use super::grammar::{HOSTILE, azure_commands, gitlab_sections, hidden};
use crate::support::sample_report as sample;

fn options() -> Options {
    let rules = RuleBook::new(embedded::rules(hallpass::findings::FILES).unwrap());
    Options { rules, ..Options::default() }
}

fn rendered(report: &Report) -> Value {
    serde_json::from_slice(&sarif::render(report, &options())).unwrap()
}

fn results(value: &Value) -> &Vec<Value> {
    value["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn every_report_is_valid_by_the_official_schema() {
    // One pattern of the published schema is no valid expression; the errata of the standard have it so.
    let schema = include_str!("../../schemas/sarif-2.1.0.json")
        .replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let reports = [sample::mixed(), sample::lint(), sample::pass(), sample::compare(), sample::many(30, 30)];
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
fn findings_of_files_have_their_region() {
    let value = rendered(&sample::lint());
    insta::assert_snapshot!(serde_json::to_string_pretty(results(&value)).unwrap());
}

#[test]
fn results_point_at_rules_that_explain_themselves() {
    let value = rendered(&sample::mixed());
    let rules = value["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results(&value) {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len());
    assert!(rules.iter().all(|rule| rule["help"]["text"].as_str().is_some_and(|text| text.contains('?'))));
}

#[test]
fn a_finding_without_a_place_stands_in_the_file_of_record() {
    let options = Options { file_of_record: "azure-pipelines.yml".to_owned(), ..options() };
    let value: Value = serde_json::from_slice(&sarif::render(&sample::only_unknown(), &options)).unwrap();
    let location = &results(&value)[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"], json!({ "uri": "azure-pipelines.yml", "uriBaseId": "%SRCROOT%" }));
    assert_eq!(location["region"], json!({ "startLine": 1 }));
}

#[test]
fn paths_become_addresses() {
    let mut report = sample::lint();
    for (path, address) in
        [("a b/ü.yml", "a%20b/%C3%BC.yml"), ("C:\\x\\y.yml", "C%3A/x/y.yml"), ("/a.yml", "file:///a.yml")]
    {
        report.findings[0].place.as_mut().unwrap().file = path.to_owned();
        let value = rendered(&report);
        assert_eq!(results(&value)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], address);
    }
}

#[test]
fn o_14_no_more_results_than_are_taken_and_the_rest_is_told() {
    let limits = Limits { results: 12, ..Limits::default() };
    let value: Value =
        serde_json::from_slice(&sarif::render(&sample::many(10, 10), &Options { limits, ..options() })).unwrap();
    assert_eq!(results(&value).len(), 12);
    let told = &value["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("8 findings are left out"), "{told}");
}

#[test]
fn links_and_placeholders_of_messages_are_taken_from_untrusted_text() {
    let value = rendered(&sample::hostile("[a](1) {0} \\[b](2)"));
    let text = results(&value)[0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("\\[a\\](1) {{0}} \\\\\\[b\\](2)"), "{text}");
}

#[test]
fn o_01_to_o_05_nothing_in_it_is_a_command() {
    for text in HOSTILE {
        let log = String::from_utf8(sarif::render(&sample::hostile(text), &options())).unwrap();
        assert_eq!((azure_commands(&log), gitlab_sections(&log), hidden(&log).len()), (0, 0, 0), "{log}");
    }
}

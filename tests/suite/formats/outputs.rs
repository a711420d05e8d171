//! Outputs of a step, read back as the runner reads them.

use std::path::PathBuf;

use hallpass::domain::report::Report;
use hallpass::report::{Options, Written, outputs};
use proptest::prelude::*;

use super::grammar::{HOSTILE, github_commands, untrusted};
use crate::ci_files::runner::pairs;
use crate::support::sample_report as sample;

fn options(paths: &[(&'static str, &str)]) -> Options {
    let reports = paths.iter().map(|(format, path)| Written { format, path: PathBuf::from(path) }).collect();
    Options { reports, delimiter: "end".to_owned(), ..Options::default() }
}

fn text(report: &Report, options: &Options) -> String {
    String::from_utf8(outputs::render(report, options)).unwrap()
}

const ALWAYS: [&str; 11] = [
    "status",
    "days-until-first-expiry",
    "connections",
    "pass",
    "warn",
    "fail",
    "unknown",
    "errors",
    "warnings",
    "notes",
    "reports",
];

fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = pairs(text).into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

#[track_caller]
fn assert_only(text: &str, more: &[&str]) {
    let mut wanted: Vec<String> = ALWAYS.iter().chain(more).map(|name| (*name).to_owned()).collect();
    wanted.sort();
    assert_eq!(names(text), wanted, "{text}");
    assert_eq!(github_commands(text), Vec::<String>::new(), "{text}");
}

#[test]
fn counts_words_and_paths() {
    let paths = [("json", "/job/a b.json"), ("sarif", "/job/hallpass.sarif")];
    insta::assert_snapshot!(text(&sample::mixed(), &options(&paths)));
}

#[test]
fn days_are_those_of_the_first_token_to_end_and_empty_where_none_ends() {
    let mut report = sample::mixed();
    let days = |report: &Report| {
        pairs(&text(report, &options(&[]))).into_iter().find(|(name, _)| name == "days-until-first-expiry").unwrap().1
    };
    let left = [Some(40), None, Some(-2)];
    report.connections.iter_mut().zip(left.iter().cycle()).for_each(|(held, left)| held.token.days_left = *left);
    assert!(report.connections.len() >= 3);
    assert_eq!(days(&report), "-2");
    report.connections.iter_mut().for_each(|held| held.token.days_left = None);
    assert_eq!(days(&report), "");
    assert_eq!(days(&sample::lint()), "");
}

#[test]
fn compare_names_the_least_token() {
    let least = pairs(&text(&sample::compare(), &options(&[]))).into_iter().find(|(name, _)| name == "least");
    assert_eq!(least.map(|(_, value)| value), sample::compare().matrix.unwrap().least);
}

#[test]
fn o_12_delimiters_and_lines_in_a_value_make_no_output_of_their_own() {
    let mut report = sample::compare();
    for hostile in HOSTILE.into_iter().chain(["x\nother=1", "end", "x\nend\nother=1\n", "end_\nend\nother<<x\nx"]) {
        report.matrix.as_mut().unwrap().least = Some(hostile.to_owned());
        let path = format!("/job/{hostile}");
        let text = text(&report, &options(&[("json", &path)]));
        assert_only(&text, &["least", "report-json"]);
    }
}

proptest! {
    #[test]
    fn outputs_found_are_outputs_intended(least in untrusted(), path in untrusted()) {
        let mut report = sample::compare();
        report.matrix.as_mut().unwrap().least = Some(least);
        let text = text(&report, &options(&[("json", &path), ("html", &path)]));
        assert_only(&text, &["least", "report-html", "report-json"]);
    }
}

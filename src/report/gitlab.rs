//! GitLab's code quality report.

use serde::Serialize;

use super::Options;
use super::escape::json::inert;
use super::escape::{FIELD, MESSAGE, shorten};
use super::fingerprint::fingerprints;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::Report;
use crate::domain::verdict::Layer;

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let each = report.findings.iter().zip(fingerprints(&report.findings));
    let issues: Vec<Issue> = each.map(|(finding, fingerprint)| Issue::new(finding, fingerprint, options)).collect();
    let text = serde_json::to_string_pretty(&issues).expect("plain structs always serialise");
    (inert(&text) + "\n").into_bytes()
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Begin,
}

#[derive(Serialize)]
struct Begin {
    begin: u32,
}

impl Issue {
    fn new(finding: &Finding, fingerprint: String, options: &Options) -> Self {
        let (path, begin) = match &finding.place {
            Some(place) => (place.file.as_str(), place.line),
            None => (options.file_of_record.as_str(), 1),
        };
        Self {
            description: description(finding),
            check_name: finding.rule.clone(),
            fingerprint,
            severity: severity(finding),
            location: Location { path: shorten(path, FIELD).into_owned(), lines: Begin { begin } },
        }
    }
}

fn description(finding: &Finding) -> String {
    let about = finding.connection.as_ref().map_or(String::new(), |name| format!("{}: ", shorten(name, FIELD)));
    let fix = finding.fix.as_ref().map_or(String::new(), |fix| format!("; fix: {}", shorten(fix, MESSAGE)));
    format!("{about}{}{fix}", shorten(&finding.message, MESSAGE))
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error if finding.layer.is_some_and(Layer::ends_the_token) => "blocker",
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}

//! GitLab's code quality report.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Options;
use super::escape::json::inert;
use super::escape::{FIELD, MESSAGE, shorten};
use super::lines::Lines;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::Report;
use crate::domain::verdict::Layer;

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let mut issues: Vec<Issue> = Vec::new();
    for finding in &report.findings {
        let repeats = report.findings.iter().take_while(|held| !std::ptr::eq(*held, finding));
        let ordinal = repeats.filter(|held| identity(held) == identity(finding)).count();
        issues.push(Issue::new(finding, ordinal, options));
    }
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
    fn new(finding: &Finding, ordinal: usize, options: &Options) -> Self {
        let (path, begin) = match &finding.place {
            Some(place) => (place.file.as_str(), place.line),
            None => (options.file_of_record.as_str(), 1),
        };
        Self {
            description: description(finding),
            check_name: finding.rule.clone(),
            fingerprint: fingerprint(finding, ordinal),
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

/// What stays the same while a finding is the same, however its lines or its words move.
fn identity(finding: &Finding) -> [&str; 5] {
    let layer = finding.layer.map_or("", Layer::as_str);
    let capability = finding.capability.as_ref().map_or("", crate::domain::capability::Capability::as_str);
    let connection = finding.connection.as_deref().unwrap_or_default();
    // Without a connection it is about a file.
    let file = finding.place.as_ref().filter(|_| connection.is_empty()).map_or("", |place| place.file.as_str());
    [&finding.rule, connection, capability, layer, file]
}

fn fingerprint(finding: &Finding, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    for part in identity(finding) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(ordinal.to_string().as_bytes());
    let mut text = String::new();
    hash.finalize().iter().for_each(|byte| text.add(format_args!("{byte:02x}")));
    text
}

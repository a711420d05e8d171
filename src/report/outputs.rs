//! Outputs of a step of GitHub Actions, as its file of outputs wants them: what a later step decides by. Numbers and words
//! of ours stand on one line; whatever comes from elsewhere stands between delimiters, so that it cannot be read as an
//! output of its own.

use std::fmt::Display;

use super::escape::log;
use super::lines::Lines;
use super::{Options, Written};
use crate::domain::finding::Severity;
use crate::domain::report::{Report, Status};

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let mut out = String::new();
    let mut plain = |name: &str, value: &dyn Display| out.line(format_args!("{name}={value}"));
    plain("status", &report.status.as_str());
    let first = report.connections.iter().filter_map(|held| held.token.days_left).min();
    plain("days-until-first-expiry", &first.map_or_else(String::new, |days| days.to_string()));
    plain("connections", &report.connections.len());
    let counts = report.counts();
    for status in [Status::Pass, Status::Warn, Status::Fail, Status::Unknown] {
        plain(status.as_str(), &counts.get(&status).copied().unwrap_or_default());
    }
    for (name, severity) in [("errors", Severity::Error), ("warnings", Severity::Warning), ("notes", Severity::Note)] {
        plain(name, &report.findings.iter().filter(|finding| finding.severity == severity).count());
    }
    if let Some(least) = report.matrix.as_ref().and_then(|matrix| matrix.least.as_deref()) {
        long(&mut out, "least", &[log::field(least)], options);
    }
    let path = |one: &Written| log::text(&one.path.to_string_lossy());
    for one in &options.reports {
        long(&mut out, &format!("report-{}", one.format), &[path(one)], options);
    }
    long(&mut out, "reports", &options.reports.iter().map(path).collect::<Vec<_>>(), options);
    out.into_bytes()
}

/// `name<<delimiter`, the lines, the delimiter.
fn long(out: &mut String, name: &str, lines: &[String], options: &Options) {
    let value = log::document(&lines.join("\n"));
    let mut delimiter = options.delimiter.clone();
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    out.line(format_args!("{name}<<{delimiter}"));
    if !value.is_empty() {
        out.line(format_args!("{value}"));
    }
    out.line(format_args!("{delimiter}"));
}

//! Metrics in Prometheus' text format, for the textfile collector of a node exporter. What is not known has no sample: an
//! absent value is no zero.

use std::collections::BTreeMap;

use super::Options;
use super::escape::prometheus::label;
use super::lines::Lines;
use crate::domain::finding::Severity;
use crate::domain::report::{ConnectionReport, Report, Status};
use crate::domain::verdict::Verdict;

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let mut out = String::new();
    let version = [("version", options.version.as_str())];
    gauge(&mut out, "hallpass_info", "The version that wrote this.", [sample(&version, "1")]);
    let status = |held: Status| STATUSES.map(|status| (status, u8::from(status == held)));
    let of_the_run = status(report.status).map(|(status, is)| sample(&[("status", status.as_str())], is));
    gauge(&mut out, "hallpass_run_status", "1 for the status of the whole run, 0 for the others.", of_the_run);
    let at = report.generated_at.as_second();
    gauge(&mut out, "hallpass_run_timestamp_seconds", "When the run was made.", [sample(&[], at)]);
    gauge(&mut out, "hallpass_run_requests", "Requests sent to the forges.", [sample(&[], report.requests())]);
    connections(&mut out, report);
    let findings = findings(report)
        .into_iter()
        .map(|((rule, severity), number)| sample(&[("rule", rule), ("severity", severity.as_str())], number));
    gauge(&mut out, "hallpass_findings", "Findings, by rule and severity.", findings);
    out.into_bytes()
}

const STATUSES: [Status; 4] = [Status::Pass, Status::Warn, Status::Fail, Status::Unknown];
const VERDICTS: [Verdict; 3] = [Verdict::Allowed, Verdict::Denied, Verdict::Unknown];

fn connections(out: &mut String, report: &Report) {
    let held = &report.connections;
    let about = held.iter().map(|one| sample(&everything(one), "1"));
    gauge(out, "hallpass_connection_info", "What each connection is about.", about);
    let status = held.iter().flat_map(|one| {
        STATUSES.map(|status| {
            sample(&[("connection", &one.name), ("status", status.as_str())], u8::from(status == one.status))
        })
    });
    gauge(out, "hallpass_connection_status", "1 for the status of the connection, 0 for the others.", status);
    let active = held.iter().filter_map(|one| Some(sample(&name(one), u8::from(one.token.active?))));
    gauge(out, "hallpass_token_active", "Whether the forge takes the token.", active);
    let ends = held.iter().filter_map(|one| Some(sample(&name(one), ends_at(one)?)));
    gauge(out, "hallpass_token_expiry_timestamp_seconds", "When the token ends, where it does.", ends);
    let capabilities = held.iter().flat_map(|one| {
        VERDICTS.map(|verdict| {
            let required = one.capabilities.iter().filter(|capability| !capability.required_by.is_empty());
            let number = required.filter(|capability| capability.verdict == verdict).count();
            sample(&[("connection", &one.name), ("verdict", verdict.as_str())], number)
        })
    });
    gauge(out, "hallpass_required_capabilities", "Required capabilities, by verdict.", capabilities);
    let checked = held.iter().filter(|one| one.requests > 0);
    let at = report.generated_at.as_second();
    let checked = checked.map(|one| sample(&name(one), at));
    gauge(out, "hallpass_last_check_timestamp_seconds", "When the forge was last asked about the token.", checked);
}

fn name(one: &ConnectionReport) -> [(&'static str, &str); 1] {
    [("connection", &one.name)]
}

fn everything(one: &ConnectionReport) -> Vec<(&'static str, &str)> {
    let optional = [
        ("target", one.target.as_deref()),
        ("tenant", one.tenant.as_deref()),
        ("owner", one.owner.as_deref()),
        ("kind", one.token.kind.as_ref().map(crate::domain::token::Kind::as_str)),
    ];
    let fixed = [("connection", one.name.as_str()), ("forge", &one.forge), ("url", &one.url), ("source", &one.source)];
    fixed.into_iter().chain(optional.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
}

fn ends_at(one: &ConnectionReport) -> Option<i64> {
    let text = one.token.expires_at.as_deref()?;
    let instant = crate::domain::expiry::Expiry::from_date(text).instant().or_else(|| text.parse().ok());
    instant.map(jiff::Timestamp::as_second)
}

fn findings(report: &Report) -> BTreeMap<(&str, Severity), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry((finding.rule.as_str(), finding.severity)).or_default() += 1;
    }
    counts
}

/// `{a="b"} 1`.
fn sample(labels: &[(&str, &str)], value: impl std::fmt::Display) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", label(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    format!("{labels} {value}")
}

/// A family without samples is left out whole.
fn gauge(out: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = String>) {
    let samples: Vec<String> = samples.into_iter().collect();
    if samples.is_empty() {
        return;
    }
    out.line(format_args!("# HELP {name} {help}"));
    out.line(format_args!("# TYPE {name} gauge"));
    for sample in samples {
        out.line(format_args!("{name}{sample}"));
    }
}

//! `JUnit` XML: one suite per connection, one case for the token's life and one per demanded capability. What is not known
//! is an `error`, never a pass.

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::Options;
use super::digest::{Diagnostic, Digest, is_demanded};
use super::escape::xml;
use crate::domain::evidence::Origin;
use crate::domain::finding::Severity;
use crate::domain::report::{CapabilityReport, ConnectionReport, Report, Status};
use crate::domain::verdict::{Layer, Verdict};

pub fn render(report: &Report, _options: &Options) -> Vec<u8> {
    let digest = Digest::of(report);
    let mut document = Xml::new("hallpass");
    for held in &report.connections {
        document.add_test_suite(suite(held, digest.about(held)));
    }
    let of_the_run = digest.of_the_run();
    if !of_the_run.is_empty() || report.connections.is_empty() {
        document.add_test_suite(run(of_the_run, report.status));
    }
    let mut bytes = Vec::new();
    document.serialize(&mut bytes).expect("writing to memory does not fail");
    bytes
}

fn suite(held: &ConnectionReport, own: &[Diagnostic]) -> TestSuite {
    let mut suite = TestSuite::new(xml::field(&held.name));
    suite.add_test_case(life(held, own));
    for capability in held.capabilities.iter().filter(|capability| is_demanded(capability)) {
        suite.add_test_case(case(held, capability, own));
    }
    for one in own.iter().filter(|one| one.verdict().is_none() && !is_about_life(one)) {
        suite.add_test_case(other(&held.name, one));
    }
    if !held.remarks.is_empty() {
        suite.set_system_out(lines(held.remarks.iter().map(|remark| xml::message(remark))));
    }
    suite
}

/// The token's own case: alive, for long enough, and of the right kind.
fn life(held: &ConnectionReport, own: &[Diagnostic]) -> TestCase {
    let told: Vec<&Diagnostic> = own.iter().filter(|one| is_about_life(one)).collect();
    let worst = told.iter().find(|one| one.severity == Severity::Error);
    let status = match (held.token.active, worst) {
        (_, Some(one)) => non_success(NonSuccessKind::Failure, one.rule, one.text, one.fix),
        (Some(false), None) => non_success(NonSuccessKind::Failure, "token-rejected", "the token is dead", None),
        (None, None) => {
            let text = "not known whether the token is alive";
            let cause = own.iter().find(|one| one.layer.is_some_and(hinders));
            non_success(NonSuccessKind::Error, "unknown", cause.map_or(text, |one| one.text), None)
        }
        (Some(true), None) => TestCaseStatus::success(),
    };
    let mut case = TestCase::new("token", status);
    case.set_classname(xml::field(&held.name));
    let token = &held.token;
    let kind = token.kind_title.as_deref().unwrap_or("token of unknown kind");
    let expiry = token.expires_at.as_deref().unwrap_or("not stated");
    let about = format!("{} from {}, expiry: {}", xml::field(kind), xml::field(&held.source), xml::field(expiry));
    case.set_system_out(lines(std::iter::once(about).chain(told.iter().map(|one| sentence(one)))));
    case
}

fn case(held: &ConnectionReport, capability: &CapabilityReport, own: &[Diagnostic]) -> TestCase {
    let rule = capability.layer.map_or("capability-denied", Layer::rule);
    let (reason, fix) = (&capability.reason, capability.fix.as_deref());
    // A refusal without a finding was accepted by the user's own configuration.
    let accepted = held.status != Status::Fail && !own.iter().any(|one| one.concerns(capability));
    let status = match (capability.verdict, capability.forbidden) {
        (Verdict::Allowed, false) | (Verdict::Denied, true) => TestCaseStatus::success(),
        (Verdict::Unknown, _) => non_success(NonSuccessKind::Error, rule, &format!("unknown: {reason}"), fix),
        (Verdict::Denied, false) if accepted => skipped(&format!("denied, and accepted: {reason}")),
        (Verdict::Denied, false) => non_success(NonSuccessKind::Failure, rule, &format!("denied: {reason}"), fix),
        (Verdict::Allowed, true) => non_success(NonSuccessKind::Failure, "must-not-held", reason, fix),
    };
    let name = if capability.forbidden { "must not hold " } else { "" };
    let mut case = TestCase::new(format!("{name}{}", xml::field(capability.id.as_str())), status);
    case.set_classname(xml::field(&held.name));
    let verdict = format!("{} ({}): {}", capability.verdict.as_str(), capability.basis.as_str(), xml::message(reason));
    case.set_system_out(lines(std::iter::once(verdict).chain(capability.evidence.iter().map(seen))));
    case
}

/// A finding that no capability's case tells: an error fails, the rest is only reported.
fn other(classname: &str, one: &Diagnostic) -> TestCase {
    let status = match one.severity {
        _ if one.layer.is_some_and(hinders) => non_success(NonSuccessKind::Error, one.rule, one.text, one.fix),
        Severity::Error => non_success(NonSuccessKind::Failure, one.rule, one.text, one.fix),
        Severity::Warning | Severity::Note => TestCaseStatus::success(),
    };
    let about = if one.about.is_empty() { String::new() } else { format!(" {}", xml::field(&one.about.join(", "))) };
    let mut case = TestCase::new(format!("{}{about}", xml::field(one.rule)), status);
    case.set_classname(xml::field(classname));
    case.set_system_out(sentence(one));
    case
}

/// Findings of no connection, and the run that looked at nothing.
fn run(told: &[Diagnostic], status: Status) -> TestSuite {
    let mut suite = TestSuite::new("hallpass");
    for one in told {
        suite.add_test_case(other("hallpass", one));
    }
    if told.is_empty() {
        let text = "nothing was checked";
        let status = match status {
            Status::Unknown | Status::Fail => non_success(NonSuccessKind::Error, "unknown", text, None),
            Status::Pass | Status::Warn => TestCaseStatus::success(),
        };
        suite.add_test_case(TestCase::new("run", status));
    }
    suite
}

fn is_about_life(one: &Diagnostic) -> bool {
    one.layer.is_some_and(Layer::ends_the_token) || one.rule.starts_with("token-")
}

/// Layers that kept us from knowing: what they are told of may be anything but a pass.
fn hinders(layer: Layer) -> bool {
    matches!(layer, Layer::RateLimit | Layer::Unreachable | Layer::UnusableAnswer)
}

fn non_success(kind: NonSuccessKind, rule: &str, text: &str, fix: Option<&str>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(xml::field(rule)).set_message(xml::message(text));
    if let Some(fix) = fix {
        status.set_description(format!("fix: {}", xml::message(fix)));
    }
    status
}

fn skipped(text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml::message(text));
    status
}

fn sentence(one: &Diagnostic) -> String {
    let place =
        one.places.first().map_or(String::new(), |place| format!("{}:{}: ", xml::field(&place.file), place.line));
    let fix = one.fix.map_or(String::new(), |fix| format!("\nfix: {}", xml::message(fix)));
    format!("{place}{}: {}{fix}", one.severity.as_str(), xml::message(one.text))
}

fn seen(origin: &Origin) -> String {
    let status = origin.status.map_or(String::new(), |status| format!(" → {status}"));
    format!("seen: {}{status}, {}", xml::field(&origin.request), xml::message(&origin.says))
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

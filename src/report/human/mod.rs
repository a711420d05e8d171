//! Text for people: on a terminal, and under the annotations in a job's log.

mod advice;
mod diagnostic;
pub(super) mod doctor;
mod excerpt;
mod matrix;
mod paint;
mod power;
mod sections;
mod token;
mod wrap;

pub use self::advice::advice;
pub(super) use self::token::{days_in_words, end};

use self::diagnostic::labelled;
use self::paint::{BOLD, DIM, PLACE, Paint};
use self::wrap::wrap;
use super::Options;
use super::digest::{Diagnostic, Digest};
use super::since;
use crate::domain::capability::Capability;
use crate::domain::finding::Severity;
use crate::domain::report::{CapabilityReport, ConnectionReport, Matrix, Report, Status};
use crate::domain::verdict::Layer;
use crate::domain::verdict::Verdict;
use crate::report::lines::Lines;

/// The whole report: of `check`, of `lint`, or, with a matrix, of `compare`.
pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let paint = Paint::new(options);
    let mut out = String::new();
    let digest = Digest::of(report);
    if let Some(matrix) = &report.matrix {
        matrix::push(&mut out, report, matrix, options.verbose, paint);
    }
    if report.matrix.is_none() || options.verbose {
        for held in &report.connections {
            if options.sections {
                sections::start(&mut out, held.status == Status::Pass);
            }
            connection(&mut out, held, digest.about(held), options.verbose, paint);
            if options.sections {
                sections::end(&mut out);
            }
        }
    }
    for one in digest.of_the_run() {
        diagnostic::push(&mut out, one, 0, options.verbose, paint);
        out.push('\n');
    }
    if options.verbose {
        unresolved(&mut out, report, paint);
    }
    if let Some(held) = &report.since {
        out.line(format_args!("{}", paint.style(BOLD, since::headline(held))));
        for (label, text) in since::lines(held, options.verbose, |text| paint.field(text)) {
            labelled(&mut out, 2, label, &text, paint);
        }
        out.push('\n');
    }
    for remark in &report.remarks {
        labelled(&mut out, 0, "note", &paint.message(remark), paint);
    }
    summary(&mut out, report, paint);
    let text = paint.finish(&out);
    if options.sections {
        sections::marked(&String::from_utf8_lossy(&text), report.generated_at).into_bytes()
    } else {
        text
    }
}

/// Calls that `lint` could not follow to their address.
fn unresolved(out: &mut String, report: &Report, paint: Paint) {
    let places = report.reading.as_ref().map(|reading| reading.unresolved.as_slice()).unwrap_or_default();
    if places.is_empty() {
        return;
    }
    out.line(format_args!(
        "{}",
        paint.style(DIM, "calls with the job token whose address or method is known only when they run:")
    ));
    for place in places {
        out.line(format_args!("  {} {}", paint.style(PLACE, "-->"), paint.field(&diagnostic::spot(place))));
    }
    out.push('\n');
}

/// The answer to `can`: one capability of the first connection. `None` when the report does not hold it.
pub fn one_capability(report: &Report, id: &Capability, options: &Options) -> Option<Vec<u8>> {
    let paint = Paint::new(options);
    let held = report.connections.first()?;
    let capability = held.capabilities.iter().find(|capability| capability.id == *id)?;
    let mut out = String::new();
    answer(&mut out, capability, paint);
    labelled(&mut out, 2, "token", &token::identity(held, paint), paint);
    labelled(&mut out, 2, "target", &whereabouts(held, paint), paint);
    let basis = capability.layer.map_or(String::new(), |layer| format!(", {}", layer.as_str()));
    let why = format!("{} ({}{basis})", paint.message(&capability.reason), capability.basis.as_str());
    labelled(&mut out, 2, "why", &why, paint);
    for origin in &capability.evidence {
        labelled(&mut out, 2, "seen", &diagnostic::seen(origin, paint), paint);
    }
    for (label, text) in [("fix", &capability.fix), ("link", &capability.link)] {
        if let Some(text) = text {
            labelled(&mut out, 2, label, &paint.message(text), paint);
        }
    }
    trace(&mut out, held, options.verbose, paint);
    Some(paint.finish(&out))
}

/// The answer to `inspect`: what the token is, and what is wrong with it.
pub fn inspect(report: &Report, options: &Options) -> Vec<u8> {
    let paint = Paint::new(options);
    let mut out = String::new();
    let digest = Digest::of(report);
    for held in &report.connections {
        token::table(&mut out, held, paint);
        out.push('\n');
        told(&mut out, held, digest.about(held), options.verbose, paint);
        power::push(&mut out, held, digest.about(held), options.verbose, paint);
        trace(&mut out, held, options.verbose, paint);
    }
    for one in digest.of_the_run() {
        diagnostic::push(&mut out, one, 0, options.verbose, paint);
        out.push('\n');
    }
    paint.finish(&(out.trim_end().to_owned() + "\n"))
}

fn connection(out: &mut String, held: &ConnectionReport, diagnostics: &[Diagnostic], verbose: bool, paint: Paint) {
    head(out, held, paint);
    let missing = |one: &Diagnostic| one.layer == Some(Layer::Missing);
    token::lines(out, held, diagnostics.iter().any(missing), paint);
    out.push('\n');
    told(out, held, diagnostics, verbose, paint);
    power::push(out, held, diagnostics, verbose, paint);
    trace(out, held, verbose, paint);
}

/// `✗ fail  release-bot  gitlab https://gitlab.example.com my-group/my-app`.
fn head(out: &mut String, held: &ConnectionReport, paint: Paint) {
    let (mark, style) = paint::status(held.status);
    let status = paint.style(style.bold(), format!("{mark} {}", held.status.as_str()));
    let name = paint.style(BOLD, paint.field(&held.name));
    out.line(format_args!("{status}: {name}"));
    let mut about = whereabouts(held, paint);
    for (label, value) in [("tenant", &held.tenant), ("owner", &held.owner)] {
        if let Some(value) = value {
            about.add(format_args!("; {label} {}", paint.field(value)));
        }
    }
    for line in wrap(&about, paint.width.saturating_sub(2)) {
        out.line(format_args!("  {}", paint.style(DIM, line)));
    }
}

fn whereabouts(held: &ConnectionReport, paint: Paint) -> String {
    let target = held.target.as_ref().map_or(String::new(), |target| format!(" {}", paint.field(target)));
    format!("{} {}{target}", paint.field(&held.forge), paint.field(&held.url))
}

/// The causes that concern this connection, and its remarks.
fn told(out: &mut String, held: &ConnectionReport, diagnostics: &[Diagnostic], verbose: bool, paint: Paint) {
    for one in diagnostics {
        diagnostic::push(out, one, 2, verbose, paint);
        out.push('\n');
    }
    for remark in &held.remarks {
        labelled(out, 2, "note", &paint.message(remark), paint);
    }
    if !held.remarks.is_empty() {
        out.push('\n');
    }
}

fn trace(out: &mut String, held: &ConnectionReport, verbose: bool, paint: Paint) {
    if !verbose || held.trace.is_empty() {
        return;
    }
    out.line(format_args!("  {}", paint.style(DIM, format!("asked, {}:", count(held.requests as usize, "request")))));
    for origin in &held.trace {
        labelled(out, 4, "asked", &diagnostic::seen(origin, paint), paint);
    }
    out.push('\n');
}

fn answer(out: &mut String, capability: &CapabilityReport, paint: Paint) {
    let (mark, style) = paint::verdict(capability.verdict);
    let verdict = paint.style(style.bold(), format!("{mark} {}", capability.verdict.as_str()));
    let id = paint.style(BOLD, paint.field(capability.id.as_str()));
    out.line(format_args!("{verdict}: {id}, {}", paint.field(&capability.title)));
}

/// `✗ fail: 3 connections (1 pass, 1 unknown, 1 fail), 2 errors, 1 warning, 7 requests`.
fn summary(out: &mut String, report: &Report, paint: Paint) {
    let shown = report.matrix.as_ref().map_or(report.status, compared);
    let (mark, style) = paint::status(shown);
    let status = paint.style(style.bold(), format!("{mark} {}:", shown.as_str()));
    // Lines end after commas only: a number stays with its noun.
    let text = tally(report).replace(' ', "\u{a0}").replace(",\u{a0}", ", ");
    for (index, line) in wrap(&text, paint.width.saturating_sub(12)).iter().enumerate() {
        let line = line.replace('\u{a0}', " ");
        let lead = if index == 0 { format!("{status} ") } else { "  ".to_owned() };
        out.line(format_args!("{lead}{line}"));
    }
}

/// Of a comparison: does some token suffice? That others do not is what it is for.
fn compared(matrix: &Matrix) -> Status {
    if matrix.least.is_some() {
        Status::Pass
    } else if matrix.tokens.iter().any(|token| token.suffices == Verdict::Unknown) {
        Status::Unknown
    } else {
        Status::Fail
    }
}

const NOTHING: &str = "nothing was checked";

/// What was looked at and what came of it, in one line.
pub(super) fn tally(report: &Report) -> String {
    let mut parts = Vec::new();
    if let Some(reading) = report.reading.as_ref().filter(|reading| reading.files > 0) {
        parts.push(format!("{} in {}", count(reading.jobs, "job"), count(reading.files, "file")));
    }
    let counts: Vec<String> = [Status::Pass, Status::Warn, Status::Unknown, Status::Fail]
        .into_iter()
        .filter_map(|status| report.counts().get(&status).map(|held| format!("{held} {}", status.as_str())))
        .collect();
    if let Some(matrix) = &report.matrix {
        let enough = matrix.tokens.iter().filter(|token| token.suffices == Verdict::Allowed).count();
        let verb = if enough == 1 { "suffices" } else { "suffice" };
        parts.push(format!("{enough} of {} {verb}", count(matrix.tokens.len(), "token")));
    } else if !report.connections.is_empty() {
        parts.push(format!("{} ({})", count(report.connections.len(), "connection"), counts.join(", ")));
    } else if report.findings.is_empty() && report.status == Status::Unknown && parts.is_empty() {
        parts.push(NOTHING.to_owned());
    }
    if let Some(shard) = report.shard {
        let nothing = if report.connections.is_empty() { "no connection in " } else { "" };
        parts.push(format!("{nothing}shard {shard}"));
    }
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let held = report.findings.iter().filter(|finding| finding.severity == severity).count();
        if held > 0 {
            parts.push(count(held, severity.as_str()));
        }
    }
    if report.findings.is_empty() && parts.first().is_none_or(|part| part != NOTHING) {
        parts.push("no findings".to_owned());
    }
    if let Some(reading) = report.reading.as_ref().filter(|reading| !reading.unresolved.is_empty()) {
        parts.push(format!("{} not resolved", count(reading.unresolved.len(), "call")));
    }
    if let Some(reading) = report.reading.as_ref().filter(|reading| reading.not_read > 0) {
        parts.push(format!("{} elsewhere not read", count(reading.not_read, "file")));
    }
    if report.requests() > 0 {
        parts.push(count(report.requests() as usize, "request"));
    }
    parts.join(", ")
}

pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

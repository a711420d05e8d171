//! Workflow commands of GitHub Actions: one annotation that sums up, then one per cause, the most severe first. The text
//! for people follows, for the log.

use super::digest::{Diagnostic, diagnostics};
use super::escape::{github, log, shorten};
use super::{Options, human};
use crate::domain::finding::{Place, Severity};
use crate::domain::report::{Report, Status};
use crate::report::lines::Lines;

const KINDS: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let mut told = diagnostics(report);
    told.sort_by_key(|one| std::cmp::Reverse(one.severity));
    let (shown, left): (Vec<&Diagnostic>, Vec<&Diagnostic>) = within_limits(&told, report, options);
    let mut out = aggregate(report, options);
    for one in shown {
        out += &annotation(one, report, options);
    }
    if !left.is_empty() {
        out.line(format_args!("{}", rest(&left)));
    }
    out.push('\n');
    let mut bytes = out.into_bytes();
    bytes.extend(human::render(report, options));
    bytes
}

/// The platform drops what is above its limit without a word, so we stop there and say so.
fn within_limits<'a, 'b>(
    told: &'b [Diagnostic<'a>],
    report: &Report,
    options: &Options,
) -> (Vec<&'b Diagnostic<'a>>, Vec<&'b Diagnostic<'a>>) {
    let mut used = KINDS.map(|kind| usize::from(kind == severity_of(report.status)));
    told.iter().partition(|one| {
        let Some(used) = KINDS.iter().position(|kind| *kind == one.severity).map(|index| &mut used[index]) else {
            return false;
        };
        // The first of a kind is always shown, as many times as there is room.
        let fits = *used < options.limits.annotations;
        *used += one.excerpts.iter().flatten().count().max(1);
        fits
    })
}

/// `::error title=hallpass::fail: 2 connections (1 pass, 1 fail), 1 error, 7 requests`.
fn aggregate(report: &Report, options: &Options) -> String {
    let text = format!("{}: {}", report.status.as_str(), human::tally(report));
    let failing: Vec<String> = report
        .connections
        .iter()
        .filter(|held| held.status != Status::Pass)
        .map(|held| format!("{}: {}", held.name, held.status.as_str()))
        .collect();
    let lines = std::iter::once(text.as_str()).chain(failing.iter().map(String::as_str));
    command(severity_of(report.status), "hallpass", None, lines, options)
}

/// Unknown is neither a pass nor a fail; the status in the text says which it is.
fn severity_of(status: Status) -> Severity {
    match status {
        Status::Fail => Severity::Error,
        Status::Warn | Status::Unknown => Severity::Warning,
        Status::Pass => Severity::Note,
    }
}

fn annotation(one: &Diagnostic, report: &Report, options: &Options) -> String {
    let known = |name: &&str| report.connections.iter().any(|held| held.name == *name);
    let about = one.connection.filter(known).map_or(String::new(), |name| format!("{name}: "));
    let mut lines = vec![format!("{about}{}", one.text)];
    if let Some(verdict) = one.verdict() {
        let names: Vec<&str> = one.capabilities.iter().map(|capability| capability.id.as_str()).collect();
        lines.push(format!("{}: {}", verdict.as_str(), names.join(", ")));
    }
    lines.extend(one.fix.map(|fix| format!("fix: {fix}")));
    lines.extend(one.link.map(str::to_owned));
    let title = format!("hallpass: {}", one.rule);
    let at = |place| command(one.severity, &title, place, lines.iter().map(String::as_str), options);
    // A cause in a pipeline is shown at each line that has it.
    let in_files = one.excerpts.iter().flatten().count().min(options.limits.annotations);
    if in_files > 1 {
        one.places.iter().take(in_files).map(|place| at(Some(place))).collect()
    } else {
        at(one.places.first().copied())
    }
}

fn command<'a>(
    severity: Severity,
    title: &str,
    place: Option<&Place>,
    lines: impl Iterator<Item = &'a str>,
    options: &Options,
) -> String {
    let name = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let at = place.map_or(String::new(), |place| {
        format!("file={},line={},col={},", github::property(&place.file), place.line, place.column)
    });
    // Cut before escaping, or an escape could be cut in two; what escaping adds is taken off the limit.
    let mut limit = options.limits.message;
    let joined = lines.collect::<Vec<_>>().join("\n");
    let message = loop {
        let cut = shorten(&joined, limit);
        let message = github::data(cut.split('\n'));
        if message.chars().count() <= options.limits.message {
            break message;
        }
        limit = limit * 3 / 4;
    };
    format!("::{name} {at}title={}::{message}\n", github::property(title))
}

fn rest(left: &[&Diagnostic]) -> String {
    let counts: Vec<String> = KINDS
        .iter()
        .map(|kind| (kind, left.iter().filter(|one| one.severity == *kind).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| human::count(number, &format!("more {}", kind.as_str())))
        .collect();
    log::text(&format!("not shown as annotations: {}; the text below has all of them", counts.join(", ")))
}

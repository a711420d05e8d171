//! What a platform shows beside its log: one annotation that sums up, then one per cause, the most severe first, within
//! what the platform keeps.

use super::digest::{Diagnostic, Digest};
use super::escape::{log, shorten};
use super::{Options, human};
use crate::domain::finding::{Place, Severity};
use crate::domain::report::{Report, Status};

pub(super) struct Annotation<'a> {
    pub(super) severity: Severity,
    /// The rule; `None` for the one that sums up.
    pub(super) rule: Option<&'a str>,
    pub(super) place: Option<&'a Place>,
    pub(super) lines: Vec<String>,
}

pub(super) struct Annotations<'a> {
    pub(super) shown: Vec<Annotation<'a>>,
    /// What is not shown for want of room, in a line for the log.
    pub(super) left: Option<String>,
}

/// `kinds` are those that the platform knows; what is of another kind stands in the text alone.
pub(super) fn annotations<'a>(report: &'a Report, options: &Options, kinds: &[Severity]) -> Annotations<'a> {
    let mut told: Vec<Diagnostic<'a>> = Digest::of(report).into_all();
    told.retain(|one| kinds.contains(&one.severity));
    told.sort_by_key(|one| std::cmp::Reverse(one.severity));
    let summed_up = sum_up(report);
    // The platform drops what is above its limit without a word, so we stop there and say so.
    let mut used: Vec<usize> = kinds.iter().map(|kind| usize::from(*kind == summed_up.severity)).collect();
    let each = told.iter().flat_map(|one| of_cause(one, report));
    let (shown, left): (Vec<Annotation<'a>>, Vec<Annotation<'a>>) = each.partition(|one| {
        let Some(at) = kinds.iter().position(|kind| *kind == one.severity) else { return false };
        used[at] += 1;
        used[at] <= options.limits.annotations
    });
    let shown = std::iter::once(summed_up).filter(|one| kinds.contains(&one.severity)).chain(shown).collect();
    Annotations { shown, left: (!left.is_empty()).then(|| rest(&left, kinds)) }
}

/// `fail: 2 connections (1 pass, 1 fail), 1 error, 7 requests`, and which connections are not well.
fn sum_up(report: &Report) -> Annotation<'_> {
    let failing = report.connections.iter().filter(|held| held.status != Status::Pass);
    let lines = std::iter::once(format!("{}: {}", report.status.as_str(), human::tally(report)))
        .chain(failing.map(|held| format!("{}: {}", held.name, held.status.as_str())))
        .collect();
    Annotation { severity: severity_of(report.status), rule: None, place: None, lines }
}

/// Unknown is neither a pass nor a fail; the status in the text says which it is.
fn severity_of(status: Status) -> Severity {
    match status {
        Status::Fail => Severity::Error,
        Status::Warn | Status::Unknown => Severity::Warning,
        Status::Pass => Severity::Note,
    }
}

/// A cause in a pipeline is shown at each line that has it, any other once.
fn of_cause<'a>(one: &Diagnostic<'a>, report: &Report) -> Vec<Annotation<'a>> {
    let known = |name: &&str| report.connections.iter().any(|held| held.name == *name);
    let about = one.connection.filter(known).map_or(String::new(), |name| format!("{name}: "));
    let mut lines = vec![format!("{about}{}", one.text)];
    if let Some(verdict) = one.verdict() {
        let names: Vec<&str> = one.capabilities.iter().map(|capability| capability.id.as_str()).collect();
        lines.push(format!("{}: {}", verdict.as_str(), names.join(", ")));
    }
    lines.extend(one.fix.map(|fix| format!("fix: {fix}")));
    lines.extend(one.link.map(str::to_owned));
    let at = |place| Annotation { severity: one.severity, rule: Some(one.rule), place, lines: lines.clone() };
    let all = one.places.iter().map(|place| Some(*place));
    let every = one.excerpts.iter().flatten().count();
    if one.places.is_empty() { vec![at(None)] } else { all.take(every.max(1)).map(at).collect() }
}

fn rest(left: &[Annotation<'_>], kinds: &[Severity]) -> String {
    let counts: Vec<String> = kinds
        .iter()
        .map(|kind| (kind, left.iter().filter(|one| one.severity == *kind).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| human::count(number, &format!("more {}", kind.as_str())))
        .collect();
    log::text(&format!("not shown as annotations: {}; the text below has all of them", counts.join(", ")))
}

/// The lines as one message of at most so many characters. They are cut before they are escaped, or an escape could be
/// cut in two; what escaping adds is taken off the limit.
pub(super) fn within(lines: &[String], most: usize, escape: impl Fn(&str) -> String) -> String {
    let joined = lines.join("\n");
    let mut limit = most;
    loop {
        let message = escape(&shorten(&joined, limit));
        if message.chars().count() <= most {
            return message;
        }
        limit = limit * 3 / 4;
    }
}

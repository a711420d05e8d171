//! What became of a fleet since an earlier report of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::finding::Finding;
use super::report::{ConnectionReport, Report, Status};
use super::verdict::Verdict;

/// The difference between a report and an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// When the earlier one was made.
    pub at: Timestamp,
    new: BTreeSet<Mark>,
    pub resolved: Vec<Mark>,
    /// Connections that the earlier one does not have, and those that only it has.
    pub added: Vec<String>,
    pub gone: Vec<String>,
    pub changed: Vec<Change>,
}

/// What makes a finding the same on another day. Its message is no part of it: days pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    pub connection: Option<String>,
    pub rule: String,
    pub capability: Option<String>,
    /// Only where no connection is named.
    file: Option<String>,
}

/// Something about a connection that is not as it was; `None`: nobody could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub connection: String,
    pub what: &'static str,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Mark {
    fn of(finding: &Finding) -> Self {
        let place = finding.place.as_ref().filter(|_| finding.connection.is_none());
        Self {
            connection: finding.connection.clone(),
            rule: finding.rule.clone(),
            capability: finding.capability.as_ref().map(ToString::to_string),
            file: place.map(|place| place.file.clone()),
        }
    }
}

impl Since {
    pub fn is_new(&self, finding: &Finding) -> bool {
        self.new.contains(&Mark::of(finding))
    }

    pub fn new_ones(&self) -> impl ExactSizeIterator<Item = &Mark> {
        self.new.iter()
    }
}

type Key<'a> = (&'a str, &'a str, Option<&'a str>);

fn key(held: &ConnectionReport) -> Key<'_> {
    (&held.name, &held.url, held.target.as_deref())
}

/// Connections of a report by what makes them the same in another.
pub struct Earlier<'a>(HashMap<Key<'a>, &'a ConnectionReport>);

impl<'a> Earlier<'a> {
    pub fn of(report: &'a Report) -> Self {
        Self(report.connections.iter().map(|held| (key(held), held)).collect())
    }

    /// The same connection in that report.
    pub fn find(&self, held: &ConnectionReport) -> Option<&'a ConnectionReport> {
        self.0.get(&key(held)).copied()
    }
}

/// Sets a report against an earlier one, as far as both were to look at a connection (`within`).
pub fn since(now: &Report, before: &Report, within: impl Fn(&str) -> bool) -> Since {
    let (held_now, held_before) = (Earlier::of(now), Earlier::of(before));
    let marks = |report: &Report| -> BTreeSet<Mark> {
        let told = |finding: &&Finding| finding.connection.as_deref().is_none_or(&within);
        report.findings.iter().filter(told).map(Mark::of).collect()
    };
    let (marks_now, marks_before) = (marks(now), marks(before));
    let decided = Decided::of(now);
    let only_in = |report: &Report, other: &Earlier<'_>| -> Vec<String> {
        let lacking = report.connections.iter().filter(|held| within(&held.name) && other.find(held).is_none());
        lacking.map(|held| held.name.clone()).collect()
    };
    let both = now.connections.iter().filter_map(|held| Some((held_before.find(held)?, held)));
    Since {
        at: before.generated_at,
        new: marks_now.difference(&marks_before).cloned().collect(),
        resolved: marks_before.difference(&marks_now).filter(|mark| decided.settles(mark)).cloned().collect(),
        added: only_in(now, &held_before),
        gone: only_in(before, &held_now),
        changed: both.flat_map(|(before, after)| changes(before, after)).collect(),
    }
}

/// What this run knows well enough to say that something is no longer so. A token that nobody could ask about, or that is
/// dead, has resolved nothing.
struct Decided<'a> {
    connections: HashSet<&'a str>,
    in_doubt: HashSet<(&'a str, &'a str)>,
}

impl<'a> Decided<'a> {
    fn of(report: &'a Report) -> Self {
        let alive = report.connections.iter().filter(|held| held.token.active == Some(true));
        let doubts = report.connections.iter().flat_map(|held| {
            let unknown = held.capabilities.iter().filter(|one| one.verdict == Verdict::Unknown);
            unknown.map(|one| (held.name.as_str(), one.id.as_str()))
        });
        let sure = alive.filter(|held| held.status != Status::Unknown);
        Self { connections: sure.map(|held| held.name.as_str()).collect(), in_doubt: doubts.collect() }
    }

    fn settles(&self, mark: &Mark) -> bool {
        let Some(name) = mark.connection.as_deref() else { return false };
        let doubtful = mark.capability.as_deref().is_some_and(|id| self.in_doubt.contains(&(name, id)));
        self.connections.contains(name) && !doubtful
    }
}

fn changes(before: &ConnectionReport, after: &ConnectionReport) -> Vec<Change> {
    let words = |words: &Option<Vec<String>>| {
        let sorted: Option<BTreeSet<&str>> = words.as_ref().map(|words| words.iter().map(String::as_str).collect());
        sorted.map(|words| if words.is_empty() { "none".to_owned() } else { Vec::from_iter(words).join(", ") })
    };
    let told = |held: &ConnectionReport| {
        let token = &held.token;
        [
            ("status", Some(held.status.as_str().to_owned())),
            ("kind", token.kind.as_ref().map(ToString::to_string)),
            ("id", token.id.clone()),
            ("user", token.user.clone()),
            ("role", token.role.clone()),
            ("scopes", words(&token.scopes)),
            ("permissions", words(&token.permissions)),
            ("expiry", token.expires_at.clone()),
        ]
    };
    let pairs = told(before).into_iter().zip(told(after));
    pairs
        .filter(|((_, before), (_, now))| before != now)
        .map(|((what, before), (_, now))| Change { connection: after.name.clone(), what, before, after: now })
        .collect()
}

//! Reports of parts of a fleet, or of several days, to one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::compare;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::{ConnectionReport, Reading, Report, Status};

/// A report and the file it is from.
pub struct Part {
    pub file: String,
    pub report: Report,
}

/// One report, and whether it has all that it should.
#[derive(Debug)]
pub struct Merged {
    pub report: Report,
    /// `false`: a shard is missing, or a run that was to check something did not.
    pub whole: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the connection `{name}` is in `{first}` and in `{second}`")]
    Twice { name: String, first: String, second: String },
    #[error("`{0}` is a report of `compare`, which cannot be merged with others")]
    Compared(String),
}

impl Refusal {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Twice { .. } => "`--latest` takes what the later report says; leave one file out otherwise",
            Self::Compared(_) => "give that file alone",
        }
    }
}

/// What makes a connection the same in two reports.
type Key = (String, String, Option<String>);

/// Puts reports together. `latest`: of a connection in several of them the later report counts.
pub fn merge(mut parts: Vec<Part>, latest: bool) -> Result<Merged, Refusal> {
    let missing = missing_shards(&parts);
    let mut whole = missing.is_empty() && parts.iter().all(|part| !checked_nothing(&part.report));
    let mut report = if parts.len() == 1 {
        parts.remove(0).report
    } else {
        if let Some(compared) = parts.iter().find(|part| part.report.matrix.is_some()) {
            return Err(Refusal::Compared(compared.file.clone()));
        }
        together(parts, latest)?
    };
    if report.connections.is_empty() && report.reading.is_none() {
        whole = false;
    }
    report.shard = None;
    report.remarks.extend(missing);
    if !whole {
        report.status = report.status.max(Status::Unknown);
    }
    Ok(Merged { report, whole })
}

/// The exit status that one run over everything would have had.
pub fn exit_status(merged: &Merged, fail_on: Option<Severity>, allow_unknown: bool) -> u8 {
    let report = &merged.report;
    if let Some(matrix) = &report.matrix {
        return compare::exit_status(matrix);
    }
    let failed = fail_on.is_some_and(|limit| report.worst_finding().is_some_and(|worst| worst >= limit));
    let nothing = report.connections.is_empty() && report.reading.as_ref().is_none_or(|reading| reading.files == 0);
    let unknown = !merged.whole || report.connections.iter().any(|held| held.status == Status::Unknown);
    match (failed, nothing || (unknown && !allow_unknown)) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}

/// An empty shard has nothing to check, and that is no doubt.
fn checked_nothing(report: &Report) -> bool {
    report.connections.is_empty() && report.shard.is_none() && report.status == Status::Unknown
}

/// A sentence for each split of which not all shards are there.
fn missing_shards(parts: &[Part]) -> Vec<String> {
    let mut held: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for shard in parts.iter().filter_map(|part| part.report.shard) {
        held.entry(shard.of).or_default().insert(shard.index);
    }
    held.into_iter().filter_map(|(of, indices)| lacking(of, &indices)).collect()
}

/// A report may claim any number of shards, so no list of the missing is made.
fn lacking(of: u32, held: &BTreeSet<u32>) -> Option<String> {
    let there = u32::try_from(held.range(1..=of).count()).unwrap_or(of);
    let first = (1..=of).find(|index| !held.contains(index))?;
    let more = if of - there > 1 { format!(" and {} more", of - there - 1) } else { String::new() };
    Some(format!("the report of shard {first}/{of}{more} is missing, so nothing is known of its connections"))
}

fn together(parts: Vec<Part>, latest: bool) -> Result<Report, Refusal> {
    let newest = parts.iter().map(|part| part.report.generated_at).max();
    let mut report = Report::at(newest.unwrap_or(Timestamp::UNIX_EPOCH));
    let mut chosen: HashMap<Key, Chosen> = HashMap::new();
    let mut of_the_run: Vec<Finding> = Vec::new();
    let mut remarks = BTreeSet::new();
    for part in parts {
        let made = part.report.generated_at;
        // Of reports of the same moment the one named last counts, as it would if it were later.
        report.reading = sum(report.reading, part.report.reading);
        remarks.extend(part.report.remarks);
        if part.report.connections.is_empty() {
            report.status = report.status.max(part.report.status);
        }
        let mut findings: HashMap<String, Vec<Finding>> = HashMap::new();
        for finding in part.report.findings {
            match &finding.connection {
                Some(name) => findings.entry(name.clone()).or_default().push(finding),
                None => of_the_run.push(finding),
            }
        }
        for connection in part.report.connections {
            let key = (connection.name.clone(), connection.url.clone(), connection.target.clone());
            let told = findings.remove(&connection.name).unwrap_or_default();
            match chosen.get(&key) {
                Some(held) if !latest => {
                    let (first, second) = (held.file.clone(), part.file);
                    return Err(Refusal::Twice { name: connection.name, first, second });
                }
                Some(held) if held.made > made => continue,
                _ => {}
            }
            chosen.insert(key, Chosen { file: part.file.clone(), made, connection, findings: told });
        }
        // Of a connection that the report does not have.
        of_the_run.extend(findings.into_values().flatten());
    }
    let mut chosen: Vec<(Key, Chosen)> = chosen.into_iter().collect();
    chosen.sort_by(|(left, _), (right, _)| left.cmp(right));
    tell_apart(&mut chosen);
    of_the_run.sort_by(|left, right| order(left).cmp(&order(right)));
    for (_, one) in chosen {
        report.status = report.status.max(one.connection.status);
        report.connections.push(one.connection);
        report.findings.extend(one.findings);
    }
    report.findings.extend(of_the_run);
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    report.remarks.extend(remarks);
    Ok(report)
}

/// The connection of the report that counts, with what that report found.
struct Chosen {
    file: String,
    made: Timestamp,
    connection: ConnectionReport,
    findings: Vec<Finding>,
}

fn sum(left: Option<Reading>, right: Option<Reading>) -> Option<Reading> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Reading {
            files: left.files.saturating_add(right.files),
            jobs: left.jobs.saturating_add(right.jobs),
            not_read: left.not_read.saturating_add(right.not_read),
            unresolved: Vec::new(),
        }),
        (left, right) => left.or(right),
    }
}

/// Connections of one name in several places carry their place in the name: findings know them by it.
fn tell_apart(sorted: &mut [(Key, Chosen)]) {
    let mut names: HashMap<String, usize> = HashMap::new();
    for ((name, ..), _) in sorted.iter() {
        *names.entry(name.clone()).or_default() += 1;
    }
    for ((name, url, target), one) in sorted.iter_mut().filter(|((name, ..), _)| names[name] > 1) {
        let place = target.as_ref().map_or_else(String::new, |target| format!(" {target}"));
        let name = format!("{name} ({url}{place})");
        for finding in &mut one.findings {
            finding.connection = Some(name.clone());
        }
        one.connection.name = name;
    }
}

type Order<'a> = (Option<&'a str>, &'a str, Option<(&'a str, u32, u32)>, &'a str);

fn order(finding: &Finding) -> Order<'_> {
    let place = finding.place.as_ref().map(|place| (place.file.as_str(), place.line, place.column));
    (finding.connection.as_deref(), &finding.rule, place, &finding.message)
}

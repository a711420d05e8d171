//! Connections to a report: ask, judge, count.

use std::collections::BTreeSet;

use super::audit::{Order, Reach, audit};
use super::ports::{Miss, Provider, Source, Transport};
use crate::domain::capability::Capability;
use crate::domain::conclude::{Heard, Setting, conclude};
use crate::domain::connection::Connection;
use crate::domain::demands::Demands;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::{ConnectionReport, Report, Status};
use crate::domain::shard::Shard;

/// What to look at in each connection beside its own demands.
#[derive(Clone, Debug)]
pub enum Listing {
    /// The forge's usual capabilities where nothing is demanded, as `check` does.
    UsualWhereNothingIsDemanded,
    /// These, and observe them.
    Observe(Vec<Capability>),
    /// Everything the catalogue knows, by what is declared alone.
    Everything,
    /// Nothing but the token itself.
    Nothing,
}

/// The means of a run.
pub struct Means<'a> {
    pub forges: &'a [Box<dyn Provider>],
    pub source: &'a dyn Source,
    pub transport: &'a dyn Transport,
    pub setting: Setting<'a>,
    pub reach: Reach,
}

impl Means<'_> {
    /// The provider of a connection; the configuration admits no other forges.
    pub fn provider(&self, connection: &Connection) -> &dyn Provider {
        let found = self.forges.iter().find(|provider| provider.id() == connection.forge);
        found.expect("connections are made for known forges only").as_ref()
    }
}

/// A connection with what was heard about it.
pub struct Audited<'a> {
    pub connection: &'a Connection,
    pub heard: Heard,
    pub listed: Vec<Capability>,
}

/// Asks about every connection.
pub fn ask<'a>(connections: &'a [Connection], listing: &Listing, means: &Means<'_>) -> Vec<Audited<'a>> {
    let plans: Vec<Plan> = connections.iter().map(|connection| plan(connection, listing, means)).collect();
    let orders: Vec<Order<'_>> = connections
        .iter()
        .zip(&plans)
        .map(|(connection, plan)| Order {
            connection,
            provider: means.provider(connection),
            token: match connection.barred {
                // What may not be used is not even read.
                Some(_) => Err(Miss::NotMine),
                None => means.source.find(&connection.source),
            },
            wanted: plan.observed.clone(),
        })
        .collect();
    let heard = audit(&orders, means.reach, means.setting.now, means.transport);
    let audited = connections.iter().zip(heard).zip(plans);
    audited.map(|((connection, heard), plan)| Audited { connection, heard, listed: plan.listed }).collect()
}

struct Plan {
    listed: Vec<Capability>,
    observed: Vec<Capability>,
}

fn plan(connection: &Connection, listing: &Listing, means: &Means<'_>) -> Plan {
    let catalogue = means.provider(connection).catalogue();
    let demanded: BTreeSet<Capability> = Demands::of(connection).named();
    let (listed, also) = match listing {
        Listing::UsualWhereNothingIsDemanded if demanded.is_empty() => (catalogue.about.usual.clone(), Vec::new()),
        Listing::UsualWhereNothingIsDemanded | Listing::Nothing => (Vec::new(), Vec::new()),
        Listing::Observe(listed) => (listed.clone(), listed.clone()),
        Listing::Everything => (catalogue.rows.keys().cloned().collect(), Vec::new()),
    };
    let observed: BTreeSet<Capability> = demanded.into_iter().chain(also).collect();
    Plan { listed, observed: observed.into_iter().collect() }
}

/// Judges what was heard.
pub fn report(audited: &[Audited<'_>], means: &Means<'_>) -> Report {
    let mut connections = Vec::new();
    let mut findings = Vec::new();
    for one in audited {
        let catalogue = means.provider(one.connection).catalogue();
        let (connection, told) = conclude(one.connection, &one.heard, &one.listed, catalogue, &means.setting);
        connections.push(connection);
        findings.extend(told);
    }
    assemble(connections, findings, means)
}

fn assemble(connections: Vec<ConnectionReport>, mut findings: Vec<Finding>, means: &Means<'_>) -> Report {
    // The worst first; equal ones stay in the order of the connections.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Report { status: overall(&connections), connections, findings, ..Report::at(means.setting.now) }
}

/// The report of one part of a fleet. That nothing falls into it is no doubt: the other parts have everything.
pub fn of_shard(report: Report, shard: Shard) -> Report {
    let status = if report.connections.is_empty() { Status::Pass } else { report.status };
    Report { status, shard: Some(shard), ..report }
}

/// The worst of all; a run that checked nothing is no pass (R10).
fn overall(connections: &[ConnectionReport]) -> Status {
    connections.iter().map(|connection| connection.status).max().unwrap_or(Status::Unknown)
}

/// The exit status of a run, the same for all formats.
pub fn exit_status(report: &Report, fail_on: Option<Severity>, allow_unknown: bool) -> u8 {
    let failed = fail_on.is_some_and(|limit| report.worst_finding().is_some_and(|worst| worst >= limit));
    let unknown = report.connections.iter().any(|connection| connection.status == Status::Unknown);
    if failed {
        1
    } else if (report.connections.is_empty() && report.shard.is_none()) || (unknown && !allow_unknown) {
        3
    } else {
        0
    }
}

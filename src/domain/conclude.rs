//! Evidence to the report of one connection.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::capability::Capability;
use super::catalogue::Catalogue;
use super::concerns::{Concerns, is_ignored};
use super::connection::{Connection, Ignore};
use super::demands::Demands;
use super::evidence::{Evidence, Origin};
use super::expiry;
use super::finding::{Finding, RuleBook, Severity};
use super::judge::{Judgement, judge};
use super::report::{CapabilityReport, ConnectionReport, Status, TokenReport};
use super::token::Kind;
use super::verdict::Verdict;

/// What holds for the whole run.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub rules: &'a RuleBook,
    pub titles: &'a BTreeMap<Capability, String>,
    pub ignores: &'a [Ignore],
    pub now: Timestamp,
    /// Does this run inside a CI job?
    pub in_ci: bool,
}

impl Setting<'_> {
    pub fn title(&self, capability: &Capability) -> String {
        self.titles.get(capability).cloned().unwrap_or_else(|| format!("do `{capability}`"))
    }

    pub fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

/// What the talk with the forge brought.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub evidence: Evidence,
    pub requests: u32,
    pub trace: Vec<Origin>,
    /// The forge's own clock, by which a remaining life is counted (R13).
    pub server_now: Option<Timestamp>,
    pub remarks: Vec<String>,
}

/// Judges a connection: what it demands, and what else is to be listed.
pub fn conclude(
    connection: &Connection,
    heard: &Heard,
    listed: &[Capability],
    catalogue: &Catalogue,
    setting: &Setting<'_>,
) -> (ConnectionReport, Vec<Finding>) {
    let setting = &Setting { now: heard.server_now.unwrap_or(setting.now), ..*setting };
    let demands = Demands::of(connection);
    let subjects: BTreeSet<Capability> = demands.named().into_iter().chain(listed.iter().cloned()).collect();
    let judgements: Vec<Judgement> =
        subjects.iter().map(|capability| judge(capability, &heard.evidence, catalogue)).collect();
    let concerns = Concerns {
        connection,
        evidence: &heard.evidence,
        demands: &demands,
        judgements: &judgements,
        catalogue,
        setting,
    };
    let findings: Vec<Finding> =
        concerns.findings().into_iter().filter(|finding| !is_ignored(finding, setting)).collect();
    let capabilities = judgements.iter().map(|judgement| entry(judgement, &demands, &concerns)).collect();
    let report = ConnectionReport {
        name: connection.name.clone(),
        status: status(&findings, &judgements, &demands, &heard.evidence),
        forge: connection.forge.clone(),
        url: connection.base.to_string(),
        target: connection.target.clone(),
        tenant: connection.tenant.clone(),
        owner: connection.owner.clone(),
        source: connection.source.label(),
        contracts: connection.contracts.iter().map(|(id, _)| id.clone()).collect(),
        token: token(&heard.evidence, catalogue, setting.now),
        requests: heard.requests,
        capabilities,
        trace: heard.trace.clone(),
        remarks: connection.remarks.iter().chain(&heard.evidence.remarks).chain(&heard.remarks).cloned().collect(),
    };
    (report, findings)
}

fn entry(judgement: &Judgement, demands: &Demands, concerns: &Concerns<'_>) -> CapabilityReport {
    let fix = concerns.fix_of(judgement);
    CapabilityReport {
        id: judgement.capability.clone(),
        title: concerns.setting.title(&judgement.capability),
        verdict: judgement.verdict,
        basis: judgement.basis,
        layer: judgement.layer,
        required_by: demands.required.get(&judgement.capability).cloned().unwrap_or_default(),
        forbidden: demands.forbidden.contains(&judgement.capability),
        reason: judgement.reason.clone(),
        fix: fix.text,
        link: fix.link,
        evidence: judgement.evidence.clone(),
    }
}

/// An error fails; short of that anything that matters and is unknown makes the whole unknown (R10).
fn status(findings: &[Finding], judgements: &[Judgement], demands: &Demands, evidence: &Evidence) -> Status {
    let worst = findings.iter().map(|finding| finding.severity).max();
    if worst == Some(Severity::Error) {
        return Status::Fail;
    }
    let matters = |judgement: &&Judgement| {
        demands.required.contains_key(&judgement.capability) || demands.forbidden.contains(&judgement.capability)
    };
    let doubtful = judgements.iter().filter(matters).any(|judgement| judgement.verdict == Verdict::Unknown);
    let life_unknown = evidence.dead.is_none() && evidence.alive.is_none();
    if doubtful || life_unknown {
        return Status::Unknown;
    }
    if worst == Some(Severity::Warning) { Status::Warn } else { Status::Pass }
}

fn token(evidence: &Evidence, catalogue: &Catalogue, now: Timestamp) -> TokenReport {
    let kind = evidence.kind();
    let expires = evidence.expires.as_ref().map(|known| known.value);
    TokenReport {
        kind_title: (kind != Kind::UNKNOWN).then(|| catalogue.kind_title(&kind)),
        kind: Some(kind),
        id: evidence.token_id.as_ref().map(|known| known.value.clone()),
        name: evidence.token_name.as_ref().map(|known| known.value.clone()),
        user: evidence.user.as_ref().map(|known| known.value.clone()),
        scopes: evidence.scopes.as_ref().map(|known| known.value.iter().cloned().collect()),
        permissions: evidence
            .permissions
            .as_ref()
            .map(|known| known.value.iter().map(|held| held.name.clone()).collect()),
        role: evidence.role.as_ref().map(|known| catalogue.role_name(known.value.level)),
        active: match (&evidence.alive, &evidence.dead) {
            (_, Some(_)) => Some(false),
            (Some(_), None) => Some(true),
            (None, None) => None,
        },
        expires_at: expires.map(|expiry| expiry.to_string()),
        days_left: expires.and_then(|expiry| expiry.instant()).map(|instant| expiry::days_left(instant, now)),
    }
}

//! What the page shows, in its own words: every text cut to size and free of characters that hide or reorder others.

use std::collections::BTreeSet;

use serde::Serialize;

use super::chart::{self, Chart};
use super::grid::{self, Grid};
use crate::domain::evidence::Origin;
use crate::domain::finding::Place;
use crate::domain::report::{CapabilityReport, ConnectionReport, Report, Status, TokenReport};
use crate::domain::verdict::{Layer, Verdict};
use crate::report::Options;
use crate::report::digest::{Diagnostic, Digest};
use crate::report::escape::html::{field, link, message};
use crate::report::human::{end, tally};

#[derive(Serialize)]
pub(super) struct Page {
    policy: String,
    version: String,
    status: &'static str,
    made: String,
    tally: String,
    counts: Vec<Count>,
    tenants: Vec<String>,
    owners: Vec<String>,
    diagnostics: Vec<Told>,
    chart: Option<Chart>,
    matrices: Vec<Grid>,
    connections: Vec<Connection>,
}

#[derive(Serialize)]
struct Count {
    status: &'static str,
    number: usize,
}

/// One cause that is to be told.
#[derive(Serialize)]
struct Told {
    severity: &'static str,
    rule: String,
    connection: Option<String>,
    text: String,
    verdict: Option<&'static str>,
    capabilities: Vec<String>,
    fix: Option<String>,
    link: Option<String>,
    place: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Cell {
    pub(super) verdict: &'static str,
    pub(super) mark: &'static str,
    pub(super) why: &'static str,
    pub(super) reason: String,
    pub(super) evidence: Vec<String>,
    pub(super) fix: Option<String>,
    pub(super) link: Option<String>,
}

#[derive(Serialize)]
struct Connection {
    name: String,
    status: &'static str,
    tenant: String,
    owner: String,
    forge: String,
    url: String,
    target: Option<String>,
    source: String,
    contracts: Vec<String>,
    token: String,
    facts: Vec<(&'static str, String)>,
    expiry: String,
    requests: u32,
    told: Vec<Told>,
    capabilities: Vec<Capability>,
    remarks: Vec<String>,
    /// What the search looks through.
    words: String,
}

#[derive(Serialize)]
pub(super) struct Capability {
    id: String,
    title: String,
    required_by: Vec<String>,
    forbidden: bool,
    pub(super) cell: Cell,
}

impl Page {
    pub(super) fn of(report: &Report, options: &Options, policy: String) -> Self {
        let digest = Digest::of(report);
        let counts = report.counts();
        let statuses = [Status::Fail, Status::Unknown, Status::Warn, Status::Pass];
        let distinct = |text: fn(&ConnectionReport) -> Option<&String>| -> Vec<String> {
            let all: BTreeSet<&String> = report.connections.iter().filter_map(text).collect();
            all.into_iter().map(|text| field(text)).collect()
        };
        let mut worst_first: Vec<&Diagnostic<'_>> = digest.all().iter().collect();
        worst_first.sort_by_key(|one| std::cmp::Reverse(one.severity));
        let mut connections: Vec<&ConnectionReport> = report.connections.iter().collect();
        connections.sort_by_key(|held| std::cmp::Reverse(held.status));
        Self {
            policy,
            version: field(&options.version),
            status: report.status.as_str(),
            made: report.generated_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            tally: tally(report),
            counts: statuses
                .into_iter()
                .map(|status| Count { status: status.as_str(), number: counts.get(&status).copied().unwrap_or(0) })
                .collect(),
            tenants: distinct(|held| held.tenant.as_ref()),
            owners: distinct(|held| held.owner.as_ref()),
            diagnostics: worst_first.into_iter().map(Told::of).collect(),
            chart: chart::of(report),
            matrices: grid::of(report),
            connections: connections.into_iter().map(|held| Connection::of(held, digest.about(held))).collect(),
        }
    }
}

impl Told {
    fn of(one: &Diagnostic<'_>) -> Self {
        Self {
            severity: one.severity.as_str(),
            rule: field(one.rule),
            connection: one.connection.map(field),
            text: message(one.text),
            verdict: one.verdict().map(Verdict::as_str),
            capabilities: one.capabilities.iter().map(|capability| field(capability.id.as_str())).collect(),
            fix: one.fix.map(message),
            link: one.link.and_then(link),
            place: one.places.first().map(|place| spot(place)),
        }
    }
}

fn spot(place: &Place) -> String {
    format!("{}:{}:{}", field(&place.file), place.line, place.column)
}

impl Connection {
    fn of(held: &ConnectionReport, own: &[Diagnostic<'_>]) -> Self {
        let token = &held.token;
        let kind = token.kind_title.as_deref().unwrap_or("token of unknown kind");
        let name = token.name.as_ref().map_or(String::new(), |name| format!(" “{}”", field(name)));
        let words =
            [Some(&held.name), Some(&held.url), held.target.as_ref(), held.owner.as_ref(), held.tenant.as_ref()];
        Self {
            name: field(&held.name),
            status: held.status.as_str(),
            tenant: held.tenant.as_deref().map_or(String::new(), field),
            owner: held.owner.as_deref().map_or(String::new(), field),
            forge: field(&held.forge),
            url: field(&held.url),
            target: held.target.as_deref().map(field),
            source: field(&held.source),
            contracts: held.contracts.iter().map(|id| field(id)).collect(),
            token: format!("{}{name} from {}", field(kind), field(&held.source)),
            facts: facts(token),
            expiry: end(token, field),
            requests: held.requests,
            told: own.iter().map(Told::of).collect(),
            capabilities: held.capabilities.iter().map(Capability::of).collect(),
            remarks: held.remarks.iter().map(|remark| message(remark)).collect(),
            words: words.into_iter().flatten().map(|text| field(text).to_lowercase()).collect::<Vec<_>>().join(" "),
        }
    }
}

impl Capability {
    pub(super) fn of(one: &CapabilityReport) -> Self {
        let fine = (one.verdict, one.forbidden);
        let mark = match fine {
            (Verdict::Allowed, false) | (Verdict::Denied, true) => "allowed",
            (Verdict::Unknown, _) => "unknown",
            _ => "denied",
        };
        let cell = Cell {
            verdict: one.verdict.as_str(),
            mark,
            why: one.layer.map_or(one.basis.as_str(), Layer::as_str),
            reason: message(&one.reason),
            evidence: one.evidence.iter().map(seen).collect(),
            fix: one.fix.as_deref().map(message),
            link: one.link.as_deref().and_then(link),
        };
        Self {
            id: field(one.id.as_str()),
            title: field(&one.title),
            required_by: one.required_by.iter().map(|by| field(by)).collect(),
            forbidden: one.forbidden,
            cell,
        }
    }
}

fn facts(token: &TokenReport) -> Vec<(&'static str, String)> {
    let list = |words: &Vec<String>| {
        let words: Vec<String> = words.iter().map(|word| field(word)).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    };
    let facts = [
        ("id", token.id.as_deref().map(field)),
        ("user", token.user.as_deref().map(field)),
        ("role", token.role.as_deref().map(field)),
        ("scopes", token.scopes.as_ref().map(list)),
        ("permissions", token.permissions.as_ref().filter(|held| !held.is_empty()).map(list)),
        ("alive", token.active.map(|active| if active { "yes" } else { "no" }.to_owned())),
    ];
    facts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

pub(super) fn seen(origin: &Origin) -> String {
    let status = origin.status.map_or(String::new(), |status| format!(" → {status}"));
    format!("{}{status}: {}", field(&origin.request), message(&origin.says))
}

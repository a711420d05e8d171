//! What `advise` says, as JSON.

use serde::Serialize;

use super::Options;
use super::escape::json::inert;
use crate::domain::advise::{Advices, Advised, Candidate, OfJob, Unresolved};
use crate::domain::capability::Capability;
use crate::domain::usage::Holder;

pub fn render(advices: &Advices, options: &Options) -> Vec<u8> {
    let document = Document {
        schema: "hallpass.advice.v1",
        tool: Tool { name: "hallpass", version: &options.version },
        advice: advices.all.iter().map(Entry::of).collect(),
        unresolved: advices.unresolved.iter().map(Open::of).collect(),
    };
    let text = serde_json::to_string_pretty(&document).expect("plain structs always serialise");
    (inert(&text) + "\n").into_bytes()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    advice: Vec<Entry<'a>>,
    unresolved: Vec<Open<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    connection: Option<&'a str>,
    /// The job of a pipeline, and the token that it uses today.
    job: Option<&'a str>,
    token: Option<String>,
    calls: Vec<Call<'a>>,
    forge: &'a str,
    url: &'a str,
    target: Option<&'a str>,
    contracts: &'a [String],
    capabilities: Vec<&'a str>,
    best: Option<&'a str>,
    keep_in: Option<&'a str>,
    keep_link: Option<&'a str>,
    kinds: Vec<OfKind<'a>>,
}

#[derive(Serialize)]
struct OfKind<'a> {
    kind: &'a str,
    title: &'a str,
    fits: bool,
    scopes: Vec<&'a str>,
    permissions: Vec<&'a str>,
    role: Option<&'a str>,
    handed: Option<&'a str>,
    beyond: Vec<Beyond<'a>>,
    conditions: &'a [String],
    link: Option<&'a str>,
}

/// What needs a capability or a contract, and where.
#[derive(Serialize)]
struct Call<'a> {
    capability: Option<&'a str>,
    contract: Option<&'a str>,
    permission: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: u32,
}

fn calls(job: &OfJob) -> Vec<Call<'_>> {
    let none = (None, None, None);
    let capabilities = job.doings.capabilities.iter().map(|(id, sights)| ((Some(id.as_str()), none.1, none.2), sights));
    let contracts = job.doings.contracts.iter().map(|(id, sights)| ((none.0, Some(id.as_str()), none.2), sights));
    let permissions = job.doings.permissions.iter().map(|(id, sights)| ((none.0, none.1, Some(id.as_str())), sights));
    let all = capabilities.chain(contracts).chain(permissions);
    let each = all.flat_map(|(what, sights)| sights.iter().map(move |sight| (what, &sight.place)));
    each.map(|((capability, contract, permission), place)| Call {
        capability,
        contract,
        permission,
        file: &place.file,
        line: place.line,
        column: place.column,
    })
    .collect()
}

#[derive(Serialize)]
struct Open<'a> {
    job: &'a str,
    token: String,
    file: &'a str,
    line: u32,
    column: u32,
    reason: &'a str,
}

impl<'a> Open<'a> {
    fn of(one: &'a Unresolved) -> Self {
        let place = &one.sight.place;
        Self {
            job: &one.sight.job,
            token: label(&one.holder),
            file: &place.file,
            line: place.line,
            column: place.column,
            reason: one.why,
        }
    }
}

/// As reports name a token.
fn label(holder: &Holder) -> String {
    match holder {
        Holder::Own => "job".to_owned(),
        Holder::Variable(name) => format!("env:{name}"),
    }
}

#[derive(Serialize)]
struct Beyond<'a> {
    capability: &'a str,
    reason: &'a str,
}

impl<'a> Entry<'a> {
    fn of(advised: &'a Advised) -> Self {
        let job = advised.job.as_ref();
        let kept = job.and_then(|job| job.kept.as_ref());
        Self {
            connection: advised.connection.as_deref(),
            job: job.map(|job| job.name.as_str()),
            token: job.map(|job| label(&job.holder)),
            calls: job.map(calls).unwrap_or_default(),
            keep_in: kept.map(|(text, _)| text.as_str()),
            keep_link: kept.and_then(|(_, link)| link.as_deref()),
            forge: &advised.forge,
            url: &advised.url,
            target: advised.target.as_deref(),
            contracts: &advised.contracts,
            capabilities: advised.capabilities.iter().map(Capability::as_str).collect(),
            best: advised.best.map(|at| advised.kinds[at].advice.kind.as_str()),
            kinds: advised.kinds.iter().map(OfKind::of).collect(),
        }
    }
}

impl<'a> OfKind<'a> {
    fn of(kind: &'a Candidate) -> Self {
        let advice = &kind.advice;
        let beyond = advice.beyond.iter();
        Self {
            kind: advice.kind.as_str(),
            title: &advice.title,
            fits: advice.fits,
            scopes: advice.scopes.iter().map(String::as_str).collect(),
            permissions: advice.permissions.iter().map(String::as_str).collect(),
            role: advice.role.as_deref(),
            handed: advice.handed.as_deref(),
            beyond: beyond.map(|(id, why)| Beyond { capability: id.as_str(), reason: why }).collect(),
            conditions: &advice.conditions,
            link: kind.link.as_deref(),
        }
    }
}

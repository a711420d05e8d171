//! What `advise` says, as JSON.

use serde::Serialize;

use super::Options;
use super::escape::json::inert;
use crate::domain::advise::{Advised, Candidate};
use crate::domain::capability::Capability;

pub fn render(all: &[Advised], options: &Options) -> Vec<u8> {
    let document = Document {
        schema: "hallpass.advice.v1",
        tool: Tool { name: "hallpass", version: &options.version },
        advice: all.iter().map(Entry::of).collect(),
    };
    let text = serde_json::to_string_pretty(&document).expect("plain structs always serialise");
    (inert(&text) + "\n").into_bytes()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    advice: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    connection: Option<&'a str>,
    forge: &'a str,
    url: &'a str,
    target: Option<&'a str>,
    contracts: &'a [String],
    capabilities: Vec<&'a str>,
    best: Option<&'a str>,
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
    beyond: Vec<Beyond<'a>>,
    conditions: &'a [String],
    link: Option<&'a str>,
}

#[derive(Serialize)]
struct Beyond<'a> {
    capability: &'a str,
    reason: &'a str,
}

impl<'a> Entry<'a> {
    fn of(advised: &'a Advised) -> Self {
        Self {
            connection: advised.connection.as_deref(),
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
            beyond: beyond.map(|(id, why)| Beyond { capability: id.as_str(), reason: why }).collect(),
            conditions: &advice.conditions,
            link: kind.link.as_deref(),
        }
    }
}

//! The rules for pipeline files: one file each, pure, from a job to what is worth telling.

mod client_without_token;
mod closed_endpoint;
pub(in crate::pipeline) mod own_token;
mod permissions_too_narrow;
mod permissions_too_wide;
mod power;
mod push_starts_no_pipeline;
mod starts_no_workflow;
pub(in crate::pipeline) mod step_action;
mod token_in_url;
mod token_literal;
mod token_missing;
pub(in crate::pipeline) mod tools;
mod wrong_header;

pub use token_literal::{Literal, literals};

use super::github::triggers::{Listener, Made};
use super::model::Job;
use super::text::Span;
use crate::domain::catalogue::Catalogue;
use crate::domain::contract::{Contract, FileText};
use crate::domain::finding::{RuleBook, Severity};
use crate::domain::parts::Parts;
use crate::domain::version::Version;

/// What the rules know beside the job.
pub struct Ground<'a> {
    /// Of every forge whose pipelines are read; the first one stands in where no forge is known.
    pub catalogues: Vec<&'a Catalogue>,
    /// What actions and the forges' clients need.
    pub parts: Parts,
    pub rules: &'a RuleBook,
    pub contracts: &'a [Contract],
    /// The server's, where somebody said it.
    pub version: Option<Version>,
}

impl<'a> Ground<'a> {
    pub fn catalogue(&self, forge: &str) -> &'a Catalogue {
        let held = self.catalogues.iter().find(|catalogue| catalogue.about.forge == forge);
        held.unwrap_or(&self.catalogues[0])
    }
}

/// One thing worth telling.
#[derive(Clone, Debug)]
pub struct Told {
    pub rule: &'static str,
    /// Of the pipeline it is about; empty for a script on its own.
    pub forge: &'static str,
    /// `None`: the rule's own.
    pub severity: Option<Severity>,
    pub message: String,
    /// Words for the placeholders of the rule's fix.
    pub words: Vec<(&'static str, String)>,
    /// A fix for this very case, in place of the rule's.
    pub fix: Option<String>,
    pub span: Span,
    /// Only where a file holds a text, and not where one holds another.
    pub where_file: Option<FileText>,
    pub unless_file: Option<FileText>,
    /// Only where a workflow of the repository waits for what was made.
    pub heard: Option<Heard>,
    /// The command it is part of: a comment above it counts too.
    pub around: Span,
}

/// What was made, and whether the workflow that made it counts among those that may wait for it.
#[derive(Clone, Debug)]
pub struct Heard {
    pub made: Made,
    pub elsewhere: bool,
}

impl Told {
    fn new(rule: &'static str, message: impl Into<String>, span: Span, around: Span) -> Self {
        Self {
            rule,
            forge: "",
            severity: None,
            message: message.into(),
            words: Vec::new(),
            fix: None,
            span,
            where_file: None,
            unless_file: None,
            heard: None,
            around,
        }
    }

    /// Names the workflow that waits for what was made; `false` where none does.
    pub fn is_heard(&mut self, own: &str, listeners: impl FnOnce() -> Vec<Listener>) -> bool {
        let Some(heard) = &self.heard else { return true };
        let waits = |one: &Listener| one.hears(&heard.made) && !(heard.elsewhere && one.shown == own);
        let Some(listener) = listeners().into_iter().find(waits) else { return false };
        let name = listener.shown.rsplit('/').next().unwrap_or_default();
        self.message = self.message.replace(starts_no_workflow::LISTENER, name);
        true
    }

    /// Likely, not certain.
    fn likely(self) -> Self {
        Self { severity: Some(Severity::Note), ..self }
    }

    fn weighing(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }
}

type Rule = fn(&Job, &Ground<'_>) -> Vec<Told>;

const RULES: &[Rule] = &[
    closed_endpoint::told,
    wrong_header::told,
    token_in_url::told,
    push_starts_no_pipeline::told,
    starts_no_workflow::told,
    tools::told,
    permissions_too_narrow::told,
    client_without_token::told,
    token_missing::told,
];

/// What is told of the jobs of one entry.
pub fn apply(jobs: &[Job], ground: &Ground<'_>) -> Vec<Told> {
    let forge = jobs.first().map_or("", |job| job.forge);
    let each = jobs.iter().flat_map(|job| RULES.iter().flat_map(|rule| rule(job, ground)));
    let all = each.chain(permissions_too_wide::told(jobs, ground));
    all.map(|told| Told { forge: if told.forge.is_empty() { forge } else { told.forge }, ..told }).collect()
}

/// Requests that carry the job's token to an address nobody knows beforehand.
pub fn unresolved(job: &Job) -> Vec<Span> {
    let mut spans = closed_endpoint::unresolved(job);
    spans.extend(own_token::unresolved(job));
    spans
}

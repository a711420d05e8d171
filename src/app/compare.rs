//! The same capabilities for several tokens, and which token is the least that suffices.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Audited, Means, report};
use crate::domain::capability::Capability;
use crate::domain::connection::Connection;
use crate::domain::demands::Demands;
use crate::domain::evidence::Evidence;
use crate::domain::excess::power;
use crate::domain::report::{CapabilityReport, ConnectionReport, Matrix, MatrixCell, MatrixRow, MatrixToken, Report};
use crate::domain::verdict::{Layer, Verdict};

/// Tokens of one server share what one of them learned of it.
pub fn share_facts(audited: &mut [Audited<'_>]) {
    let known: Vec<_> = audited
        .iter()
        .filter_map(|one| one.heard.evidence.server.clone().map(|server| (one.connection.base.clone(), server)))
        .collect();
    for one in audited.iter_mut().filter(|one| one.heard.evidence.server.is_none()) {
        let same = known.iter().find(|(base, _)| *base == one.connection.base);
        one.heard.evidence.server = same.map(|(_, server)| server.clone());
    }
    share_target_facts(audited);
}

/// Likewise for a target: a job token cannot read whether its project is private, the token beside it can.
fn share_target_facts(audited: &mut [Audited<'_>]) {
    let told: Vec<(String, Evidence)> = audited
        .iter()
        .filter(|one| one.heard.evidence.visibility.is_some() && one.heard.evidence.scopes.is_some())
        .map(|one| (place(one), one.heard.evidence.clone()))
        .collect();
    for one in audited.iter_mut() {
        let here = place(one);
        let Some((_, other)) = told.iter().find(|(place, _)| *place == here) else { continue };
        let evidence = &mut one.heard.evidence;
        evidence.visibility.clone_from(&other.visibility);
        evidence.archived = evidence.archived.take().or_else(|| other.archived.clone());
        for (name, state) in &other.features {
            evidence.features.entry(name.clone()).or_insert_with(|| state.clone());
        }
        for (name, on) in &other.settings {
            evidence.settings.entry(name.clone()).or_insert_with(|| on.clone());
        }
    }
}

fn place(one: &Audited<'_>) -> String {
    format!("{} {}", one.connection.base, one.connection.target.as_deref().unwrap_or_default())
}

/// The capabilities to compare: those that were asked for, else what the contracts need, else the forge's usual ones.
pub fn rows(asked: Vec<Capability>, connections: &[Connection], means: &Means<'_>) -> Vec<Capability> {
    if !asked.is_empty() {
        return asked;
    }
    let required: BTreeSet<Capability> = connections.iter().flat_map(|one| Demands::of(one).named()).collect();
    if !required.is_empty() {
        return required.into_iter().collect();
    }
    let usual = connections.iter().flat_map(|one| means.provider(one).catalogue().about.usual.clone());
    let mut rows: Vec<Capability> = Vec::new();
    for capability in usual {
        if !rows.contains(&capability) {
            rows.push(capability);
        }
    }
    rows
}

/// The report of all tokens with their matrix.
pub fn compare(audited: &[Audited<'_>], rows: &[Capability], means: &Means<'_>) -> Report {
    let mut report = report(audited, means);
    let of_a_job = |at: usize| {
        let one = &audited[at];
        let catalogue = means.provider(one.connection).catalogue();
        catalogue.kind(&one.heard.evidence.kind()).is_some_and(|about| about.of_a_job)
    };
    report.matrix = Some(matrix(&report, rows, |tokens| least(audited, tokens, means), of_a_job));
    report
}

/// The matrix of connections that were judged. `least` chooses among the tokens, `of_a_job` knows the job's own by its place.
pub fn matrix(
    report: &Report,
    rows: &[Capability],
    least: impl FnOnce(&[MatrixToken]) -> Option<String>,
    of_a_job: impl Fn(usize) -> bool,
) -> Matrix {
    let demanded = report.connections.iter().flat_map(|one| &one.capabilities);
    let required: BTreeSet<Capability> =
        demanded.filter(|entry| !entry.required_by.is_empty()).map(|entry| entry.id.clone()).collect();
    let counted: Vec<Capability> = if required.is_empty() { rows.to_vec() } else { required.iter().cloned().collect() };
    let tokens: Vec<MatrixToken> = report.connections.iter().map(|connection| token(connection, &counted)).collect();
    let least = least(&tokens);
    let because = because(&tokens, least.as_deref(), counted.len());
    let of_job = report.connections.iter().enumerate().find(|(at, _)| of_a_job(*at)).map(|(_, connection)| connection);
    let job_token_needs = of_job.map_or_else(Vec::new, |connection| job_token_needs(connection, &counted));
    let rows = rows.iter().map(|capability| row(capability, &required, report)).collect();
    Matrix { tokens, rows, least, because, job_token_needs }
}

/// 0 when some token suffices, 1 when none does, 3 when that is not known.
pub fn exit_status(matrix: &Matrix) -> u8 {
    if matrix.least.is_some() {
        0
    } else if matrix.tokens.is_empty() || matrix.tokens.iter().any(|token| token.suffices == Verdict::Unknown) {
        3
    } else {
        1
    }
}

fn entry<'a>(connection: &'a ConnectionReport, capability: &Capability) -> Option<&'a CapabilityReport> {
    connection.capabilities.iter().find(|entry| entry.id == *capability)
}

fn token(connection: &ConnectionReport, counted: &[Capability]) -> MatrixToken {
    let verdicts =
        counted.iter().map(|capability| entry(connection, capability).map_or(Verdict::Unknown, |entry| entry.verdict));
    let verdicts: BTreeSet<Verdict> = verdicts.collect();
    let suffices = if verdicts.contains(&Verdict::Denied) {
        Verdict::Denied
    } else if verdicts.contains(&Verdict::Unknown) || verdicts.is_empty() {
        Verdict::Unknown
    } else {
        Verdict::Allowed
    };
    MatrixToken {
        label: connection.source.clone(),
        kind_title: connection.token.kind_title.clone().unwrap_or_else(|| "token of unknown kind".to_owned()),
        suffices,
    }
}

fn row(capability: &Capability, required: &BTreeSet<Capability>, report: &Report) -> MatrixRow {
    let cells = report.connections.iter().filter_map(|connection| {
        let entry = entry(connection, capability)?;
        Some(MatrixCell {
            token: connection.source.clone(),
            verdict: entry.verdict,
            basis: entry.basis,
            layer: entry.layer,
            reason: entry.reason.clone(),
        })
    });
    let title =
        report.connections.iter().find_map(|connection| entry(connection, capability)).map(|entry| entry.title.clone());
    MatrixRow {
        capability: capability.clone(),
        title: title.unwrap_or_default(),
        required: required.contains(capability),
        cells: cells.collect(),
    }
}

fn least(audited: &[Audited<'_>], tokens: &[MatrixToken], means: &Means<'_>) -> Option<String> {
    let enough = audited.iter().zip(tokens).filter(|(_, token)| token.suffices == Verdict::Allowed);
    enough
        .min_by_key(|(one, _)| {
            let evidence = &one.heard.evidence;
            let scopes = evidence.scopes.as_ref().map(|known| &known.value);
            let role = evidence.role.as_ref().map(|known| known.value.level);
            power(&evidence.kind(), scopes, role, means.provider(one.connection).catalogue())
        })
        .map(|(_, token)| token.label.clone())
}

fn because(tokens: &[MatrixToken], least: Option<&str>, count: usize) -> String {
    let what = if count == 1 { "the capability".to_owned() } else { format!("all {count} capabilities") };
    match least.and_then(|label| tokens.iter().find(|token| token.label == label)) {
        Some(token) => format!("a {} is the least powerful of those that can do {what}", token.kind_title),
        None if tokens.iter().any(|token| token.suffices == Verdict::Unknown) => {
            format!("no token is known to do {what}, and of some it could not be told")
        }
        None => format!("no token can do {what}"),
    }
}

/// What would have to change for the job's own token to do, in as few lines as there are reasons.
fn job_token_needs(connection: &ConnectionReport, counted: &[Capability]) -> Vec<String> {
    let lacking = counted.iter().filter_map(|capability| entry(connection, capability));
    let mut by_change: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for entry in lacking.filter(|entry| entry.verdict != Verdict::Allowed) {
        by_change.entry(change(entry)).or_default().push(format!("`{}`", entry.id));
    }
    by_change.into_iter().map(|((_, change), capabilities)| format!("{change}: {}", capabilities.join(", "))).collect()
}

/// The change that one lacking capability asks for; what cannot change comes last.
fn change(entry: &CapabilityReport) -> (bool, String) {
    match (entry.verdict, entry.layer) {
        (Verdict::Denied, Some(Layer::Kind)) => {
            (true, "nothing opens these to a job token, another token is needed".to_owned())
        }
        (Verdict::Denied, _) => (false, entry.fix.clone().unwrap_or_else(|| entry.reason.clone())),
        _ => (false, format!("to be found out ({})", entry.reason)),
    }
}

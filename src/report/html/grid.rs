//! The same capabilities for several tokens, side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::view::{Capability, Cell, seen};
use crate::domain::capability::Capability as Id;
use crate::domain::report::{ConnectionReport, Matrix, Report};
use crate::domain::verdict::Layer;
use crate::report::escape::html::{field, link, message};
use crate::report::human::count;

#[derive(Serialize)]
pub(super) struct Grid {
    title: String,
    about: String,
    tokens: Vec<Head>,
    rows: Vec<GridRow>,
}

#[derive(Serialize)]
struct Head {
    label: String,
    kind: String,
    /// Whether this token does for everything required.
    suffices: Option<&'static str>,
    least: bool,
}

#[derive(Serialize)]
struct GridRow {
    capability: String,
    title: String,
    required: bool,
    cells: Vec<Option<Cell>>,
}

/// The matrix of `compare`; else one for each target that several tokens are for.
pub(super) fn of(report: &Report) -> Vec<Grid> {
    if let Some(matrix) = &report.matrix {
        return vec![compared(report, matrix)];
    }
    let mut places: BTreeMap<(&str, Option<&str>), Vec<&ConnectionReport>> = BTreeMap::new();
    for held in &report.connections {
        places.entry((&held.url, held.target.as_deref())).or_default().push(held);
    }
    let shared = places.into_iter().filter(|(_, members)| members.len() > 1);
    shared.map(|((url, target), members)| side_by_side(url, target, &members)).collect()
}

fn compared(report: &Report, matrix: &Matrix) -> Grid {
    let of_token = |label: &str, id: &Id| {
        let held = report.connections.iter().find(|held| held.source == label || held.name == label)?;
        held.capabilities.iter().find(|capability| capability.id == *id)
    };
    let heads = matrix.tokens.iter().map(|token| Head {
        label: field(&token.label),
        kind: field(&token.kind_title),
        suffices: Some(token.suffices.as_str()),
        least: matrix.least.as_ref() == Some(&token.label),
    });
    let rows = matrix.rows.iter().map(|row| GridRow {
        capability: field(row.capability.as_str()),
        title: field(&row.title),
        required: row.required,
        cells: row
            .cells
            .iter()
            .map(|cell| {
                let full = of_token(&cell.token, &row.capability);
                Some(Cell {
                    verdict: cell.verdict.as_str(),
                    mark: cell.verdict.as_str(),
                    why: cell.layer.map_or(cell.basis.as_str(), Layer::as_str),
                    reason: message(&cell.reason),
                    evidence: full.map_or_else(Vec::new, |full| full.evidence.iter().map(seen).collect()),
                    fix: full.and_then(|full| full.fix.as_deref()).map(message),
                    link: full.and_then(|full| full.link.as_deref()).and_then(link),
                })
            })
            .collect(),
    });
    let title = match &matrix.least {
        Some(least) => format!("The least powerful token that suffices: {}", field(least)),
        None => "No token was found to suffice".to_owned(),
    };
    Grid { title, about: message(&matrix.because), tokens: heads.collect(), rows: rows.collect() }
}

fn side_by_side(url: &str, target: Option<&str>, members: &[&ConnectionReport]) -> Grid {
    let ids: BTreeSet<_> = members.iter().flat_map(|held| held.capabilities.iter().map(|one| &one.id)).collect();
    let of = |held: &&ConnectionReport, id: &Id| held.capabilities.iter().position(|one| one.id == *id);
    let rows = ids.into_iter().map(|id| {
        let held = members.iter().find_map(|held| Some(&held.capabilities[of(held, id)?]));
        GridRow {
            capability: field(id.as_str()),
            title: held.map_or(String::new(), |one| field(&one.title)),
            required: members
                .iter()
                .any(|held| of(held, id).is_some_and(|at| !held.capabilities[at].required_by.is_empty())),
            cells: members.iter().map(|held| Some(Capability::of(&held.capabilities[of(held, id)?]).cell)).collect(),
        }
    });
    let heads = members.iter().map(|held| Head {
        label: field(&held.name),
        kind: field(held.token.kind_title.as_deref().unwrap_or("token of unknown kind")),
        suffices: None,
        least: false,
    });
    let title = match target {
        Some(target) => format!("{} at {}", field(target), field(url)),
        None => field(url),
    };
    let about = format!("{} for the same target", count(members.len(), "token"));
    Grid { title, about, tokens: heads.collect(), rows: rows.collect() }
}

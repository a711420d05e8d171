//! The gate of scopes.

use std::collections::BTreeSet;

use super::{Gate, Standing, able_kinds};
use crate::domain::catalogue::{Catalogue, Row, ScopeWay, ScopeWays};
use crate::domain::evidence::{Evidence, Visibility};
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};

pub(super) fn scope(row: &Row, evidence: &Evidence, catalogue: &Catalogue, kind: &Kind, only_listed: bool) -> Gate {
    let title = catalogue.kind_title(kind);
    let told = evidence.kind.as_ref();
    match row.scopes.for_kind(kind, only_listed) {
        ScopeWays::Closed => {
            let basis = told.map_or(Basis::Inferred, |known| known.basis.weaker(Basis::Declared));
            let reason = format!("no {title} can do this, whatever its scopes");
            Gate::new(Standing::Refused, Layer::Kind, basis, reason).needing(able_kinds(row, catalogue)).seen(told)
        }
        ScopeWays::Any => {
            let basis = if evidence.alive.is_some() { Basis::Declared } else { Basis::Inferred };
            Gate::new(Standing::Met, Layer::Scope, basis, "any scope will do").seen(evidence.alive.as_ref())
        }
        ScopeWays::Ways(ways) => scope_ways(ways, evidence, catalogue, kind, &title),
    }
}

fn scope_ways(ways: &[ScopeWay], evidence: &Evidence, catalogue: &Catalogue, kind: &Kind, title: &str) -> Gate {
    let public = evidence.visibility.as_ref().map(|known| known.value == Visibility::Public);
    let ways: Vec<&ScopeWay> = ways.iter().filter(|way| !way.public_only || public != Some(false)).collect();
    let needed: Vec<String> =
        ways.iter().filter(|way| !way.disputed && !way.all.is_empty()).map(|way| spell_way(way)).collect();
    let for_all = ways.iter().any(|way| way.all.is_empty());
    if for_all && public == Some(true) {
        return Gate::new(Standing::Met, Layer::Scope, Basis::Declared, "public reads need no scope")
            .seen(evidence.visibility.as_ref());
    }
    let Some(known) = &evidence.scopes else {
        return as_shown(&ways, evidence, catalogue, kind, title).needing(needed);
    };
    let all = catalogue.implied(&known.value, kind);
    let open = |way: &&&ScopeWay| way.all.is_subset(&all);
    let here = |way: &&&ScopeWay| !way.public_only || public == Some(true);
    let held: Vec<String> = known.value.iter().cloned().collect();
    let settled = ways.iter().filter(|way| !way.disputed);
    let gate = if let Some(way) = settled.clone().filter(here).find(open) {
        Gate::new(Standing::Met, Layer::Scope, known.basis, format!("scope {}", carried_by(way, &known.value)))
    } else if let Some(way) = settled.filter(|way| way.public_only).find(open) {
        let reason = if way.all.is_empty() {
            format!("needs {} unless the target is public, which could not be read", spell_needed(&needed))
        } else {
            format!("{} is enough for public targets alone; whether this is one could not be read", spell_way(way))
        };
        Gate::new(Standing::Unsure, Layer::Scope, known.basis, reason)
    } else if let Some(way) = ways.iter().find(open) {
        let reason = format!(
            "needs {}; the sources disagree whether {} alone is enough for a {title}",
            spell_needed(&needed),
            spell_way(way)
        );
        Gate::new(Standing::Unsure, Layer::Scope, known.basis, reason)
    } else {
        let reason = format!("needs {}; the token has {}", spell_needed(&needed), spell_held(&held));
        Gate::new(Standing::Refused, Layer::Scope, known.basis, reason)
    };
    gate.needing(needed).holding(held).seen(Some(known))
}

/// Where no answer lists the scopes: by what the forge was seen to honour and to miss.
fn as_shown(ways: &[&ScopeWay], evidence: &Evidence, catalogue: &Catalogue, kind: &Kind, title: &str) -> Gate {
    let implies = |held: &str, scope: &str| {
        let alone = BTreeSet::from([held.to_owned()]);
        catalogue.implied(&alone, kind).contains(scope)
    };
    let seen = |scope: &str| super::shown(evidence, |held| implies(held, scope), |missed| implies(scope, missed));
    let settled: Vec<_> = ways.iter().filter(|way| !way.disputed && !way.all.is_empty()).collect();
    let needed: Vec<String> = settled.iter().map(|way| spell_way(way)).collect();
    for way in settled.iter().filter(|way| !way.public_only) {
        let all: Option<Vec<_>> = way.all.iter().map(|scope| seen(scope).filter(|(held, _)| *held)).collect();
        if let Some(known) = all {
            let basis = known.iter().map(|(_, known)| known.basis).max().unwrap_or(Basis::Observed);
            let mut gate = Gate::new(Standing::Met, Layer::Scope, basis, format!("scope {}", spell_way(way)));
            gate.evidence.extend(known.into_iter().map(|(_, known)| known.origin.clone()));
            return gate;
        }
    }
    let missed: Option<Vec<_>> = ways
        .iter()
        .map(|way| way.all.iter().find_map(|scope| seen(scope).filter(|(held, _)| !held)).map(|(_, known)| known))
        .collect();
    match missed {
        Some(known) if !known.is_empty() => {
            let reason = format!("needs {}, which the forge was seen to miss", spell_needed(&needed));
            let mut gate = Gate::new(Standing::Refused, Layer::Scope, Basis::Observed, reason);
            gate.evidence.extend(known.into_iter().map(|known| known.origin.clone()));
            gate
        }
        _ => {
            let reason = format!("needs {}; the scopes of this {title} could not be read", spell_needed(&needed));
            Gate::new(Standing::Unsure, Layer::Scope, Basis::Inferred, reason)
        }
    }
}

pub(super) fn spell_way(way: &ScopeWay) -> String {
    way.all.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" with ")
}

fn spell_needed(needed: &[String]) -> String {
    format!("scope {}", needed.join(" or "))
}

fn spell_held(held: &[String]) -> String {
    match held {
        [] => "no scopes".to_owned(),
        held => held.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Names the scope that carries it, and for an implied one the held scope it comes with.
fn carried_by(way: &ScopeWay, held: &BTreeSet<String>) -> String {
    let direct = way.all.is_subset(held);
    if direct {
        spell_way(way)
    } else {
        format!("{} (implied by {})", spell_way(way), spell_held(&held.iter().cloned().collect::<Vec<_>>()))
    }
}

//! The gate of fine-grained permissions.

use super::{Gate, Standing, is_public};
use crate::domain::catalogue::{Catalogue, Effect, KindRow, PermissionWays, Row};
use crate::domain::evidence::{Evidence, HeldPermission, Origin};
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};

pub(super) fn permission(row: &Row, evidence: &Evidence, catalogue: &Catalogue, kind: &Kind, about: &KindRow) -> Gate {
    let (ways, sure) = match row.permission.for_kind(kind) {
        PermissionWays::Closed => {
            let reason = format!("no permission of a {} opens this", about.title);
            return Gate::new(Standing::Refused, Layer::Kind, Basis::Declared, reason)
                .needing(super::able_kinds(row, catalogue))
                .seen(evidence.kind.as_ref());
        }
        PermissionWays::Any => {
            return Gate::new(Standing::Met, Layer::Permission, Basis::Declared, "any permission will do");
        }
        PermissionWays::Unstated => {
            let reason = "which fine-grained permission opens this is not documented";
            return Gate::new(Standing::Unsure, Layer::Permission, Basis::Inferred, reason);
        }
        PermissionWays::Named { ways, sure } => (ways, *sure),
    };
    let public_read = row.effect == Effect::Read && row.role.public.never_below == 0 && is_public(evidence);
    if public_read {
        return Gate::new(Standing::Met, Layer::Permission, Basis::Declared, "public reads need no permission")
            .seen(evidence.visibility.as_ref());
    }
    best_way(ways, sure, evidence, catalogue).needing(ways.iter().map(|way| spell_names(way)))
}

/// What is known of one name that is needed.
struct Holding {
    standing: Standing,
    basis: Basis,
    /// How it is not held, where it is not.
    lacks: &'static str,
    origin: Option<Origin>,
}

fn best_way(ways: &[Vec<String>], sure: bool, evidence: &Evidence, catalogue: &Catalogue) -> Gate {
    let spelled = spell(ways);
    let needs = if sure { "needs" } else { "probably needs" };
    let judged = ways.iter().map(|way| {
        let holdings = way.iter().map(|name| holding(name, evidence, catalogue));
        let worst = holdings.max_by_key(|holding| badness(holding.standing));
        (way, worst.unwrap_or(Holding { standing: Standing::Met, basis: Basis::Declared, lacks: "", origin: None }))
    });
    let Some((way, best)) = judged.min_by_key(|(_, worst)| badness(worst.standing)) else {
        return Gate::new(Standing::Unsure, Layer::Permission, Basis::Inferred, "no permission is named");
    };
    let (standing, reason) = match best.standing {
        Standing::Met => (Standing::Met, format!("permission {}", spell_names(way))),
        Standing::Unsure => (Standing::Unsure, format!("{needs} permission {spelled}; {}", best.lacks)),
        Standing::Refused if sure => (Standing::Refused, format!("{needs} permission {spelled}, {}", best.lacks)),
        Standing::Refused => (Standing::Unsure, format!("{needs} permission {spelled}, {}", best.lacks)),
    };
    let held = evidence.permissions.iter().flat_map(|known| known.value.iter().map(|held| held.name.clone()));
    let mut gate = Gate::new(standing, Layer::Permission, best.basis, reason).holding(held);
    gate.evidence.extend(best.origin);
    gate
}

fn badness(standing: Standing) -> u8 {
    match standing {
        Standing::Met => 0,
        Standing::Unsure => 1,
        Standing::Refused => 2,
    }
}

fn holding(name: &str, evidence: &Evidence, catalogue: &Catalogue) -> Holding {
    if let Some((held, known)) =
        super::shown(evidence, |held| catalogue.covers(held, name), |missed| catalogue.covers(name, missed))
    {
        let standing = if held { Standing::Met } else { Standing::Refused };
        let lacks = "which the forge was seen to miss";
        return Holding { standing, basis: known.basis, lacks, origin: Some(known.origin.clone()) };
    }
    let Some(known) = &evidence.permissions else {
        let lacks = "the token's permissions could not be read";
        return Holding { standing: Standing::Unsure, basis: Basis::Inferred, lacks, origin: None };
    };
    let matching: Vec<Option<bool>> = known
        .value
        .iter()
        .filter(|held| catalogue.covers(&held.name, name))
        .map(|held| reaches_target(held, evidence))
        .collect();
    let (standing, lacks) = if matching.contains(&Some(true)) {
        (Standing::Met, "")
    } else if matching.contains(&None) {
        (Standing::Unsure, "the token holds it, but whether its boundary covers the target could not be told")
    } else if matching.is_empty() {
        (Standing::Refused, "which the token does not hold")
    } else {
        (Standing::Refused, "which the token holds elsewhere, not on this target")
    };
    Holding { standing, basis: known.basis, lacks, origin: Some(known.origin.clone()) }
}

/// A boundary of one project is settled by the target's id, whenever that was learned.
fn reaches_target(held: &HeldPermission, evidence: &Evidence) -> Option<bool> {
    let by_id = || Some(held.project.as_ref()? == &evidence.target_id.as_ref()?.value);
    held.on_target.or_else(by_id)
}

pub(super) fn spell(ways: &[Vec<String>]) -> String {
    ways.iter().map(|way| spell_names(way)).collect::<Vec<_>>().join(" or ")
}

fn spell_names(way: &[String]) -> String {
    way.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" with ")
}

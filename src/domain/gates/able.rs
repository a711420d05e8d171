//! Which kinds of token could do it.

use super::{permission, scope};
use crate::domain::catalogue::{Catalogue, KindRow, PermissionWays, Power, Row, ScopeWays};
use crate::domain::routes;
use crate::domain::token::Kind;

/// The kinds that have some way to do this and the least they need for it, the least powerful first.
pub fn able_kinds(row: &Row, catalogue: &Catalogue) -> Vec<String> {
    const ENOUGH: usize = 3;
    let mut able: Vec<(u16, String)> = catalogue
        .about
        .kinds
        .iter()
        .filter_map(|(kind, about)| {
            Some((about.rank, format!("{}{}", about.title, way_of(row, kind, about, catalogue)?)))
        })
        .collect();
    able.sort();
    able.into_iter().map(|(_, title)| title).take(ENOUGH).collect()
}

/// ` with scope ...`, or nothing where the kind alone is enough; `None` where it has no way at all.
fn way_of(row: &Row, kind: &Kind, about: &KindRow, catalogue: &Catalogue) -> Option<String> {
    match about.power {
        Power::Routes => routes::ever_open(row, catalogue).then(String::new),
        Power::Permissions => match row.permission.for_kind(kind) {
            PermissionWays::Closed => None,
            PermissionWays::Named { ways, sure: true } => Some(format!(" with permission {}", permission::spell(ways))),
            PermissionWays::Any | PermissionWays::Unstated | PermissionWays::Named { .. } => Some(String::new()),
        },
        Power::Scopes => match row.scopes.for_kind(kind, about.only_listed) {
            ScopeWays::Closed => None,
            ScopeWays::Any => Some(String::new()),
            ScopeWays::Ways(ways) => {
                let settled = ways.iter().filter(|way| !way.disputed);
                let smallest =
                    settled.min_by_key(|way| way.all.iter().map(|scope| catalogue.weight(scope)).sum::<u32>());
                smallest.map(|way| format!(" with scope {}", scope::spell_way(way)))
            }
        },
    }
}

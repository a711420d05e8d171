//! Least privilege: what a token holds beyond its job, and the smallest that would do.

use std::collections::BTreeSet;

use super::capability::Capability;
use super::catalogue::{Catalogue, Power, ScopeWays};
use super::token::Kind;

/// Scopes held beyond what is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    pub extra: Vec<String>,
    /// The smallest scopes that would do.
    pub enough: Vec<String>,
}

/// The smallest scopes with which a token of this kind can do all of `required`, given those a contract names anyway.
/// Capabilities that no scope of the kind opens are left out: they are told elsewhere.
pub fn smallest_scopes<'a>(
    required: impl IntoIterator<Item = &'a Capability>,
    named: &BTreeSet<String>,
    kind: &Kind,
    catalogue: &Catalogue,
) -> BTreeSet<String> {
    let only_listed = catalogue.kind(kind).is_some_and(|about| about.only_listed);
    let mut chosen = named.clone();
    let mut ways: Vec<_> = required
        .into_iter()
        .filter_map(|capability| catalogue.row(capability))
        .filter_map(|row| match row.scopes.for_kind(kind, only_listed) {
            ScopeWays::Ways(ways) => Some(ways),
            ScopeWays::Any | ScopeWays::Closed => None,
        })
        .collect();
    // Those with the fewest ways first: what they force may serve the others too.
    ways.sort_by_key(|ways| ways.len());
    for ways in ways {
        let held = catalogue.implied(&chosen, kind);
        let settled = ways.iter().filter(|way| !way.disputed);
        if settled.clone().any(|way| way.all.is_subset(&held)) {
            continue;
        }
        let cheapest = settled.min_by_key(|way| way.all.iter().map(|scope| catalogue.weight(scope)).sum::<u32>());
        chosen.extend(cheapest.into_iter().flat_map(|way| way.all.iter().cloned()));
    }
    drop_implied(&chosen, kind, catalogue)
}

/// What `held` has beyond the smallest that would do.
pub fn of_scopes(
    held: &BTreeSet<String>,
    smallest: &BTreeSet<String>,
    kind: &Kind,
    catalogue: &Catalogue,
) -> Option<Excess> {
    let covered = catalogue.implied(smallest, kind);
    let extra: Vec<String> = held.difference(&covered).cloned().collect();
    (!extra.is_empty()).then(|| Excess { extra, enough: smallest.iter().cloned().collect() })
}

/// Orders tokens by power, the least first: by what kind they are, then by what their scopes open, then by role.
pub fn power(
    kind: &Kind,
    scopes: Option<&BTreeSet<String>>,
    role: Option<u16>,
    catalogue: &Catalogue,
) -> (u16, u32, u16) {
    let about = catalogue.kind(kind);
    let rank = about.map_or(u16::MAX, |about| about.rank);
    let by_scopes = about.is_none_or(|about| about.power == Power::Scopes);
    let weight = match scopes {
        Some(scopes) => scopes.iter().map(|scope| catalogue.weight(scope)).sum(),
        None if by_scopes => u32::MAX,
        None => 0,
    };
    (rank, weight, role.unwrap_or(u16::MAX))
}

fn drop_implied(chosen: &BTreeSet<String>, kind: &Kind, catalogue: &Catalogue) -> BTreeSet<String> {
    let implied_by_another = |scope: &String| {
        chosen.iter().filter(|other| *other != scope).any(|other| {
            let alone = BTreeSet::from([other.clone()]);
            catalogue.implied(&alone, kind).contains(scope)
        })
    };
    chosen.iter().filter(|scope| !implied_by_another(scope)).cloned().collect()
}

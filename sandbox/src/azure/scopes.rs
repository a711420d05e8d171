//! Which scopes hold which others.

use std::sync::LazyLock;

use crate::table::rows;

static INSIDE: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    rows(include_str!("../../data/azure-scopes.csv"), |cells| match cells {
        &[scope, included] => Some((scope, included)),
        _ => None,
    })
});

/// The scope that stands for all.
pub(super) const EVERYTHING: &str = "app_token";

/// Whether `held` is `wanted` or holds it, by however many steps.
pub(super) fn holds(held: &str, wanted: &str) -> bool {
    held == EVERYTHING
        || held == wanted
        || INSIDE.iter().any(|(scope, included)| *scope == held && !included.is_empty() && holds(included, wanted))
}

pub(super) fn exists(scope: &str) -> bool {
    scope == EVERYTHING || INSIDE.iter().any(|(other, _)| *other == scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inclusion_goes_all_the_way_down() {
        assert!(holds("vso.code_full", "vso.code") && holds("vso.code", "vso.profile"));
        assert!(holds("vso.environment_manage", "vso.agentpools") && holds(EVERYTHING, "vso.work_full"));
        assert!(!holds("vso.code", "vso.code_write") && !holds("vso.code_full", "vso.code_status"));
    }

    #[test]
    fn every_included_scope_has_its_own_row() {
        for (scope, included) in INSIDE.iter() {
            assert!(included.is_empty() || exists(included), "{scope} holds {included}");
        }
    }
}

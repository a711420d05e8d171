//! What the contracts ask of the token beside capabilities: kinds, scopes, roles, permissions, and nothing beyond.

use std::collections::BTreeSet;

use super::Concerns;
use crate::domain::catalogue::Power;
use crate::domain::finding::Finding;
use crate::domain::token::Kind;
use crate::domain::verdict::{Layer, Verdict};
use crate::domain::{demands, excess};

impl Concerns<'_> {
    pub(super) fn wrong_kind(&self) -> Vec<Finding> {
        let kind = self.evidence.kind();
        let refused = |kinds: &[Kind]| kind != Kind::UNKNOWN && !kinds.is_empty() && !kinds.contains(&kind);
        let contracts = self.connection.contracts.iter().filter(|(_, section)| refused(&section.kinds));
        contracts
            .map(|(id, section)| {
                let wanted =
                    section.kinds.iter().map(|kind| self.catalogue.kind_title(kind)).collect::<Vec<_>>().join(" or ");
                let message = format!("`{id}` works with a {wanted}; this is a {}", self.catalogue.kind_title(&kind));
                let words = self.words().with("replacement", wanted);
                Finding { layer: Some(Layer::Kind), ..self.finding("token-wrong-kind", message, &words) }
            })
            .collect()
    }

    /// Scopes that a contract names and no required capability has already found missing.
    pub(super) fn contract_scopes(&self) -> Vec<Finding> {
        let Some(known) = &self.evidence.scopes else { return Vec::new() };
        let kind = self.evidence.kind();
        let by_scopes = self.catalogue.kind(&kind).is_none_or(|about| about.power == Power::Scopes);
        let held = self.catalogue.implied(&known.value, &kind);
        let already = |scope: &str| {
            self.judgements.iter().any(|judgement| {
                judgement.layer == Some(Layer::Scope) && judgement.needed.iter().any(|needed| needed.contains(scope))
            })
        };
        let asked = demands::scopes(self.connection, &kind).into_iter();
        let missing = asked.filter(|(scope, _)| by_scopes && !held.contains(scope) && !already(scope));
        missing
            .map(|(scope, contract)| {
                let held = known.value.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "`{contract}` asks for scope `{scope}`; the token has {}",
                    if held.is_empty() { "none" } else { &held }
                );
                let words = self.words().with("needed", format!("`{scope}`")).with("held", held);
                Finding {
                    layer: Some(Layer::Scope),
                    place: self.at("contract"),
                    ..self.finding("scope-missing", message, &words)
                }
            })
            .collect()
    }

    pub(super) fn contract_roles(&self) -> Vec<Finding> {
        let Some(role) = &self.evidence.role else { return Vec::new() };
        let already = self
            .judgements
            .iter()
            .any(|judgement| judgement.layer == Some(Layer::Role) && judgement.verdict == Verdict::Denied);
        let asked = self.connection.contracts.iter().filter_map(|(id, section)| Some((id, section.role.as_ref()?)));
        let too_low = asked.filter(|(_, name)| {
            let needed = self.catalogue.role_level(name).unwrap_or_default();
            !already && role.value.level < needed && role.value.exact && !role.value.custom
        });
        too_low
            .map(|(id, name)| {
                let held = self.catalogue.role_name(role.value.level);
                let words = self.words().with("needed", name).with("held", &held);
                let message = format!("`{id}` asks for role {name}; the token has {held}");
                Finding {
                    layer: Some(Layer::Role),
                    place: self.at("contract"),
                    ..self.finding("role-too-low", message, &words)
                }
            })
            .collect()
    }

    pub(super) fn contract_permissions(&self) -> Vec<Finding> {
        let Some(known) = &self.evidence.permissions else { return Vec::new() };
        let held = |name: &str| {
            let here = known.value.iter().filter(|held| held.on_target != Some(false));
            here.into_iter().any(|held| self.catalogue.covers(&held.name, name))
        };
        let asked = self
            .connection
            .contracts
            .iter()
            .flat_map(|(id, section)| section.permissions.iter().map(move |name| (id, name)));
        asked
            .filter(|(_, name)| !held(name))
            .map(|(id, name)| {
                let message = format!("`{id}` asks for permission `{name}`, which the token does not hold");
                let words = self.words().with("needed", format!("`{name}`"));
                Finding {
                    layer: Some(Layer::Permission),
                    place: self.at("contract"),
                    ..self.finding("permission-missing", message, &words)
                }
            })
            .collect()
    }

    pub(super) fn scope_excess(&self) -> Option<Finding> {
        let held = &self.evidence.scopes.as_ref()?.value;
        let kind = self.evidence.kind();
        let about = self.catalogue.kind(&kind)?;
        if about.power != Power::Scopes || self.demands.required.is_empty() {
            return None;
        }
        let named: BTreeSet<String> = demands::scopes(self.connection, &kind).into_keys().collect();
        let smallest = excess::smallest_scopes(self.demands.required.keys(), &named, &kind, self.catalogue);
        let excess = excess::of_scopes(held, &smallest, &kind, self.catalogue)?;
        let spell = |scopes: &[String]| scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
        let enough = if excess.enough.is_empty() { "no scope at all".to_owned() } else { spell(&excess.enough) };
        let message =
            format!("holds {} beyond what is needed; a {} with {enough} would do", spell(&excess.extra), about.title);
        let words = self.words().with("needed", enough).with("held", spell(&held.iter().cloned().collect::<Vec<_>>()));
        Some(Finding { layer: Some(Layer::Scope), ..self.finding("scope-excess", message, &words) })
    }
}

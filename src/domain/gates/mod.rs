//! Evidence and catalogue to gates: each thing that must hold for a capability, and whether it does.

mod able;
mod permission;
mod role;
mod scope;

pub use able::able_kinds;

use super::catalogue::{Catalogue, Effect, Power, Row};
use super::evidence::{Evidence, FeatureState, Known, Origin, Visibility};
use super::routes;
use super::verdict::{Basis, Layer};
use super::version::Presence;

/// One condition of a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    pub standing: Standing,
    pub layer: Layer,
    pub basis: Basis,
    /// For a met gate what carries it, else why not.
    pub reason: String,
    pub needed: Vec<String>,
    pub held: Vec<String>,
    pub evidence: Vec<Origin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Met,
    Refused,
    Unsure,
}

impl Gate {
    pub fn new(standing: Standing, layer: Layer, basis: Basis, reason: impl Into<String>) -> Self {
        Self {
            standing,
            layer,
            basis,
            reason: reason.into(),
            needed: Vec::new(),
            held: Vec::new(),
            evidence: Vec::new(),
        }
    }

    pub fn needing(mut self, needed: impl IntoIterator<Item = String>) -> Self {
        self.needed.extend(needed);
        self
    }

    fn holding(mut self, held: impl IntoIterator<Item = String>) -> Self {
        self.held.extend(held);
        self
    }

    pub fn seen<T>(mut self, known: Option<&Known<T>>) -> Self {
        self.evidence.extend(known.map(|known| known.origin.clone()));
        self
    }
}

/// Every gate of a row, in the order in which a forge would refuse.
pub fn gates(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> Vec<Gate> {
    let mut gates = Vec::new();
    gates.extend(age(row, evidence));
    gates.extend(power(row, evidence, catalogue));
    if catalogue.is_on_target(row) {
        gates.extend(visibility(evidence));
        gates.extend(role::role(row, evidence, catalogue));
        gates.extend(ability(row, evidence));
        gates.extend(feature(row, evidence));
        gates.extend(archived(row, evidence));
    }
    gates
}

/// The server may be too old to have it at all.
fn age(row: &Row, evidence: &Evidence) -> Option<Gate> {
    let since = row.since?;
    let server = evidence.server.as_ref()?;
    (server.value < since).then(|| {
        let reason = format!("came with version {since}; this server is {}", server.value);
        Gate::new(Standing::Refused, Layer::Feature, server.basis, reason).seen(Some(server))
    })
}

/// What the token itself holds: scopes, permissions, or a list of routes.
fn power(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> Vec<Gate> {
    let kind = evidence.kind();
    match catalogue.kind(&kind) {
        Some(about) if about.power == Power::Routes => routes::gates(row, evidence, catalogue, about),
        Some(about) if about.power == Power::Permissions => {
            vec![permission::permission(row, evidence, catalogue, &kind, about)]
        }
        Some(about) => vec![scope::scope(row, evidence, catalogue, &kind, about.only_listed)],
        None if evidence.scopes.is_some() => vec![scope::scope(row, evidence, catalogue, &kind, false)],
        None => vec![Gate::new(
            Standing::Unsure,
            Layer::Kind,
            Basis::Inferred,
            "what kind of token this is could not be told",
        )],
    }
}

fn visibility(evidence: &Evidence) -> Option<Gate> {
    let hidden = evidence.hidden.as_ref()?;
    let reason = "the target is not visible to this token: it may not exist, the token's user may not be a member, or the \
                  network may be barred";
    Some(Gate::new(Standing::Refused, Layer::Visibility, hidden.basis, reason).seen(Some(hidden)))
}

fn feature(row: &Row, evidence: &Evidence) -> Option<Gate> {
    let name = row.feature.as_ref()?;
    let known = evidence.features.get(name)?;
    let words = name.replace('_', " ");
    let gate = match known.value {
        FeatureState::Enabled => return None,
        FeatureState::Disabled => {
            Gate::new(Standing::Refused, Layer::Feature, known.basis, format!("{words} are switched off on the target"))
        }
        FeatureState::MembersOnly => match &evidence.role {
            Some(role) if role.value.level > 0 => return None,
            Some(role) if role.value.exact => {
                let reason = format!("{words} are for members only, and the token's user is none");
                Gate::new(Standing::Refused, Layer::Feature, known.basis, reason).seen(Some(role))
            }
            _ => Gate::new(Standing::Unsure, Layer::Feature, known.basis, format!("{words} are for members only")),
        },
    };
    Some(gate.needing([words]).seen(Some(known)))
}

fn archived(row: &Row, evidence: &Evidence) -> Option<Gate> {
    let known = evidence.archived.as_ref().filter(|known| known.value && row.effect == Effect::Write)?;
    let reason = "the target is archived and takes no changes";
    Some(Gate::new(Standing::Refused, Layer::Archived, known.basis, reason).seen(Some(known)))
}

/// What the identity behind the token is let do on the target; a forge that was not asked says nothing of it.
fn ability(row: &Row, evidence: &Evidence) -> Option<Gate> {
    let name = row.ability.as_ref()?;
    let words = name.replace(['.', '_'], " ");
    let gate = match evidence.abilities.get(name) {
        Some(known) if known.value => {
            Gate::new(Standing::Met, Layer::Role, known.basis, format!("its identity may {words}")).seen(Some(known))
        }
        Some(known) => {
            let reason = format!("its identity may not {words} on the target");
            Gate::new(Standing::Refused, Layer::Role, known.basis, reason).seen(Some(known))
        }
        None => {
            let reason = format!("whether its identity may {words} on the target could not be read");
            Gate::new(Standing::Unsure, Layer::Role, Basis::Inferred, reason)
        }
    };
    Some(gate.needing([words]))
}

/// What the forge was seen to honour or to miss of the token's own power. `covers` tells for a name that it has whether
/// that is enough, `covered` for a name that it lacks whether that is too little.
fn shown(
    evidence: &Evidence,
    covers: impl Fn(&str) -> bool,
    covered: impl Fn(&str) -> bool,
) -> Option<(bool, &Known<bool>)> {
    let has = evidence.shown.iter().find(|(name, known)| known.value && covers(name));
    let lacks = || evidence.shown.iter().find(|(name, known)| !known.value && covered(name));
    has.map(|(_, known)| (true, known)).or_else(|| lacks().map(|(_, known)| (false, known)))
}

pub fn is_public(evidence: &Evidence) -> bool {
    evidence.visibility.as_ref().is_some_and(|known| known.value == Visibility::Public)
}

/// Is it certain, doubtful, or excluded for the server at hand? Without a known version only what always was is certain.
pub fn presence(since: super::version::Since, evidence: &Evidence) -> Presence {
    match &evidence.server {
        Some(server) => since.in_version(server.value),
        None if since.not_before.is_none() => Presence::Yes,
        None => Presence::Unsure,
    }
}

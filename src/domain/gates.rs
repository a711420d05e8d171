//! Evidence and catalogue to gates: each thing that must hold for a capability, and whether it does.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, Effect, KindRow, PermissionNeed, Power, RoleBand, Row, ScopeWay, ScopeWays};
use super::evidence::{Evidence, FeatureState, HeldPermission, Known, Origin, Visibility};
use super::routes;
use super::token::Kind;
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
        gates.extend(role(row, evidence, catalogue));
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
        Some(about) if about.power == Power::Permissions => vec![permission(row, evidence, about)],
        Some(about) => vec![scope(row, evidence, catalogue, &kind, about.only_listed)],
        None if evidence.scopes.is_some() => vec![scope(row, evidence, catalogue, &kind, false)],
        None => vec![Gate::new(
            Standing::Unsure,
            Layer::Kind,
            Basis::Inferred,
            "what kind of token this is could not be told",
        )],
    }
}

fn scope(row: &Row, evidence: &Evidence, catalogue: &Catalogue, kind: &Kind, only_listed: bool) -> Gate {
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
    let needed: Vec<String> = ways.iter().filter(|way| !way.disputed).map(spell_way).collect();
    let Some(known) = &evidence.scopes else {
        let reason = format!("needs {}; the scopes of this {title} could not be read", spell_needed(&needed));
        return Gate::new(Standing::Unsure, Layer::Scope, Basis::Inferred, reason).needing(needed);
    };
    let all = catalogue.implied(&known.value, kind);
    let open = |way: &&ScopeWay| way.all.is_subset(&all);
    let held: Vec<String> = known.value.iter().cloned().collect();
    let gate = match (ways.iter().filter(|way| !way.disputed).find(open), ways.iter().find(open)) {
        (Some(way), _) => {
            Gate::new(Standing::Met, Layer::Scope, known.basis, format!("scope {}", carried_by(way, &known.value)))
        }
        (None, Some(way)) => {
            let reason = format!(
                "needs {}; the sources disagree whether {} alone is enough for a {title}",
                spell_needed(&needed),
                spell_way(way)
            );
            Gate::new(Standing::Unsure, Layer::Scope, known.basis, reason)
        }
        (None, None) => {
            let reason = format!("needs {}; the token has {}", spell_needed(&needed), spell_held(&held));
            Gate::new(Standing::Refused, Layer::Scope, known.basis, reason)
        }
    };
    gate.needing(needed).holding(held).seen(Some(known))
}

fn permission(row: &Row, evidence: &Evidence, about: &KindRow) -> Gate {
    let (any_of, sure) = match &row.permission {
        PermissionNeed::Closed => {
            let reason = format!("no permission of a {} opens this", about.title);
            return Gate::new(Standing::Refused, Layer::Kind, Basis::Declared, reason).seen(evidence.kind.as_ref());
        }
        PermissionNeed::Any => {
            return Gate::new(Standing::Met, Layer::Permission, Basis::Declared, "any permission will do");
        }
        PermissionNeed::Unstated => {
            let reason = "which fine-grained permission opens this is not documented";
            return Gate::new(Standing::Unsure, Layer::Permission, Basis::Inferred, reason);
        }
        PermissionNeed::Named { any_of, sure } => (any_of, *sure),
    };
    let public_read = row.effect == Effect::Read && is_public(evidence);
    if public_read {
        return Gate::new(Standing::Met, Layer::Permission, Basis::Declared, "public reads need no permission")
            .seen(evidence.visibility.as_ref());
    }
    held_permission(any_of, sure, evidence).needing(any_of.iter().map(|name| format!("`{name}`")))
}

fn held_permission(any_of: &[String], sure: bool, evidence: &Evidence) -> Gate {
    let spelled = any_of.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    let needs = if sure { "needs" } else { "probably needs" };
    let Some(known) = &evidence.permissions else {
        let reason = format!("{needs} permission {spelled}; the token's permissions could not be read");
        return Gate::new(Standing::Unsure, Layer::Permission, Basis::Inferred, reason);
    };
    let keys: BTreeSet<String> = any_of.iter().map(|name| permission_key(name)).collect();
    let matching: Vec<Option<bool>> = known
        .value
        .iter()
        .filter(|held| keys.contains(&permission_key(&held.name)))
        .map(|held| reaches_target(held, evidence))
        .collect();
    let (standing, reason) = if matching.contains(&Some(true)) {
        (Standing::Met, format!("permission {spelled}"))
    } else if matching.contains(&None) {
        (
            Standing::Unsure,
            format!("holds permission {spelled}, but whether its boundary covers the target could not be told"),
        )
    } else {
        let standing = if sure { Standing::Refused } else { Standing::Unsure };
        let lacks = if matching.is_empty() {
            "which the token does not hold"
        } else {
            "which the token holds elsewhere, not on this target"
        };
        (standing, format!("{needs} permission {spelled}, {lacks}"))
    };
    let held = known.value.iter().map(|held| held.name.clone());
    Gate::new(standing, Layer::Permission, known.basis, reason).holding(held).seen(Some(known))
}

/// A boundary of one project is settled by the target's id, whenever that was learned.
fn reaches_target(held: &HeldPermission, evidence: &Evidence) -> Option<bool> {
    let by_id = || Some(held.project.as_ref()? == &evidence.target_id.as_ref()?.value);
    held.on_target.or_else(by_id)
}

/// `Merge Request: Read` in a settings page is `read_merge_request` in an answer.
pub fn permission_key(name: &str) -> String {
    let snake = |text: &str| text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match name.split_once(": ") {
        Some((resource, action)) => format!("{}_{}", snake(action), snake(resource)),
        None => snake(name),
    }
}

fn visibility(evidence: &Evidence) -> Option<Gate> {
    let hidden = evidence.hidden.as_ref()?;
    let reason = "the target is not visible to this token: it may not exist, the token's user may not be a member, or the \
                  network may be barred";
    Some(Gate::new(Standing::Refused, Layer::Visibility, hidden.basis, reason).seen(Some(hidden)))
}

fn role(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> Option<Gate> {
    let roleless = catalogue.kind(&evidence.kind()).is_some_and(|about| about.roleless);
    let (band, certain) = band(row, evidence);
    if roleless || band == RoleBand::NONE {
        return None;
    }
    let needed = catalogue.role_name(band.surely_from.max(band.never_below));
    let lowest = catalogue.role_name(band.never_below);
    let Some(known) = &evidence.role else {
        let reason = format!("needs role {lowest} or higher; the token's role on the target could not be read");
        return Some(Gate::new(Standing::Unsure, Layer::Role, Basis::Inferred, reason).needing([lowest]));
    };
    let held = &known.value;
    let name = catalogue.role_name(held.level);
    let note = row.role_note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    let gate = if held.level >= band.surely_from {
        Gate::new(Standing::Met, Layer::Role, known.basis, format!("role {name}"))
    } else if held.level >= band.never_below {
        let reason = format!("role {name} may be enough, {needed} surely is{note}");
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if held.custom {
        let reason =
            format!("needs role {lowest} or higher; the token's custom role is based on {name} and may add it");
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !held.exact && held.level == 0 {
        let reason = format!(
            "needs role {lowest} or higher; the token's user is no member, so only an administrator could do it"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !held.exact {
        let reason = format!(
            "needs role {lowest} or higher; {name} was seen, a membership through an invited group may add more"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !certain {
        let reason = format!(
            "needs role {lowest} or higher on a private target; the token has {name} and the visibility could not be read"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else {
        let reason = format!("needs role {lowest} or higher; the token has {name}{note}");
        Gate::new(Standing::Refused, Layer::Role, known.basis, reason)
    };
    Some(gate.needing([lowest]).holding([name]).seen(Some(known)))
}

/// The band for the target's visibility, and whether that visibility is known to matter.
fn band(row: &Row, evidence: &Evidence) -> (RoleBand, bool) {
    match evidence.visibility.as_ref().map(|known| known.value) {
        Some(Visibility::Private) => (row.role.private, true),
        Some(Visibility::Internal | Visibility::Public) => (row.role.public, true),
        None => (row.role.private, row.role.private == row.role.public),
    }
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
        Power::Permissions => match &row.permission {
            PermissionNeed::Closed => None,
            PermissionNeed::Named { any_of, sure: true } => {
                Some(format!(" with permission `{}`", any_of.join("` or `")))
            }
            PermissionNeed::Any | PermissionNeed::Unstated | PermissionNeed::Named { .. } => Some(String::new()),
        },
        Power::Scopes => match row.scopes.for_kind(kind, about.only_listed) {
            ScopeWays::Closed => None,
            ScopeWays::Any => Some(String::new()),
            ScopeWays::Ways(ways) => {
                let settled = ways.iter().filter(|way| !way.disputed);
                let smallest =
                    settled.min_by_key(|way| way.all.iter().map(|scope| catalogue.weight(scope)).sum::<u32>());
                smallest.map(|way| format!(" with scope {}", spell_way(way)))
            }
        },
    }
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

fn spell_way(way: &ScopeWay) -> String {
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

//! Replies to facts.

use serde_json::Value;

use super::refusal;
use super::{git, identity, kinds, observe, probes};
use crate::app::ports::{Probe, Reply, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::{Catalogue, PermissionWays, Probing, Row};
use crate::domain::evidence::{Barrier, Evidence, Fact, Known, Outcome, TargetFact, Visibility};
use crate::domain::verdict::{Basis, Layer, Verdict};
use crate::provider::json;
use crate::provider::telling::{Teller, Told, denied, doubt, short, success};

pub(super) fn read(
    task: &Task<'_>,
    evidence: &Evidence,
    probe: &Probe,
    reply: &Reply,
    catalogue: &Catalogue,
) -> Vec<Known<Fact>> {
    let base = &task.connection.base;
    let mut teller = Teller::new(probe, reply);
    match probe.id.as_str() {
        probes::RATE_LIMIT => identity::of_rate_limit(&mut teller, reply, evidence, base),
        probes::USER => identity::of_user(&mut teller, reply, base),
        probes::INSTALLATION => identity::of_installation(&mut teller, reply, evidence, base),
        probes::REPOSITORY => identity::of_repository(&mut teller, reply, evidence, task),
        _ => of_capability(&mut teller, reply, evidence, task, catalogue),
    }
    also_observed(&mut teller, reply);
    teller.facts
}

/// An answer about token or target shows at the same time that it may ask, if it was one.
fn also_observed(teller: &mut Teller<'_>, reply: &Reply) {
    let found = probes::ALSO_OBSERVE.iter().find(|(id, _)| *id == teller.probe.id);
    let troubled = teller
        .facts
        .iter()
        .any(|known| matches!(&known.value, Fact::Trouble(trouble) if trouble.layer != Layer::RateLimit));
    let Some((id, capability)) = found.filter(|_| reply.status == 200 && !troubled) else { return };
    if teller.facts.is_empty() && *id != probes::INSTALLATION {
        return;
    }
    let outcome = Told::Allowed("the forge answered it".to_owned());
    say_outcome(teller, Capability::new(capability), outcome);
}

fn of_capability(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>, catalogue: &Catalogue) {
    let Some(capability) = teller.probe.about.clone() else { return };
    let Some(row) = catalogue.row(&capability) else { return };
    let told = told(row, reply, evidence, task);
    samples(teller, &capability, reply);
    if observe::by_permissions(evidence, catalogue) {
        shown(teller, row, &told, reply, evidence);
        shared(teller, row, &told, evidence, task, catalogue);
    }
    let layer = if let Told::Denied { layer, .. } = &told { Some(*layer) } else { None };
    if let (Some(Layer::Sso | Layer::NetworkPolicy | Layer::LifetimePolicy), Told::Denied { layer, reason, missing }) =
        (layer.filter(|_| catalogue.is_on_target(row)), &told)
    {
        let barrier = Barrier { layer: *layer, reason: reason.clone(), missing: missing.clone() };
        teller.say(Basis::Observed, reason.clone(), Fact::Target(TargetFact::Barred(barrier)));
    }
    // A setting of the target has a say of its own, and what was asked does not reach it.
    let by_setting = row.settings.contains_key(&evidence.kind()) && matches!(told, Told::Allowed(_));
    if !by_setting {
        outcome(teller, capability, told, reply, evidence);
    }
}

fn told(row: &Row, reply: &Reply, evidence: &Evidence, task: &Task<'_>) -> Told {
    let base = &task.connection.base;
    let plain = || success(reply).unwrap_or_else(|| refusal::read(reply, base));
    match &row.probe {
        Probing::Git => git::read(row.path.split_once("service=").map_or("", |(_, service)| service), reply, evidence),
        Probing::Impossible(_) => impossible(reply).unwrap_or_else(plain),
        Probing::Graphql(_) => graphql(reply).unwrap_or_else(plain),
        // Nothing was ever attested of nothing.
        Probing::Itself if row.capability.as_str() == "attestation.read" && is_absent(reply) => {
            Told::Allowed("the forge looked for what cannot be there".to_owned())
        }
        _ => plain(),
    }
}

fn is_absent(reply: &Reply) -> bool {
    reply.status == 404 && refusal::message(reply).is_some_and(|text| text == "Not Found")
}

/// Being turned down for the content, or for an object that is not there, means being let in.
fn impossible(reply: &Reply) -> Option<Told> {
    match reply.status {
        404 | 409 | 422 if refusal::message(reply).is_some() => {
            Some(Told::Allowed("the forge turned down only the content of a request that cannot succeed".to_owned()))
        }
        200..=299 => Some(doubt(Layer::UnusableAnswer, "a request that cannot succeed was answered with success")),
        _ => None,
    }
}

/// GraphQL answers 200 whatever it thinks.
fn graphql(reply: &Reply) -> Option<Told> {
    let answer = (reply.status == 200).then(|| json::object(reply).ok())??;
    let error = answer.pointer("/errors/0");
    let message = error.and_then(|error| json::text(error, "message")).map(short).unwrap_or_default();
    let kind = error.and_then(|error| json::text(error, "type"));
    Some(match kind {
        Some("INSUFFICIENT_SCOPES") => denied(Layer::Scope, format!("the forge says: {message}")),
        Some("FORBIDDEN") => denied(Layer::Permission, format!("the forge says: {message}")),
        Some("RATE_LIMITED") => doubt(Layer::RateLimit, "the forge limits the rate of queries"),
        Some(_) => Told::Nothing,
        None if error.is_some() => Told::Nothing,
        None => {
            let found = answer.pointer("/data/repository/discussions/totalCount");
            let found = found.or_else(|| answer.pointer("/data/organization/projectsV2/totalCount"));
            match found {
                Some(Value::Number(_)) => Told::Allowed("the forge answered it".to_owned()),
                _ => Told::Nothing,
            }
        }
    })
}

/// What the answer shows of a permission, which may carry other capabilities too.
fn shown(teller: &mut Teller<'_>, row: &Row, told: &Told, reply: &Reply, evidence: &Evidence) {
    match told {
        Told::Allowed(reason) if proves(row, evidence) => {
            if let PermissionWays::Named { ways, .. } = row.permission.for_kind(&evidence.kind())
                && let [way] = &ways[..]
            {
                for name in way {
                    teller.say(Basis::Observed, reason.clone(), Fact::Shown(name.clone(), true));
                }
            }
        }
        Told::Denied { layer: Layer::Permission, reason, .. } => {
            let stated = refusal::accepted(reply);
            let known = match row.permission.for_kind(&evidence.kind()) {
                PermissionWays::Named { ways, sure: true } if stated.is_empty() => ways.clone(),
                _ => stated,
            };
            for way in known {
                // Of several that are needed together it is not told which one is missing.
                if let [name] = &way[..] {
                    teller.say(Basis::Observed, reason.clone(), Fact::Shown(name.clone(), false));
                }
            }
        }
        _ => {}
    }
}

/// What anybody may read shows nothing of the token.
fn proves(row: &Row, evidence: &Evidence) -> bool {
    let private = evidence.visibility.as_ref().is_some_and(|known| known.value != Visibility::Public);
    row.effect == crate::domain::catalogue::Effect::Write || private
}

/// Capabilities that are asked for by way of this one and need one of the same permissions. Where one of several will do,
/// the answer does not show which, but the others need no more.
fn shared(
    teller: &mut Teller<'_>,
    row: &Row,
    told: &Told,
    evidence: &Evidence,
    task: &Task<'_>,
    catalogue: &Catalogue,
) {
    let kind = evidence.kind();
    let needs = row.permission.for_kind(&kind);
    if !matches!(needs, PermissionWays::Named { ways, .. } if ways.len() > 1) {
        return;
    }
    let others = task.wanted.iter().filter_map(|wanted| catalogue.row(wanted));
    for other in others.filter(|other| other.probe == Probing::Via(row.capability.clone())) {
        let same = other.permission.for_kind(&kind) == needs && !other.settings.contains_key(&kind);
        let counts = match told {
            Told::Allowed(_) => {
                kinds::acts_for_an_app(&kind) || other.role.private.surely_from <= row.role.private.surely_from
            }
            Told::Denied { layer, .. } => *layer == Layer::Permission,
            _ => false,
        };
        if same && counts {
            say_outcome(teller, other.capability.clone(), told.clone());
        }
    }
}

/// An object of the target that later questions can be about.
fn samples(teller: &mut Teller<'_>, capability: &Capability, reply: &Reply) {
    if reply.status != 200 || capability.as_str() != "mr.list" {
        return;
    }
    let Ok(answer) = json::parse(&reply.body) else { return };
    if let Some(number) = answer.get(0).and_then(|first| json::number(first, "number")) {
        let fact = Fact::Sample(observe::PULL_REQUEST, number.to_string());
        teller.say(Basis::Observed, format!("pull request #{number}"), fact);
    }
}

fn outcome(teller: &mut Teller<'_>, capability: Capability, told: Told, reply: &Reply, evidence: &Evidence) {
    let told = match told {
        Told::Allowed(_) if is_partial(reply) => {
            let reason = "the forge answers, and leaves out what belongs to organizations whose single sign-on the token is not authorized for";
            return say(teller, capability, Verdict::Unknown, Some(Layer::Sso), reason.to_owned(), Vec::new());
        }
        Told::Dead(Layer::Rejected, _) if evidence.alive.is_some() => {
            let reason = "the forge answers 401 although it accepted the token a moment ago".to_owned();
            return say(teller, capability, Verdict::Unknown, Some(Layer::Contradiction), reason, Vec::new());
        }
        told => told,
    };
    say_outcome(teller, capability, told);
}

/// A list may leave out organizations without a word in its body.
fn is_partial(reply: &Reply) -> bool {
    reply.header("x-github-sso").is_some_and(|header| header.starts_with("partial-results"))
}

fn say_outcome(teller: &mut Teller<'_>, capability: Capability, told: Told) {
    match told {
        Told::Allowed(reason) => say(teller, capability, Verdict::Allowed, None, reason, Vec::new()),
        Told::Denied { layer, reason, missing } => {
            say(teller, capability, Verdict::Denied, Some(layer), reason, missing);
        }
        dead @ Told::Dead(..) => teller.told(dead),
        Told::Hidden => {
            let reason = "the forge answers 404: the target does not exist, or is hidden from this token".to_owned();
            say(teller, capability, Verdict::Denied, Some(Layer::Visibility), reason, Vec::new());
        }
        Told::Doubt { layer, reason } => teller.trouble(layer, reason, Some(capability)),
        Told::Nothing => {}
    }
}

fn say(
    teller: &mut Teller<'_>,
    capability: Capability,
    verdict: Verdict,
    layer: Option<Layer>,
    reason: String,
    missing: Vec<String>,
) {
    let outcome = Outcome { verdict, layer, reason: reason.clone(), anonymous_too: false, missing };
    teller.say(Basis::Observed, reason, Fact::Outcome(capability, outcome));
}

//! Replies to facts.

use super::answers::object;
use super::refusal::{self, Told, doubt};
use super::{abilities, git, identity, kinds, probes};
use crate::app::ports::{Probe, Reply, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::{Catalogue, Probing, Row, ScopeWays};
use crate::domain::evidence::{Evidence, Fact, Known, Outcome, TargetFact, Visibility};
use crate::domain::gates::is_public;
use crate::domain::verdict::{Basis, Layer, Verdict};
use crate::provider::json::{self, shorten, text};
use crate::provider::telling::Teller;

/// An answer about the token as a whole.
pub(super) fn told(teller: &mut Teller<'_>, told: Told, about: &str) {
    match told {
        Told::Dead(layer, why) => teller.say(Basis::Observed, why.clone(), Fact::Dead(layer, why)),
        Told::Doubt { layer, reason } => teller.trouble(layer, reason, None),
        Told::Denied { reason, .. } | Told::OutOfScope(reason) => {
            teller.trouble(Layer::UnusableAnswer, format!("the forge does not tell about {about}: {reason}"), None);
        }
        Told::Allowed(_) | Told::Content | Told::Nothing => {
            teller.trouble(Layer::UnusableAnswer, format!("the forge does not tell about {about}, and not why"), None);
        }
    }
}

fn shown(teller: &mut Teller<'_>, scope: &str, held: bool) {
    let says = if held { format!("served with `{scope}`") } else { format!("`{scope}` is missing") };
    teller.say(Basis::Observed, says, Fact::Shown(scope.to_owned(), held));
}

fn allowed(teller: &mut Teller<'_>, capability: Capability, reason: &str) {
    outcome(teller, capability, Verdict::Allowed, None, reason);
}

fn contradicted(teller: &mut Teller<'_>, capability: Capability, reason: &str) {
    outcome(teller, capability, Verdict::Unknown, Some(Layer::Contradiction), reason);
}

fn denied(teller: &mut Teller<'_>, capability: Capability, layer: Layer, reason: &str) {
    outcome(teller, capability, Verdict::Denied, Some(layer), reason);
}

fn outcome(teller: &mut Teller<'_>, capability: Capability, verdict: Verdict, layer: Option<Layer>, reason: &str) {
    let outcome = Outcome { verdict, layer, reason: reason.to_owned(), anonymous_too: false, missing: Vec::new() };
    teller.say(Basis::Observed, reason, Fact::Outcome(capability, outcome));
}

pub(super) fn read(
    task: &Task<'_>,
    evidence: &Evidence,
    probe: &Probe,
    reply: &Reply,
    catalogue: &Catalogue,
) -> Vec<Known<Fact>> {
    let mut teller = Teller::new(probe, reply);
    match probe.id.as_str() {
        probes::CONNECTION => identity::read(&mut teller, reply, evidence, task),
        probes::PROJECT => of_project(&mut teller, reply, evidence, catalogue),
        probes::REPOSITORY => of_repository(&mut teller, reply, evidence, catalogue),
        probes::ABILITIES => abilities::read(&mut teller, reply, evidence),
        _ => of_capability(&mut teller, reply, evidence, catalogue),
    }
    also_observed(&mut teller, reply);
    teller.facts
}

/// An answer of the declared picture shows at the same time that the token may ask for it.
fn also_observed(teller: &mut Teller<'_>, reply: &Reply) {
    let found = probes::ALSO_OBSERVE.iter().find(|(id, _)| *id == teller.probe.id);
    let spoilt = |known: &Known<Fact>| matches!(known.value, Fact::Trouble(_) | Fact::Dead(..));
    let read = reply.status == 200 && !teller.facts.is_empty() && !teller.facts.iter().any(spoilt);
    let Some((_, capability)) = found.filter(|_| read) else { return };
    allowed(teller, Capability::new(capability), "the forge answered it");
}

/// `GET /_apis/projects/{project}`
fn of_project(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, catalogue: &Catalogue) {
    let answer = match object(reply, evidence) {
        Ok(answer) => answer,
        Err(told) => return of_target(teller, told, "project.read", "/:project", evidence, catalogue),
    };
    if let Some(id) = text(&answer, "id") {
        teller.say(Basis::Declared, format!("project {}", shorten(id)), Fact::Sample("project", shorten(id)));
    }
    visible(teller, text(&answer, "visibility"));
}

/// `GET /{project}/_apis/git/repositories/{repository}`
fn of_repository(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, catalogue: &Catalogue) {
    let answer = match object(reply, evidence) {
        Ok(answer) => answer,
        Err(told) => return of_target(teller, told, "repository.read", "/:repository", evidence, catalogue),
    };
    if let Some(id) = text(&answer, "id") {
        teller.say(Basis::Declared, format!("repository {}", shorten(id)), Fact::Sample("repository", shorten(id)));
    }
    let project = answer.get("project");
    if let Some(id) = project.and_then(|project| text(project, "id")) {
        teller.say(Basis::Declared, format!("project {}", shorten(id)), Fact::Sample("project", shorten(id)));
    }
    // A public project shows its code to everybody, which says nothing of the scope.
    let stated = project.and_then(|project| text(project, "visibility"));
    if stated != Some("public") && !is_public(evidence) {
        shown(teller, "vso.code", true);
    }
}

fn visible(teller: &mut Teller<'_>, stated: Option<&str>) {
    let seen = match stated {
        Some("private") => Visibility::Private,
        Some("public") => Visibility::Public,
        Some("organization") => Visibility::Internal,
        _ => return,
    };
    let says = format!("visibility {}", stated.unwrap_or_default());
    teller.say(Basis::Declared, says, Fact::Target(TargetFact::Visibility(seen)));
}

/// A refusal about the target holds for all that is about it.
fn of_target(teller: &mut Teller<'_>, told: Told, id: &str, part: &str, evidence: &Evidence, catalogue: &Catalogue) {
    let capability = Capability::new(id);
    let Some(row) = catalogue.row(&capability) else { return };
    if let Told::Denied { layer: Layer::Visibility, reason, .. } = &told {
        let about = catalogue.rows.values().filter(|row| row.path.contains(part) || row.capability == capability);
        for row in about {
            denied(teller, row.capability.clone(), Layer::Visibility, reason);
        }
        return;
    }
    if matches!(told, Told::Content | Told::Nothing) {
        let text = "the forge answers in a way that says nothing of the target";
        return teller.trouble(Layer::UnusableAnswer, text, Some(capability));
    }
    concluded(teller, row, told, evidence);
}

fn of_capability(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, catalogue: &Catalogue) {
    let Some(row) = teller.probe.about.clone().and_then(|capability| catalogue.row(&capability)) else { return };
    let told = match &row.probe {
        Probing::Git => {
            let service = row.path.split_once("service=").map_or("", |(_, service)| service);
            git::read(service, reply, evidence)
        }
        _ => answered(reply, evidence),
    };
    samples(teller, row, reply);
    concluded(teller, row, told.clone(), evidence);
    if matches!(told, Told::Allowed(_) | Told::Denied { .. } | Told::OutOfScope(_)) {
        let told_too = catalogue.rows.values().filter(|other| other.probe == Probing::Via(row.capability.clone()));
        let already = teller.facts.len();
        told_too.for_each(|other| concluded(teller, other, told.clone(), evidence));
        // What it shows of a scope is said once.
        let mut place = 0;
        teller.facts.retain(|known| {
            place += 1;
            place <= already || !matches!(known.value, Fact::Shown(..))
        });
    }
}

/// A success counts only when it is JSON: sign-in pages come with 203, pages of proxies with 200.
fn answered(reply: &Reply, evidence: &Evidence) -> Told {
    if !(200..=299).contains(&reply.status) || reply.status == 203 {
        return refusal::read(reply, evidence);
    }
    if let Some(page) = refusal::page(reply) {
        return page;
    }
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !kind.contains("json") {
        return doubt(Layer::UnusableAnswer, "the answer does not come as JSON");
    }
    let wait =
        refusal::slower(reply).map_or_else(String::new, |wait| format!(", and asks to wait {wait} s (Retry-After)"));
    match json::parse(&reply.body) {
        Ok(value) if json::says_something(&value) => Told::Allowed(format!("the forge answered it{wait}")),
        Ok(_) => {
            doubt(Layer::UnusableAnswer, "the answer is JSON, but neither a list nor an object with anything in it")
        }
        Err(why) => doubt(Layer::UnusableAnswer, format!("the answer is not JSON that can be read: {why}")),
    }
}

/// The first of a list is an object that later questions can be about.
fn samples(teller: &mut Teller<'_>, row: &Row, reply: &Reply) {
    let name = match row.capability.as_str() {
        "pipeline_definition.list" => "pipeline",
        "pipeline.list" => "build",
        "feed.list" => "feed",
        _ => return,
    };
    let answer = json::parse(&reply.body).ok().filter(|_| reply.status == 200);
    let id = answer.as_ref().and_then(|answer| answer.pointer("/value/0/id"));
    let id = id.and_then(|id| id.as_str().map(shorten).or_else(|| id.as_u64().map(|id| id.to_string())));
    if let Some(id) = id {
        teller.say(Basis::Observed, format!("{name} {id}"), Fact::Sample(name, id));
    }
}

/// The one scope that the row stands and falls with, where there is one.
fn only_scope(row: &Row) -> Option<&str> {
    match &row.scopes.general {
        ScopeWays::Ways(ways) => match &ways[..] {
            [way] => way.all.iter().next().map(String::as_str),
            _ => None,
        },
        ScopeWays::Any | ScopeWays::Closed => None,
    }
}

fn all_scopes(row: &Row) -> Vec<String> {
    match &row.scopes.general {
        ScopeWays::Ways(ways) => ways.iter().flat_map(|way| way.all.iter().cloned()).collect(),
        ScopeWays::Any | ScopeWays::Closed => Vec::new(),
    }
}

fn concluded(teller: &mut Teller<'_>, row: &Row, answer: Told, evidence: &Evidence) {
    let capability = row.capability.clone();
    match answer {
        Told::Allowed(reason) => {
            show_held(teller, row, evidence);
            allowed(teller, capability, &reason);
        }
        Told::Denied { layer, reason } => {
            // The scope comes first: who is refused for a permission was let past it.
            if layer == Layer::Role {
                show_held(teller, row, evidence);
            }
            denied(teller, capability, layer, &reason);
        }
        Told::OutOfScope(reason) => out_of_scope(teller, row, &reason, evidence),
        // A dry run is turned down for its content only by who read it.
        Told::Content if matches!(row.probe, Probing::DryRun(_)) => show_held(teller, row, evidence),
        dead @ Told::Dead(..) => {
            if evidence.alive.is_none()
                || matches!(dead, Told::Dead(Layer::Expired | Layer::Revoked | Layer::BlockedUser, _))
            {
                return told(teller, dead, "the token");
            }
            let reason = "the forge refuses the token although it accepted it a moment ago";
            contradicted(teller, capability, reason);
        }
        Told::Doubt { layer, reason } => teller.trouble(layer, reason, Some(capability)),
        Told::Content | Told::Nothing => {}
    }
}

/// A job's token holds all scopes, so nothing is learned of it; nor where everybody is answered.
fn show_held(teller: &mut Teller<'_>, row: &Row, evidence: &Evidence) {
    let public_read = is_public(evidence) && row.effect == crate::domain::catalogue::Effect::Read;
    let tells = evidence.kind() != kinds::SYSTEM && !public_read;
    if let Some(scope) = only_scope(row).filter(|_| tells) {
        shown(teller, scope, true);
    }
}

fn out_of_scope(teller: &mut Teller<'_>, row: &Row, reason: &str, evidence: &Evidence) {
    let capability = row.capability.clone();
    if evidence.kind() == kinds::SYSTEM {
        let reason = "the forge answers 401 although a job's token holds all scopes";
        return contradicted(teller, capability, reason);
    }
    let scopes = all_scopes(row);
    if scopes.is_empty() {
        let reason = "the forge answers 401 where no scope is asked for";
        return contradicted(teller, capability, reason);
    }
    for scope in &scopes {
        shown(teller, scope, false);
    }
    denied(teller, capability, Layer::Scope, reason);
}

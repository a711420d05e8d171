//! Replies to facts.

use jiff::Timestamp;
use serde_json::Value;

use super::refusal::{self, Told};
use super::{git, identity, kinds, observe, probes, running_job, target};
use crate::app::ports::{Method, Probe, Reply, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::{Catalogue, Probing, Row, ScopeWays};
use crate::domain::evidence::{Evidence, Fact, Known, Outcome};
use crate::domain::verdict::{Basis, Layer, Verdict};
use crate::provider::json;
pub(super) use crate::provider::telling::Teller;
use crate::provider::telling::success;

pub(super) fn read(
    task: &Task<'_>,
    evidence: &Evidence,
    probe: &Probe,
    reply: &Reply,
    now: Timestamp,
    catalogue: &Catalogue,
) -> Vec<Known<Fact>> {
    let mut teller = Teller::new(probe, reply);
    match probe.id.as_str() {
        probes::SELF => identity::of_access_token(&mut teller, reply, evidence, now),
        probes::OAUTH_INFO => identity::of_oauth_token(&mut teller, reply, evidence, now),
        probes::USER => identity::of_user(&mut teller, reply, evidence),
        probes::JOB => running_job::of_job(&mut teller, reply, evidence, task),
        probes::JOB_ROLES => running_job::of_job_roles(&mut teller, reply, evidence, task, catalogue),
        probes::PROJECT => target::of_project(&mut teller, reply, evidence),
        probes::MEMBER => target::of_member(&mut teller, reply, evidence),
        probes::ASSOCIATIONS => target::of_associations(&mut teller, reply, evidence, task),
        probes::PROJECT_AS_VISITOR => target::of_visitor(&mut teller, reply),
        observe::GRAPHQL => of_graphql(&mut teller, reply, evidence, task, catalogue),
        _ => of_capability(&mut teller, reply, evidence, catalogue),
    }
    also_observed(&mut teller, reply);
    teller.facts
}

/// An answer about the token shows at the same time that it may ask, if it was one.
fn also_observed(teller: &mut Teller<'_>, reply: &Reply) {
    let found = probes::ALSO_OBSERVE.iter().find(|(id, _)| *id == teller.probe.id);
    let troubled = teller.facts.iter().any(|known| matches!(known.value, Fact::Trouble(_)));
    let read = reply.status == 200 && !teller.facts.is_empty() && !troubled;
    let Some((_, capability)) = found.filter(|_| read) else { return };
    let reason = "the forge answered it".to_owned();
    let outcome = Outcome {
        verdict: Verdict::Allowed,
        layer: None,
        reason: reason.clone(),
        anonymous_too: false,
        missing: Vec::new(),
    };
    teller.say(Basis::Observed, reason, Fact::Outcome(Capability::new(capability), outcome));
}

fn of_capability(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, catalogue: &Catalogue) {
    let Some(capability) = teller.probe.about.clone() else { return };
    let Some(row) = catalogue.row(&capability) else { return };
    let told = match &row.probe {
        Probing::Git => git_told(row, reply, evidence),
        Probing::DryRun(name) if name == "registry-token" => registry_told(row, reply, evidence, catalogue),
        Probing::Impossible(_) => impossible_told(reply, evidence),
        _ if teller.probe.method == Method::Head => head_told(reply, evidence),
        _ => read_told(reply, evidence),
    };
    // Git asks who one is before it asks what one may.
    let known = matches!(told, Told::Allowed(_)) || (reply.status == 403 && matches!(told, Told::Denied { .. }));
    if matches!(row.probe, Probing::Git) && known && evidence.alive.is_none() {
        teller.say(Basis::Observed, "Git accepts it", Fact::Alive);
    }
    samples(teller, &capability, reply);
    outcome(teller, capability, told, evidence);
}

fn git_told(row: &Row, reply: &Reply, evidence: &Evidence) -> Told {
    let service = row.path.split_once("service=").map_or("", |(_, service)| service);
    git::read(service, reply, evidence)
}

/// An answer without a body shows only its type.
fn head_told(reply: &Reply, evidence: &Evidence) -> Told {
    match reply.header("content-type").unwrap_or_default() {
        kind if reply.status == 200 && !kind.is_empty() && !kind.to_ascii_lowercase().contains("html") => {
            Told::Allowed("the forge answered it".to_owned())
        }
        _ if matches!(reply.status, 401 | 403 | 404) && reply.body.is_empty() => {
            let text =
                format!("the forge answers {} to a question whose answers have no body, so not why", reply.status);
            refusal::rate_limited(reply).unwrap_or_else(|| refusal::doubt(Layer::UnusableAnswer, text))
        }
        _ => read_told(reply, evidence),
    }
}

fn read_told(reply: &Reply, evidence: &Evidence) -> Told {
    success(reply).unwrap_or_else(|| refusal::read(reply, evidence))
}

/// The request can never succeed, so being turned down for its content means being let in.
fn impossible_told(reply: &Reply, evidence: &Evidence) -> Told {
    match reply.status {
        409 | 422 => {
            Told::Allowed("the forge turned down only the content of a request that cannot succeed".to_owned())
        }
        200..=299 => refusal::doubt(Layer::UnusableAnswer, "a request that cannot succeed was answered with success"),
        _ => read_told(reply, evidence),
    }
}

/// The claims of the registry token list what was granted.
fn registry_told(row: &Row, reply: &Reply, evidence: &Evidence, catalogue: &Catalogue) -> Told {
    use base64::Engine as _;
    if let Some(code) = registry_code(reply) {
        let text = format!("the registry's sign-in answers {} (`{code}`), and not why", reply.status);
        return refusal::doubt(Layer::UnusableAnswer, text);
    }
    if reply.status != 200 {
        return refusal::read(reply, evidence);
    }
    let unreadable = || refusal::doubt(Layer::UnusableAnswer, "the registry token that came back cannot be read");
    let Ok(answer) = json::parse(&reply.body) else { return unreadable() };
    let Some(token) = answer.get("token").and_then(Value::as_str) else { return unreadable() };
    let claims =
        token.split('.').nth(1).and_then(|part| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).ok());
    let Some(claims) = claims.and_then(|bytes| json::parse(&bytes).ok()) else { return unreadable() };
    let action = row.path.rsplit(':').next().unwrap_or_default();
    let access = claims.get("access").and_then(Value::as_array).cloned().unwrap_or_default();
    let granted = access.iter().filter_map(|entry| entry.get("actions")?.as_array()).flatten();
    if granted.filter_map(Value::as_str).any(|name| name == action || name == "*") {
        Told::Allowed(format!("the registry grants `{action}`"))
    } else {
        let reason = format!("the registry's sign-in leaves `{action}` out of what it grants");
        refusal::denied(if has_scope_for(row, evidence, catalogue) { Layer::Role } else { Layer::Scope }, reason)
    }
}

/// Then something other than the scope stands in the way.
fn has_scope_for(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> bool {
    let kind = evidence.kind();
    let only_listed = catalogue.kind(&kind).is_some_and(|about| about.only_listed);
    match (row.scopes.for_kind(&kind, only_listed), &evidence.scopes) {
        (ScopeWays::Ways(ways), Some(held)) => {
            let all = catalogue.implied(&held.value, &kind);
            ways.iter().any(|way| way.all.is_subset(&all))
        }
        (ways, _) => *ways == ScopeWays::Any,
    }
}

/// The code in a refusal of the registry's own form.
fn registry_code(reply: &Reply) -> Option<String> {
    let answer = json::parse(&reply.body).ok().filter(|_| matches!(reply.status, 401 | 403))?;
    answer.pointer("/errors/0/code").and_then(Value::as_str).map(refusal::short)
}

/// Some answers tell more than that they came: an object that later questions can be about, the server's version.
fn samples(teller: &mut Teller<'_>, capability: &Capability, reply: &Reply) {
    if reply.status != 200 || !matches!(capability.as_str(), "mr.list" | "instance.version") {
        return;
    }
    let Ok(answer) = json::parse(&reply.body) else { return };
    if let Some(iid) = answer.get(0).and_then(|first| first.get("iid")?.as_u64()) {
        teller.say(Basis::Observed, format!("merge request !{iid}"), Fact::Sample("merge_request", iid.to_string()));
    }
    if let Some(version) = answer.get("version").and_then(|version| version.as_str()?.parse().ok()) {
        teller.say(Basis::Declared, format!("version {version}"), Fact::Server(version));
    }
}

fn outcome(teller: &mut Teller<'_>, capability: Capability, told: Told, evidence: &Evidence) {
    let by_job_token = evidence.kind() == kinds::JOB;
    let (verdict, layer, reason, missing) = match told {
        Told::Allowed(reason) => (Verdict::Allowed, None, reason, Vec::new()),
        Told::Denied { layer, reason, missing } => {
            let (layer, reason) = sharper(layer, reason, &capability, evidence);
            (Verdict::Denied, Some(layer), reason, missing)
        }
        Told::Dead(Layer::Rejected, _) if evidence.alive.is_some() && by_job_token => {
            (Verdict::Denied, Some(Layer::Kind), CLOSED.to_owned(), Vec::new())
        }
        Told::Dead(Layer::Rejected, _) if evidence.alive.is_some() => {
            let reason = "the forge answers 401 although it accepted the token a moment ago".to_owned();
            (Verdict::Unknown, Some(Layer::Contradiction), reason, Vec::new())
        }
        dead @ Told::Dead(..) => return teller.told(dead),
        Told::Hidden if by_job_token && evidence.own_target.as_ref().is_some_and(|own| own.value) => {
            (Verdict::Denied, Some(Layer::Kind), CLOSED.to_owned(), Vec::new())
        }
        Told::Hidden => {
            let reason = "the forge answers 404: the target does not exist, or is hidden from this token".to_owned();
            (Verdict::Denied, Some(Layer::Visibility), reason, Vec::new())
        }
        Told::Doubt { layer, reason } => return teller.trouble(layer, reason, Some(capability)),
        Told::Nothing => return,
    };
    let anonymous_too = by_job_token
        && verdict == Verdict::Allowed
        && !matches!(teller.probe.presentation, crate::app::ports::Presentation::Basic(_));
    let says = reason.clone();
    teller.say(
        Basis::Observed,
        says,
        Fact::Outcome(capability, Outcome { verdict, layer, reason, anonymous_too, missing }),
    );
}

const CLOSED: &str =
    "the forge drops the job token here and answers as to an anonymous visitor: the endpoint is closed to job tokens";

/// A bare 403 does not say whether the role, a feature or a setting refused. What is known of them narrows it down.
fn sharper(layer: Layer, reason: String, capability: &Capability, evidence: &Evidence) -> (Layer, String) {
    if layer != Layer::Role || !reason.contains("without a reason") {
        return (layer, reason);
    }
    let family = capability.as_str().split('.').next().unwrap_or_default();
    let feature = match family {
        "mr" | "suggestion" => "merge_requests",
        "issue" => "issues",
        "environment" | "deployment" => "environments",
        "package" => "packages",
        "registry" => "container_registry",
        "release" => "releases",
        "wiki" => "wiki",
        "pipeline" | "job" | "artifact" => "builds",
        _ => return (layer, reason),
    };
    let state = evidence.features.get(feature).map(|known| known.value);
    if state == Some(crate::domain::evidence::FeatureState::Disabled) {
        let words = feature.replace('_', " ");
        return (
            Layer::Feature,
            format!("the forge refuses without a reason, and {words} are switched off on the project"),
        );
    }
    (layer, reason)
}

/// What the user may do by role. It says nothing of the token's scope, so only a token with `api` may take a yes for itself.
fn of_graphql(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>, catalogue: &Catalogue) {
    if reply.status != 200 {
        return;
    }
    let Ok(answer) = json::parse(&reply.body) else { return };
    let Some(held) = answer.pointer("/data/project/userPermissions") else { return };
    let whole = evidence.scopes.as_ref().is_some_and(|known| known.value.contains("api"));
    let rows: Vec<&Row> = task.wanted.iter().filter_map(|capability| catalogue.row(capability)).collect();
    for (capability, field) in observe::fields(&rows) {
        let (verdict, layer, reason) = match held.get(field).and_then(Value::as_bool) {
            Some(true) if whole => (Verdict::Allowed, None, format!("the forge says `{field}` of the token's user")),
            Some(false) => {
                (Verdict::Denied, Some(Layer::Role), format!("the forge denies `{field}` to the token's user"))
            }
            _ => continue,
        };
        let outcome = Outcome { verdict, layer, reason: reason.clone(), anonymous_too: false, missing: Vec::new() };
        teller.say(Basis::Observed, reason, Fact::Outcome(capability, outcome));
    }
}

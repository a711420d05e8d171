//! What to ask next: first whether the service knows the token, then what it shows of the target, then what the identity
//! may do and what was wanted to be observed.

use super::place::Place;
use super::{abilities, kinds, observe};
use crate::app::ports::{Body, Effect, Method, Presentation, Probe, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::Catalogue;
use crate::domain::evidence::Evidence;
use crate::provider::path::encode;

pub(super) const CONNECTION: &str = "connection";
pub(super) const PROJECT: &str = "project";
pub(super) const REPOSITORY: &str = "repository";
pub(super) const ABILITIES: &str = "abilities";

/// Questions of the declared picture that answer for a capability as well; they are not asked twice.
pub(super) const ALSO_OBSERVE: &[(&str, &str)] = &[
    (CONNECTION, "user.self"),
    (PROJECT, "project.read"),
    (REPOSITORY, "repository.read"),
    (ABILITIES, "permission.evaluate"),
];

/// Without them the service answers with pages for people.
pub(super) const HEADERS: &[(&str, &str)] = &[("Accept", "application/json"), ("X-TFS-FedAuthRedirect", "Suppress")];

pub(super) fn next(task: &Task<'_>, evidence: &Evidence, asked: &[String], catalogue: &Catalogue) -> Vec<Probe> {
    let place = Place::of(task.connection);
    if task.offline || evidence.dead.is_some() || place.fault.is_some() {
        return Vec::new();
    }
    let was_asked = |id: &str| asked.iter().any(|asked| asked == id);
    if evidence.alive.is_none() {
        // One question until the service has accepted the token: a wrong one must not be refused twice.
        return if was_asked(CONNECTION) { Vec::new() } else { vec![connection(&place, evidence)] };
    }
    if task.probing < Effect::Read {
        return Vec::new();
    }
    let mut probes: Vec<Probe> = target(&place, evidence);
    // What is asked after this is read in the light of it: a public project answers everybody, and permissions are
    // evaluated for the repository where there is one. So it waits until both have been answered.
    let waits = probes.iter().any(|probe| was_asked(&probe.id) && !is_answered(probe, evidence));
    probes.retain(|probe| !was_asked(&probe.id));
    if !probes.is_empty() || (waits && !was_asked(ABILITIES)) {
        return probes;
    }
    probes.extend(identity(&place, evidence));
    let told = |probe: &Probe| ALSO_OBSERVE.iter().any(|(id, capability)| *capability == probe.id && was_asked(id));
    probes.extend(observe::probes(task, &place, evidence, catalogue).into_iter().filter(|probe| !told(probe)));
    probes.retain(|probe| !was_asked(&probe.id));
    probes
}

fn connection(place: &Place, evidence: &Evidence) -> Probe {
    let version = if place.is_cloud() { "7.1-preview" } else { OLDEST };
    get(CONNECTION, place, &format!("/_apis/connectionData?api-version={version}"), evidence)
}

fn target(place: &Place, evidence: &Evidence) -> Vec<Probe> {
    let Some(project) = place.project.as_deref().map(encode) else { return Vec::new() };
    let version = version(place, None);
    let about = |id: &str| Some(Capability::new(id));
    let path = format!("/_apis/projects/{project}?{version}");
    let mut probes = vec![Probe { about: about("project.read"), ..get(PROJECT, place, &path, evidence) }];
    if let Some(repository) = place.repository.as_deref().map(encode) {
        let path = format!("/{project}/_apis/git/repositories/{repository}?{version}");
        probes.push(Probe { about: about("repository.read"), ..get(REPOSITORY, place, &path, evidence) });
    }
    probes
}

/// Every answer about the target, and every failure to get one, leaves a trace of its capability.
fn is_answered(probe: &Probe, evidence: &Evidence) -> bool {
    let troubled = evidence.troubles.iter().any(|known| known.value.about == probe.about);
    let told = probe.about.as_ref().is_some_and(|about| evidence.outcomes.contains_key(about));
    told || troubled || evidence.samples.contains_key(probe.id.as_str())
}

/// A POST that evaluates and changes nothing.
fn identity(place: &Place, evidence: &Evidence) -> Option<Probe> {
    let text = abilities::question(evidence)?;
    let path = format!("/_apis/security/permissionevaluationbatch?{}", version(place, None));
    let body = Some(Body { content_type: "application/json", text });
    Some(Probe { method: Method::Post, body, ..get(ABILITIES, place, &path, evidence) })
}

/// What the oldest server that is still maintained understands, whether it calls that a preview or not.
const OLDEST: &str = "5.0-preview";

/// The version of the API to ask for: a server refuses one that it does not know yet.
pub(super) fn version(place: &Place, own: Option<&str>) -> String {
    let version = if place.is_cloud() { own.unwrap_or("7.1") } else { OLDEST };
    format!("api-version={version}")
}

/// A question to the connection's own address.
pub(super) fn get(id: &str, place: &Place, path: &str, evidence: &Evidence) -> Probe {
    let prefix = place.door("").map(|(_, prefix)| prefix).unwrap_or_default();
    Probe {
        id: id.to_owned(),
        about: None,
        method: Method::Get,
        door: None,
        path: format!("{prefix}{path}"),
        headers: HEADERS,
        presentation: presentation(evidence),
        body: None,
        effect: Effect::Read,
    }
}

/// A PAT is the password of any user; a JWT is a bearer token.
pub(super) fn presentation(evidence: &Evidence) -> Presentation {
    let kind = evidence.kind();
    if kind == kinds::SYSTEM || kind == kinds::ENTRA {
        Presentation::Bearer
    } else {
        Presentation::Basic(String::new())
    }
}

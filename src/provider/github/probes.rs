//! What to ask next: first whether the token lives, then who it is and what the target is, then what was wanted to be
//! observed.

use super::{hosts, kinds, observe};
use crate::app::ports::{Effect, Method, Presentation, Probe, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::path::{climbs, encode};

pub(super) const RATE_LIMIT: &str = "rate-limit";
pub(super) const USER: &str = "user";
pub(super) const INSTALLATION: &str = "installation";
pub(super) const REPOSITORY: &str = "repository";

/// Questions about token and target that answer for a capability as well; they are not asked twice.
pub(super) const ALSO_OBSERVE: &[(&str, &str)] = &[
    (RATE_LIMIT, "rate_limit.read"),
    (USER, "user.self"),
    (INSTALLATION, "installation.repositories"),
    (REPOSITORY, "project.read"),
];

const HEADERS: &[(&str, &str)] = &[("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")];

pub(super) fn next(task: &Task<'_>, evidence: &Evidence, asked: &[String], catalogue: &Catalogue) -> Vec<Probe> {
    if task.offline || evidence.dead.is_some() {
        return Vec::new();
    }
    if evidence.alive.is_none() {
        // Alone: a wrong token must be refused once, and many refusals shut out its user.
        let first = vec![get(task, RATE_LIMIT, "/rate_limit")];
        return fresh(first, asked);
    }
    let spent =
        evidence.troubles.iter().any(|known| known.value.layer == Layer::RateLimit && known.value.about.is_none());
    if task.probing < Effect::Read || spent {
        return Vec::new();
    }
    let mut probes = declared(task, evidence);
    if is_settled(task, evidence) {
        let told = |probe: &Probe| {
            ALSO_OBSERVE.iter().any(|(id, capability)| {
                *capability == probe.id && (was(asked, id) || probes.iter().any(|held| held.id == *id))
            })
        };
        let observing: Vec<Probe> =
            observe::probes(task, evidence, catalogue).into_iter().filter(|probe| !told(probe)).collect();
        probes.extend(observing);
    }
    fresh(probes, asked)
}

fn was(asked: &[String], id: &str) -> bool {
    asked.iter().any(|held| held == id)
}

fn fresh(mut probes: Vec<Probe>, asked: &[String]) -> Vec<Probe> {
    probes.retain(|probe| !was(asked, &probe.id));
    probes
}

/// Whom it acts for, and the target with the role there.
fn declared(task: &Task<'_>, evidence: &Evidence) -> Vec<Probe> {
    let mut probes = if kinds::acts_for_an_app(&evidence.kind()) {
        vec![get(task, INSTALLATION, "/installation/repositories?per_page=1")]
    } else {
        vec![get(task, USER, "/user")]
    };
    probes.extend(repository(task).map(|path| get(task, REPOSITORY, &path)));
    probes
}

/// What a read proves of a permission depends on whether anybody may read it, so that comes first.
fn is_settled(task: &Task<'_>, evidence: &Evidence) -> bool {
    kinds::has_scopes(&evidence.kind())
        || repository(task).is_none()
        || evidence.visibility.is_some()
        || evidence.hidden.is_some()
        || evidence.barred.is_some()
        || evidence.troubles.iter().any(|known| known.value.about.is_none())
}

/// `/repos/acme/app`, where the target is a repository.
pub(super) fn repository(task: &Task<'_>) -> Option<String> {
    let (owner, name) = target(task)?;
    Some(format!("/repos/{}/{}", encode(owner), encode(name)))
}

pub(super) fn target<'a>(task: &Task<'a>) -> Option<(&'a str, &'a str)> {
    let (owner, name) = task.connection.target.as_deref()?.split_once('/')?;
    let plain = !name.contains('/') && !climbs(owner) && !climbs(name) && !owner.is_empty() && !name.is_empty();
    plain.then_some((owner, name))
}

pub(super) fn get(task: &Task<'_>, id: &str, path: &str) -> Probe {
    let base = &task.connection.base;
    Probe {
        id: id.to_owned(),
        about: None,
        method: Method::Get,
        door: hosts::api_host(base),
        path: hosts::rest(base, path),
        headers: HEADERS,
        presentation: Presentation::Bearer,
        body: None,
        effect: Effect::Read,
    }
}

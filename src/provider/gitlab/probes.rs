//! What to ask next: first who the token is, then what is declared of it, then what was wanted to be observed.

use super::{kinds, observe};
use crate::app::ports::{Effect, Method, Presentation, Probe, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::evidence::Evidence;

pub(super) const SELF: &str = "self";
pub(super) const OAUTH_INFO: &str = "oauth-info";
pub(super) const USER: &str = "user";
pub(super) const PROJECT: &str = "project";
pub(super) const MEMBER: &str = "member";
pub(super) const ASSOCIATIONS: &str = "associations";
pub(super) const JOB: &str = "job";
pub(super) const JOB_ROLES: &str = "job-roles";
pub(super) const PROJECT_AS_VISITOR: &str = "project-as-visitor";

/// Questions about the token that answer for a capability as well; they are not asked twice.
pub(super) const ALSO_OBSERVE: &[(&str, &str)] = &[
    (SELF, "token.self"),
    (OAUTH_INFO, "oauth.token_info"),
    (USER, "user.self"),
    (PROJECT, "project.read"),
    (ASSOCIATIONS, "token.associations"),
    (JOB, "job.self"),
    (JOB_ROLES, "job.roles"),
];

pub(super) fn next(task: &Task<'_>, evidence: &Evidence, asked: &[String], catalogue: &Catalogue) -> Vec<Probe> {
    if task.offline || evidence.dead.is_some() {
        return Vec::new();
    }
    let mut probes = identity(evidence, asked);
    if probes.is_empty() && evidence.alive.is_some() && task.probing >= Effect::Read {
        probes = declared(task, evidence);
    }
    if probes.is_empty() || evidence.alive.is_some() {
        let observing = observe::probes(task, evidence, catalogue);
        let told = |probe: &Probe| {
            let ids = ALSO_OBSERVE.iter().filter(|(_, capability)| *capability == probe.id).map(|(id, _)| *id);
            ids.into_iter().any(|id| asked.iter().any(|held| held == id) || probes.iter().any(|held| held.id == id))
        };
        let fresh: Vec<Probe> = observing.into_iter().filter(|probe| !told(probe)).collect();
        probes.extend(fresh);
    }
    probes.retain(|probe| !asked.contains(&probe.id));
    if evidence.alive.is_none() {
        // One at a time: a wrong token must not be refused twice.
        probes.truncate(1);
    }
    probes
}

/// One question at a time until the forge has accepted the token: a wrong one must not be refused twice.
fn identity(evidence: &Evidence, asked: &[String]) -> Vec<Probe> {
    if evidence.alive.is_some() {
        return Vec::new();
    }
    let kind = evidence.kind();
    let was_asked = |id: &str| asked.iter().any(|asked| asked == id);
    // Git is the only door of a deploy token, and nothing answers a trigger token without starting a pipeline.
    if kind == kinds::DEPLOY || kind == kinds::TRIGGER {
        return Vec::new();
    }
    if kind == kinds::JOB {
        // Its only door: every other identity route is closed to it.
        return if was_asked(JOB) { Vec::new() } else { vec![job_probe(JOB, "/api/v4/job")] };
    }
    if kind == kinds::OAUTH && !was_asked(OAUTH_INFO) {
        return vec![get(OAUTH_INFO, "/oauth/token/info", Presentation::Bearer)];
    }
    if !was_asked(SELF) && !was_asked(OAUTH_INFO) {
        return vec![get(SELF, "/api/v4/personal_access_tokens/self", Presentation::Bearer)];
    }
    Vec::new()
}

/// What the forge states of the token: its account, its role, the target and its features.
fn declared(task: &Task<'_>, evidence: &Evidence) -> Vec<Probe> {
    let kind = evidence.kind();
    if kind == kinds::JOB {
        return declared_of_job(task);
    }
    if kind == kinds::DEPLOY {
        // The REST API is closed to it.
        return Vec::new();
    }
    let has = |names: &[&str]| {
        evidence.scopes.as_ref().is_some_and(|known| names.iter().any(|name| known.value.contains(*name)))
    };
    // What a fine-grained token may read shows only in use.
    let reads = has(&["api", "read_api"]) || kind == kinds::FINE_GRAINED;
    let Some(target) = target(task) else {
        return if reads || has(&["read_user"]) {
            vec![get(USER, "/api/v4/user", Presentation::Bearer)]
        } else {
            Vec::new()
        };
    };
    if !reads {
        let path = "/api/v4/personal_access_tokens/self/associations?per_page=100";
        let is_access_token = kind != kinds::OAUTH;
        return if is_access_token { vec![get(ASSOCIATIONS, path, Presentation::Bearer)] } else { Vec::new() };
    }
    let mut probes = vec![get(PROJECT, &format!("/api/v4/projects/{target}"), Presentation::Bearer)];
    if let Some(user) = &evidence.user_id {
        let path = format!("/api/v4/projects/{target}/members/all/{}", user.value);
        probes.push(get(MEMBER, &path, Presentation::Bearer));
    }
    probes
}

/// A job token reads its own roles; whether the project is public is asked as a visitor, since closed routes answer a job
/// token as they would a visitor.
fn declared_of_job(task: &Task<'_>) -> Vec<Probe> {
    let mut probes = vec![job_probe(JOB_ROLES, "/api/v4/job/allowed_agents")];
    if let Some(target) = target(task) {
        probes.push(get(PROJECT_AS_VISITOR, &format!("/api/v4/projects/{target}"), Presentation::Anonymous));
    }
    probes
}

fn job_probe(id: &str, path: &str) -> Probe {
    get(id, path, Presentation::Header("JOB-TOKEN"))
}

pub(super) fn get(id: &str, path: &str, presentation: Presentation) -> Probe {
    Probe {
        id: id.to_owned(),
        about: None,
        method: Method::Get,
        door: None,
        path: path.to_owned(),
        headers: &[],
        presentation,
        body: None,
        effect: Effect::Read,
    }
}

/// The target as one path segment.
pub(super) fn target(task: &Task<'_>) -> Option<String> {
    task.connection.target.as_deref().filter(|target| !climbs(target)).map(encode)
}

/// A segment of dots would be resolved, and lead to another endpoint; encoding does not keep it from that.
pub(super) fn climbs(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// One path segment, whatever the text holds.
pub(super) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
        encoded
    })
}

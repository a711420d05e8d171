//! Routes about the caller itself: its token, its user, its job, and the server.

use serde_json::{Value, json};

use super::bodies::{page_of, paged};
use super::caller::Caller;
use super::content::token_body;
use super::objects;
use super::project_body::last_part;
use super::refusal;
use super::rest::Call;
use super::state::ReadyToken;
use super::terms::{Edition, Role};
use super::world::{Project, User};
use crate::reply::Reply;

/// The self endpoints answer for one class of tokens only.
fn personal_class<'a>(call: &Call<'a>) -> Result<(&'a ReadyToken, &'a User), Reply> {
    match call.caller {
        Caller::User { token, user } if token.is_personal_class() => Ok((token, user)),
        Caller::User { .. } => Err(refusal::message(
            400,
            "400 Bad request - This endpoint requires token type to be a personal access token",
        )),
        _ => Err(refusal::unauthorized()),
    }
}

pub(super) fn token(call: &Call<'_>) -> Reply {
    match personal_class(call) {
        Ok((token, _)) => Reply::json(200, &token_body(call, token)),
        Err(refusal) => refusal,
    }
}

pub(super) fn associations(call: &Call<'_>) -> Reply {
    let user = match personal_class(call) {
        Ok((_, user)) => user,
        Err(refusal) => return refusal,
    };
    let state = call.state;
    let least = call.given.get("min_access_level").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let groups = state.world.groups.iter().filter_map(|group| {
        let level = state.group_role(user, &group.path)?.level();
        let body = json!({ "id": group.id, "name": last_part(&group.path), "full_path": group.path, "access_levels": level,
            "web_url": format!("{}/groups/{}", state.url, group.path) });
        (level >= least).then_some(body)
    });
    let projects = state.world.projects.iter().filter_map(|project| {
        let (direct, group) = (state.direct_role(user, project), state.group_role(user, &project.path));
        let level = direct.max(group)?.level();
        (level >= least).then(|| associated_project(call, project, direct, group))
    });
    let (groups, projects): (Vec<Value>, Vec<Value>) = (groups.collect(), projects.collect());
    // Both lists are paged together.
    let total = groups.len().max(projects.len());
    let (page, per_page) = page_of(call);
    let cut = |all: Vec<Value>| all.into_iter().skip((page - 1) * per_page).take(per_page).collect::<Vec<_>>();
    let body = json!({ "groups": cut(groups), "projects": cut(projects) });
    paged(call, Reply::json(200, &body), total)
}

fn associated_project(call: &Call<'_>, it: &Project, direct: Option<Role>, group: Option<Role>) -> Value {
    json!({
        "id": it.id, "name": last_part(&it.path), "path": last_part(&it.path), "path_with_namespace": it.path,
        "visibility": it.visibility.name(), "web_url": format!("{}/{}", call.state.url, it.path),
        "access_levels": {
            "project_access_level": direct.map(Role::level), "group_access_level": group.map(Role::level),
        },
    })
}

pub(super) fn user(call: &Call<'_>) -> Reply {
    match call.caller.user() {
        None => refusal::unauthorized(),
        Some(user) => {
            let mut body = objects::user(call, user);
            body["bot"] = json!(user.bot);
            Reply::json(200, &body)
        }
    }
}

pub(super) fn version(call: &Call<'_>, whole: bool) -> Reply {
    let enterprise = call.state.world.edition == Edition::Enterprise;
    let suffix = if enterprise { "-ee" } else { "" };
    let mut body = json!({ "version": format!("{}{suffix}", call.state.world.version), "revision": "5a4db0c5a4d" });
    if whole {
        body["enterprise"] = json!(enterprise);
        body["kas"] = json!({ "enabled": false, "externalUrl": Value::Null, "version": Value::Null });
    }
    Reply::json(200, &body)
}

pub(super) fn job(call: &Call<'_>) -> Reply {
    let Caller::Job { token, user, source, .. } = call.caller else { return refusal::not_found("Job Not Found") };
    Reply::json(200, &objects::job(call, source, job_id(token), &objects::user(call, user), true))
}

pub(super) fn job_agents(call: &Call<'_>) -> Reply {
    let Caller::Job { token, user, source, .. } = call.caller else { return refusal::not_found("Job Not Found") };
    let id = job_id(token);
    let level = call.state.level(Some(user), source);
    let roles: Vec<&str> = Role::ALL
        .into_iter()
        // No list of roles names the one below guest.
        .filter(|(role, _)| role.since() <= call.state.world.version)
        .filter(|(role, _)| *role >= Role::Guest && role.level() <= level)
        .map(|(_, name)| name)
        .collect();
    let groups: Vec<Value> = call.state.groups_above(&source.path).map(|group| json!({ "id": group.id })).collect();
    let environment = token.token.job.as_ref().and_then(|job| job.environment.as_ref());
    let mut body = json!({
        "allowed_agents": [], "job": { "id": id }, "pipeline": { "id": id + 100_000 },
        "project": { "id": source.id, "groups": groups },
        "user": { "id": user.id, "username": user.username, "roles_in_project": roles },
    });
    // Left out, not null, where the job has none.
    if let Some(name) = environment {
        body["environment"] = json!({ "slug": name, "tier": "production" });
    }
    Reply::json(200, &body)
}

fn job_id(token: &ReadyToken) -> u64 {
    token.token.job.as_ref().map_or(1, |job| job.id)
}

//! The usual objects of a project with the fields that GitLab always sends.

use serde_json::{Value, json};

use super::project_body::{last_part, state_name};
use super::rest::Call;
use super::terms::Role;
use super::world::{MergeRequest, Project, User};
use crate::refs::commit_id;

const DAY: i64 = 24 * 3600;

/// A user as other objects hold it.
pub(super) fn user(call: &Call<'_>, it: &User) -> Value {
    json!({
        "id": it.id, "username": it.username, "name": it.username, "state": state_name(it), "avatar_url": Value::Null,
        "web_url": format!("{}/{}", call.state.url, it.username),
    })
}

/// The user of this name; a name that the scenario does not describe still has an account.
fn user_named(call: &Call<'_>, name: &str) -> Value {
    match call.state.world.users.iter().find(|it| it.username == name) {
        Some(it) => user(call, it),
        None => json!({
            "id": 0, "username": name, "name": name, "state": "active", "avatar_url": Value::Null,
            "web_url": format!("{}/{name}", call.state.url),
        }),
    }
}

/// Somebody who made things here.
fn maker(call: &Call<'_>) -> Value {
    let world = &call.state.world;
    world.users.first().map_or_else(|| user_named(call, "ghost"), |it| user(call, it))
}

pub(super) fn commit(call: &Call<'_>, project: &Project, name: &str) -> Value {
    let (id, at) = (commit_id(name), call.state.ago(DAY));
    json!({
        "id": id, "short_id": &id[..8], "title": "A commit of the sandbox", "message": "A commit of the sandbox\n",
        "created_at": at, "authored_date": at, "committed_date": at, "parent_ids": [],
        "author_name": "sandbox", "author_email": "sandbox@forge.invalid",
        "committer_name": "sandbox", "committer_email": "sandbox@forge.invalid",
        "web_url": page(call, project, &format!("commit/{id}")),
    })
}

pub(super) fn branch(call: &Call<'_>, project: &Project, name: &str) -> Value {
    let protected = project.content.protected_branches.iter().any(|other| other == name);
    json!({
        "name": name, "default": name == project.default_branch, "protected": protected, "merged": false,
        "developers_can_push": false, "developers_can_merge": false, "can_push": !protected,
        "web_url": page(call, project, &format!("tree/{name}")), "commit": commit(call, project, name),
    })
}

pub(super) fn tag(call: &Call<'_>, project: &Project, name: &str) -> Value {
    let released = project.content.releases.iter().any(|other| other == name);
    let release = released.then(|| json!({ "tag_name": name, "description": "" }));
    json!({
        "name": name, "message": "", "target": commit_id(name), "protected": false, "release": release,
        "commit": commit(call, project, name),
    })
}

pub(super) fn release(call: &Call<'_>, project: &Project, name: &str) -> Value {
    let at = call.state.ago(DAY);
    json!({
        "tag_name": name, "name": name, "description": "", "created_at": at, "released_at": at,
        "upcoming_release": false, "author": maker(call), "commit": commit(call, project, name),
    })
}

pub(super) fn merge_request(call: &Call<'_>, project: &Project, it: &MergeRequest) -> Value {
    let level = call.caller.level(call.state, project);
    // Who may push to the target may merge; the default branch is protected unless somebody changed that.
    let protected =
        it.target_branch == project.default_branch || project.content.protected_branches.contains(&it.target_branch);
    let needed = if protected { Role::Maintainer } else { Role::Developer };
    let at = call.state.ago(DAY);
    json!({
        "id": project.id * 1000 + it.iid, "iid": it.iid, "project_id": project.id, "title": it.title,
        "description": Value::Null, "state": "opened", "created_at": at, "updated_at": at,
        "source_branch": it.source_branch, "target_branch": it.target_branch, "source_project_id": project.id,
        "target_project_id": project.id, "sha": commit_id(&it.source_branch), "merge_commit_sha": Value::Null,
        "author": user_named(call, &it.author), "draft": false, "labels": [], "merge_status": "can_be_merged",
        "user_notes_count": 0, "user": { "can_merge": level >= needed.level() },
        "web_url": page(call, project, &format!("merge_requests/{}", it.iid)),
    })
}

pub(super) fn issue(call: &Call<'_>, project: &Project, id: u64, title: &str) -> Value {
    let at = call.state.ago(DAY);
    json!({
        "id": project.id * 1000 + id, "iid": id, "project_id": project.id, "title": title,
        "description": Value::Null, "state": "opened", "created_at": at, "updated_at": at, "labels": [],
        "milestone": Value::Null, "assignees": [], "author": maker(call), "user_notes_count": 0,
        "due_date": Value::Null, "confidential": false, "web_url": page(call, project, &format!("issues/{id}")),
    })
}

pub(super) fn environment(call: &Call<'_>, id: u64, name: &str) -> Value {
    let at = call.state.ago(DAY);
    json!({
        "id": id, "name": name, "slug": name, "tier": "production", "external_url": Value::Null, "state": "available",
        "created_at": at, "updated_at": at,
    })
}

pub(super) fn deployment(call: &Call<'_>, project: &Project, id: u64, environment: &str) -> Value {
    let at = call.state.ago(DAY);
    json!({
        "id": id, "iid": id, "ref": project.default_branch, "sha": commit_id(&project.default_branch),
        "created_at": at, "updated_at": at, "status": "success", "user": maker(call), "deployable": Value::Null,
        "environment": self::environment(call, 1, environment),
    })
}

pub(super) fn package(call: &Call<'_>, project: &Project, id: u64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "version": "1.0.0", "package_type": "generic", "status": "default",
        "_links": { "web_path": format!("/{}/-/packages/{id}", project.path) }, "versions": [],
        "created_at": call.state.ago(DAY), "last_downloaded_at": Value::Null,
    })
}

pub(super) fn pipeline(call: &Call<'_>, project: &Project, id: u64, status: &str) -> Value {
    let name = &project.default_branch;
    json!({
        "id": id, "project_id": project.id, "sha": commit_id(name), "ref": name, "status": status,
        "web_url": page(call, project, &format!("pipelines/{id}")),
    })
}

/// A job that somebody started on the default branch.
pub(super) fn job(call: &Call<'_>, project: &Project, id: u64, user: &Value, running: bool) -> Value {
    let status = if running { "running" } else { "success" };
    let finished = (!running).then(|| call.state.ago(30));
    json!({
        "id": id, "name": "test", "stage": "test", "status": status, "ref": project.default_branch, "tag": false,
        "coverage": Value::Null, "allow_failure": false, "created_at": call.state.ago(120),
        "started_at": call.state.ago(60), "finished_at": finished, "erased_at": Value::Null, "duration": 30.5,
        "queued_duration": 1.5, "user": user, "commit": commit(call, project, &project.default_branch),
        "pipeline": pipeline(call, project, id + 100_000, status), "project": { "ci_job_token_scope_enabled": false },
        "artifacts": [], "artifacts_expire_at": Value::Null, "tag_list": [], "runner": Value::Null, "archived": false,
        "web_url": page(call, project, &format!("jobs/{id}")),
    })
}

/// A job of the list, by whoever made things here.
pub(super) fn past_job(call: &Call<'_>, project: &Project, id: u64) -> Value {
    job(call, project, id, &maker(call), false)
}

/// The namespace that a project lies in.
pub(super) fn namespace(call: &Call<'_>, project: &Project) -> Value {
    let path = project.path.rsplit_once('/').map_or("", |(path, _)| path);
    let group = call.state.group(path);
    json!({
        "id": group.map_or(0, |group| group.id), "name": last_part(path), "path": last_part(path),
        "kind": if group.is_some() { "group" } else { "user" }, "full_path": path, "parent_id": Value::Null,
    })
}

fn page(call: &Call<'_>, project: &Project, rest: &str) -> String {
    format!("{}/{}/-/{rest}", call.state.url, project.path)
}

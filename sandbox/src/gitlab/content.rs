//! The things inside a project, as JSON.

use serde_json::{Value, json};

use super::objects;
use super::refusal::raw_permission;
use super::rest::Call;
use super::state::ReadyToken;
use super::terms::{Role, TokenKind};
use super::world::Project;

/// One thing: what a path calls it, and its body.
pub(super) type Item = (String, Value);

pub(super) fn items(call: &Call<'_>, project: &Project, collection: &str) -> Option<Vec<Item>> {
    let content = &project.content;
    Some(match collection {
        "merge_requests" => content
            .merge_requests
            .iter()
            .map(|it| (it.iid.to_string(), objects::merge_request(call, project, it)))
            .collect(),
        "branches" => {
            branches(project).into_iter().map(|name| named(&name, objects::branch(call, project, &name))).collect()
        }
        "protected_branches" => each(&content.protected_branches, |id, name| {
            named(name, json!({ "id": id, "name": name, "push_access_levels": [{ "access_level": 40 }] }))
        }),
        "commits" => {
            branches(project).into_iter().map(|name| named(&name, objects::commit(call, project, &name))).collect()
        }
        "tags" => each(&content.tags, |_, name| named(name, objects::tag(call, project, name))),
        "releases" => each(&content.releases, |_, name| named(name, objects::release(call, project, name))),
        "files" => each(&content.files, |_, path| {
            named(path, json!({ "file_path": path, "file_name": path, "ref": project.default_branch, "content": "" }))
        }),
        "tree" => {
            each(&content.files, |_, path| named(path, json!({ "path": path, "type": "blob", "mode": "100644" })))
        }
        "issues" => each(&content.issues, |id, title| numbered(id, objects::issue(call, project, id, title))),
        "milestones" => {
            each(&content.milestones, |id, title| numbered(id, json!({ "id": id, "iid": id, "title": title })))
        }
        "labels" => plain(&content.labels),
        "environments" => each(&content.environments, |id, name| numbered(id, objects::environment(call, id, name))),
        "deployments" => {
            each(&content.deployments, |id, name| numbered(id, objects::deployment(call, project, id, name)))
        }
        "packages" => each(&content.packages, |id, name| numbered(id, objects::package(call, project, id, name))),
        "registry" => each(&content.registry, |id, name| {
            numbered(id, json!({ "id": id, "name": name, "path": format!("{}/{name}", project.path) }))
        }),
        "secure_files" => plain(&content.secure_files),
        "terraform_states" => each(&content.terraform_states, |_, name| named(name, json!({ "version": 4 }))),
        "wikis" => each(&content.wikis, |_, title| named(title, json!({ "slug": title, "title": title }))),
        "variables" => each(&content.variables, |_, key| {
            named(
                key,
                json!({ "key": key, "value": "a secret value of the sandbox", "protected": false, "masked": true }),
            )
        }),
        "hooks" => each(&content.hooks, |id, url| numbered(id, json!({ "id": id, "url": url }))),
        "deploy_keys" => each(&content.deploy_keys, |id, title| numbered(id, json!({ "id": id, "title": title }))),
        "schedules" => each(&content.schedules, |id, text| numbered(id, json!({ "id": id, "description": text }))),
        "triggers" => each(&content.triggers, |id, text| numbered(id, json!({ "id": id, "description": text }))),
        "badges" => plain(&content.badges),
        "pipelines" => ids(&content.pipelines, |id| objects::pipeline(call, project, id, "success")),
        "jobs" => ids(&content.jobs, |id| objects::past_job(call, project, id)),
        "deploy_tokens" => deploy_tokens(call, project),
        "access_tokens" => access_tokens(call, |token| token.token.project.as_deref() == Some(&project.path)),
        "allowed_projects" => allowed_projects(call, project),
        "allowed_groups" => allowed_groups(call, project),
        _ => return None,
    })
}

pub(super) fn item(call: &Call<'_>, project: &Project, collection: &str, key: &str) -> Option<Value> {
    items(call, project, collection)?
        .into_iter()
        .find(|(name, body)| {
            let by_commit = collection == "commits" && body["id"] == key;
            name == key || by_commit
        })
        .map(|(_, body)| body)
}

/// The default branch first, then the others.
pub(super) fn branches(project: &Project) -> Vec<String> {
    let others = project.content.branches.iter().filter(|name| **name != project.default_branch);
    std::iter::once(&project.default_branch).chain(others).cloned().collect()
}

fn access_tokens(call: &Call<'_>, here: impl Fn(&ReadyToken) -> bool) -> Vec<Item> {
    let bots = |token: &&ReadyToken| matches!(token.kind(), TokenKind::Project | TokenKind::Group) && here(token);
    call.state
        .tokens
        .iter()
        .filter(bots)
        .map(|token| {
            let mut body = token_body(call, token);
            body["access_level"] = json!(token.token.role.unwrap_or(Role::Maintainer).level());
            (token.id.to_string(), body)
        })
        .collect()
}

pub(super) fn group_access_tokens(call: &Call<'_>, group: &str) -> Vec<Item> {
    access_tokens(call, |token| token.token.group.as_deref() == Some(group))
}

const USUAL_AGE: i64 = 60 * 24 * 3600;

/// What a token says of itself. Its text is shown only when it is made.
pub(super) fn token_body(call: &Call<'_>, ready: &ReadyToken) -> Value {
    let token = &ready.token;
    let fine_grained = token.kind == TokenKind::FineGrained;
    let scopes = if fine_grained { vec!["granular".to_owned()] } else { token.scopes.clone() };
    let created = token.created_at.map_or_else(|| call.state.ago(USUAL_AGE), |at| at.to_string());
    let mut body = json!({
        "id": ready.id, "name": token.name, "description": Value::Null, "revoked": token.revoked, "created_at": created,
        "scopes": scopes, "user_id": call.state.user_of(ready).map(|user| user.id), "last_used_at": Value::Null,
        "active": call.state.dead(ready).is_none(), "expires_at": token.expires_at.map(|day| day.to_string()),
    });
    if call.state.world.version.at_least(19, 2) {
        body["last_used_ips"] = json!(["127.0.0.1"]);
    }
    if fine_grained {
        body["granular_scopes"] = granular_scopes(call, ready);
    }
    body
}

fn granular_scopes(call: &Call<'_>, ready: &ReadyToken) -> Value {
    let permissions: Vec<String> = ready.token.permissions.iter().map(|name| raw_permission(name)).collect();
    let scope = |access: &str, project: Option<u64>, group: Option<u64>| json!({ "access": access, "permissions": permissions, "project_id": project, "group_id": group });
    if ready.token.covers.is_empty() {
        return json!([scope("personal_projects", None, None)]);
    }
    let place = |path: &String| {
        let project = call.state.project(path).map(|project| project.id);
        scope("selected_memberships", project, call.state.group(path).map(|group| group.id))
    };
    ready.token.covers.iter().map(place).collect()
}

fn deploy_tokens(call: &Call<'_>, project: &Project) -> Vec<Item> {
    let here = |token: &&ReadyToken| {
        token.kind() == TokenKind::Deploy && token.token.project.as_deref() == Some(&project.path)
    };
    let body = |token: &ReadyToken| {
        json!({
            "id": token.id, "name": token.token.name, "username": token.token.username, "scopes": token.token.scopes,
            "expires_at": token.token.expires_at.map(|day| format!("{day}T00:00:00.000Z")),
            "revoked": token.token.revoked,
            "expired": call.state.dead(token) == Some(super::state::Dead::Expired),
        })
    };
    call.state.tokens.iter().filter(here).map(|token| (token.id.to_string(), body(token))).collect()
}

/// The list always holds the project itself.
fn allowed_projects(call: &Call<'_>, project: &Project) -> Vec<Item> {
    let listed = project.job_token_scope.allow.iter().filter_map(|entry| call.state.project(entry.project.as_deref()?));
    std::iter::once(project)
        .chain(listed)
        .map(|it| numbered(it.id, json!({ "id": it.id, "path_with_namespace": it.path })))
        .collect()
}

fn allowed_groups(call: &Call<'_>, project: &Project) -> Vec<Item> {
    let listed = project.job_token_scope.allow.iter().filter_map(|entry| call.state.group(entry.group.as_deref()?));
    listed.map(|it| numbered(it.id, json!({ "id": it.id, "full_path": it.path }))).collect()
}

fn plain(names: &[String]) -> Vec<Item> {
    each(names, |id, name| numbered(id, json!({ "id": id, "name": name })))
}

fn ids(numbers: &[u64], body: impl Fn(u64) -> Value) -> Vec<Item> {
    numbers.iter().map(|id| numbered(*id, body(*id))).collect()
}

fn each(names: &[String], item: impl Fn(u64, &String) -> Item) -> Vec<Item> {
    (1..).zip(names).map(|(id, name)| item(id, name)).collect()
}

fn named(name: &str, body: Value) -> Item {
    (name.to_owned(), body)
}

fn numbered(id: u64, body: Value) -> Item {
    (id.to_string(), body)
}

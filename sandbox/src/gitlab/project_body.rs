//! Bodies of projects, groups and their members.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::objects;
use super::rest::Call;
use super::terms::{Edition, Feature, JobTokenPush, Role, UserState};
use super::world::{Group, Project, User};

const AGE: i64 = 90 * 24 * 3600;

pub(super) fn project(call: &Call<'_>, it: &Project) -> Value {
    let url = format!("{}/{}", call.state.url, it.path);
    let mut body = json!({
        "id": it.id, "name": last_part(&it.path), "path": last_part(&it.path), "path_with_namespace": it.path,
        "visibility": it.visibility.name(), "archived": it.archived, "default_branch": it.default_branch,
        "web_url": url, "http_url_to_repo": format!("{url}.git"), "empty_repo": false,
        "ssh_url_to_repo": format!("git@forge.invalid:{}.git", it.path), "description": Value::Null,
        "name_with_namespace": it.path.replace('/', " / "), "namespace": objects::namespace(call, it),
        "created_at": call.state.ago(AGE), "last_activity_at": call.state.ago(AGE), "star_count": 0, "forks_count": 0,
    });
    if let Value::Object(fields) = &mut body {
        add_features(fields, it);
        if let Some(user) = call.caller.user() {
            let project_access = call.state.direct_role(user, it);
            let group_access = call.state.group_role(user, &it.path);
            fields.insert(
                "permissions".to_owned(),
                json!({ "project_access": project_access.map(access), "group_access": group_access.map(access) }),
            );
            if call.state.level(Some(user), it) >= Role::Maintainer.level() {
                add_settings(fields, it);
            }
        }
    }
    body
}

fn access(role: Role) -> Value {
    json!({ "access_level": role.level(), "notification_level": 3 })
}

/// Features are told twice: as access levels and, for the older ones, as booleans.
fn add_features(fields: &mut Map<String, Value>, it: &Project) {
    const BOOLEANS: [(Feature, &str); 6] = [
        (Feature::Issues, "issues_enabled"),
        (Feature::MergeRequests, "merge_requests_enabled"),
        (Feature::Wiki, "wiki_enabled"),
        (Feature::Builds, "jobs_enabled"),
        (Feature::Snippets, "snippets_enabled"),
        (Feature::ContainerRegistry, "container_registry_enabled"),
    ];
    let access = |feature: &Feature| it.features.get(feature).copied().unwrap_or_default();
    for (feature, name) in Feature::ALL {
        fields.insert(format!("{name}_access_level"), json!(access(&feature).name()));
    }
    for (feature, name) in BOOLEANS {
        fields.insert(name.to_owned(), json!(access(&feature) != super::terms::FeatureAccess::Disabled));
    }
    let packages = access(&Feature::PackageRegistry) != super::terms::FeatureAccess::Disabled;
    fields.insert("packages_enabled".to_owned(), json!(packages));
}

fn add_settings(fields: &mut Map<String, Value>, it: &Project) {
    let push = it.job_token_push != JobTokenPush::Off;
    fields.insert("ci_job_token_scope_enabled".to_owned(), json!(false));
    fields.insert("ci_push_repository_for_job_token_allowed".to_owned(), json!(push));
    fields.insert("public_jobs".to_owned(), json!(true));
}

pub(super) fn group(call: &Call<'_>, it: &Group) -> Value {
    json!({
        "id": it.id, "name": last_part(&it.path), "path": last_part(&it.path), "full_path": it.path,
        "visibility": it.visibility.name(), "web_url": format!("{}/groups/{}", call.state.url, it.path),
    })
}

pub(super) fn members(call: &Call<'_>, project: &Project, direct: bool) -> Vec<Value> {
    let users = call.state.world.users.iter();
    users
        .filter(|user| !direct || call.state.direct_role(user, project).is_some())
        .filter_map(|user| member(call, user, project))
        .collect()
}

pub(super) fn member(call: &Call<'_>, user: &User, project: &Project) -> Option<Value> {
    let role = call.state.role(user, project)?;
    let ends = call
        .state
        .memberships(user)
        .find(|entry| entry.role == role && entry.project.as_deref() == Some(&project.path))
        .and_then(|entry| entry.expires_at);
    Some(member_body(call, user, role, ends))
}

pub(super) fn group_members(call: &Call<'_>, group: &Group) -> Vec<Value> {
    let users = call.state.world.users.iter();
    users.filter_map(|user| Some(member_body(call, user, call.state.group_role(user, &group.path)?, None))).collect()
}

fn member_body(call: &Call<'_>, user: &User, role: Role, ends: Option<Date>) -> Value {
    let mut body = objects::user(call, user);
    body["access_level"] = json!(role.level());
    body["created_at"] = json!(call.state.ago(AGE));
    body["expires_at"] = json!(ends.map(|day| day.to_string()));
    // Custom roles are of the enterprise edition.
    if call.state.world.edition == Edition::Enterprise {
        body["member_role"] = Value::Null;
    }
    body
}

pub(super) fn state_name(user: &User) -> &'static str {
    match user.state {
        UserState::Active => "active",
        UserState::Blocked => "blocked",
        UserState::Deactivated => "deactivated",
    }
}

pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

//! What a good answer looks like, by the shape its route names.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::content::{self, Item};
use super::identity;
use super::objects;
use super::refusal;
use super::repository_body;
use super::rest::Call;
use super::terms::{Role, WorkflowDefault};
use super::tree;
use super::world::{Organization, Repository, User};
use crate::reply::Reply;

const PER_PAGE: usize = 30;
const MOST_PER_PAGE: usize = 100;

pub(super) fn json(body: &Value) -> Reply {
    Reply::bytes(200, "application/json; charset=utf-8", body.to_string().into_bytes())
}

pub(super) fn in_repository(call: &Call<'_>, it: &Repository) -> Outcome {
    let mut parts = call.route.shape.splitn(3, ':');
    let (kind, collection, name) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let one = || content::item(call, it, collection, call.named(name));
    let found = match kind {
        "list" => content::items(call, it, collection).map(|items| list(call, &bodies(items))),
        "counted" => content::items(call, it, collection).map(|items| counted(call, collection, &bodies(items), &[])),
        "one" => Some(one().map_or_else(|| absent(collection), |body| json(&body))),
        "empty-of" => Some(one().map_or_else(refusal::not_found, |_| list(call, &[]))),
        "repository" => Some(json(&repository_body::whole(call, it))),
        "topics" => Some(json(&json!({ "names": [] }))),
        "languages" => Some(json(&json!({ "Rust": 1024 }))),
        "traffic" => Some(json(&json!({ "count": 0, "uniques": 0, "views": [] }))),
        "collaborators" => Some(list(call, &collaborators(call, it))),
        "collaborator-permission" => Some(collaborator_permission(call, it)),
        "protection" => Some(protection(call, it)),
        "rules" => Some(rules(call, it)),
        "combined-status" => Some(combined_status(call, it)),
        "compare" => Some(compare(call, it)),
        "file" => Some(file(call, it)),
        "sbom" => Some(sbom(call, it)),
        "latest-release" => Some(latest_release(call, it)),
        "generated-notes" => Some(generated_notes(call, it)),
        "actions-permissions" => Some(json(&json!({ "enabled": true, "allowed_actions": "all" }))),
        "workflow-default" => Some(workflow_default(it)),
        "pages" => Some(pages(call, it)),
        "code-quality-setup" => Some(json(&json!({ "state": "not-configured", "languages": [] }))),
        "attestations" => Some(json(&json!({ "attestations": [] }))),
        "one-installation" => Some(identity::one_installation(call)),
        _ => None,
    };
    found.map_or_else(|| Outcome::Unplanned(format!("no body of shape `{}`", call.route.shape)), Outcome::Reply)
}

pub(super) fn in_organization(call: &Call<'_>, it: &Organization) -> Outcome {
    let mut parts = call.route.shape.splitn(2, ':');
    let (kind, collection) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let items = || content::of_organization(call, it, collection);
    let found = match kind {
        "list" => items().map(|items| list(call, &bodies(items))),
        "counted" => items().map(|items| counted(call, collection, &bodies(items), &[])),
        "organization" => Some(json(&objects::whole_organization(call, it))),
        "organization-repositories" => Some(list(call, &repositories_of(call, it))),
        "members" => Some(list(call, &members(call, it))),
        "membership" => Some(membership(call, it)),
        "package" => Some(package(call, it)),
        "one-installation" => Some(identity::one_installation(call)),
        _ => None,
    };
    found.map_or_else(|| Outcome::Unplanned(format!("no body of shape `{}`", call.route.shape)), Outcome::Reply)
}

pub(super) fn elsewhere(call: &Call<'_>) -> Outcome {
    match call.route.shape {
        "root" => identity::root(call).into(),
        "meta" => identity::meta(call).into(),
        "rate-limit" => identity::rate_limit(call).into(),
        "user" => identity::user(call).into(),
        "account" => identity::account(call).into(),
        "emails" => identity::emails(call).into(),
        "own-repositories" => identity::own_repositories(call).into(),
        "own-organizations" => identity::own_organizations(call).into(),
        "installations" => identity::installations(call).into(),
        "installation-repositories" => identity::installation_repositories(call).into(),
        "app" => identity::app(call).into(),
        "app-installations" => identity::app_installations(call).into(),
        other => Outcome::Unplanned(format!("no body of shape `{other}`")),
    }
}

/// A page of a list with the links that lead to the others.
pub(super) fn list(call: &Call<'_>, all: &[Value]) -> Reply {
    linked(call, json(&json!(page(call, all))), all.len())
}

/// A page of a list inside an object that tells how many there are.
pub(super) fn counted(call: &Call<'_>, name: &str, all: &[Value], beside: &[(&str, Value)]) -> Reply {
    let mut body: Map<String, Value> = beside.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    body.insert("total_count".to_owned(), json!(all.len()));
    body.insert(name.to_owned(), json!(page(call, all)));
    linked(call, json(&Value::Object(body)), all.len())
}

fn page<'a>(call: &Call<'_>, all: &'a [Value]) -> &'a [Value] {
    let (page, per_page) = page_of(call);
    let start = (page - 1).saturating_mul(per_page).min(all.len());
    &all[start..start.saturating_add(per_page).min(all.len())]
}

fn page_of(call: &Call<'_>) -> (usize, usize) {
    let number =
        |name: &str, default: usize| call.given.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    (number("page", 1).max(1), number("per_page", PER_PAGE).clamp(1, MOST_PER_PAGE))
}

/// `Link` is left out where everything is on one page.
fn linked(call: &Call<'_>, reply: Reply, total: usize) -> Reply {
    let (page, per_page) = page_of(call);
    let pages = total.div_ceil(per_page).max(1);
    if pages == 1 {
        return reply;
    }
    let path: Vec<String> = call.request.segments();
    let path = path.join("/");
    let base = &call.bases.api;
    let path = path.strip_prefix("api/v3/").unwrap_or(&path);
    let link = |number: usize, relation: &str| {
        format!("<{base}/{path}?per_page={per_page}&page={number}>; rel=\"{relation}\"")
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < pages {
        links.extend([link(page + 1, "next"), link(pages, "last")]);
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    reply.with("Link", links.join(", "))
}

fn bodies(items: Vec<Item>) -> Vec<Value> {
    items.into_iter().map(|(_, body)| body).collect()
}

fn absent(collection: &str) -> Reply {
    if collection == "branches" { refusal::message(404, "Branch not found") } else { refusal::not_found() }
}

fn collaborators(call: &Call<'_>, it: &Repository) -> Vec<Value> {
    let body = |user: &User| {
        let role = call.state.role(user, it)?;
        let mut body = objects::account(call, &user.login, user.id, false);
        body["role_name"] = json!(role_name(role));
        body["permissions"] = Role::ALL
            .into_iter()
            .map(|(needed, name)| (name.to_owned(), json!(role >= needed)))
            .collect::<Map<_, _>>()
            .into();
        Some(body)
    };
    call.state.world.users.iter().filter_map(body).collect()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Read => "read",
        Role::Triage => "triage",
        Role::Write => "write",
        Role::Maintain => "maintain",
        Role::Admin => "admin",
    }
}

/// The old word for a role knows four of them.
fn collaborator_permission(call: &Call<'_>, it: &Repository) -> Reply {
    let Some(user) = call.state.user(call.named("username")) else { return refusal::not_found() };
    let role = call.state.role(user, it);
    let permission = match role {
        None => "none",
        Some(Role::Read | Role::Triage) => "read",
        Some(Role::Write | Role::Maintain) => "write",
        Some(Role::Admin) => "admin",
    };
    let mut account = objects::account(call, &user.login, user.id, false);
    account["role_name"] = json!(role.map_or("none", role_name));
    json(&json!({ "permission": permission, "role_name": role.map_or("none", role_name), "user": account }))
}

fn protection(call: &Call<'_>, it: &Repository) -> Reply {
    let name = call.named("branch");
    if !content::branches(it).iter().any(|branch| branch == name) {
        return refusal::message(404, "Branch not found");
    }
    if !it.content.protected_branches.iter().any(|branch| branch == name) {
        return refusal::message(404, "Branch not protected");
    }
    let url = format!("{}/branches/{name}/protection", repository_body::api_url(call, it));
    let off = json!({ "enabled": false });
    json(&json!({
        "url": url, "enforce_admins": { "url": format!("{url}/enforce_admins"), "enabled": false },
        "required_linear_history": off, "allow_force_pushes": off, "allow_deletions": off,
    }))
}

fn rules(call: &Call<'_>, it: &Repository) -> Reply {
    let name = call.named("branch");
    let protected = it.content.rulesets.iter().zip(1_u64..).filter(|_| name == it.default_branch);
    let rules: Vec<Value> = protected
        .map(|(_, id)| {
            json!({ "type": "deletion", "ruleset_source_type": "Repository", "ruleset_source": it.path, "ruleset_id": id })
        })
        .collect();
    list(call, &rules)
}

fn combined_status(call: &Call<'_>, it: &Repository) -> Reply {
    let Some(commit) = content::item(call, it, "commits", call.named("ref")) else { return refusal::not_found() };
    let statuses = content::items(call, it, "statuses").map(bodies).unwrap_or_default();
    let url = format!("{}/commits/{}", repository_body::api_url(call, it), commit["sha"].as_str().unwrap_or_default());
    json(&json!({
        "state": if statuses.is_empty() { "pending" } else { "success" }, "sha": commit["sha"],
        "total_count": statuses.len(), "statuses": statuses, "repository": repository_body::minimal(call, it),
        "commit_url": url, "url": format!("{url}/status"),
    }))
}

fn compare(call: &Call<'_>, it: &Repository) -> Reply {
    let Some((base, head)) = call.named("basehead").split_once("...") else { return refusal::not_found() };
    let commit = |name: &str| content::item(call, it, "commits", name);
    let (Some(base_commit), Some(_)) = (commit(base), commit(head)) else { return refusal::not_found() };
    let (api, web) = (repository_body::api_url(call, it), repository_body::web_url(call, it));
    let page = format!("{web}/compare/{base}...{head}");
    json(&json!({
        "url": format!("{api}/compare/{base}...{head}"), "html_url": page, "permalink_url": page,
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "base_commit": base_commit,
        "merge_base_commit": base_commit, "status": "identical", "ahead_by": 0, "behind_by": 0, "total_commits": 0,
        "commits": [], "files": [],
    }))
}

fn file(call: &Call<'_>, it: &Repository) -> Reply {
    let path = match call.named("path") {
        "" => "README.md",
        path => path,
    };
    if !it.content.files.iter().any(|file| file == path) {
        return refusal::not_found();
    }
    let mut file = tree::entry(call, it, path, "file");
    file["content"] = "c2FuZGJveAo=\n".into();
    file["encoding"] = "base64".into();
    json(&file)
}

fn sbom(call: &Call<'_>, it: &Repository) -> Reply {
    json(&json!({ "sbom": {
        "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "name": it.path,
        "documentNamespace": format!("{}/sbom", repository_body::web_url(call, it)),
        "creationInfo": { "created": call.state.ago(0), "creators": ["Tool: sandbox"] }, "packages": [],
    } }))
}

/// The last one listed is the newest.
fn latest_release(call: &Call<'_>, it: &Repository) -> Reply {
    let newest = content::items(call, it, "releases").and_then(|items| items.into_iter().last());
    newest.map_or_else(refusal::not_found, |(_, body)| json(&body))
}

fn generated_notes(call: &Call<'_>, it: &Repository) -> Reply {
    let tag = call.given.get("tag_name").cloned().unwrap_or_default();
    let page = format!("{}/commits/{tag}", repository_body::web_url(call, it));
    json(&json!({ "name": tag, "body": format!("**Full Changelog**: {page}") }))
}

fn workflow_default(it: &Repository) -> Reply {
    let level = match it.workflow_default {
        WorkflowDefault::Restricted => "read",
        WorkflowDefault::Permissive => "write",
    };
    json(&json!({ "default_workflow_permissions": level, "can_approve_pull_request_reviews": false }))
}

fn pages(call: &Call<'_>, it: &Repository) -> Reply {
    json(&json!({
        "url": format!("{}/pages", repository_body::api_url(call, it)), "status": "built", "cname": Value::Null,
        "custom_404": false, "public": true, "html_url": format!("{}/pages", repository_body::web_url(call, it)),
        "build_type": "workflow", "source": { "branch": it.default_branch, "path": "/" },
    }))
}

fn repositories_of(call: &Call<'_>, it: &Organization) -> Vec<Value> {
    let scoped = call.caller.holds_scope("repo");
    let shown = call
        .state
        .world
        .repositories
        .iter()
        .filter(|repository| repository.owner() == it.login && call.caller.sees(repository, scoped));
    shown.map(|repository| repository_body::repository(call, repository)).collect()
}

/// Without the scope or permission only those whose membership is public.
fn members(call: &Call<'_>, it: &Organization) -> Vec<Value> {
    let may = if call.caller.has_scopes() {
        call.route.scoped(&call.caller, true)
    } else {
        call.route.permitted(&call.caller.held(None, &it.login))
    };
    let inside =
        call.caller.is_installation() || call.caller.user().is_some_and(|user| it.members.contains_key(&user.login));
    let shown = it.members.keys().filter(|login| may && inside || it.public_members.contains(login));
    shown.map(|login| objects::account_of(call, login)).collect()
}

fn membership(call: &Call<'_>, it: &Organization) -> Reply {
    let Some(user) = call.caller.user() else { return refusal::not_found() };
    let Some(standing) = it.members.get(&user.login) else { return refusal::not_found() };
    let url = format!("{}/orgs/{}", call.bases.api, it.login);
    json(&json!({
        "url": format!("{url}/memberships/{}", user.login), "state": "active",
        "role": if *standing == super::terms::Standing::Owner { "admin" } else { "member" },
        "organization_url": url, "organization": objects::organization(call, it),
        "user": objects::account(call, &user.login, user.id, false),
    }))
}

fn package(call: &Call<'_>, it: &Organization) -> Reply {
    let name = call.named("package_name");
    let Some(at) = it.packages.iter().position(|package| package == name) else {
        return refusal::message(404, "Package not found.");
    };
    let path = format!("orgs/{}/packages/{}/{name}", it.login, call.named("package_type"));
    let day = call.state.ago(24 * 3600);
    json(&json!({
        "id": at + 1, "name": name, "package_type": call.named("package_type"), "visibility": "private",
        "owner": objects::account_of(call, &it.login), "version_count": 1, "url": format!("{}/{path}", call.bases.api),
        "html_url": format!("{}/{path}", call.bases.web), "created_at": day, "updated_at": day,
    }))
}

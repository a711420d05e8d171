//! What a good answer looks like, by the shape its route names.

use serde_json::{Value, json};

use super::Outcome;
use super::content::{self, Item};
use super::identity;
use super::project_body;
use super::refusal;
use super::rest::Call;
use super::world::{Group, Project, User};
use crate::reply::Reply;

const PER_PAGE: usize = 20;
const MOST_PER_PAGE: usize = 100;

pub(super) fn in_project(call: &Call<'_>, project: &Project) -> Outcome {
    let mut parts = call.route.shape.splitn(3, ':');
    let (kind, collection, name) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let one = || content::item(call, project, collection, call.named(name));
    let found = match kind {
        "list" => content::items(call, project, collection).map(|items| list(call, &bodies(items))),
        "one" => Some(one().map_or_else(absent, |body| Reply::json(200, &body))),
        "under" => Some(one().map_or_else(absent, |_| list(call, &[]))),
        "raw" => Some(one().map_or_else(absent, |_| Reply::text(200, "content of the sandbox\n"))),
        "missing" => Some(absent()),
        "project" => Some(Reply::json(200, &project_body::project(call, project))),
        "members" => Some(list(call, &project_body::members(call, project, false))),
        "direct-members" => Some(list(call, &project_body::members(call, project, true))),
        "member" => Some(member(call, project)),
        "approvals" => Some(approvals(call, project)),
        "archive" => Some(Reply::bytes(200, "application/octet-stream", b"an archive".to_vec())),
        "compare" => Some(Reply::json(200, &json!({ "commits": [], "diffs": [], "compare_same_ref": false }))),
        "changelog" => Some(Reply::json(200, &json!({ "notes": "## changelog of the sandbox" }))),
        "lint" => Some(Reply::json(200, &json!({ "valid": true, "errors": [], "warnings": [], "merged_yaml": "" }))),
        "pypi-index" => Some(Reply::bytes(200, "text/html", b"<!DOCTYPE html><html><body></body></html>".to_vec())),
        "rendered-badge" => Some(Reply::json(200, &json!({ "rendered_link_url": "", "rendered_image_url": "" }))),
        "latest-release" => Some(latest_release(call, project)),
        "job-token-scope" => Some(job_token_scope(project)),
        _ => None,
    };
    found.map_or_else(|| Outcome::Unplanned(format!("no body of shape `{}`", call.route.shape)), Outcome::Reply)
}

pub(super) fn in_group(call: &Call<'_>, group: &Group) -> Outcome {
    match call.route.shape {
        "group" => Reply::json(200, &project_body::group(call, group)).into(),
        "group-members" => list(call, &project_body::group_members(call, group)).into(),
        "group-tokens" => list(call, &bodies(content::group_access_tokens(call, &group.path))).into(),
        other => Outcome::Unplanned(format!("no body of shape `{other}`")),
    }
}

pub(super) fn elsewhere(call: &Call<'_>) -> Outcome {
    match call.route.shape {
        "token" => identity::token(call).into(),
        "associations" => identity::associations(call).into(),
        "user" => identity::user(call).into(),
        "job" => identity::job(call).into(),
        "job-agents" => identity::job_agents(call).into(),
        "version" => identity::version(call, false).into(),
        "metadata" => identity::version(call, true).into(),
        other => Outcome::Unplanned(format!("no body of shape `{other}`")),
    }
}

/// A page of a list with the headers that lead to the others.
pub(super) fn list(call: &Call<'_>, all: &[Value]) -> Reply {
    let (page, per_page) = page_of(call);
    let start = (page - 1).saturating_mul(per_page).min(all.len());
    let end = start.saturating_add(per_page).min(all.len());
    paged(call, Reply::json(200, &json!(all[start..end])), all.len())
}

pub(super) fn page_of(call: &Call<'_>) -> (usize, usize) {
    let number =
        |name: &str, default: usize| call.given.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    (number("page", 1).max(1), number("per_page", PER_PAGE).clamp(1, MOST_PER_PAGE))
}

pub(super) fn paged(call: &Call<'_>, reply: Reply, total: usize) -> Reply {
    let (page, per_page) = page_of(call);
    let pages = total.div_ceil(per_page).max(1);
    let next = if page < pages { (page + 1).to_string() } else { String::new() };
    let previous = if page > 1 { (page - 1).to_string() } else { String::new() };
    let others: String = call
        .request
        .query
        .split_inclusive('&')
        .filter(|part| !part.is_empty() && !part.starts_with("page=") && !part.starts_with("per_page="))
        .flat_map(|part| [part.trim_end_matches('&'), "&"])
        .collect();
    let link = |number: usize, relation: &str| {
        let (url, path) = (&call.state.url, &call.request.path);
        format!("<{url}{path}?{others}page={number}&per_page={per_page}>; rel=\"{relation}\"")
    };
    let mut links = vec![link(1, "first"), link(pages, "last")];
    if page < pages {
        links.insert(0, link(page + 1, "next"));
    }
    reply
        .with("X-Page", page.to_string())
        .with("X-Per-Page", per_page.to_string())
        .with("X-Next-Page", next)
        .with("X-Prev-Page", previous)
        .with("X-Total", total.to_string())
        .with("X-Total-Pages", pages.to_string())
        .with("Link", links.join(", "))
}

fn bodies(items: Vec<Item>) -> Vec<Value> {
    items.into_iter().map(|(_, body)| body).collect()
}

fn absent() -> Reply {
    refusal::not_found("Not found")
}

fn member(call: &Call<'_>, project: &Project) -> Reply {
    let wanted = call.named("user_id");
    let user = call.state.world.users.iter().find(|user: &&User| user.id.to_string() == wanted);
    match user.and_then(|user| project_body::member(call, user, project)) {
        Some(body) => Reply::json(200, &body),
        None => absent(),
    }
}

fn approvals(call: &Call<'_>, project: &Project) -> Reply {
    let Some(it) = content::item(call, project, "merge_requests", call.named("iid")) else { return absent() };
    let may = call.caller.level(call.state, project) >= 30;
    let body = json!({
        "iid": it["iid"], "project_id": project.id, "approved": false, "user_can_approve": may, "user_has_approved": false,
        "approved_by": [],
    });
    Reply::json(200, &body)
}

/// The last one listed is the newest.
fn latest_release(call: &Call<'_>, project: &Project) -> Reply {
    let newest = content::items(call, project, "releases").and_then(|items| items.into_iter().last());
    newest.map_or_else(absent, |(_, body)| Reply::json(200, &body))
}

fn job_token_scope(project: &Project) -> Reply {
    let inbound = project.job_token_scope.inbound_enabled;
    Reply::json(200, &json!({ "inbound_enabled": inbound, "outbound_enabled": false }))
}

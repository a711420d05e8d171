//! A repository as JSON.

use serde_json::{Value, json};

use super::objects;
use super::rest::Call;
use super::terms::{Feature, Role, Visibility};
use super::world::Repository;

const DAY: i64 = 24 * 3600;

/// Names and ends of the addresses that every repository body lists.
const URLS: &[(&str, &str)] = &[
    ("url", ""),
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// What every list of repositories holds; the `permissions` block is the user's role, whatever the token may do.
pub(super) fn repository(call: &Call<'_>, it: &Repository) -> Value {
    let api = api_url(call, it);
    let web = web_url(call, it);
    let at = call.state.ago(DAY);
    let host = call.bases.web.split("://").nth(1).unwrap_or_default();
    let on = |feature: Feature| it.features.get(&feature) != Some(&false);
    let mut body = json!({
        "id": it.id, "node_id": objects::node_id("R", it.id), "name": it.name(), "full_name": it.path,
        "owner": objects::account_of(call, it.owner()), "private": it.visibility != Visibility::Public,
        "html_url": web, "description": Value::Null, "fork": false, "created_at": at, "updated_at": at, "pushed_at": at,
        "git_url": format!("git://{host}/{}.git", it.path), "ssh_url": format!("git@{host}:{}.git", it.path),
        "clone_url": format!("{web}.git"), "svn_url": web, "size": 108, "language": "Rust",
        "has_issues": on(Feature::Issues), "has_pages": on(Feature::Pages),
        "has_discussions": on(Feature::Discussions), "archived": it.archived, "topics": [],
        "visibility": it.visibility.name(), "default_branch": it.default_branch,
    });
    for name in ["homepage", "mirror_url", "license"] {
        body[name] = Value::Null;
    }
    for name in ["open_issues_count", "open_issues"] {
        body[name] = json!(it.content.issues.len());
    }
    for name in ["stargazers_count", "watchers_count", "forks_count", "forks", "watchers"] {
        body[name] = json!(0);
    }
    for name in ["has_projects", "has_downloads", "allow_forking"] {
        body[name] = json!(true);
    }
    for name in ["has_wiki", "disabled", "is_template", "web_commit_signoff_required"] {
        body[name] = json!(false);
    }
    for (name, end) in URLS {
        body[*name] = json!(format!("{api}{end}"));
    }
    if !call.caller.is_anonymous() {
        body["permissions"] = permissions(call, it);
    }
    body
}

/// What runs, statuses and alerts hold of their repository.
pub(super) fn minimal(call: &Call<'_>, it: &Repository) -> Value {
    let api = api_url(call, it);
    let mut body = json!({
        "id": it.id, "node_id": objects::node_id("R", it.id), "name": it.name(), "full_name": it.path,
        "owner": objects::account_of(call, it.owner()), "private": it.visibility != Visibility::Public,
        "html_url": web_url(call, it), "description": Value::Null, "fork": false,
    });
    for (name, end) in URLS {
        body[*name] = json!(format!("{api}{end}"));
    }
    body
}

/// What the sides of a pull request hold of their repository.
pub(super) fn without_permissions(call: &Call<'_>, it: &Repository) -> Value {
    let mut body = repository(call, it);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("permissions");
    }
    body
}

/// The answer to a question about one repository.
pub(super) fn whole(call: &Call<'_>, it: &Repository) -> Value {
    let mut body = repository(call, it);
    body["network_count"] = json!(0);
    body["subscribers_count"] = json!(0);
    if call.state.organization(it.owner()).is_some() {
        body["organization"] = objects::account_of(call, it.owner());
    }
    if may_see_merge_settings(call, it) {
        for name in ["allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"] {
            body[name] = json!(true);
        }
        for name in ["allow_auto_merge", "delete_branch_on_merge", "allow_update_branch"] {
            body[name] = json!(false);
        }
    }
    body
}

fn permissions(call: &Call<'_>, it: &Repository) -> Value {
    let role = call.caller.role(it);
    // For an installation GitHub shows a block of no meaning: the role of nobody.
    Role::ALL
        .into_iter()
        .map(|(needed, name)| {
            let open = needed == Role::Read && (it.visibility == Visibility::Public && !call.caller.is_installation());
            (name.to_owned(), json!(role >= Some(needed) || open))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Only callers who can read and write contents are shown these.
fn may_see_merge_settings(call: &Call<'_>, it: &Repository) -> bool {
    if call.caller.has_scopes() {
        let scope = if it.visibility == Visibility::Public { "public_repo" } else { "repo" };
        return call.caller.holds_scope(scope) && call.caller.role(it) >= Some(Role::Write);
    }
    let held = call.caller.held(Some(it), it.owner());
    let user_may = call.caller.is_installation() || call.caller.role(it) >= Some(Role::Write);
    user_may && held.get("contents").is_some_and(|level| *level >= super::terms::Level::Write)
}

pub(super) fn api_url(call: &Call<'_>, it: &Repository) -> String {
    format!("{}/repos/{}", call.bases.api, it.path)
}

pub(super) fn web_url(call: &Call<'_>, it: &Repository) -> String {
    format!("{}/{}", call.bases.web, it.path)
}

//! Accounts, Apps and the like, with the fields that GitHub always sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use super::rest::Call;
use super::world::{App, Installation, Organization};

const DAY: i64 = 24 * 3600;

/// The other id that every object has.
pub(super) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_{}", STANDARD_NO_PAD.encode(format!("sandbox{id}")))
}

/// A user or an organization as other objects hold it.
pub(super) fn account(call: &Call<'_>, login: &str, id: u64, organization: bool) -> Value {
    let url = format!("{}/users/{login}", call.bases.api);
    json!({
        "login": login, "id": id, "node_id": node_id(if organization { "O" } else { "U" }, id),
        "avatar_url": format!("{}/avatars/u/{id}", call.bases.web), "gravatar_id": "", "url": url,
        "html_url": format!("{}/{login}", call.bases.web), "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"), "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"), "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"), "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"), "received_events_url": format!("{url}/received_events"),
        "type": if organization { "Organization" } else { "User" }, "user_view_type": "public", "site_admin": false,
    })
}

/// The account of that name; a name that the scenario does not describe still has one.
pub(super) fn account_of(call: &Call<'_>, login: &str) -> Value {
    match (call.state.organization(login), call.state.user(login)) {
        (Some(organization), _) => account(call, &organization.login, organization.id, true),
        (None, Some(user)) => account(call, &user.login, user.id, false),
        (None, None) => account(call, if login.is_empty() { "ghost" } else { login }, 10_137, false),
    }
}

/// The answer to a question about one account.
pub(super) fn whole_account(call: &Call<'_>, login: &str, id: u64, organization: bool) -> Value {
    let mut body = account(call, login, id, organization);
    for name in ["company", "location", "email", "hireable", "bio", "twitter_username"] {
        body[name] = Value::Null;
    }
    body["name"] = json!(login);
    body["blog"] = json!("");
    for name in ["public_repos", "public_gists", "followers", "following"] {
        body[name] = json!(0);
    }
    let at = call.state.ago(400 * DAY);
    body["created_at"] = json!(at);
    body["updated_at"] = json!(at);
    body
}

pub(super) fn organization(call: &Call<'_>, it: &Organization) -> Value {
    let (login, url) = (&it.login, format!("{}/orgs/{}", call.bases.api, it.login));
    json!({
        "login": login, "id": it.id, "node_id": node_id("O", it.id), "url": url, "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"), "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": format!("{}/avatars/u/{}", call.bases.web, it.id), "description": "",
    })
}

pub(super) fn whole_organization(call: &Call<'_>, it: &Organization) -> Value {
    let mut body = organization(call, it);
    let at = call.state.ago(900 * DAY);
    for (name, value) in [
        ("name", json!(it.login)),
        ("html_url", json!(format!("{}/{}", call.bases.web, it.login))),
        ("is_verified", json!(false)),
        ("has_organization_projects", json!(true)),
        ("has_repository_projects", json!(true)),
        ("public_repos", json!(0)),
        ("public_gists", json!(0)),
        ("followers", json!(0)),
        ("following", json!(0)),
        ("type", json!("Organization")),
        ("created_at", json!(at)),
        ("updated_at", json!(at)),
        ("archived_at", Value::Null),
    ] {
        body[name] = value;
    }
    body
}

pub(super) fn app(call: &Call<'_>, it: &App) -> Value {
    let at = call.state.ago(90 * DAY);
    json!({
        "id": it.id, "node_id": node_id("A", it.id), "slug": it.slug, "client_id": format!("Iv1.{:016x}", it.id),
        "owner": account_of(call, &it.slug), "name": it.slug, "description": "",
        "external_url": format!("{}/{}", call.bases.web, it.slug),
        "html_url": format!("{}/apps/{}", call.bases.web, it.slug), "created_at": at, "updated_at": at,
        "permissions": it.installations.first().map_or_else(|| json!({}), permissions), "events": [],
        "installations_count": it.installations.len(),
    })
}

pub(super) fn installation(call: &Call<'_>, app: &App, it: &Installation) -> Value {
    let at = call.state.ago(30 * DAY);
    let organization = call.state.organization(&it.account);
    let account = account_of(call, &it.account);
    json!({
        "id": it.id, "account": account, "target_id": account["id"],
        "target_type": if organization.is_some() { "Organization" } else { "User" },
        "repository_selection": if it.repositories.is_some() { "selected" } else { "all" },
        "access_tokens_url": format!("{}/app/installations/{}/access_tokens", call.bases.api, it.id),
        "repositories_url": format!("{}/installation/repositories", call.bases.api),
        "html_url": format!("{}/settings/installations/{}", call.bases.web, it.id),
        "app_id": app.id, "app_slug": app.slug, "permissions": permissions(it), "events": [],
        "created_at": at, "updated_at": at, "single_file_name": Value::Null, "has_multiple_single_files": false,
        "single_file_paths": [], "suspended_by": Value::Null, "suspended_at": Value::Null,
    })
}

fn permissions(it: &Installation) -> Value {
    super::power::with_underscores(&it.permissions)
        .into_iter()
        .map(|(name, level)| (name, json!(level.name())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

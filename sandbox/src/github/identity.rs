//! Routes about the caller itself: its user, its installation, its limits; and about GitHub.

use serde_json::{Map, Value, json};

use super::bodies;
use super::caller::Caller;
use super::headers;
use super::objects;
use super::policy;
use super::refusal;
use super::repository_body;
use super::rest::Call;
use super::state::ACTIONS_APP;
use super::terms::{Product, TokenKind};
use super::world::{App, Installation, Organization, Repository};
use crate::forge::Quota;
use crate::reply::Reply;

pub(super) fn root(call: &Call<'_>) -> Reply {
    let api = &call.bases.api;
    let url = |path: &str| json!(format!("{api}{path}"));
    let mut body = Map::new();
    for (name, path) in ROOT_URLS {
        body.insert((*name).to_owned(), url(path));
    }
    bodies::json(&Value::Object(body))
}

const ROOT_URLS: &[(&str, &str)] = &[
    ("current_user_url", "/user"),
    ("current_user_authorizations_html_url", "/settings/connections/applications{/client_id}"),
    ("authorizations_url", "/authorizations"),
    ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
    ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
    ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
    ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
];

pub(super) fn meta(call: &Call<'_>) -> Reply {
    let mut body = json!({ "verifiable_password_authentication": false });
    if call.state.world.product == Product::Server {
        body["installed_version"] = json!(call.state.world.version);
    }
    bodies::json(&body)
}

/// A server of one's own has its limits switched off.
pub(super) fn rate_limit(call: &Call<'_>) -> Reply {
    if call.state.world.product == Product::Server {
        return refusal::message(404, "Rate limiting is not enabled.");
    }
    let mut quota = headers::quota(call.state, call.caller.kind());
    quota.left = quota.limit;
    bodies::json(&rate_limit_body(&quota))
}

pub(super) fn rate_limit_body(quota: &Quota) -> Value {
    let one = |limit: u32, left: u32| json!({ "limit": limit, "remaining": left, "reset": quota.reset, "used": limit.saturating_sub(left) });
    let core = one(quota.limit, quota.left);
    json!({
        "resources": {
            "core": core, "search": one(30, 30), "graphql": one(5000, 5000), "integration_manifest": one(5000, 5000),
            "source_import": one(100, 100), "code_scanning_upload": one(1000, 1000),
            "actions_runner_registration": one(10_000, 10_000), "scim": one(15_000, 15_000),
            "dependency_snapshots": one(100, 100), "code_search": one(10, 10),
        },
        "rate": core,
    })
}

/// Whom the refusal of an exhausted limit names.
pub(super) fn limited_as(caller: &Caller<'_>) -> String {
    match (caller.user(), caller.token) {
        (Some(user), _) => format!("user ID {}", user.id),
        (None, Some(token)) => format!("installation ID {}", token.token.installation.unwrap_or(ACTIONS_APP)),
        (None, None) => "127.0.0.1".to_owned(),
    }
}

pub(super) fn user(call: &Call<'_>) -> Reply {
    match call.caller.user() {
        None => refusal::requires_authentication(),
        Some(user) => bodies::json(&objects::whole_account(call, &user.login, user.id, false)),
    }
}

pub(super) fn account(call: &Call<'_>) -> Reply {
    let login = call.named("username");
    let found = call.state.user(login).map(|user| objects::whole_account(call, &user.login, user.id, false));
    let organization = || call.state.organization(login).map(|it| objects::whole_account(call, &it.login, it.id, true));
    found.or_else(organization).map_or_else(refusal::not_found, |body| bodies::json(&body))
}

pub(super) fn emails(call: &Call<'_>) -> Reply {
    let login = call.caller.user().map_or("", |user| &user.login);
    let address = format!("{login}@forge.invalid");
    let body = json!({ "email": address, "primary": true, "verified": true, "visibility": "private" });
    bodies::list(call, &[body])
}

/// Repositories that the caller has a role in. What single sign-on guards is left out, and the answer says so.
pub(super) fn own_repositories(call: &Call<'_>) -> Reply {
    let wanted = |repository: &&Repository| {
        let role = call.caller.role(repository).is_some();
        role && call.caller.sees(repository, call.caller.holds_scope("repo"))
    };
    let (shown, hidden) = guarded(call, call.state.world.repositories.iter().filter(wanted), Repository::owner);
    let shown: Vec<Value> = shown.into_iter().map(|it| repository_body::repository(call, it)).collect();
    partial(bodies::list(call, &shown), &hidden)
}

pub(super) fn own_organizations(call: &Call<'_>) -> Reply {
    let login = call.caller.user().map_or("", |user| &user.login);
    let whole = call.route.scoped(&call.caller, true) || !call.caller.has_scopes();
    let wanted = |organization: &&Organization| {
        let member = organization.members.contains_key(login);
        member && (whole || organization.public_members.iter().any(|public| public == login))
    };
    let all = call.state.world.organizations.iter().filter(wanted);
    let (shown, hidden) = guarded(call, all, |organization| &organization.login);
    let shown: Vec<Value> = shown.into_iter().map(|it| objects::organization(call, it)).collect();
    partial(bodies::list(call, &shown), &hidden)
}

/// Parts a list into what the token may show and the organizations that keep the rest back.
fn guarded<'a, T>(
    call: &Call<'a>,
    all: impl Iterator<Item = &'a T>,
    owner: impl Fn(&T) -> &str,
) -> (Vec<&'a T>, Vec<u64>) {
    let mut hidden = Vec::new();
    let mut shown = Vec::new();
    for one in all {
        match (call.caller.token, call.state.organization(owner(one))) {
            (Some(token), Some(organization)) if !policy::sso_authorized(token, organization) => {
                hidden.push(organization.id);
            }
            _ => shown.push(one),
        }
    }
    hidden.sort_unstable();
    hidden.dedup();
    (shown, hidden)
}

fn partial(reply: Reply, hidden: &[u64]) -> Reply {
    if hidden.is_empty() {
        return reply;
    }
    let ids: Vec<String> = hidden.iter().map(u64::to_string).collect();
    reply.with("X-GitHub-SSO", format!("partial-results; organizations={}", ids.join(",")))
}

pub(super) fn installation_repositories(call: &Call<'_>) -> Reply {
    let reached = call.state.world.repositories.iter().filter(|repository| call.caller.reaches(repository));
    let reached: Vec<Value> = reached.map(|it| repository_body::repository(call, it)).collect();
    let narrowed = call.caller.token.is_some_and(|token| {
        let chosen = call.state.installation_of(&token.token).is_some_and(|it| it.repositories.is_some());
        chosen || token.token.repositories.is_some() || token.kind() == TokenKind::Actions
    });
    let selection = if narrowed { "selected" } else { "all" };
    bodies::counted(call, "repositories", &reached, &[("repository_selection", json!(selection))])
}

pub(super) fn installations(call: &Call<'_>) -> Reply {
    let found: Vec<Value> = own_installations(call);
    bodies::counted(call, "installations", &found, &[])
}

pub(super) fn app_installations(call: &Call<'_>) -> Reply {
    bodies::list(call, &own_installations(call))
}

/// The installation in the repository or organization that the path names.
pub(super) fn one_installation(call: &Call<'_>) -> Reply {
    let (repo, org) = (call.named("repo"), call.named("org"));
    let repository = call.state.repository(&format!("{}/{repo}", call.named("owner")));
    let here = |installation: &&Installation| match repository {
        Some(repository) => installation.covers(repository),
        None => installation.account.eq_ignore_ascii_case(org),
    };
    let app = call.caller.token.and_then(|token| call.state.app_of(&token.token));
    let found = app.and_then(|app| app.installations.iter().find(here).map(|it| objects::installation(call, app, it)));
    found.map_or_else(refusal::not_found, |body| bodies::json(&body))
}

fn own_installations(call: &Call<'_>) -> Vec<Value> {
    let app: Option<&App> = call.caller.token.and_then(|token| call.state.app_of(&token.token));
    app.into_iter()
        .flat_map(|app| app.installations.iter().map(move |it| objects::installation(call, app, it)))
        .collect()
}

pub(super) fn app(call: &Call<'_>) -> Reply {
    let app = call.caller.token.and_then(|token| call.state.app_of(&token.token));
    app.map_or_else(refusal::not_found, |app| bodies::json(&objects::app(call, app)))
}

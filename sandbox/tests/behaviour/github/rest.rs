//! What the routes say once the token is good.

use hallpass_sandbox::{FaultPlan, RateLimit, github};

use super::*;

#[test]
fn roles_are_asked_for_beside_scopes() {
    let sandbox = github_com();
    assert_eq!(
        get(&sandbox, "reader", "/repos/acme/app/actions/secrets").message(),
        "Must have push access to repository"
    );
    assert_eq!(get(&sandbox, "classic", "/repos/acme/app/hooks").status, 404);
    let admin = get(&sandbox, "classic", "/repos/acme/app/actions/runners");
    assert_eq!((admin.status, admin.message().as_str()), (403, "Must have admin rights to Repository."));
    assert_eq!(get(&sandbox, "classic", "/repos/acme/app/keys").status, 404);
}

#[test]
fn a_scope_narrower_than_the_repository_is_good_for_its_routes() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "status-only", "/repos/acme/app/commits/main/status").json()["state"], "success");
    assert_eq!(get(&sandbox, "status-only", "/repos/acme/app/branches").status, 404);
}

#[test]
fn the_repository_scope_does_not_hold_its_deletion() {
    let sandbox = github_com();
    let reply = ask(&sandbox, "DELETE", "classic", "/repos/acme/app", "");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Must have admin rights to Repository."));
    assert!(sandbox.violations().is_empty());
    ask(&sandbox, "DELETE", "owner", "/repos/acme/app", "");
    assert_eq!(sandbox.violations().len(), 1);
}

#[test]
fn what_a_repository_has_switched_off_answers_in_its_own_way() {
    let sandbox = github_com();
    let status = |path: &str| get(&sandbox, "owner", &format!("/repos/acme/bare{path}")).status;
    assert_eq!(status("/issues"), 410);
    assert_eq!(status("/pages"), 404);
    assert_eq!(status("/code-scanning/alerts"), 403);
    assert_eq!(status("/dependabot/alerts"), 403);
    assert_eq!(status("/secret-scanning/alerts"), 404);
}

#[test]
fn an_archived_repository_takes_no_write() {
    let sandbox = github_com();
    let reply = ask(&sandbox, "POST", "classic", "/repos/acme/archive/pulls", "{}");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Repository was archived so is read-only."));
}

#[test]
fn lists_are_paged_and_lead_on() {
    let sandbox = github_com();
    let reply = get(&sandbox, "classic", "/repos/acme/app/tags?per_page=1");
    assert_eq!(reply.json().as_array().map(Vec::len), Some(1));
    let link = reply.header("link").unwrap_or_default().to_owned();
    assert!(link.contains("/api/v3/repos/acme/app/tags?per_page=1&page=2>; rel=\"next\""), "{link}");
    assert_eq!(get(&sandbox, "classic", "/repos/acme/app/tags").header("link"), None);
}

#[test]
fn without_the_organization_scope_the_list_of_members_is_shorter_and_no_error() {
    let sandbox = github_com();
    let count = |token| get(&sandbox, token, "/orgs/acme/members").json().as_array().map(Vec::len);
    assert_eq!((count("classic"), count("public-only"), count("fine-all")), (Some(3), Some(1), Some(3)));
    assert_eq!(get(&sandbox, "public-only", "/orgs/acme/teams").status, 404);
    assert_eq!(get(&sandbox, "classic", "/orgs/acme/teams").status, 200);
}

#[test]
fn names_do_not_heed_case() {
    assert_eq!(get(&github_com(), "classic", "/repos/Acme/APP").json()["full_name"], "acme/app");
}

#[test]
fn an_exhausted_limit_refuses_everything_but_the_question_for_the_limit() {
    let mut scenario = Scenario::named("github.com").expect("shipped");
    scenario.rate_limit = Some(RateLimit { limit: 5000, remaining: 1, resets_in_seconds: 90, name: "core".to_owned() });
    let sandbox = Sandbox::start(scenario);
    assert_eq!(get(&sandbox, "classic", "/user").header("x-ratelimit-remaining"), Some("0"));
    let refused = get(&sandbox, "classic", "/user");
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, Some("0")));
    assert!(refused.message().starts_with("API rate limit exceeded for user ID 101."));
    assert!(refused.header("x-ratelimit-reset").is_some() && refused.header("retry-after").is_none());
    let limits = get(&sandbox, "classic", "/rate_limit");
    assert_eq!((limits.status, &limits.json()["resources"]["core"]["remaining"]), (200, &serde_json::json!(0)));
}

#[test]
fn a_secondary_limit_is_told_by_its_words_and_its_wait() {
    let mut scenario = Scenario::named("github.com").expect("shipped");
    scenario.faults = vec![FaultPlan::first(1, "*", github::secondary_limit(Some(60)))];
    let sandbox = Sandbox::start(scenario);
    let reply = get(&sandbox, "classic", "/user");
    assert_eq!((reply.status, reply.header("retry-after")), (403, Some("60")));
    assert!(reply.message().contains("secondary rate limit"));
    assert_eq!(get(&sandbox, "classic", "/user").status, 200);
}

#[test]
fn a_request_without_a_row_is_unplanned() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "classic", "/repos/acme/app/something_else").status, 501);
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn graphql_names_the_scopes_that_are_needed_and_granted() {
    let sandbox = github_com();
    let projects = "query { organization(login: \"acme\") { projectsV2(first: 1) { totalCount } } }";
    let body = query(&sandbox, "classic", projects).json();
    assert_eq!(body["errors"][0]["type"], "INSUFFICIENT_SCOPES");
    let text = body["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(text.contains("['read:project']") && text.contains("'repo', 'workflow'"), "{text}");
    assert_eq!(query(&sandbox, "owner", projects).json()["data"]["organization"]["projectsV2"]["totalCount"], 1);
    let refused = query(&sandbox, "fine-all", projects).json();
    assert_eq!(refused["errors"][0]["message"], "Resource not accessible by personal access token");
}

#[test]
fn graphql_shows_discussions_to_those_who_may_read_them() {
    let sandbox = github_com();
    let discussions = "{ repository(owner: \"acme\", name: \"app\") { discussions(first: 1) { totalCount } } }";
    assert_eq!(query(&sandbox, "classic", discussions).json()["data"]["repository"]["discussions"]["totalCount"], 1);
    assert_eq!(query(&sandbox, "job-none", discussions).json()["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(query(&sandbox, "outsider", discussions).json()["errors"][0]["type"], "NOT_FOUND");
    assert_eq!(query(&sandbox, "expired", discussions).status, 401);
}

//! The order of checks, roles, visibility, features and writes.

use hallpass_sandbox::gitlab::Version;
use serde_json::json;

use crate::support::*;

const NEW_MR: &str = r#"{"title":"t","source_branch":"main","target_branch":"main"}"#;

#[test]
fn a_project_nobody_may_see_looks_like_one_that_is_not_there() {
    let sandbox = gitlab_19();
    let (hidden, absent) =
        (api(&sandbox, "outsider", "/projects/acme%2Fapp"), api(&sandbox, "outsider", "/projects/acme%2Fnone"));
    assert_eq!((hidden.status, hidden.message()), (404, "404 Project Not Found".to_owned()));
    assert_eq!(hidden.body, absent.body);
}

#[test]
fn a_project_is_found_by_id_and_by_encoded_path() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "dev", "/projects/201").json(), api(&sandbox, "dev", "/projects/acme%2Fapp").json());
}

#[test]
fn the_permissions_block_tells_direct_and_group_roles_apart() {
    let sandbox = gitlab_19();
    let permissions = |token| api(&sandbox, token, "/projects/201").json()["permissions"].clone();
    assert_eq!(permissions("dev")["project_access"]["access_level"], 30);
    assert_eq!(permissions("dev")["group_access"], json!(null));
    assert_eq!(permissions("owner")["group_access"]["access_level"], 50);
}

#[test]
fn a_role_through_an_invited_group_shows_only_in_all_members() {
    let sandbox = gitlab_19();
    let permissions = api(&sandbox, "invited", "/projects/201").json()["permissions"].clone();
    assert_eq!(permissions, json!({ "project_access": null, "group_access": null }));
    assert_eq!(api(&sandbox, "invited", "/projects/201/members/all/106").json()["access_level"], 40);
}

#[test]
fn features_are_told_as_levels_and_as_booleans() {
    let sandbox = gitlab_19();
    let body = api(&sandbox, "owner", "/projects/acme%2Fbare").json();
    assert_eq!(body["environments_access_level"], "disabled");
    assert_eq!(body["merge_requests_access_level"], "private");
    assert_eq!(body["issues_enabled"], false);
}

#[test]
fn a_feature_that_is_off_gives_a_403_without_a_reason() {
    let sandbox = gitlab_19();
    let reply = api(&sandbox, "owner", "/projects/acme%2Fbare/deployments");
    assert_eq!((reply.status, reply.message()), (403, "403 Forbidden".to_owned()));
}

#[test]
fn a_role_too_low_gives_a_403_with_message_only() {
    let sandbox = gitlab_19();
    let reply = api(&sandbox, "dev", "/projects/201/variables");
    assert_eq!((reply.status, reply.json()), (403, json!({ "message": "403 Forbidden" })));
}

#[test]
fn a_guest_cannot_read_code_of_a_private_project_but_anyone_can_of_a_public_one() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "guest", "/projects/201/repository/branches").status, 403);
    assert_eq!(anonymous(&sandbox, "/projects/acme%2Fopen/repository/branches").status, 200);
}

#[test]
fn a_planner_reads_merge_requests_and_not_their_diffs() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "planner", "/projects/201/merge_requests/7").status, 200);
    assert_eq!(api(&sandbox, "planner", "/projects/201/merge_requests/7/diffs").status, 403);
}

#[test]
fn an_internal_project_is_open_to_users_and_hidden_from_anonymous_visitors() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "outsider", "/projects/acme%2Finternal").status, 200);
    assert_eq!(anonymous(&sandbox, "/projects/acme%2Finternal").status, 404);
}

#[test]
fn everything_of_an_ip_restricted_group_is_masked() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "owner", "/projects/fenced%2Fapp").status, 404);
    assert_eq!(api(&sandbox, "owner", "/groups/fenced").status, 404);
}

#[test]
fn an_empty_post_is_refused_for_its_parameters_before_the_role() {
    let sandbox = gitlab_19();
    let reply = post(&sandbox, "guest", "/projects/201/merge_requests", "");
    let expected = "title is missing, source_branch is missing, target_branch is missing";
    assert_eq!((reply.status, reply.json()), (400, json!({ "error": expected })));
}

#[test]
fn the_scope_is_checked_before_the_parameters() {
    let sandbox = gitlab_19();
    let reply = post(&sandbox, "read-api", "/projects/201/merge_requests", "");
    assert_eq!((reply.status, &reply.json()["error"]), (403, &json!("insufficient_scope")));
}

#[test]
fn parameters_are_checked_before_the_project_is_looked_up() {
    let sandbox = gitlab_19();
    assert_eq!(post(&sandbox, "dev", "/projects/999/merge_requests", "").status, 400);
    assert_eq!(post(&sandbox, "dev", "/projects/999/merge_requests", NEW_MR).status, 404);
}

#[test]
fn equal_branches_show_whether_the_role_would_do() {
    let sandbox = gitlab_19();
    assert_eq!(post(&sandbox, "reporter", "/projects/201/merge_requests", NEW_MR).status, 403);
    assert_eq!(post(&sandbox, "dev", "/projects/201/merge_requests", NEW_MR).status, 422);
    sandbox.assert_all_planned();
}

#[test]
fn a_write_that_would_succeed_is_a_violation() {
    let sandbox = gitlab_19();
    let body = r#"{"title":"t","source_branch":"next","target_branch":"main"}"#;
    assert_eq!(post(&sandbox, "dev", "/projects/201/merge_requests", body).status, 501);
    assert_eq!(sandbox.violations().len(), 1);
    assert!(sandbox.unplanned().is_empty());
}

#[test]
fn a_write_about_a_thing_that_is_not_there_is_a_404() {
    let sandbox = gitlab_19();
    let reply = post(&sandbox, "dev", "/projects/201/merge_requests/0/notes", r#"{"body":"x"}"#);
    assert_eq!((reply.status, reply.message()), (404, "404 Not found".to_owned()));
    sandbox.assert_all_planned();
}

#[test]
fn the_role_may_come_first_where_a_scenario_says_so() {
    let late = gitlab_19();
    assert_eq!(post(&late, "dev", "/projects/201/hooks", "").status, 400);
    let early = changed(|scenario| scenario.gitlab.role_before_validation = true);
    assert_eq!(post(&early, "dev", "/projects/201/hooks", "").status, 403);
}

#[test]
fn an_update_without_any_attribute_is_refused_before_the_role() {
    let sandbox = gitlab_19();
    let reply = write_with(&sandbox, "PUT", "guest", "/projects/201/merge_requests/7", "");
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error"].as_str().unwrap_or_default().contains("at least one parameter must be provided"));
}

#[test]
fn merging_without_the_right_is_a_401_not_a_403() {
    let sandbox = gitlab_19();
    assert_eq!(write_with(&sandbox, "PUT", "dev", "/projects/201/merge_requests/7/merge", "").status, 401);
}

#[test]
fn an_archived_project_can_be_read_and_not_written() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "owner", "/projects/206/merge_requests").status, 200);
    assert_eq!(post(&sandbox, "owner", "/projects/206/merge_requests", NEW_MR).status, 403);
}

#[test]
fn a_moved_project_redirects_reads_and_refuses_writes() {
    let sandbox = gitlab_19();
    let read = api(&sandbox, "dev", "/projects/acme%2Fold-app/merge_requests?state=opened");
    let target = format!("{}/api/v4/projects/201/merge_requests?state=opened", sandbox.url());
    assert_eq!((read.status, read.header("location")), (301, Some(target.as_str())));
    assert_eq!(post(&sandbox, "dev", "/projects/acme%2Fold-app/merge_requests", NEW_MR).status, 405);
}

#[test]
fn lists_are_paged_with_links() {
    let sandbox = changed(|scenario| {
        scenario.gitlab.project_mut("acme/app").content.branches = (0..5).map(|number| format!("b{number}")).collect();
    });
    let reply = api(&sandbox, "dev", "/projects/201/repository/branches?per_page=4&sort=name_asc");
    assert_eq!(reply.json().as_array().map(Vec::len), Some(4));
    assert_eq!(reply.header("x-next-page"), Some("2"));
    assert!(reply.header("link").is_some_and(|link| link.contains("?sort=name_asc&page=2&per_page=4>; rel=\"next\"")));
}

#[test]
fn a_route_that_came_later_is_unknown_to_an_older_server() {
    let path = "/personal_access_tokens/self/associations";
    let old = changed(|scenario| scenario.gitlab.version = Version::new(17, 3));
    assert_eq!(api(&old, "dev", path).json(), json!({ "error": "404 Not Found" }));
    assert_eq!(api(&gitlab_19(), "dev", path).status, 200);
}

#[test]
fn ci_lint_is_a_post_that_changes_nothing() {
    let sandbox = gitlab_19();
    let reply = post(&sandbox, "dev", "/projects/201/ci/lint", r#"{"content":"test: { script: [make] }"}"#);
    assert_eq!((reply.status, &reply.json()["valid"]), (200, &json!(true)));
    sandbox.assert_all_planned();
}

#[test]
fn head_gets_the_head_of_the_answer_only() {
    let sandbox = gitlab_19();
    let token = sandbox.token("dev");
    let reply = send(&sandbox, "HEAD", "/api/v4/projects/201/repository/archive", &[("PRIVATE-TOKEN", &token)], "");
    assert_eq!((reply.status, reply.body.len(), reply.header("content-length")), (200, 0, Some("10")));
}

#[test]
fn the_access_tokens_of_a_project_show_their_level_and_expiry() {
    let sandbox = gitlab_19();
    let list = api(&sandbox, "owner", "/projects/201/access_tokens").json();
    let bot = list.as_array().and_then(|list| list.iter().find(|token| token["name"] == "project-bot")).cloned();
    let bot = bot.unwrap_or_default();
    assert_eq!((&bot["access_level"], &bot["expires_at"]), (&json!(40), &json!("2027-01-31")));
}

#[test]
fn the_allowlist_can_be_read_and_holds_the_project_itself() {
    let sandbox = gitlab_19();
    let list = api(&sandbox, "owner", "/projects/201/job_token_scope/allowlist").json();
    let ids: Vec<u64> = list.as_array().into_iter().flatten().filter_map(|entry| entry["id"].as_u64()).collect();
    assert_eq!(ids, [201, 202]);
    assert_eq!(api(&sandbox, "owner", "/projects/201/job_token_scope").json()["inbound_enabled"], true);
}

//! What a token's kind, state and scope make of a request.

use hallpass_sandbox::gitlab::{TokenKind, Version};
use serde_json::json;

use crate::support::*;

#[test]
fn an_unknown_token_gets_a_bare_401() {
    let sandbox = gitlab_19();
    let reply = send(&sandbox, "GET", "/api/v4/user", &[("PRIVATE-TOKEN", "sandbox-nobody-knows-this")], "");
    assert_eq!((reply.status, reply.json()), (401, json!({ "message": "401 Unauthorized" })));
}

#[test]
fn a_wrong_token_is_refused_even_on_a_public_project() {
    let sandbox = gitlab_19();
    let reply = send(&sandbox, "GET", "/api/v4/projects/204", &[("PRIVATE-TOKEN", "sandbox-nobody-knows-this")], "");
    assert_eq!(reply.status, 401);
}

#[test]
fn an_expired_token_says_so_from_the_start_of_its_day() {
    let sandbox = gitlab_19();
    let reply = api(&sandbox, "expired", "/personal_access_tokens/self");
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_token")));
    assert!(reply.text().contains("Token is expired."));
    assert_eq!(api(&sandbox, "last-day", "/personal_access_tokens/self").status, 200);
}

#[test]
fn a_revoked_token_says_so() {
    let reply = api(&gitlab_19(), "revoked", "/user");
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_token")));
    assert!(reply.text().contains("Token was revoked."));
}

#[test]
fn a_blocked_user_gets_a_sentence_about_the_account() {
    let reply = api(&gitlab_19(), "blocked", "/user");
    assert_eq!(reply.status, 403);
    assert!(reply.message().starts_with("403 Forbidden - "));
}

#[test]
fn self_answers_every_scope_and_user_only_some() {
    let sandbox = gitlab_19();
    let own = api(&sandbox, "read-repository", "/personal_access_tokens/self").json();
    assert_eq!((&own["scopes"], &own["active"]), (&json!(["read_repository"]), &json!(true)));
    let user = api(&sandbox, "read-repository", "/user");
    assert_eq!((user.status, &user.json()["scope"]), (403, &json!("api read_api read_user")));
    assert_eq!(api(&sandbox, "read-user", "/user").status, 200);
}

#[test]
fn self_refuses_oauth_with_400_and_job_and_deploy_tokens_with_401() {
    let sandbox = gitlab_19();
    let bearer = format!("Bearer {}", sandbox.token("oauth"));
    let path = "/api/v4/personal_access_tokens/self";
    assert_eq!(send(&sandbox, "GET", path, &[("Authorization", &bearer)], "").status, 400);
    assert_eq!(job(&sandbox, "job", "/personal_access_tokens/self").status, 401);
    assert_eq!(api(&sandbox, "deploy", "/personal_access_tokens/self").status, 401);
}

#[test]
fn a_project_token_is_a_bot_with_its_own_role() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "project-bot", "/user").json()["bot"], true);
    assert_eq!(api(&sandbox, "project-bot", "/projects/201/variables").status, 200);
    assert_eq!(api(&sandbox, "reporter-bot", "/projects/201/variables").status, 403);
    assert_eq!(api(&sandbox, "project-bot", "/projects/202").status, 404);
}

#[test]
fn associations_list_projects_and_groups_with_their_levels() {
    let sandbox = gitlab_19();
    let dev = api(&sandbox, "dev", "/personal_access_tokens/self/associations?min_access_level=30").json();
    assert_eq!(dev["projects"][0]["access_levels"]["project_access_level"], 30);
    let owner = api(&sandbox, "owner", "/personal_access_tokens/self/associations").json();
    assert_eq!(owner["groups"][0]["access_levels"], 50);
}

#[test]
fn a_token_that_never_ends_has_no_expiry() {
    assert_eq!(api(&gitlab_19(), "endless", "/personal_access_tokens/self").json()["expires_at"], json!(null));
}

#[test]
fn read_repository_reads_files_and_nothing_else() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "read-repository", "/projects/201/repository/files/docs%2Fguide.md/raw").status, 200);
    assert_eq!(api(&sandbox, "read-repository", "/projects/201/repository/tree").status, 403);
}

#[test]
fn a_deploy_token_reads_packages_by_its_own_header_and_is_unknown_to_the_rest() {
    let sandbox = gitlab_19();
    let token = sandbox.token("deploy");
    let get = |path: &str| send(&sandbox, "GET", path, &[("DEPLOY-TOKEN", &token)], "").status;
    assert_eq!(get("/api/v4/projects/201/packages"), 200);
    assert_eq!(get("/api/v4/projects/201"), 404);
    assert_eq!(api(&sandbox, "deploy", "/projects/201").status, 401);
}

#[test]
fn a_fine_grained_token_names_itself_granular_and_lists_raw_permissions() {
    let body = api(&gitlab_19(), "fine-grained", "/personal_access_tokens/self").json();
    assert_eq!(body["scopes"], json!(["granular"]));
    assert_eq!(body["granular_scopes"][0]["permissions"][1], "read_merge_request");
}

#[test]
fn a_fine_grained_token_without_self_read_cannot_look_at_itself() {
    let reply = api(&gitlab_19(), "fine-grained-mute", "/personal_access_tokens/self");
    assert_eq!((reply.status, &reply.json()["error"]), (403, &json!("insufficient_granular_scope")));
    assert!(reply.text().contains("following user permissions: [Personal Access Token: Read]"));
}

#[test]
fn the_fine_grained_refusal_changed_its_words_in_19_2() {
    let path = "/projects/201/merge_requests/7/notes";
    let new = api(&gitlab_19(), "fine-grained", path).text();
    assert!(new.contains("with the following project permissions: [Work Item: Read]."), "{new}");
    let old = changed(|scenario| scenario.gitlab.version = Version::new(19, 1));
    let old = api(&old, "fine-grained", path).text();
    assert!(old.contains("lacks the required permissions: [read_work_item] for \\\"acme/app\\\"."), "{old}");
}

#[test]
fn a_fine_grained_token_reads_public_things_without_the_permission() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "fine-grained", "/projects/acme%2Fopen/releases").status, 200);
    assert_eq!(api(&sandbox, "fine-grained", "/projects/201/releases").status, 403);
}

#[test]
fn a_missing_boundary_object_is_a_404_for_fine_grained_tokens() {
    assert_eq!(api(&gitlab_19(), "fine-grained", "/projects/999/releases").status, 404);
}

#[test]
fn a_classic_token_is_refused_where_fine_grained_ones_are_enforced() {
    let sandbox = gitlab_19();
    let reply = api(&sandbox, "owner", "/projects/acme%2Fsecure%2Fvault");
    assert_eq!((reply.status, &reply.json()["error"]), (403, &json!("insufficient_granular_scope")));
    assert_eq!(api(&sandbox, "outsider", "/projects/acme%2Fsecure%2Fvault").status, 404);
}

#[test]
fn a_token_may_also_come_as_bearer_or_parameter() {
    let sandbox = gitlab_19();
    let token = sandbox.token("dev");
    let bearer = format!("Bearer {token}");
    assert_eq!(send(&sandbox, "GET", "/api/v4/user", &[("Authorization", &bearer)], "").status, 200);
    assert_eq!(send(&sandbox, "GET", &format!("/api/v4/user?private_token={token}"), &[], "").status, 200);
}

#[test]
fn version_and_metadata_name_the_edition() {
    let sandbox = gitlab_19();
    assert_eq!(api(&sandbox, "read-user", "/version").json()["version"], "19.3.0-ee");
    assert_eq!(api(&sandbox, "dev", "/metadata").json()["enterprise"], true);
    assert_eq!(anonymous(&sandbox, "/version").status, 401);
}

#[test]
fn a_server_from_before_fine_grained_tokens_does_not_know_them() {
    let old = changed(|scenario| scenario.gitlab.version = Version::new(18, 9));
    assert_eq!(api(&old, "fine-grained", "/personal_access_tokens/self").status, 401);
}

#[test]
fn impersonation_switched_off_and_missing_proof_of_possession_are_about_the_token() {
    let off = changed(|scenario| {
        scenario.gitlab.impersonation_disabled = true;
        scenario.gitlab.token_mut("dev").kind = TokenKind::Impersonation;
    });
    let reply = api(&off, "dev", "/user");
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_token")));
    let proof = changed(|scenario| scenario.gitlab.users[1].requires_dpop = true);
    let reply = api(&proof, "dev", "/user");
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("dpop_error")));
}

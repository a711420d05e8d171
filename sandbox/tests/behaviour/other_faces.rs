//! GraphQL, OAuth and the container registry.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hallpass_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::*;

const PERMISSIONS: &str =
    r#"{ project(fullPath: "acme/app") { userPermissions { pushCode createMergeRequestIn adminProject } } }"#;

#[test]
fn graphql_tells_the_rights_of_the_caller_invited_groups_included() {
    let sandbox = gitlab_19();
    let rights = |token| graphql(&sandbox, token, PERMISSIONS).json()["data"]["project"]["userPermissions"].clone();
    assert_eq!(rights("dev"), json!({ "pushCode": true, "createMergeRequestIn": true, "adminProject": false }));
    assert_eq!(rights("invited")["adminProject"], true);
    assert_eq!(rights("reporter")["pushCode"], false);
}

#[test]
fn graphql_hides_a_project_as_null() {
    let reply = graphql(&gitlab_19(), "outsider", PERMISSIONS);
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "project": null } })));
}

#[test]
fn graphql_refuses_job_tokens_with_200_and_errors() {
    let reply = graphql(&gitlab_19(), "job", "{ currentUser { id } }");
    assert_eq!(reply.status, 200);
    assert!(reply.json()["errors"].is_array() && reply.json()["data"].is_null());
}

#[test]
fn graphql_answers_user_and_metadata() {
    let reply = graphql(&gitlab_19(), "dev", "query { currentUser { id username } metadata { version } }").json();
    assert_eq!(reply["data"]["currentUser"]["id"], "gid://gitlab/User/101");
    assert_eq!(reply["data"]["metadata"]["version"], "19.3.0-ee");
}

#[test]
fn a_graphql_field_nobody_planned_is_unplanned() {
    let sandbox = gitlab_19();
    assert_eq!(graphql(&sandbox, "dev", "{ currentUser { groupCount } }").status, 501);
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn oauth_token_info_answers_oauth_tokens_only() {
    let sandbox = gitlab_19();
    let info = |token: &str| {
        let bearer = format!("Bearer {}", sandbox.token(token));
        send(&sandbox, "GET", "/oauth/token/info", &[("Authorization", &bearer)], "")
    };
    let good = info("oauth").json();
    assert_eq!((&good["scope"], &good["expires_in"]), (&json!(["api"]), &json!(3600)));
    assert_eq!((info("oauth-old").status, info("dev").status), (401, 401));
}

fn registry(sandbox: &Sandbox, user: &str, token: &str, scope: &str) -> Reply {
    let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{}", sandbox.token(token))));
    let target = format!("/jwt/auth?service=container_registry&scope={scope}");
    send(sandbox, "GET", &target, &[("Authorization", &basic)], "")
}

fn access(reply: &Reply) -> Value {
    let token = reply.json()["token"].as_str().unwrap_or_default().to_owned();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap_or_default()).unwrap_or_default();
    serde_json::from_slice::<Value>(&claims).expect("claims")["access"].clone()
}

#[test]
fn the_registry_grants_what_scope_and_role_allow() {
    let sandbox = gitlab_19();
    let scope = "repository:acme/app/app:pull,push";
    assert_eq!(access(&registry(&sandbox, "any", "dev", scope))[0]["actions"], json!(["pull", "push"]));
    assert_eq!(access(&registry(&sandbox, "any", "reporter", scope))[0]["actions"], json!(["pull"]));
    assert_eq!(access(&registry(&sandbox, "any", "guest", scope)), json!([]));
    assert_eq!(registry(&sandbox, "any", "read-repository", scope).status, 403);
}

#[test]
fn a_job_pushes_images_to_its_own_project_only() {
    let sandbox = gitlab_19();
    let actions =
        |path: &str| access(&registry(&sandbox, "gitlab-ci-token", "job", &format!("repository:{path}:pull,push")));
    assert_eq!(actions("acme/app/app")[0]["actions"], json!(["pull", "push"]));
    assert_eq!(actions("acme/narrow/app")[0]["actions"], json!(["pull"]));
    assert_eq!(actions("acme/other/app"), json!([]));
}

#[test]
fn oauth_tokens_do_not_sign_in_to_the_registry() {
    assert_eq!(registry(&gitlab_19(), "oauth2", "oauth", "repository:acme/app:pull").status, 401);
}

#[test]
fn graphql_refuses_a_missing_permission_with_the_sentence_in_errors() {
    let sandbox = gitlab_19();
    let reply = graphql(&sandbox, "fine-grained", PERMISSIONS);
    assert_eq!((reply.status, &reply.json()["data"]["project"]), (200, &json!(null)));
    assert!(reply.text().contains("[Project: Read]"), "{}", reply.text());
    let enforced = graphql(&sandbox, "owner", r#"{ project(fullPath: "acme/secure/vault") { id } }"#);
    assert!(enforced.json()["errors"].is_array());
}

//! CI job tokens on REST.

use hallpass_sandbox::gitlab::Version;
use serde_json::json;

use crate::support::*;

const MRS: &str = "/projects/201/merge_requests";

#[test]
fn job_token_lists_merge_requests_on_19_but_gets_404_on_18_2_private() {
    assert_eq!(job(&gitlab_19(), "job", MRS).status, 200);
    let old = job(&gitlab_18_2(), "job", MRS);
    assert_eq!((old.status, old.message()), (404, "404 Project Not Found".to_owned()));
}

#[test]
fn job_token_on_a_closed_route_of_a_public_project_gets_what_anyone_gets() {
    let sandbox = gitlab_18_2();
    let path = "/projects/acme%2Fopen/merge_requests";
    assert_eq!(job(&sandbox, "job", path).body, anonymous(&sandbox, path).body);
    assert_eq!(job(&sandbox, "finished-job", path).status, 200);
}

#[test]
fn job_token_reads_notes_but_discussions_are_a_401() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "job", "/projects/201/merge_requests/7/notes").status, 200);
    assert_eq!(job(&sandbox, "job", "/projects/201/merge_requests/7/discussions").status, 401);
}

#[test]
fn job_token_cannot_read_its_own_project() {
    assert_eq!(job(&gitlab_19(), "job", "/projects/201").status, 404);
}

#[test]
fn job_route_proves_the_token_alive_and_others_get_job_not_found() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "job", "/job").json()["id"], 6001);
    assert_eq!(job(&sandbox, "finished-job", "/job").status, 401);
    let other = api(&sandbox, "dev", "/job");
    assert_eq!((other.status, other.message()), (404, "404 Job Not Found".to_owned()));
}

#[test]
fn allowed_agents_names_all_roles_up_to_the_users() {
    let body = job(&gitlab_19(), "job", "/job/allowed_agents").json();
    assert_eq!(
        body["user"]["roles_in_project"],
        json!(["guest", "planner", "reporter", "security_manager", "developer"])
    );
    assert_eq!((&body["project"]["id"], &body["environment"]["slug"]), (&json!(201), &json!("production")));
}

#[test]
fn a_finished_job_is_a_401_on_open_routes_and_nobody_on_closed_ones() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "finished-job", MRS).status, 401);
    assert_eq!(job(&sandbox, "finished-job", "/projects/201").status, 404);
}

#[test]
fn a_project_that_does_not_list_the_source_names_both_in_a_403() {
    let reply = job(&gitlab_19(), "job", "/projects/202/merge_requests");
    let expected = "403 Forbidden - Authentication by CI/CD job token not allowed from acme/app to project #202.";
    assert_eq!((reply.status, reply.message()), (403, expected.to_owned()));
}

#[test]
fn an_older_server_names_the_target_by_its_path() {
    let old = changed(|scenario| scenario.gitlab.version = Version::new(17, 11));
    let reply = job(&old, "job", "/projects/202/releases");
    assert!(reply.message().ends_with("not allowed from acme/app to acme/other."), "{}", reply.message());
}

#[test]
fn an_allowlist_that_is_not_enforced_lets_everyone_in() {
    let sandbox = changed(|scenario| scenario.gitlab.project_mut("acme/other").job_token_scope.inbound_enabled = false);
    assert_eq!(job(&sandbox, "job", "/projects/202/merge_requests").status, 200);
}

#[test]
fn a_listed_source_comes_in_with_the_rights_of_its_user() {
    assert_eq!(job(&gitlab_19(), "other-job", MRS).status, 200);
}

#[test]
fn a_missing_policy_is_named_in_lower_case() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "job", "/projects/203/packages").status, 200);
    let reply = job(&sandbox, "job", "/projects/203/merge_requests");
    let expected = "403 Forbidden - Insufficient permissions to access this resource in project #203. The following \
                    token permission is required: read_merge_requests.";
    assert_eq!((reply.status, reply.message()), (403, expected.to_owned()));
}

#[test]
fn several_missing_policies_are_listed() {
    let sandbox = gitlab_19();
    let token = sandbox.token("job");
    let body = r#"{"environment":"e","sha":"s","ref":"r","tag":false,"status":"success"}"#;
    let headers = [("JOB-TOKEN", token.as_str()), ("Content-Type", "application/json")];
    let reply = send(&sandbox, "POST", "/api/v4/projects/203/deployments", &headers, body);
    assert!(reply.message().ends_with("permissions are required: admin_deployments, admin_environments."));
}

#[test]
fn public_projects_ask_no_entry_for_reads_they_give_to_everyone() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "job", "/projects/204/merge_requests").status, 200);
    assert_eq!(job(&sandbox, "job", "/projects/204/packages").status, 403);
}

#[test]
fn the_role_of_the_jobs_user_counts_on_top() {
    let reply = job(&gitlab_19(), "guest-job", MRS);
    assert_eq!((reply.status, reply.message()), (403, "403 Forbidden".to_owned()));
}

#[test]
fn registry_routes_are_for_the_own_project_only() {
    let sandbox = gitlab_19();
    assert_eq!(job(&sandbox, "job", "/projects/201/registry/repositories").status, 200);
    assert_eq!(job(&sandbox, "job", "/projects/203/registry/repositories").status, 403);
}

#[test]
fn a_job_token_may_come_as_bearer_or_parameter() {
    let sandbox = gitlab_19();
    let token = sandbox.token("job");
    let bearer = format!("Bearer {token}");
    assert_eq!(send(&sandbox, "GET", "/api/v4/job", &[("Authorization", &bearer)], "").status, 200);
    for name in ["job_token", "token"] {
        assert_eq!(send(&sandbox, "GET", &format!("/api/v4/job?{name}={token}"), &[], "").status, 200, "{name}");
    }
}

#[test]
fn a_job_token_in_the_wrong_header_is_dropped_by_new_servers_and_refused_by_old_ones() {
    assert_eq!(api(&gitlab_19(), "job", "/projects/201").status, 404);
    assert_eq!(api(&gitlab_18_2(), "job", "/projects/201").status, 401);
}

#[test]
fn a_personal_token_in_the_job_header_is_a_401_on_open_routes() {
    assert_eq!(job(&gitlab_19(), "dev", MRS).status, 401);
}

#[test]
fn terraform_state_takes_the_job_token_as_basic_password() {
    use base64::Engine as _;
    let sandbox = gitlab_19();
    let basic = |user: &str| {
        let text = format!("{user}:{}", sandbox.token("job"));
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    let get = |value: &str| {
        send(&sandbox, "GET", "/api/v4/projects/201/terraform/state/production", &[("Authorization", value)], "").status
    };
    assert_eq!(get(&basic("gitlab-ci-token")), 200);
    assert_eq!(get(&basic("someone")), 401);
    assert_eq!(job(&sandbox, "job", "/projects/201/terraform/state/production").status, 401);
}

#[test]
fn writing_a_release_with_a_job_token_gets_as_far_as_the_parameters() {
    let sandbox = gitlab_19();
    let token = sandbox.token("job");
    let reply = send(&sandbox, "POST", "/api/v4/projects/201/releases", &[("JOB-TOKEN", &token)], "");
    assert_eq!((reply.status, reply.json()), (400, json!({ "error": "tag_name is missing" })));
    sandbox.assert_all_planned();
}

#[test]
fn writing_a_note_with_a_job_token_is_a_401() {
    let sandbox = gitlab_19();
    let token = sandbox.token("job");
    let path = "/api/v4/projects/201/merge_requests/7/notes";
    assert_eq!(send(&sandbox, "POST", path, &[("JOB-TOKEN", &token)], "").status, 401);
}

#[test]
fn an_older_server_knows_no_security_manager() {
    let body = job(&gitlab_18_2(), "job", "/job/allowed_agents").json();
    assert_eq!(body["user"]["roles_in_project"], json!(["guest", "planner", "reporter", "developer"]));
}

//! Azure DevOps: Git, and the dry runs that the documentation promises.

use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::json;

use super::*;
use crate::support::{Reply, authority};

const FETCH: &str = "git-upload-pack";
const PUSH: &str = "git-receive-pack";

fn git(sandbox: &Sandbox, path: &str, service: &str, token: &str) -> Reply {
    ask(sandbox, "GET", &format!("{path}/info/refs?service={service}")).without_headers().basic("anything", token)
}

#[test]
fn git_takes_a_token_as_password_with_any_user_name() {
    let sandbox = azure();
    for token in ["dev", "dev-short", "code-read", "entra-user", "job"] {
        assert_eq!(git(&sandbox, "/acme/app/_git/app", FETCH, token).status, 200, "{token}");
    }
    let target = format!("/acme/app/_git/app/info/refs?service={FETCH}");
    assert_eq!(ask(&sandbox, "GET", &target).without_headers().bearer("job").status, 200);
    let short = format!("/acme/_git/app/info/refs?service={FETCH}");
    assert_eq!(ask(&sandbox, "GET", &short).basic("", "dev").status, 200);
}

#[test]
fn git_is_asked_for_a_credential_and_never_shown_a_page() {
    let sandbox = azure();
    let target = format!("/acme/app/_git/app/info/refs?service={FETCH}");
    let reply = ask(&sandbox, "GET", &target).without_headers().send();
    assert_eq!(reply.status, 401);
    assert!(headers(&reply, "WWW-Authenticate").iter().any(|offer| offer.starts_with("Basic ")));
    assert_eq!(git(&sandbox, "/acme/app/_git/app", FETCH, "expired").status, 401);
    assert_eq!(git(&sandbox, "/acme/app/_git/app", FETCH, "dev-other").status, 401);
}

#[test]
fn a_push_needs_the_scope_and_the_permission() {
    let sandbox = azure();
    assert_eq!(git(&sandbox, "/acme/app/_git/app", PUSH, "code-write").status, 200);
    let scope = git(&sandbox, "/acme/app/_git/app", PUSH, "code-read");
    assert!(scope.status == 401 && scope.header("x-vss-userdata").is_some());
    let permission = git(&sandbox, "/acme/app/_git/app", PUSH, "reader");
    assert_eq!(permission.status, 403);
    assert!(permission.text().contains("TF401027: You need the Git 'GenericContribute' permission"));
    assert_eq!(git(&sandbox, "/acme/app/_git/tools", PUSH, "dev").status, 403);
}

#[test]
fn a_repository_out_of_sight_is_absent() {
    let sandbox = azure();
    for path in ["/acme/app/_git/nothing", "/acme/secret/_git/secret", "/acme/nowhere/_git/app"] {
        let reply = git(&sandbox, path, FETCH, "dev");
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.text().contains("TF401019"));
    }
}

#[test]
fn a_job_pushes_only_once_its_build_identity_may() {
    let sandbox = azure();
    let refused = git(&sandbox, "/acme/app/_git/app", PUSH, "job");
    assert!(refused.status == 403 && refused.text().contains("identity 'Build\\"));
    let granted = changed(|world| {
        world.access.push(hallpass_sandbox::azure::Access {
            identity: "app Build Service (acme)".to_owned(),
            organization: "acme".to_owned(),
            project: Some("app".to_owned()),
            allow: vec!["git:GenericContribute".to_owned()],
            ..Default::default()
        });
    });
    assert_eq!(git(&granted, "/acme/app/_git/app", PUSH, "job").status, 200);
}

#[test]
fn a_job_stays_in_its_project_and_its_declared_repositories() {
    let sandbox = azure();
    assert_eq!(git(&sandbox, "/acme/secret/_git/secret", FETCH, "job").status, 404);
    assert_eq!(git(&sandbox, "/acme/secret/_git/secret", FETCH, "collection-job").status, 200);
    assert_eq!(git(&sandbox, "/acme/app/_git/tools", FETCH, "fenced-job").status, 404);
    assert_eq!(git(&sandbox, "/acme/app/_git/app", FETCH, "fenced-job").status, 200);
    let reply = get(&sandbox, "/acme/app/_apis/git/repositories", "fenced-job").json();
    assert_eq!(reply["count"], 1);
}

#[test]
fn a_public_repository_is_fetched_by_anybody_and_pushed_by_few() {
    let sandbox = azure();
    let of = |service| {
        let target = format!("/acme/open/_git/open/info/refs?service={service}");
        ask(&sandbox, "GET", &target).without_headers().send().status
    };
    assert_eq!((of(FETCH), of(PUSH)), (200, 401));
    assert_eq!(git(&sandbox, "/acme/open/_git/open", PUSH, "dev").status, 403);
}

#[test]
fn real_git_reads_the_refs_of_a_server() {
    let mut scenario = Scenario::named("azure-server").expect("shipped");
    scenario.azure.as_mut().expect("an Azure DevOps").windows = false;
    let sandbox = Sandbox::start(scenario);
    let address =
        format!("http://any:{}@{}/tfs/DefaultCollection/app/_git/app", sandbox.token("dev"), authority(&sandbox));
    let output = std::process::Command::new("git")
        .args(["-c", "credential.helper=", "-c", "http.proxy=", "ls-remote", &address])
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(String::from_utf8_lossy(&output.stdout).contains("refs/tags/v1.0.0"), "{output:?}");
    sandbox.assert_all_planned();
}

const PATCH: &str = "application/json-patch+json";

fn title() -> String {
    json!([{ "op": "add", "path": "/fields/System.Title", "value": "a probe" }]).to_string()
}

#[test]
fn a_work_item_can_be_validated_without_being_saved() {
    let sandbox = azure();
    let validate = |token: &str, body: &str| {
        ask(&sandbox, "POST", "/acme/app/_apis/wit/workitems/$Task?validateOnly=true").body(PATCH, body).with(token)
    };
    assert_eq!(validate("work-write", &title()).json()["id"], -1);
    let missing = validate("work-write", "[{}]");
    assert_eq!((missing.status, type_key(&missing).as_str()), (400, "RuleValidationException"));
    assert_eq!(validate("work-read", &title()).status, 401);
    let denied = validate("reader", &title());
    assert!(denied.status == 403 && denied.text().contains("TF50309"));
    sandbox.assert_all_planned();
    ask(&sandbox, "POST", "/acme/app/_apis/wit/workitems/$Task").body(PATCH, &title()).with("work-write");
    assert_eq!(sandbox.violations().len(), 1);
}

#[test]
fn a_mandatory_field_still_proves_the_scope() {
    let sandbox = azure();
    let target = "/acme/strict/_apis/wit/workitems/$Task?validateOnly=true";
    let reply = ask(&sandbox, "POST", target).body(PATCH, &title()).with("work-write");
    assert!(reply.status == 400 && reply.text().contains("Custom.Reason"));
}

#[test]
fn an_update_can_be_validated_too() {
    let sandbox = azure();
    let update = |id: &str, content_type: &str| {
        let target = format!("/acme/app/_apis/wit/workitems/{id}?validateOnly=true");
        ask(&sandbox, "PATCH", &target).body(content_type, &title()).with("work-write").status
    };
    assert_eq!((update("1", PATCH), update("9", PATCH), update("1", "application/json")), (200, 404, 415));
    sandbox.assert_all_planned();
}

#[test]
fn a_query_can_be_validated_without_being_saved() {
    let sandbox = azure();
    let ask_for =
        |target: &str, token: &str| ask(&sandbox, "POST", target).json(r#"{"wiql":"select"}"#).with(token).status;
    assert_eq!(ask_for("/acme/app/_apis/wit/queries/Mine?validateWiqlOnly=true", "work-write"), 200);
    assert_eq!(ask_for("/acme/app/_apis/wit/queries/Mine?validateWiqlOnly=true", "work-read"), 401);
    assert_eq!(ask_for("/acme/app/_apis/wit/wiql", "work-read"), 200);
    assert_eq!(ask_for("/acme/app/Team/_apis/wit/wiql", "work-read"), 200);
    sandbox.assert_all_planned();
    ask_for("/acme/app/_apis/wit/queries/Mine", "work-write");
    assert_eq!(sandbox.violations().len(), 1);
}

#[test]
fn a_run_can_be_previewed_where_the_run_needs_the_scope() {
    let sandbox = azure();
    let run = |id: &str, token: &str| {
        let target = format!("/acme/app/_apis/pipelines/{id}/runs");
        ask(&sandbox, "POST", &target).json(r#"{"previewRun":true}"#).with(token)
    };
    assert!(run("12", "build-execute").json()["finalYaml"].is_string());
    assert_eq!(run("12", "build-read").status, 401);
    let fault = run("13", "build-execute");
    assert_eq!((fault.status, type_key(&fault).as_str()), (400, "PipelineValidationException"));
    let missing = run("99", "build-execute");
    assert_eq!((missing.status, type_key(&missing).as_str()), (500, "PipelineNotFoundException"));
    assert_eq!(run("12", "reader").status, 403);
    let preview = ask(&sandbox, "POST", "/acme/app/_apis/pipelines/12/preview").json("{}").with("build-read");
    assert_eq!(preview.status, 200);
    sandbox.assert_all_planned();
    ask(&sandbox, "POST", "/acme/app/_apis/pipelines/12/runs").json("{}").with("build-execute");
    assert_eq!(sandbox.violations().len(), 1);
}

#[test]
fn a_status_and_a_thread_need_only_their_narrow_scopes() {
    let sandbox = changed(|world| world.token_mut("code-read").scopes = vec!["vso.threads_full".to_owned()]);
    let statuses = "/acme/app/_apis/git/repositories/app/commits/0000000000000000000000000000000000000000/statuses";
    assert_eq!(ask(&sandbox, "POST", statuses).json("{}").with("code-status").status, 404);
    assert_eq!(ask(&sandbox, "POST", statuses).json("{}").with("work-write").status, 401);
    let threads = "/acme/app/_apis/git/repositories/app/pullRequests/99/threads";
    assert_eq!(ask(&sandbox, "POST", threads).json("{}").with("code-read").status, 404);
    assert_eq!(ask(&sandbox, "POST", threads).json("{}").with("code-status").status, 401);
    sandbox.assert_all_planned();
}

#[test]
fn the_role_in_a_feed_can_be_read() {
    let sandbox = azure();
    let target = "/acme/app/_apis/packaging/Feeds/packages/permissions";
    let roles =
        |token| ask(&sandbox, "GET", target).at("feeds.dev.azure.com").with(token).json()["value"][0]["role"].clone();
    assert_eq!(
        (roles("packaging"), roles("reader"), roles("job")),
        (json!("contributor"), json!("reader"), json!("collaborator"))
    );
}

#[test]
fn top_shortens_a_list() {
    let sandbox = azure();
    let all = get(&sandbox, "/acme/app/_apis/git/repositories/app/refs", "dev").json();
    assert_eq!(all["count"], 3);
    assert_eq!(get(&sandbox, "/acme/app/_apis/git/repositories/app/refs?$top=1", "dev").json()["count"], 1);
}

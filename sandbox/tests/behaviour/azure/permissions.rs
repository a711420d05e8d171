//! What the identity behind a token may do.

use hallpass_sandbox::azure::{Role, TokenKind};
use serde_json::json;

use super::*;

#[test]
fn a_project_out_of_sight_and_one_that_is_not_there_have_their_codes() {
    let sandbox = azure();
    let hidden = get(&sandbox, "/acme/secret/_apis/git/repositories", "dev");
    assert_eq!((hidden.status, type_key(&hidden).as_str()), (404, "ProjectDoesNotExistException"));
    assert!(hidden.text().contains("VS800075") && hidden.header("x-vss-userdata").is_some());
    let missing = get(&sandbox, "/acme/nowhere/_apis/git/repositories", "dev");
    assert!(missing.status == 404 && missing.text().contains("TF200016"));
    let repository = get(&sandbox, &format!("{REPOSITORIES}/nothing"), "dev");
    assert_eq!((repository.status, type_key(&repository).as_str()), (404, "GitRepositoryNotFoundException"));
    assert!(repository.text().contains("TF401019"));
}

#[test]
fn what_the_identity_may_not_do_is_a_403_with_the_permission() {
    let sandbox = azure();
    let push = ask(&sandbox, "POST", &format!("{REPOSITORIES}/app/pushes")).json("{}").with("reader");
    assert_eq!((push.status, type_key(&push).as_str()), (403, "GitNeedsPermissionException"));
    assert!(push.text().contains("TF401027: You need the Git 'GenericContribute' permission"));
    let project = ask(&sandbox, "POST", "/acme/_apis/projects").json("{}").with("dev");
    assert_eq!(project.status, 403);
    assert!(project.text().contains("TF50309") && project.text().contains("Create new projects"));
    sandbox.assert_all_planned();
}

#[test]
fn a_write_that_would_have_succeeded_is_a_violation() {
    let sandbox = azure();
    let reply = ask(&sandbox, "POST", &format!("{REPOSITORIES}/app/pushes")).json("{}").with("dev");
    assert_eq!((reply.status, sandbox.violations().len()), (501, 1));
}

#[test]
fn permissions_are_those_of_the_identity_not_of_the_scope() {
    let sandbox = azure();
    let (project, repository) = ids(&sandbox, "/acme/app", "app");
    let may = |token: &str, bits: u32, place: &str| {
        let target = format!("/acme/_apis/permissions/{GIT_NAMESPACE}/{bits}?tokens={place}");
        get(&sandbox, &target, token).json()["value"][0].clone()
    };
    let place = format!("repoV2/{project}/{repository}");
    // Contribute: the scope of the first token is reading only, its owner may write.
    assert_eq!((may("code-read", 4, &place), may("reader", 4, &place)), (json!(true), json!(false)));
    assert_eq!(
        (may("reader", 2, &place), may("job", 16384, &place), may("job", 4, &place)),
        (json!(true), json!(true), json!(false))
    );
    let (_, tools) = ids(&sandbox, "/acme/app", "tools");
    assert_eq!(may("dev", 4, &format!("repoV2/{project}/{tools}")), json!(false));
    assert_eq!(may("dev", 4, "repoV2/00000000-0000-4000-8000-000000000000"), json!(false));
    assert_eq!(may("dev", 6, &format!("{place}/refs/heads/6d00")), json!(true));
}

#[test]
fn many_permissions_can_be_asked_for_at_once() {
    let sandbox = azure();
    let (project, repository) = ids(&sandbox, "/acme/app", "app");
    let question = |namespace: &str, token: String, bits: u32| json!({ "securityNamespaceId": namespace, "token": token, "permissions": bits });
    let body = json!({ "alwaysAllowAdministrators": false, "evaluations": [
        question(GIT_NAMESPACE, format!("repoV2/{project}/{repository}"), 4),
        question(GIT_NAMESPACE, format!("repoV2/{project}/{repository}"), 8),
        question("33344d9c-fc72-4d6f-aba5-fa317101a7e9", project.clone(), 128),
        question("52d39943-cb85-4d7f-8fa8-c6baac873819", format!("$PROJECT:vstfs:///Classification/TeamProject/{project}"), 1),
    ]});
    let reply =
        ask(&sandbox, "POST", "/acme/_apis/security/permissionevaluationbatch").json(&body.to_string()).with("dev");
    let reply = reply.json();
    let values: Vec<bool> =
        reply["evaluations"].as_array().into_iter().flatten().map(|it| it["value"] == true).collect();
    assert_eq!(values, [true, false, true, true]);
    sandbox.assert_all_planned();
}

#[test]
fn an_administrator_may_be_let_through_on_demand() {
    let sandbox = azure();
    let target = format!("/acme/_apis/permissions/{GIT_NAMESPACE}/128?tokens=repoV2");
    // Nobody holds the bit for bypassing policies.
    assert_eq!(get(&sandbox, &target, "owner").json()["value"], json!([false]));
    let lenient = format!("{target}&alwaysAllowAdministrators=true");
    assert_eq!(get(&sandbox, &lenient, "owner").json()["value"], json!([true]));
    assert_eq!(get(&sandbox, &lenient, "dev").json()["value"], json!([false]));
}

#[test]
fn an_unknown_namespace_is_not_evaluated() {
    let target = "/acme/_apis/permissions/00000000-0000-4000-8000-000000000000/1?tokens=x";
    let reply = get(&azure(), target, "dev");
    assert_eq!((reply.status, type_key(&reply).as_str()), (404, "InvalidSecurityNamespaceException"));
}

#[test]
fn a_role_given_in_code_counts() {
    let sandbox = changed(|world| {
        let entry = world.access.iter_mut().find(|entry| entry.identity == "reader-1").expect("an entry");
        entry.role = Some(Role::Contributor);
        world.token_mut("dev").kind = TokenKind::Pat;
    });
    let (project, repository) = ids(&sandbox, "/acme/app", "app");
    let target = format!("/acme/_apis/permissions/{GIT_NAMESPACE}/4?tokens=repoV2/{project}/{repository}");
    assert_eq!(get(&sandbox, &target, "reader").json()["value"], json!([true]));
}

#[test]
fn anybody_reads_a_public_project_but_not_with_a_wrong_token() {
    let sandbox = azure();
    let target = "/acme/open/_apis/git/repositories";
    assert_eq!(ask(&sandbox, "GET", target).send().json()["count"], 1);
    assert_eq!(get(&sandbox, target, "expired").status, 401);
    assert_eq!(ask(&sandbox, "GET", REPOSITORIES).send().status, 401);
    assert_eq!(ask(&sandbox, "GET", "/acme/_apis/projects").send().json()["value"][0]["name"], "open");
    assert_eq!(ask(&sandbox, "GET", "/other/_apis/projects").send().status, 401);
}

#[test]
fn a_list_may_be_empty_for_this_identity() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/acme/app/_apis/serviceendpoint/endpoints", "git-zen").json()["count"], 1);
    assert_eq!(get(&sandbox, "/acme/strict/_apis/serviceendpoint/endpoints", "git-zen").json()["count"], 0);
}

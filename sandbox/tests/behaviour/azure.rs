//! Azure DevOps: what a credential, its scope and its identity make of a request.

use hallpass_sandbox::azure::{Release, Role, TokenKind};
use hallpass_sandbox::{Fault, FaultPlan, RateLimit, Sandbox, Scenario};
use serde_json::json;

use crate::azure_support::*;

const WHO: &str = "/acme/_apis/connectionData";
const TEAMS: &str = "/acme/_apis/teams";
const REPOSITORIES: &str = "/acme/app/_apis/git/repositories";

#[test]
fn connection_data_names_the_identity_of_every_kind_of_token() {
    let sandbox = azure();
    for (token, name) in [
        ("dev", "dev-1"),
        ("dev-short", "dev-1"),
        ("code-status", "dev-1"),
        ("entra-user", "dev-1"),
        ("entra-robot", "robot-1"),
        ("job", "app Build Service (acme)"),
        ("collection-job", "Project Collection Build Service (acme)"),
    ] {
        let reply = get(&sandbox, WHO, token);
        assert_eq!(reply.json()["authenticatedUser"]["providerDisplayName"], name, "{token}");
    }
    sandbox.assert_all_planned();
}

#[test]
fn connection_data_exists_as_a_preview_only() {
    let sandbox = azure();
    let reply = get(&sandbox, "/acme/_apis/connectionData?api-version=7.1", "dev");
    assert_eq!((reply.status, type_key(&reply).as_str()), (400, "VssInvalidPreviewVersionException"));
    assert!(reply.text().contains("-preview flag must be supplied"));
}

#[test]
fn without_the_two_headers_a_caller_is_shown_a_sign_in_page() {
    let sandbox = azure();
    for headers in [vec![], vec![("Accept", "application/json")], vec![("X-TFS-FedAuthRedirect", "Suppress")]] {
        let asked = headers
            .into_iter()
            .fold(ask(&sandbox, "GET", WHO).without_headers(), |asked, (name, value)| asked.header(name, value));
        let reply = asked.with("expired");
        assert_eq!((reply.status, reply.header("content-type")), (203, Some("text/html; charset=utf-8")));
        assert!(reply.text().contains("Sign In"));
    }
    let plain = get(&sandbox, WHO, "expired");
    assert_eq!((plain.status, plain.body.len(), plain.header("content-type")), (401, 0, None));
}

#[test]
fn a_sign_in_page_may_be_a_redirect_and_may_insist() {
    let sandbox = changed(|world| {
        world.sign_in.code = 302;
        world.sign_in.insists = true;
    });
    let reply = get(&sandbox, WHO, "revoked");
    assert_eq!(reply.status, 302);
    assert!(reply.header("location").is_some_and(|to| to.contains("/_signin?realm=dev.azure.com")));
}

#[test]
fn a_dead_bearer_gets_a_page_for_some_methods_only() {
    let sandbox = azure();
    let of = |method| {
        let target = "/acme/app/_apis/wit/workitems/1?validateOnly=true";
        ask(&sandbox, method, target).without_headers().with("entra-expired")
    };
    assert_eq!(
        (of("GET").status, of("PATCH").status, type_key(&of("PATCH")).as_str()),
        (203, 401, "InvalidIdentityException")
    );
}

#[test]
fn an_organization_may_answer_anybody_with_the_anonymous_identity() {
    let sandbox = changed(|world| world.organization_mut("acme").answers_anybody = true);
    for token in ["expired", "dev-other"] {
        let user = get(&sandbox, WHO, token).json()["authenticatedUser"].clone();
        assert_eq!(
            (&user["id"], &user["providerDisplayName"]),
            (&json!("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), &json!("Anonymous"))
        );
    }
    assert_eq!(get(&sandbox, WHO, "dev").json()["authenticatedUser"]["providerDisplayName"], "dev-1");
    assert_eq!(get(&sandbox, TEAMS, "expired").status, 401);
}

#[test]
fn a_401_offers_three_ways_in_and_names_the_tenant() {
    let sandbox = azure();
    let reply = ask(&sandbox, "GET", WHO).send();
    let offers = headers(&reply, "WWW-Authenticate");
    assert_eq!(offers.len(), 3);
    assert!(offers[0].starts_with("Bearer authorization_uri=https://login.microsoftonline.com/7cfe4c9f-"));
    assert!(offers[1].starts_with("Basic realm="));
    assert_eq!(reply.header("x-vss-resourcetenant"), Some("7cfe4c9f-829b-4857-89f9-dfa21e53e1d9"));
    assert!(reply.header("x-vss-e2eid").is_some() && reply.header("activityid").is_some());
}

#[test]
fn dead_unknown_and_misplaced_tokens_look_alike() {
    let sandbox = azure();
    for token in ["expired", "revoked", "dev-other"] {
        let reply = get(&sandbox, WHO, token);
        assert_eq!((reply.status, reply.body.len(), reply.header("x-vss-userdata")), (401, 0, None), "{token}");
    }
    let unknown = ask(&sandbox, "GET", WHO).header("Authorization", "Basic OnNhbmRib3gtbm9ib2R5").send();
    assert_eq!((unknown.status, unknown.body.len()), (401, 0));
}

#[test]
fn a_personal_token_is_no_bearer() {
    assert_eq!(ask(&azure(), "GET", WHO).bearer("dev").status, 401);
}

#[test]
fn a_world_may_say_why_a_token_is_dead() {
    let sandbox = changed(|world| world.explains = true);
    let reply = get(&sandbox, WHO, "expired");
    let why = reply.header("x-tfs-serviceerror").map(str::to_owned).unwrap_or_default();
    assert!(why.contains("Personal%20Access%20Token%20used%20has%20expired"), "{why}");
}

#[test]
fn a_dead_bearer_gets_a_body_with_a_byte_order_mark() {
    let sandbox = azure();
    let reply = get(&sandbox, WHO, "entra-expired");
    assert_eq!((reply.status, type_key(&reply).as_str()), (401, "InvalidIdentityException"));
    assert!(reply.text().starts_with('\u{feff}') && reply.text().contains("TF400813"));
    assert!(reply.header("x-tfs-serviceerror").is_some_and(|text| text.starts_with("TF400813%3A")));
}

#[test]
fn a_missing_scope_is_a_401_that_names_the_identity() {
    let sandbox = azure();
    let reply = get(&sandbox, REPOSITORIES, "work-read");
    assert_eq!((reply.status, reply.body.len()), (401, 0));
    assert!(reply.header("x-vss-userdata").is_some_and(|data| data.ends_with(":dev-1@example.test")));
    let silent = changed(|world| world.names_identity = false);
    assert_eq!(get(&silent, REPOSITORIES, "work-read").header("x-vss-userdata"), None);
}

#[test]
fn scopes_hold_the_ones_inside_them() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, REPOSITORIES, "code-write").status, 200);
    // Code holds hooks, hooks hold the profile: listing projects proves nothing about projects.
    assert_eq!(get(&sandbox, "/acme/_apis/projects", "code-read").status, 200);
    assert_eq!(get(&sandbox, TEAMS, "code-read").status, 401);
    assert_eq!(get(&sandbox, TEAMS, "git-zen").status, 200);
    assert_eq!(get(&sandbox, "/acme/_apis/projects", "code-status").status, 401);
}

#[test]
fn a_token_of_one_organization_is_not_for_another() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev-other").status, 200);
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev").status, 401);
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev-global").status, 200);
}

#[test]
fn global_tokens_all_stop_on_one_day() {
    let at = |now: &str| {
        let mut scenario = Scenario::named("azure").expect("shipped");
        scenario.now = now.parse().expect("a time");
        get(&Sandbox::start(scenario), WHO, "dev-global").status
    };
    assert_eq!((at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00:00Z")), (200, 401));
}

#[test]
fn an_identity_without_a_place_in_the_organization_is_told_so() {
    let sandbox = azure();
    let reply = get(&sandbox, WHO, "outsider");
    assert_eq!((reply.status, type_key(&reply).as_str()), (401, "UnauthorizedRequestException"));
    assert!(reply.text().contains("TF400813: The user 'outsider-1'"));
}

#[test]
fn policies_and_first_sign_in_have_their_codes() {
    let sandbox = azure();
    let fenced = get(&sandbox, "/fenced/_apis/connectionData", "fenced");
    assert_eq!((fenced.status, type_key(&fenced).as_str()), (403, "VssServiceException"));
    assert!(fenced.text().contains("VS403463: The conditional access policy"));
    assert!(get(&sandbox, WHO, "newcomer").text().contains("TF401444"));
}

#[test]
fn an_organization_without_entra_takes_personal_tokens_only() {
    let sandbox = azure();
    let refused = get(&sandbox, "/lonely/_apis/connectionData", "entra-user");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-vss-resourcetenant"), Some("00000000-0000-0000-0000-000000000000"));
    assert_eq!(get(&sandbox, "/lonely/_apis/connectionData", "dev-lonely").status, 200);
}

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
fn a_route_of_a_sister_host_is_unplanned_at_another() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/acme/_apis/graph/users", "dev").status, 501);
    assert_eq!(ask(&sandbox, "GET", "/acme/_apis/graph/users").at("vssps.dev.azure.com").with("dev").status, 200);
    assert_eq!(ask(&sandbox, "GET", "/app/_apis/git/repositories").at("acme.visualstudio.com").with("dev").status, 200);
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn a_bound_token_is_refused_by_the_host_of_no_organization() {
    let sandbox = azure();
    let profile =
        |token| ask(&sandbox, "GET", "/_apis/profile/profiles/me").at("app.vssps.visualstudio.com").with(token);
    let bound = profile("dev");
    assert!(bound.status == 401 && bound.header("x-vss-userdata").is_some());
    assert_eq!(profile("dev-global").json()["displayName"], "dev-1");
    let accounts =
        ask(&sandbox, "GET", "/_apis/accounts?memberId=me").at("app.vssps.visualstudio.com").with("entra-user").json();
    let names: Vec<&str> =
        accounts["value"].as_array().into_iter().flatten().filter_map(|it| it["accountName"].as_str()).collect();
    assert_eq!(names, ["acme", "other", "lonely"]);
}

#[test]
fn only_a_users_own_sign_in_lists_personal_tokens() {
    let sandbox = azure();
    let list = |token| ask(&sandbox, "GET", "/acme/_apis/tokens/pats").at("vssps.dev.azure.com").with(token);
    let body = list("entra-user").json();
    let tokens = body["patTokens"].as_array().cloned().unwrap_or_default();
    let global = tokens.iter().find(|token| token["displayName"] == "dev-global").expect("listed");
    assert_eq!((&global["targetAccounts"], &global["token"]), (&json!(null), &json!(null)));
    let dev = tokens.iter().find(|token| token["displayName"] == "dev").expect("listed");
    assert_eq!((&dev["scope"], &dev["validTo"]), (&json!("app_token"), &json!("2027-09-30T00:00:00Z")));
    assert!(tokens.iter().all(|token| token["displayName"] != "expired"));
    assert_eq!(list("dev").status, 401);
    assert_eq!(list("job").status, 401);
    assert_eq!(list("entra-robot").status, 401);
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
fn the_limit_first_asks_to_slow_down_and_then_blocks() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    scenario.rate_limit =
        Some(RateLimit { limit: 200, remaining: 2, resets_in_seconds: 30, name: "Services/TSTU".to_owned() });
    let sandbox = Sandbox::start(scenario);
    assert_eq!(get(&sandbox, WHO, "dev").header("retry-after"), None);
    let slow = get(&sandbox, WHO, "dev");
    assert_eq!(
        (slow.status, slow.header("retry-after"), slow.header("x-ratelimit-remaining")),
        (200, Some("30"), Some("0"))
    );
    let blocked = get(&sandbox, WHO, "dev");
    assert_eq!((blocked.status, blocked.header("retry-after")), (429, Some("30")));
    assert!(blocked.text().contains("TF400733") && blocked.header("x-ratelimit-resource") == Some("Services/TSTU"));
}

#[test]
fn faults_hit_it_like_any_forge() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    scenario.faults = vec![FaultPlan::always("/acme/_apis/connectionData", Fault::SignInPage { code: 203 })];
    assert_eq!(get(&Sandbox::start(scenario), WHO, "dev").status, 203);
}

#[test]
fn anybody_reads_a_public_project_but_not_with_a_wrong_token() {
    let sandbox = azure();
    let target = "/acme/open/_apis/git/repositories";
    assert_eq!(ask(&sandbox, "GET", target).send().json()["count"], 1);
    assert_eq!(get(&sandbox, target, "expired").status, 401);
    assert_eq!(ask(&sandbox, "GET", REPOSITORIES).send().status, 401);
}

#[test]
fn a_list_may_be_empty_for_this_identity() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/acme/app/_apis/serviceendpoint/endpoints", "git-zen").json()["count"], 1);
    assert_eq!(get(&sandbox, "/acme/strict/_apis/serviceendpoint/endpoints", "git-zen").json()["count"], 0);
}

#[test]
fn the_record_keeps_names_of_tokens_and_no_texts() {
    let sandbox = azure();
    get(&sandbox, WHO, "dev");
    get(&sandbox, WHO, "entra-user");
    let seen: Vec<(Option<String>, String)> =
        sandbox.requests().into_iter().map(|seen| (seen.token, seen.presented)).collect();
    assert_eq!(seen[0], (Some("dev".to_owned()), "basic:".to_owned()));
    assert_eq!(seen[1], (Some("entra-user".to_owned()), "bearer".to_owned()));
    assert_eq!(sandbox.requests()[0].host, "dev.azure.com");
}

#[test]
fn tokens_have_the_form_of_their_kind() {
    let sandbox = azure();
    let long = sandbox.token("dev");
    assert_eq!((long.len(), &long[52..60], &long[76..80]), (84, "JQQJ99CJ", "AZDO"));
    assert_eq!(&sandbox.token("dev-global")[58..60], "CA");
    let short = sandbox.token("dev-short");
    assert!(short.len() == 52 && short.chars().all(|letter| matches!(letter, 'a'..='z' | '2'..='7')));
    assert_eq!(sandbox.token("job").split('.').count(), 3);
}

#[test]
fn a_read_needs_no_version_and_a_write_does() {
    let sandbox = azure();
    let bare = ask(&sandbox, "GET", "/acme/_apis/teams?api-version=").with("owner");
    assert_eq!((bare.status, type_key(&bare).as_str()), (400, "VssPropertyValidationException"));
    let body = json!({ "evaluations": [] }).to_string();
    let in_accept = ask(&sandbox, "POST", "/acme/_apis/security/permissionevaluationbatch?x=api-version")
        .without_headers()
        .header("X-TFS-FedAuthRedirect", "Suppress")
        .header("Accept", "application/json; api-version=7.1")
        .json(&body)
        .with("dev");
    assert_eq!(in_accept.status, 200);
    let missing =
        ask(&sandbox, "POST", "/acme/_apis/security/permissionevaluationbatch?x=api-version").json(&body).with("dev");
    assert_eq!((missing.status, type_key(&missing).as_str()), (400, "VssVersionNotSpecifiedException"));
    let newer = get(&sandbox, "/acme/_apis/projects?api-version=7.3-preview", "dev");
    assert_eq!((newer.status, type_key(&newer).as_str()), (400, "VssVersionOutOfRangeException"));
}

#[test]
fn a_server_has_everything_below_the_collection_and_an_older_api() {
    let sandbox = server();
    let at =
        |path: &str, token: &str| ask(&sandbox, "GET", &format!("/tfs/DefaultCollection/{path}")).plainly().with(token);
    assert_eq!(at("_apis/connectionData?api-version=6.0-preview", "dev").json()["deploymentType"], "onPremises");
    let newer = at("_apis/projects?api-version=7.0", "dev");
    assert_eq!((newer.status, type_key(&newer).as_str()), (400, "VssVersionOutOfRangeException"));
    assert!(newer.text().contains("supports is 6.0."));
    assert_eq!(at("_apis/projects?api-version=6.0", "dev-long").status, 200);
    assert_eq!(at("_apis/graph/users?api-version=6.0-preview", "dev").status, 200);
    assert_eq!(at("_apis/tokens/pats?api-version=6.0-preview", "dev").status, 404);
    sandbox.assert_all_planned();
}

#[test]
fn a_server_challenges_and_never_shows_a_sign_in_page() {
    let sandbox = server();
    let target = "/tfs/DefaultCollection/_apis/projects?api-version=6.0";
    let reply = ask(&sandbox, "GET", target).plainly().without_headers().with("expired");
    assert_eq!(reply.status, 401);
    assert!(headers(&reply, "WWW-Authenticate").contains(&"NTLM") && reply.header("x-vss-resourcetenant").is_none());
    assert_eq!(ask(&sandbox, "GET", target).plainly().with("entra-user").status, 401);
    // The address above the collections asks even a good token to sign in.
    assert_eq!(ask(&sandbox, "GET", "/tfs/_apis/connectionData").plainly().with("dev").status, 401);
}

#[test]
fn each_release_of_the_server_ends_at_its_own_version() {
    for (release, newest, next) in
        [(Release::V2019, "5.1", "6.0"), (Release::V2022, "7.0", "7.1"), (Release::V2022Update1, "7.1", "7.2-preview")]
    {
        let sandbox = changed(|world| world.release = release);
        let at = |version| {
            ask(&sandbox, "GET", &format!("/acme/_apis/projects?api-version={version}")).plainly().with("dev").status
        };
        assert_eq!((at(newest), at(next)), (200, 400), "{release:?}");
    }
}

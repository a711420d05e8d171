//! The forge says no. Which layer refused is the whole question.

use hallpass_sandbox::{Fault, FaultPlan};

use crate::support::hallpass::Scene;

fn current() -> Scene {
    Scene::named("gitlab-19")
}

#[test]
fn a_401_because_the_token_expired() {
    let ran = current().check("expired", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied expired observed").finds("token-expired", &["expired"]);
    assert_eq!(ran.token()["active"], false);
}

#[test]
fn a_401_because_the_token_was_revoked() {
    let ran = current().check("revoked", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied revoked observed").finds("token-revoked", &["revoked"]);
}

#[test]
fn a_401_because_nobody_knows_the_token() {
    let scene = current();
    let text = format!("glpat-{}", "Zz9".repeat(7));
    let ran = scene.checking(&text, "acme/app", &["mr.list"]).go();
    ran.exits(1).judges("mr.list", "denied rejected observed").finds("token-rejected", &["does not say why"]);
    ran.assert_without(&text);
    assert_eq!(scene.forge.requests().len(), 1);
}

#[test]
fn a_403_because_of_the_scope() {
    let ran = current().check("read-user", "acme/app", &["mr.list", "mr.create"]);
    ran.exits(1).finds("scope-missing", &["`read_api`", "`read_user`"]);
    assert_eq!(ran.capability("mr.list")["layer"], "scope");
    ran.judges("mr.create", "denied scope declared");
}

#[test]
fn a_403_because_of_the_role() {
    let ran = current().check("guest", "acme/app", &["mr.list", "mr.create"]);
    ran.exits(1).judges("mr.list", "denied role observed").judges("mr.create", "denied role declared");
    ran.finds("role-too-low", &["developer", "guest"]);
}

#[test]
fn a_403_because_a_feature_is_switched_off() {
    let ran = current().check("owner", "acme/bare", &["issue.list", "issue.create", "environment.list"]);
    ran.exits(1).judges("issue.list", "denied feature observed").judges("issue.create", "denied feature declared");
    ran.judges("environment.list", "denied feature observed");
    ran.finds("feature-disabled", &["issues", "switched off"]);
}

#[test]
fn a_403_because_the_token_is_of_another_project() {
    let ran = current().check("project-bot", "acme/internal", &["mr.create", "hook.list", "git.push"]);
    ran.exits(1).judges("hook.list", "denied role observed").judges("git.push", "denied role observed");
    // Nothing refused this one, and an administrator's token would look the same.
    ran.judges("mr.create", "unknown role declared");
    assert!(ran.capability("mr.create")["reason"].as_str().unwrap().contains("no member"));
    // Its own project would have had it.
    current().check("project-bot", "acme/app", &["mr.create"]).exits(0);
}

#[test]
fn a_bot_on_a_project_that_it_cannot_see_is_refused_by_git_with_401() {
    let ran = current().check("project-bot", "acme/other", &["git.clone", "mr.list"]);
    ran.exits(1).judges("git.clone", "denied visibility observed").judges("mr.list", "denied visibility observed");
    assert_eq!(ran.token()["active"], true);
}

#[test]
fn a_404_that_hides_a_project() {
    let ran = current().check("outsider", "acme/app", &["mr.list", "mr.create", "git.clone"]);
    ran.exits(1).judges("mr.list", "denied visibility observed").judges("mr.create", "denied visibility observed");
    ran.finds("target-not-visible", &["not visible", "may not exist"]);
    // A project that is not there looks the same, and is told the same.
    let absent = current().check("dev", "acme/none", &["mr.list"]);
    absent.exits(1).judges("mr.list", "denied visibility observed");
    assert_eq!(absent.capability("mr.list")["reason"], ran.capability("mr.list")["reason"]);
}

#[test]
fn a_project_token_is_refused_where_a_personal_token_with_the_same_scopes_is_not() {
    let scene = current();
    scene.check("owner", "acme/app", &["variable.read"]).exits(0).judges("variable.read", "allowed - observed");
    let ran = scene.check("reporter-bot", "acme/app", &["variable.read"]);
    ran.exits(1).judges("variable.read", "denied role observed").finds("role-too-low", &["maintainer", "reporter"]);
    assert_eq!(ran.token()["kind"], "project");
    assert_eq!(scene.check("owner", "acme/app", &[]).token()["scopes"], ran.token()["scopes"]);
}

#[test]
fn the_whole_api_and_a_developer_on_an_action_of_maintainers() {
    let ran = current().check("dev", "acme/app", &["hook.list", "hook.manage"]);
    ran.exits(1).judges("hook.manage", "denied role declared").judges("hook.list", "denied role observed");
    ran.finds("role-too-low", &["maintainer", "developer"]);
    assert!(!ran.rules().contains(&"scope-missing".to_owned()), "{:?}", ran.rules());
}

#[test]
fn fine_grained_tokens_are_enforced() {
    let ran = current().check("owner", "acme/secure/vault", &["mr.list", "git.clone"]);
    ran.exits(1).judges("mr.list", "denied kind observed").judges("git.clone", "denied kind observed");
    ran.finds("kind-cannot", &["fine-grained"]);
}

#[test]
fn git_asks_for_a_session_of_single_sign_on() {
    let ran = current().check("owner", "sso/app", &["git.clone"]);
    ran.exits(1).judges("git.clone", "denied sso observed").finds("sso-required", &["SSO"]);
}

#[test]
fn an_archived_project_can_be_read_and_not_changed() {
    let ran = current().check("owner", "acme/archive", &["mr.list", "git.clone", "git.push", "mr.create"]);
    ran.exits(1).judges("mr.list", "allowed - observed").judges("git.clone", "allowed - observed");
    ran.judges("git.push", "denied archived observed").judges("mr.create", "denied archived declared");
}

#[test]
fn the_account_behind_the_token_is_blocked() {
    let ran = current().check("blocked", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied blocked-user observed").finds("token-rejected", &["blocked"]);
}

#[test]
fn a_group_that_lets_only_some_addresses_in_hides_its_projects() {
    let ran = current().check("owner", "fenced/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied visibility observed");
    let told = format!("{:#}", ran.finding("target-not-visible"));
    assert!(told.contains("address") || told.contains("network"), "{told}");
}

#[test]
fn a_role_that_comes_through_an_invited_group_counts() {
    let ran = current().check("invited", "acme/app", &["mr.create", "hook.manage"]);
    ran.exits(0).judges("mr.create", "allowed - declared").judges("hook.manage", "allowed - declared");
    assert_eq!(ran.token()["role"], "maintainer");
}

#[test]
fn two_answers_that_contradict_each_other_give_no_verdict() {
    let body = r#"{"id":1,"scopes":["api"],"user_id":101,"active":true,"revoked":true,"expires_at":"2027-01-31"}"#;
    let scene = Scene::answering("/api/v4/personal_access_tokens/self", 200, body);
    let ran = scene.check("dev", "acme/app", &["mr.list", "mr.create"]);
    ran.exits(3).judges("mr.create", "unknown contradiction inferred").finds("contradiction", &["revoked"]);
}

#[test]
fn what_the_forge_does_rules_over_what_it_says() {
    // The token says `read_user` only, and yet the list comes.
    let scene = Scene::answering("/api/v4/projects/acme%2Fapp/merge_requests", 200, "[]");
    let ran = scene.check("read-user", "acme/app", &["mr.list"]);
    ran.exits(0).judges("mr.list", "allowed contradiction observed").finds("contradiction", &["`read_api`"]);
}

#[test]
fn a_401_after_the_token_was_accepted_is_a_contradiction_and_no_refusal() {
    let scene =
        Scene::answering("/api/v4/projects/acme%2Fapp/merge_requests", 401, r#"{"message":"401 Unauthorized"}"#);
    scene.check("dev", "acme/app", &["mr.list"]).exits(3).judges("mr.list", "unknown contradiction declared");
}

#[test]
fn the_project_has_moved() {
    let ran = current().check("dev", "acme/old-app", &["mr.list"]);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
    ran.finds("answer-unusable", &["/projects/201"]);
}

#[test]
fn a_bare_403_is_told_with_its_candidates() {
    let scene = Scene::broken(vec![FaultPlan::always(
        "/api/v4/projects/acme%2Fapp/merge_requests",
        Fault::Status {
            code: 403,
            headers: [("Content-Type".to_owned(), "application/json".to_owned())].into(),
            body: r#"{"message":"403 Forbidden"}"#.to_owned(),
        },
    )]);
    let ran = scene.check("dev", "acme/app", &["mr.list"]);
    ran.exits(1);
    let reason = ran.capability("mr.list")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("role") && reason.contains("feature"), "{reason}");
}

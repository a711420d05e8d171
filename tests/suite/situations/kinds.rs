//! Kinds of tokens, told apart by what they do.

use hallpass_sandbox::{Scenario, TokenText};

use crate::support::hallpass::Scene;

fn current() -> Scene {
    Scene::named("gitlab-19")
}

#[test]
fn personal_project_group_and_service_account_tokens_look_alike_and_are_told_apart() {
    let scene = current();
    for (token, kind) in [("owner", "personal"), ("project-bot", "project"), ("group-bot", "group")] {
        let ran = scene.check(token, "acme/app", &["mr.list"]);
        ran.exits(0);
        assert_eq!(ran.token()["kind"], kind);
    }
}

#[test]
fn a_deploy_token_is_known_by_its_use() {
    let scene = current();
    let ran = scene.checking(&scene.token("deploy"), "acme/app", &["git.clone", "git.push", "mr.list"]);
    let ran = ran.args(&["--username", "gitlab+deploy-token-1"]).go();
    ran.exits(1).judges("git.clone", "allowed - observed");
    assert_eq!(ran.capability("git.push")["verdict"], "denied");
    assert_eq!(ran.capability("mr.list")["verdict"], "denied");
    assert_eq!(ran.capability("mr.list")["layer"], "kind");
    assert_eq!((ran.token()["kind"].clone(), ran.token()["active"].clone()), ("deploy".into(), true.into()));
    assert!(scene.forge.requests().iter().all(|seen| seen.target.contains("info/refs")));
}

#[test]
fn a_deploy_token_under_a_wrong_name_is_refused_once() {
    let scene = current();
    let ran = scene.checking(&scene.token("deploy"), "acme/app", &["git.clone", "git.push"]);
    let ran = ran.args(&["--username", "somebody"]).go();
    ran.exits(1).judges("git.clone", "denied rejected observed").finds("token-rejected", &["user name"]);
    assert_eq!(scene.forge.requests().len(), 1, "{:?}", scene.forge.requests());
}

#[test]
fn an_oauth_token_with_the_usual_form_and_with_another() {
    let mut scenario = Scenario::named("gitlab-19").unwrap();
    let usual = scenario.gitlab.tokens.iter_mut().find(|token| token.name == "oauth").unwrap();
    usual.text = Some(TokenText::Literal("5a4db0c1".repeat(8)));
    for scene in [Scene::of(scenario), current()] {
        let ran = scene.check("oauth", "acme/app", &["mr.list", "mr.create", "hook.manage"]);
        ran.exits(1).judges("mr.list", "allowed - observed").judges("mr.create", "allowed - declared");
        ran.judges("hook.manage", "denied role declared");
        let token = ran.token();
        assert_eq!((token["kind"].clone(), token["role"].clone()), ("oauth".into(), "developer".into()));
        assert_eq!(token["expires_at"], "2026-11-20T13:00:00Z");
    }
}

#[test]
fn an_oauth_token_whose_two_hours_are_over() {
    let ran = current().check("oauth-old", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied expired observed").finds("token-expired", &["expired"]);
}

#[test]
fn a_trigger_token_starts_pipelines_and_nothing_else() {
    let scene = current();
    let ran = scene.check("trigger", "acme/app", &["mr.list", "git.clone"]);
    ran.exits(1).judges("mr.list", "denied kind inferred").judges("git.clone", "denied kind inferred");
    assert_eq!(ran.token()["kind"], "trigger");
    // To ask would be to start one.
    assert!(scene.forge.requests().is_empty());
    let ran = scene.check("trigger", "acme/app", &["pipeline.trigger"]);
    ran.exits(3);
    assert_eq!(ran.capability("pipeline.trigger")["verdict"], "unknown");
}

#[test]
fn a_fine_grained_token_does_what_its_permissions_say() {
    let ran = current().check("fine-grained", "acme/app", &["mr.list", "git.clone", "git.push"]);
    ran.exits(1).judges("mr.list", "allowed - observed").judges("git.clone", "allowed - observed");
    ran.judges("git.push", "denied permission observed").finds("permission-missing", &["Code: Push"]);
    assert_eq!(ran.token()["kind"], "fine-grained");
}

#[test]
fn a_fine_grained_token_that_may_not_read_itself_is_known_by_what_it_is_refused() {
    let ran = current().check("fine-grained-mute", "acme/other", &["mr.list", "git.clone"]);
    ran.exits(1).judges("mr.list", "allowed - observed").judges("git.clone", "denied permission observed");
    let token = ran.token();
    assert_eq!((token["kind"].clone(), token["active"].clone()), ("fine-grained".into(), true.into()));
    assert!(token["permissions"].is_null(), "nobody could read them: {token:#}");
}

#[test]
fn a_fine_grained_token_is_refused_outside_its_boundary() {
    let ran = current().check("fine-grained-mute", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied permission observed");
}

#[test]
fn a_fine_grained_token_before_19_2_is_refused_in_other_words() {
    let mut scenario = Scenario::named("gitlab-19").unwrap();
    scenario.gitlab.version = "18.11".try_into().unwrap();
    let ran = Scene::of(scenario).check("fine-grained", "acme/app", &["git.push", "issue.list"]);
    ran.exits(1).judges("git.push", "denied permission observed").judges("issue.list", "denied permission observed");
}

#[test]
fn a_job_token_in_a_variable_of_another_name_is_still_one() {
    let scene = current();
    let ran = scene.check("job", "acme/app", &["mr.list"]);
    ran.exits(0);
    assert_eq!(ran.token()["kind"], "job");
}

#[test]
fn a_11_a_token_of_an_unknown_shape_is_asked_about_all_the_same() {
    let mut scenario = Scenario::named("gitlab-19").unwrap();
    let token = scenario.gitlab.tokens.iter_mut().find(|token| token.name == "dev").unwrap();
    token.text = Some(TokenText::Literal("acme!Own_prefix-0123456789abcdef".to_owned()));
    let ran = Scene::of(scenario).check("dev", "acme/app", &["mr.create"]);
    ran.exits(0);
    assert_eq!(ran.token()["kind"], "personal");
}

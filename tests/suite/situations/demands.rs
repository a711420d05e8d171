//! What a configuration or a contract demands beyond the capabilities.

use crate::support::hallpass::Scene;

#[test]
fn a_token_that_was_made_again_with_broader_scopes() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&["target: acme/app", "token: { env: BOT_TOKEN }", "contract: jigit-read"]);
    let run = |token: &str| scene.run(&["check", "--format", "json"]).env("BOT_TOKEN", scene.token(token)).go();
    run("expired").exits(1).finds("token-expired", &["expired"]);
    let ran = run("dev");
    ran.exits(0).finds("scope-excess", &["`api`", "`read_api`"]);
    assert_eq!(ran.json()["status"], "warn");
    assert!(!run("read-api").exits(0).rules().contains(&"scope-excess".to_owned()));
}

#[test]
fn a_token_can_what_it_must_not() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&[
        "target: acme/app",
        "token: { env: T }",
        "needs: [mr.list]",
        "must_not: [members.manage, git.push]",
    ]);
    let run = |token: &str| scene.run(&["check", "--format", "json"]).env("T", scene.token(token)).go();
    let ran = run("owner");
    ran.exits(1).finds("must-not-held", &["must not"]);
    let finding = ran.finding("must-not-held");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["location"]["file"], "hallpass.yml");
    run("read-api").exits(0);
}

#[test]
fn what_must_not_be_and_is_unknown_makes_the_whole_unknown() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&["target: acme/app", "token: { env: T }", "must_not: [release.create]"]);
    let ran = scene.run(&["check", "--format", "json"]).env("T", scene.token("dev")).go();
    assert_eq!(ran.capability("release.create")["verdict"], "unknown");
    ran.exits(3);
}

#[test]
fn a_contract_that_wants_another_kind() {
    let scene = Scene::named("gitlab-19");
    scene.write(
        "hallpass.yml",
        &format!(
            "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, token: {{ env: T }}, contract: bot-only }}\n\
             contracts:\n  bot-only: {{ gitlab: {{ capabilities: [mr.list], kinds: [project, group] }} }}\n",
            scene.url()
        ),
    );
    let run = |token: &str| scene.run(&["check", "--format", "json"]).env("T", scene.token(token)).go();
    run("owner").exits(1).finds("token-wrong-kind", &["project access token", "personal access token"]);
    run("project-bot").exits(0);
}

#[test]
fn a_contract_that_wants_a_higher_role() {
    let scene = Scene::named("gitlab-19");
    let ran = scene.run(&[
        "check",
        "--token-env",
        "T",
        "--contract",
        "git-zen",
        "--target",
        "acme/app",
        "--format",
        "json",
        "--url",
        &scene.url(),
    ]);
    let ran = ran.env("T", scene.token("dev")).go();
    ran.exits(1).finds("role-too-low", &["maintainer"]);
    let ran = scene.run(&[
        "check",
        "--token-env",
        "T",
        "--contract",
        "git-zen",
        "--target",
        "acme/app",
        "--format",
        "json",
        "--url",
        &scene.url(),
    ]);
    ran.env("T", scene.token("owner")).go().exits(0);
}

#[test]
fn a_finding_that_is_ignored_until_a_day() {
    let scene = Scene::named("gitlab-19");
    let config = |until: &str| {
        format!(
            "version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, token: {{ env: T }}, needs: [mr.list], expiry: {{ required: true }} }}\n\
             ignore:\n  - {{ rule: token-no-expiry, connection: bot, reason: rotated by hand, until: {until} }}\n",
            scene.url()
        )
    };
    let run = || scene.run(&["check", "--format", "json"]).env("T", scene.token("endless")).go();
    scene.write("hallpass.yml", &config("2027-01-31"));
    assert!(!run().exits(0).rules().contains(&"token-no-expiry".to_owned()));
    scene.write("hallpass.yml", &config("2026-11-19"));
    run().exits(1).finds("token-no-expiry", &["never"]);
}

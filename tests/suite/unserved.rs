//! Forges that hallpass recognises and has no engine for: it says what it sees, and claims nothing.

use crate::support::hallpass::Scene;

#[test]
fn an_address_of_bitbucket_is_named_with_what_is_served() {
    let scene = Scene::named("gitlab-19");
    for (url, title) in
        [("https://bitbucket.org", "Bitbucket"), ("https://codeberg.org", "Forgejo"), ("https://gitea.com", "Gitea")]
    {
        for command in ["check", "inspect"] {
            let ran = scene
                .plain_run(&[command, "--token-env", "TOKEN", "--url", url, "--target", "a/b"])
                .env("TOKEN", "x".repeat(40))
                .go();
            ran.exits(2)
                .complains(&format!("hallpass has no engine for {title}"))
                .complains("stays unknown")
                .complains("GitLab");
            ran.complains("Azure DevOps");
        }
    }
}

#[test]
fn a_token_of_bitbucket_is_told_by_its_text() {
    let scene = Scene::named("gitlab-19");
    let inspect =
        |text: &str| scene.plain_run(&["inspect", "--token-env", "TOKEN", "--offline"]).env("TOKEN", text).go();
    let dead = inspect("ATBBnotarealpassword0000");
    dead.exits(2).complains("app password of Bitbucket").complains("2026-07-28").complains("no engine for Bitbucket");
    inspect("ATATTnotarealtoken000000").exits(2).complains("API token of an Atlassian account");
    inspect("ATCTTnotarealtoken000000").exits(2).complains("Bitbucket repository, project or workspace");
    inspect("BBDC-notarealtoken000000").exits(2).complains("Bitbucket Data Center");
}

#[test]
fn a_token_of_another_forge_is_dead_where_it_was_meant_for_this_one() {
    let scene = Scene::named("gitlab-19");
    for forge in ["gitlab", "azure-devops"] {
        let call = scene.plain_run(&[
            "check",
            "--forge",
            forge,
            "--token-env",
            "TOKEN",
            "--target",
            "acme/app",
            "--format",
            "json",
        ]);
        let ran = call.env("TOKEN", "ATBBnotarealpassword0000").go();
        ran.exits(1).finds("token-wrong-kind", &["2026-07-28", "no engine for Bitbucket"]);
    }
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn a_token_and_an_address_that_say_nothing_leave_it_to_the_user() {
    let scene = Scene::named("gitlab-19");
    let ran = scene
        .plain_run(&["inspect", "--token-env", "TOKEN", "--url", "https://git.example.com"])
        .env("TOKEN", "x".repeat(40))
        .go();
    ran.exits(2)
        .complains("which software runs there is not known")
        .complains("--forge gitlab")
        .complains("--forge azure-devops");
}

#[test]
fn a_forge_without_an_engine_is_an_error_of_the_configuration() {
    let scene = Scene::named("gitlab-19");
    scene.write(
        "hallpass.yml",
        "version: 1\nconnections:\n  bot: { forge: bitbucket, target: a/b, token: { env: T } }\n",
    );
    let ran = scene.plain_run(&["check"]).env("T", "x".repeat(40)).go();
    ran.exits(2).complains("hallpass.yml:3:").complains("no engine for Bitbucket").complains("`azure-devops`");
}

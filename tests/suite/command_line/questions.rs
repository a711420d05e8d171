//! `can` and `inspect`, and what a job asks without any configuration.

use crate::support::hallpass::{Call, Scene};

fn can<'a>(scene: &'a Scene, token: &str, more: &[&str]) -> Call<'a> {
    let call = scene.run(&["can", "--token-env", "T", "--target", "acme/app", "--url", &scene.url()]);
    call.args(more).env("T", scene.token(token))
}

#[test]
fn can_answers_one_question() {
    let scene = Scene::named("gitlab-19");
    can(&scene, "dev", &["mr.create"]).go().exits(0).says("allowed");
    can(&scene, "read-api", &["mr.create"]).go().exits(1).says("denied").says("`api`");
    can(&scene, "dev", &["release.create"]).go().exits(3).says("unknown");
    can(&scene, "expired", &["mr.create"]).go().exits(1).says("expired");
}

#[test]
fn can_quietly_answers_by_its_status() {
    let scene = Scene::named("gitlab-19");
    for (token, capability, status) in
        [("dev", "mr.create", 0), ("read-api", "mr.create", 1), ("dev", "release.create", 3)]
    {
        let ran = can(&scene, token, &["-q", capability]).go();
        ran.exits(status);
        assert!(ran.out.is_empty() && ran.err.is_empty());
    }
}

#[test]
fn can_lists_everything() {
    let scene = Scene::named("gitlab-19");
    let ran = can(&scene, "dev", &["--list", "--format", "json"]).go();
    ran.exits(0);
    let listed = ran.json()["connections"][0]["capabilities"].as_array().unwrap().len();
    assert!(listed >= 131, "{listed}");
    assert!(scene.forge.requests().len() <= 3, "by what is declared alone: {:?}", scene.forge.requests());
    can(&scene, "dev", &["--list"]).go().exits(0).says("mr.create");
    // A list of a token that is dead is no answer.
    assert_ne!(can(&scene, "expired", &["--list"]).go().status, Some(0));
}

#[test]
fn inspect_tells_what_a_token_is() {
    let scene = Scene::named("gitlab-19");
    let args = ["inspect", "--target", "acme/app", "--url", &scene.url()];
    let ran = scene.run(&args).args(&["--token-env", "T"]).env("T", scene.token("project-bot")).go();
    ran.exits(0).says("project access token").says("maintainer").says("2027-01-31");
    let ran = scene.run(&args).args(&["--token-stdin"]).stdin(&format!("{}\n", scene.token("owner"))).go();
    ran.exits(0).says("personal access token").says("owner-1");
    let path = scene.write("secrets/token", &scene.token("oauth"));
    let ran = scene.run(&args).arg("--token-file").arg(path).go();
    ran.exits(0).says("OAuth");
    scene.run(&args).args(&["--token-env", "T"]).env("T", scene.token("revoked")).go().exits(1).says("revoked");
}

#[test]
fn inspect_offline_asks_nobody() {
    let scene = Scene::named("gitlab-19");
    let run =
        |text: &str| scene.plain_run(&["inspect", "--forge", "gitlab", "--offline", "--token-stdin"]).stdin(text).go();
    run(&scene.token("job")).exits(0).says("job token").says("2026-11-20T13:05:00Z");
    run(&scene.token("deploy")).exits(0).says("deploy token");
    run(&scene.token("dev")).exits(0);
    run(&format!("\"{}\"", scene.token("dev"))).exits(1).says("quotes");
    run(scene.token("dev").split('.').next().unwrap()).exits(1).says("first dot");
    run("").exits(1).says("empty");
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn inside_a_job_nothing_needs_to_be_configured() {
    let scene = Scene::named("gitlab-19");
    let job = |command: &[&str]| scene.run(command).job("job", "acme/app", 201, "19.3.0");
    let ran = job(&["check", "--format", "json"]).env("GITLAB_TOKEN", scene.token("project-bot")).go();
    ran.exits(0);
    let report = ran.json();
    let sources: Vec<&str> =
        report["connections"].as_array().unwrap().iter().map(|one| one["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["env:GITLAB_TOKEN", "env:CI_JOB_TOKEN"]);
    assert!(report["connections"].as_array().unwrap().iter().all(|one| one["target"] == "acme/app"));
    // The token that was made for the job comes first, the job's own where there is none.
    job(&["can", "mr.create"]).env("GITLAB_TOKEN", scene.token("project-bot")).go().exits(0);
    job(&["can", "mr.create"]).go().exits(1).says("job token");
    job(&["inspect"]).go().exits(0).says("job token").says("developer");
    job(&["compare", "mr.list", "mr.create"])
        .env("GITLAB_TOKEN", scene.token("project-bot"))
        .go()
        .exits(0)
        .says("GITLAB_TOKEN");
}

#[test]
fn a_job_whose_variables_disagree_uses_no_token() {
    let scene = Scene::named("gitlab-19");
    for (name, value) in
        [("CI_API_V4_URL", "https://elsewhere.invalid/api/v4"), ("CI_SERVER_HOST", "elsewhere.invalid")]
    {
        let ran = scene.run(&["check"]).job("job", "acme/app", 201, "19.3.0").env(name, value).go();
        ran.exits(2).complains("different servers");
    }
    let ran = scene.run(&["check"]).job("job", "acme/app", 201, "19.3.0").without("CI_SERVER_URL").go();
    ran.exits(2).complains("CI_SERVER_URL");
    assert!(scene.forge.requests().is_empty());
}

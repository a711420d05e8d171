//! `CI_JOB_TOKEN`: its endpoints by version, its roles, and other projects.

use crate::support::hallpass::{Ran, Scene};

/// `check` of a job's own token, in a job of `home`, for a project.
fn job(scene: &Scene, token: &str, home: (&str, u64), version: &str, target: &str, needs: &[&str]) -> Ran {
    let args = ["check", "--token-env", "CI_JOB_TOKEN", "--target", target, "--format", "json"];
    let call = scene.run(&args).job(token, home.0, home.1, version);
    needs.iter().fold(call, |call, need| call.args(&["--needs", need])).go()
}

const APP: (&str, u64) = ("acme/app", 201);
const OTHER: (&str, u64) = ("acme/other", 202);

#[test]
fn on_18_2_it_cannot_list_merge_requests() {
    let scene = Scene::named("gitlab-18.2");
    let ran = job(&scene, "job", APP, "18.2.0", "acme/app", &["mr.list", "mr.create"]);
    ran.exits(1).judges("mr.create", "denied kind inferred").finds("kind-cannot", &["18.3"]);
    assert_eq!(ran.capability("mr.list")["verdict"], "denied");
    assert_eq!(ran.capability("mr.list")["layer"], "kind");
}

#[test]
fn on_18_3_nobody_knows_until_the_forge_answers() {
    let scene = Scene::named("gitlab-19");
    // Nothing is asked, so only the version is known.
    let args = ["check", "--token-env", "CI_JOB_TOKEN", "--needs", "mr.list", "--offline", "--format", "json"];
    let ran = scene.run(&args).job("job", "acme/app", 201, "18.3.0").go();
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
    // Asked, the answer decides.
    let ran = job(&scene, "job", APP, "18.3.0", "acme/app", &["mr.list"]);
    ran.exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn on_19_it_reads_merge_requests_and_writes_none() {
    let scene = Scene::named("gitlab-19");
    let needs = ["mr.list", "mr.read", "mr.notes.read", "mr.create", "mr.note.create", "mr.approve"];
    let ran = job(&scene, "job", APP, "19.3.0", "acme/app", &needs);
    ran.exits(1);
    for read in ["mr.list", "mr.read", "mr.notes.read"] {
        assert_eq!(ran.capability(read)["verdict"], "allowed", "{read}");
    }
    for write in ["mr.create", "mr.note.create", "mr.approve"] {
        ran.judges(write, "denied kind inferred");
    }
    ran.finds("kind-cannot", &["closed to a CI job token"]);
}

#[test]
fn a_closed_route_of_its_own_private_project_answers_404_and_means_the_kind() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/app", &["project.read", "mr.discussions.read"]);
    ran.exits(1);
    for closed in ["project.read", "mr.discussions.read"] {
        assert_eq!(ran.capability(closed)["layer"], "kind", "{closed}");
        assert_eq!(ran.capability(closed)["verdict"], "denied", "{closed}");
    }
}

#[test]
fn a_closed_route_of_a_public_project_is_no_proof_of_anything() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/open", &["project.read"]);
    ran.exits(1).judges("project.read", "denied kind inferred");
    let reason = ran.capability("project.read")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("anonymous"), "{reason}");
}

#[test]
fn the_role_is_that_of_the_user_who_started_the_job() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "guest-job", APP, "19.3.0", "acme/app", &["mr.list", "release.create"]);
    ran.exits(1).judges("mr.list", "denied role observed");
    assert_eq!(ran.capability("release.create")["layer"], "role");
    assert_eq!(ran.token()["role"], "guest");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/app", &["release.list"]);
    ran.exits(0);
    assert_eq!(ran.token()["role"], "developer");
}

#[test]
fn its_job_has_ended() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "finished-job", APP, "19.3.0", "acme/app", &["mr.list"]);
    ran.exits(1).judges("mr.list", "denied rejected observed").finds("token-rejected", &["job has ended"]);
    assert_eq!(scene.forge.requests().len(), 1);
}

#[test]
fn another_project_has_not_let_this_one_in() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/other", &["mr.list", "git.clone"]);
    ran.exits(1).judges("mr.list", "denied allowlist observed").judges("git.clone", "denied allowlist observed");
    ran.finds("allowlist-missing", &["acme/app", "acme/other"]);
}

#[test]
fn another_project_has_let_this_one_in() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "other-job", OTHER, "19.3.0", "acme/app", &["mr.list", "git.clone"]);
    ran.exits(0).judges("mr.list", "allowed - observed").judges("git.clone", "allowed - observed");
}

#[test]
fn another_project_has_let_this_one_in_for_something_else() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/narrow", &["mr.list", "package.list", "git.clone"]);
    ran.exits(1).judges("mr.list", "denied policy observed").judges("git.clone", "denied policy observed");
    ran.judges("package.list", "allowed - observed").finds("policy-missing", &["read_merge_requests"]);
}

#[test]
fn pushing_depends_on_a_setting_that_is_on() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "job", APP, "19.3.0", "acme/app", &["git.push"]);
    ran.exits(0).judges("git.push", "allowed - observed").finds("push-starts-no-pipeline", &["no pipeline"]);
}

#[test]
fn pushing_depends_on_a_setting_that_is_off() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "other-job", OTHER, "19.3.0", "acme/other", &["git.push"]);
    ran.exits(1).judges("git.push", "denied feature observed").finds("feature-disabled", &["job token"]);
}

#[test]
fn pushing_to_another_project_is_a_setting_of_its_own() {
    let scene = Scene::named("gitlab-19");
    let ran = job(&scene, "other-job", OTHER, "19.3.0", "acme/app", &["git.push"]);
    ran.exits(1).judges("git.push", "denied feature observed");
}

#[test]
fn compare_says_which_token_would_do_and_what_the_job_token_lacks() {
    let scene = Scene::named("gitlab-19");
    let tokens = ["--token-env", "CI_JOB_TOKEN", "--token-env", "BOT", "--token-env", "ME"];
    let run = |format: &str| {
        let call =
            scene.run(&["compare", "mr.list", "mr.note.create", "release.create", "--format", format]).args(&tokens);
        let call = call.job("job", "acme/app", 201, "19.3.0");
        call.env("BOT", scene.token("project-bot")).env("ME", scene.token("owner")).go()
    };
    let ran = run("json");
    assert_eq!(ran.exits(0).json()["matrix"]["least"], "env:BOT");
    let ran = run("human");
    ran.exits(0).says("nothing opens these to a job token").says("a project access token is the least powerful");
}

#[test]
fn compare_says_when_the_job_token_is_enough() {
    let scene = Scene::named("gitlab-19");
    let args =
        ["compare", "--token-env", "CI_JOB_TOKEN", "--token-env", "ME", "--format", "json", "mr.list", "mr.read"];
    let ran = scene.run(&args).job("job", "acme/app", 201, "19.3.0").env("ME", scene.token("owner")).go();
    assert_eq!(ran.exits(0).json()["matrix"]["least"], "env:CI_JOB_TOKEN");
}

#[test]
fn compare_fails_when_no_token_suffices_and_says_unknown_when_that_is_not_known() {
    let scene = Scene::named("gitlab-19");
    let run = |names: &[&str], offline: bool| {
        let call =
            scene.run(&["compare", "mr.create", "--format", "json", "--target", "acme/app", "--url", &scene.url()]);
        let call = if offline { call.args(&["--offline"]) } else { call };
        names
            .iter()
            .fold(call, |call, name| {
                let variable = name.to_uppercase().replace('-', "_");
                call.args(&["--token-env", &variable]).env(&variable, scene.token(name))
            })
            .go()
    };
    assert!(run(&["guest", "read-api"], false).exits(1).json()["matrix"]["least"].is_null());
    assert!(run(&["guest", "dev"], true).exits(3).json()["matrix"]["least"].is_null());
}

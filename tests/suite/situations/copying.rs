//! A token that was lost or spoilt on its way into the job. Nothing is asked of the forge with such a text.

use crate::support::hallpass::{Ran, Scene};

/// The run of a text that cannot be a token.
fn spoilt(scene: &Scene, text: &str) -> Ran {
    let ran = scene.checking(text, "acme/app", &["mr.list"]).go();
    assert!(scene.forge.requests().is_empty(), "asked with a spoilt token: {:?}", scene.forge.requests());
    ran
}

#[test]
fn a_missing_variable_is_missing_and_not_invalid() {
    let scene = Scene::named("gitlab-19");
    let url = scene.url();
    let ran =
        scene.run(&["check", "--token-env", "TOKEN", "--url", &url, "--needs", "mr.list", "--format", "json"]).go();
    ran.exits(1).judges("mr.list", "denied missing observed").finds("token-missing", &["`TOKEN` is not set"]);
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn e_04_an_empty_variable_is_missing_and_not_invalid() {
    let scene = Scene::named("gitlab-19");
    spoilt(&scene, "").exits(1).judges("mr.list", "denied missing observed").finds("token-missing", &["is empty"]);
    spoilt(&scene, "  \n").exits(1).finds("token-missing", &["is empty"]);
}

#[test]
fn a_protected_variable_is_empty_on_an_unprotected_ref() {
    let scene = Scene::named("gitlab-19");
    let args = ["check", "--token-env", "GITLAB_TOKEN", "--needs", "mr.list", "--format", "json"];
    let job = |protected| {
        scene
            .run(&args)
            .job("job", "acme/app", 201, "19.3.0")
            .env("GITLAB_TOKEN", "")
            .env("CI_COMMIT_REF_PROTECTED", protected)
    };
    job("false").go().exits(1).finds("token-missing", &["not protected", "protected variable"]);
    let message = job("true").go().finding("token-missing")["message"].as_str().unwrap().to_owned();
    assert!(!message.contains("protected"), "{message}");
}

#[test]
fn stray_white_space_around_a_token() {
    let scene = Scene::named("gitlab-19");
    for stray in [" {}", "{} ", "{}\n", "\t{}", "{}\r\n"] {
        let text = stray.replace("{}", &scene.token("dev"));
        spoilt(&scene, &text)
            .exits(1)
            .judges("mr.list", "denied malformed inferred")
            .finds("token-malformed", &["white space"]);
    }
}

#[test]
fn quotes_around_a_token() {
    let scene = Scene::named("gitlab-19");
    for quote in ['"', '\'', '`'] {
        let text = format!("{quote}{}{quote}", scene.token("dev"));
        spoilt(&scene, &text)
            .exits(1)
            .judges("mr.list", "denied malformed inferred")
            .finds("token-malformed", &["quotes"]);
    }
}

#[test]
fn a_variable_that_was_not_expanded() {
    let scene = Scene::named("gitlab-19");
    for text in ["$GITLAB_TOKEN", "${GITLAB_TOKEN}", "$(cat token)", "[MASKED]"] {
        let ran = spoilt(&scene, text);
        ran.exits(1).judges("mr.list", "denied malformed inferred").finds("token-malformed", &["it holds the"]);
    }
}

#[test]
fn a_token_that_was_cut_at_its_first_dot() {
    let scene = Scene::named("gitlab-19");
    let whole = scene.token("dev");
    let cut = whole.split('.').next().unwrap();
    let ran = spoilt(&scene, cut);
    ran.exits(1).judges("mr.list", "denied malformed inferred").finds("token-malformed", &["first dot"]);
    ran.assert_without(cut);
}

#[test]
fn a_token_with_a_lost_character_fails_its_checksum() {
    let scene = Scene::named("gitlab-19");
    let mut text = scene.token("dev");
    text.pop();
    spoilt(&scene, &text).exits(1).judges("mr.list", "denied malformed inferred");
}

#[test]
fn a_token_of_github_given_to_gitlab() {
    let scene = Scene::named("gitlab-19");
    for prefix in ["ghp_", "github_pat_", "ghs_"] {
        let text = format!("{prefix}{}", "a1B2".repeat(9));
        let ran = spoilt(&scene, &text);
        ran.exits(1).judges("mr.list", "denied kind inferred").finds("token-wrong-kind", &["GitHub"]);
        ran.assert_without(&text);
    }
}

#[test]
fn a_runner_token_is_no_token_for_calling_gitlab() {
    let scene = Scene::named("gitlab-19");
    let text = format!("glrt-{}", "a1B2".repeat(5));
    spoilt(&scene, &text).exits(1).finds("token-wrong-kind", &["runner"]);
}

#[test]
fn a_job_token_whose_job_is_long_over_is_expired_without_asking() {
    let scene = Scene::yaml(
        "now: 2026-11-19T08:00:00Z
gitlab:
  users: [{ id: 100, username: dev-1 }]
  projects: [{ id: 201, path: acme/app }]
  memberships: [{ user: dev-1, project: acme/app, role: developer }]
  tokens: [{ name: job, kind: job, user: dev-1, project: acme/app, job: { id: 6001 } }]
",
    );
    let text = scene.token("job");
    spoilt(&scene, &text)
        .exits(1)
        .judges("mr.list", "denied expired inferred")
        .finds("token-expired", &["ended", "job"]);
}

//! The address of the forge: what is mended, and what only looks like a GitLab.

use hallpass_sandbox::{Fault, FaultPlan, Scenario};

use crate::support::hallpass::Scene;

#[test]
fn the_path_of_the_api_that_was_pasted_along_is_taken_off() {
    let scene = Scene::named("gitlab-19");
    for end in ["/api/v4", "/api/v4/", "/api/graphql", "/"] {
        let url = format!("{}{end}", scene.url());
        let ran = scene.run(&[
            "check",
            "--token-env",
            "TOKEN",
            "--target",
            "acme/app",
            "--needs",
            "mr.list",
            "--format",
            "json",
            "--url",
            &url,
        ]);
        let ran = ran.env("TOKEN", scene.token("dev")).go();
        ran.exits(0);
        assert_eq!(ran.json()["connections"][0]["url"], scene.url(), "{end}");
    }
}

#[test]
fn a_forge_below_a_relative_address() {
    let scene = Scene::of(Scenario { root: "/gitlab".to_owned(), ..Scenario::named("gitlab-19").unwrap() });
    let ran = scene.check("dev", "acme/app", &["mr.list", "git.clone"]);
    ran.exits(0).judges("mr.list", "allowed - observed").judges("git.clone", "allowed - observed");
    assert!(ran.json()["connections"][0]["url"].as_str().unwrap().ends_with("/gitlab"));
}

#[test]
fn an_address_where_no_gitlab_is() {
    let page = Fault::Status {
        code: 404,
        headers: [("Content-Type".to_owned(), "text/html".to_owned())].into(),
        body: "<html><body>Not Found</body></html>".to_owned(),
    };
    let scene = Scene::broken(vec![FaultPlan::always("*", page)]);
    let ran = scene.check("dev", "acme/app", &["mr.list"]);
    ran.exits(3)
        .judges("mr.list", "unknown unusable-answer inferred")
        .finds("answer-unusable", &["address of a GitLab"]);
}

#[test]
fn a_forge_that_moved_to_another_address() {
    let to = "https://new.example.invalid/api/v4/personal_access_tokens/self".to_owned();
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 301, to })]);
    let ran = scene.check("dev", "acme/app", &["mr.list"]);
    ran.exits(3).finds("answer-unusable", &["https://new.example.invalid", "not followed"]);
}

#[test]
fn the_project_of_the_work_tree_is_the_target() {
    let scene = Scene::named("gitlab-19");
    let repository = git2::Repository::open(scene.tree()).unwrap();
    repository.remote("origin", &format!("{}/acme/app.git", scene.url())).unwrap();
    let ran =
        scene.run(&["check", "--token-env", "TOKEN", "--url", &scene.url(), "--needs", "mr.list", "--format", "json"]);
    let ran = ran.env("TOKEN", scene.token("dev")).go();
    assert_eq!(ran.exits(0).json()["connections"][0]["target"], "acme/app");
}

#[test]
fn a_project_named_by_its_number() {
    let scene = Scene::named("gitlab-19");
    scene.check("dev", "201", &["mr.list", "mr.create"]).exits(0).judges("mr.list", "allowed - observed");
}

#[test]
fn a_08_whatever_the_target_holds_it_stays_one_segment() {
    let scene = Scene::named("gitlab-19").lax();
    for target in ["acme/../../user", "acme/app?private_token=x", "acme/app#x", "acme%2Fapp", "acme/a p p"] {
        let ran = scene.check("dev", target, &["mr.list"]);
        assert_ne!(ran.status, Some(0), "{target}");
    }
    for seen in scene.forge.requests() {
        let path = seen.target.split('?').next().unwrap().to_owned();
        let known = path.starts_with("/api/v4/projects/") || path == "/api/v4/personal_access_tokens/self";
        assert!(known && path.split('/').count() <= 8, "{path}");
    }
}

//! `hallpass advise`: the least token, without any token and without asking anybody.

use serde_json::Value;

use crate::support::hallpass::{Ran, Scene};

fn advise(scene: &Scene, args: &[&str]) -> Ran {
    let ran = scene.plain_run(&[&["advise"], args].concat()).go();
    assert!(scene.forge.requests().is_empty());
    ran
}

fn json(args: &[&str]) -> Value {
    let scene = Scene::named("gitlab-19");
    let ran = advise(&scene, &[&["--forge", "gitlab", "--format", "json"], args].concat());
    serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr()))
}

fn kind<'a>(value: &'a Value, name: &str) -> &'a Value {
    let kinds = value["advice"][0]["kinds"].as_array().unwrap();
    kinds.iter().find(|kind| kind["kind"] == name).unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[test]
fn where_the_jobs_own_token_will_do_nothing_has_to_be_made() {
    let value = json(&["--needs", "git.clone", "--needs", "package.publish"]);
    assert_eq!(value["advice"][0]["best"], "job");
    let scene = Scene::named("gitlab-19");
    let ran = advise(&scene, &["--forge", "gitlab", "--needs", "package.publish", "--target", "acme/app"]);
    assert!(ran.stdout().contains("the CI job token will do: nothing has to be made"), "{}", ran.stdout());
}

#[test]
fn else_it_is_the_kind_that_the_tool_prefers_with_the_fewest_scopes() {
    let value = json(&["--contract", "semantic-release", "--target", "acme/app"]);
    assert_eq!(value["advice"][0]["best"], "project");
    let project = kind(&value, "project");
    assert_eq!(project["scopes"], serde_json::json!(["api"]));
    assert_eq!(project["link"], "https://gitlab.com/acme/app/-/settings/access_tokens");
    let job = kind(&value, "job");
    assert_eq!(job["fits"], false);
    let beyond: Vec<&str> =
        job["beyond"].as_array().unwrap().iter().map(|one| one["capability"].as_str().unwrap()).collect();
    assert!(beyond.contains(&"mr.note.create") && !beyond.contains(&"release.create"), "{beyond:?}");
}

#[test]
fn an_old_server_opened_less_to_the_job_token() {
    let needs = ["--needs", "mr.list"];
    assert_eq!(json(&[&needs[..], &["--server-version", "19.0"]].concat())["advice"][0]["best"], "job");
    let old = json(&[&needs[..], &["--server-version", "17.0"]].concat());
    assert_ne!(old["advice"][0]["best"], "job");
}

#[test]
fn a_page_can_come_with_its_form_filled_in() {
    let value = json(&["--needs", "mr.list", "--url", "https://gitlab.example.com"]);
    let page = "https://gitlab.example.com/-/user_settings/personal_access_tokens?name=hallpass&scopes=read_api";
    assert_eq!(kind(&value, "personal")["link"], page);
}

#[test]
fn what_scopes_cannot_open_is_told() {
    let value = json(&["--needs", "mr.list", "--needs", "git.clone"]);
    let deploy = kind(&value, "deploy");
    assert_eq!((&deploy["fits"], &deploy["beyond"][0]["capability"]), (&Value::Bool(false), &Value::from("mr.list")));
}

#[test]
fn each_connection_of_the_configuration_is_advised_about() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&[
        "target: acme/app",
        "token: { env: BOT }",
        "contract: renovate",
        "expiry: { max: 60d, warn: 14d }",
    ]);
    let ran = advise(&scene, &[]);
    let text = ran.stdout();
    assert!(text.starts_with("bot: GitLab at "), "{text}");
    assert!(text.contains("at most 60 days; `hallpass check` warns 14 days before its end"), "{text}");
    assert_eq!(ran.status, Some(0));
}

#[test]
fn without_any_demand_there_is_no_advice() {
    let scene = Scene::named("gitlab-19");
    scene.configure(&["target: acme/app", "token: { env: BOT }"]);
    let ran = advise(&scene, &[]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr().contains("name a tool with `--contract`"), "{}", ran.stderr());
    let ran = advise(&scene, &["--needs", "mr.list", "--format", "sarif"]);
    assert_eq!((ran.status, ran.stderr().trim()), (Some(2), "error: this command has the formats human and json"));
}

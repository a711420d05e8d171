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

const PIPELINE: &str = r#"
variables:
  API: $CI_API_V4_URL/projects/$CI_PROJECT_ID
comment:
  script:
    - 'curl --fail -X POST -H "PRIVATE-TOKEN: $BOT_TOKEN" "$API/merge_requests/1/notes" -d body=hi'
    - 'curl --fail -H "PRIVATE-TOKEN: $BOT_TOKEN" "$CI_API_V4_URL/projects/acme%2Ftools/releases"'
    - 'curl --fail -H "PRIVATE-TOKEN: $BOT_TOKEN" "$ELSEWHERE"'
publish:
  script:
    - 'curl --fail --header "JOB-TOKEN: $CI_JOB_TOKEN" --upload-file a.tgz "$API/packages/generic/app/1.0/a.tgz"'
    - npx semantic-release
mirror:
  script:
    - git push https://bot:$MIRROR_TOKEN@gitlab.other.example/acme/app.git main
    - git clone https://x:$GH_TOKEN@github.com/acme/lib.git
"#;

fn with_pipeline(text: &str) -> Scene {
    let scene = Scene::named("gitlab-19");
    git2::Repository::open(scene.tree()).unwrap().remote("origin", "https://gitlab.com/acme/app.git").unwrap();
    scene.write(".gitlab-ci.yml", text);
    scene
}

/// The advice for what a job does with a token, by the capability or contract it is about.
fn of_job<'a>(value: &'a Value, job: &str, about: &str) -> &'a Value {
    let all = value["advice"].as_array().unwrap();
    let is_about = |call: &Value| call["capability"] == about || call["contract"] == about;
    let fits = |one: &&Value| one["job"] == job && one["calls"].as_array().unwrap().iter().any(is_about);
    all.iter().find(fits).unwrap_or_else(|| panic!("no {job} {about} in {value:#}"))
}

#[test]
fn each_job_of_the_pipeline_is_advised_about_one_token_after_the_other() {
    let scene = with_pipeline(PIPELINE);
    let ran = advise(&scene, &["--format", "json"]);
    ran.exits(0);
    let value = ran.json();
    let comment = of_job(&value, "comment", "mr.note.create");
    assert_eq!((&comment["token"], &comment["best"]), (&"env:BOT_TOKEN".into(), &"project".into()));
    assert_eq!(comment["keep_link"], "https://gitlab.com/acme/app/-/settings/ci_cd#js-cicd-variables-settings");
    let place = (&comment["calls"][0]["file"], &comment["calls"][0]["line"]);
    assert_eq!(place, (&".gitlab-ci.yml".into(), &6.into()));
    let publish = of_job(&value, "publish", "package.publish");
    assert_eq!((&publish["token"], &publish["best"]), (&"job".into(), &"job".into()));
    let release = of_job(&value, "publish", "semantic-release");
    assert_eq!((&release["token"], &release["best"]), (&"env:GITLAB_TOKEN".into(), &"project".into()));
}

#[test]
fn a_token_that_the_jobs_own_can_stand_in_for_is_said_to_be_spared() {
    let text = advise(&with_pipeline(PIPELINE), &[]).stdout();
    assert!(text.contains("the CI job token will do: `BOT_TOKEN` is not needed for this"), "{text}");
    assert!(text.contains("the other project must list this one"), "{text}");
}

#[test]
fn the_jobs_own_token_is_not_advised_for_another_instance() {
    let value = advise(&with_pipeline(PIPELINE), &["--format", "json"]).json();
    let clone = of_job(&value, "mirror", "git.clone");
    assert_eq!((&clone["forge"], &clone["target"]), (&"github".into(), &"acme/lib".into()));
    let kinds: Vec<&Value> = clone["kinds"].as_array().unwrap().iter().map(|kind| &kind["kind"]).collect();
    assert!(!kinds.contains(&&Value::from("actions")), "{kinds:?}");
    // Nobody can say which software the mirror runs.
    let untold: Vec<&Value> =
        value["advice"].as_array().unwrap().iter().filter(|one| one["token"] == "env:MIRROR_TOKEN").collect();
    assert!(untold.is_empty(), "{untold:#?}");
    assert!(value["unresolved"].as_array().unwrap().iter().any(|one| one["token"] == "env:MIRROR_TOKEN"), "{value:#}");
}

#[test]
fn what_the_files_do_not_tell_is_counted_and_listed_when_asked() {
    let scene = with_pipeline(PIPELINE);
    let text = advise(&scene, &[]).stdout();
    assert!(text.ends_with("not told by the files: 2 calls with a token; `-v` lists them\n"), "{text}");
    let text = advise(&scene, &["-v"]).stdout();
    assert!(text.contains(".gitlab-ci.yml:8: `BOT_TOKEN`: its address is known only when it runs"), "{text}");
    let only = with_pipeline("a:\n  script:\n    - 'curl -H \"PRIVATE-TOKEN: $T\" \"$URL\"'\n");
    advise(&only, &[]).exits(3);
}

#[test]
fn connections_come_first_and_their_names_leave_the_pipelines_out() {
    let scene = with_pipeline(PIPELINE);
    scene.configure(&["target: acme/app", "token: { env: BOT }", "needs: [mr.list]"]);
    let value = advise(&scene, &["--format", "json"]).json();
    assert_eq!((&value["advice"][0]["connection"], &value["advice"][0]["job"]), (&"bot".into(), &Value::Null));
    assert!(value["advice"].as_array().unwrap().len() > 3);
    let value = advise(&scene, &["bot", "--format", "json"]).json();
    assert_eq!(value["advice"].as_array().unwrap().len(), 1);
}

#[test]
fn a_push_with_the_jobs_own_token_is_told_its_catch() {
    let scene = with_pipeline("tag:\n  script: [git tag v1, git push origin v1]\n");
    let text = advise(&scene, &[]).stdout();
    assert!(text.contains("`git.push` has a catch: `hallpass explain push-starts-no-pipeline`"), "{text}");
}

#[test]
fn an_old_server_opened_less_to_the_job_of_a_pipeline_too() {
    let scene = with_pipeline(
        "a:\n  script:\n    - 'curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests\"'\n",
    );
    assert_eq!(advise(&scene, &["--format", "json"]).json()["advice"][0]["best"], "job");
    let old = advise(&scene, &["--format", "json", "--server-version", "17.0"]).json();
    assert_eq!(old["advice"][0]["best"], "project");
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

#[test]
fn a_job_of_github_is_told_the_permissions_that_its_own_token_has_to_be_given() {
    let scene = Scene::named("gitlab-19");
    git2::Repository::open(scene.tree()).unwrap().remote("origin", "https://github.com/acme/app.git").unwrap();
    scene.write(
        ".github/workflows/ci.yml",
        r#"
on: push
jobs:
  comment:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: gh release create v1
        env: { GH_TOKEN: "${{ secrets.BOT }}" }
      - run: gh pr comment 1 --body done
        env: { GH_TOKEN: "${{ github.token }}" }
"#,
    );
    let ran = advise(&scene, &["--format", "json"]);
    ran.exits(0);
    let value = ran.json();
    let own = of_job(&value, "comment", "mr.note.create");
    assert_eq!((&own["token"], &own["best"]), (&"job".into(), &"actions".into()));
    let permissions: Vec<&str> =
        kind_of(own, "actions")["permissions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(permissions.contains(&"contents=read"), "{permissions:?}");
    assert!(permissions.iter().any(|name| name.ends_with("=write")), "{permissions:?}");
    let bot = of_job(&value, "comment", "release.create");
    assert_eq!((&bot["token"], &bot["best"]), (&"env:BOT".into(), &"actions".into()));
    let text = advise(&scene, &[]).stdout();
    for expected in ["`BOT` is not needed for this", "permissions:\n", "`GITHUB_TOKEN: ${{ github.token }}`"] {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
}

#[test]
fn a_job_of_azure_is_told_how_a_step_comes_by_its_own_token() {
    let scene = Scene::named("gitlab-19");
    git2::Repository::open(scene.tree()).unwrap().remote("origin", "https://dev.azure.com/acme/app/_git/web").unwrap();
    scene.write(
        "azure-pipelines.yml",
        "steps:\n  - bash: az repos pr create --title x\n    env: { AZURE_DEVOPS_EXT_PAT: $(BOT) }\n",
    );
    let text = advise(&scene, &[]).stdout();
    for expected in ["`BOT` is not needed for this", "`SYSTEM_ACCESSTOKEN: $(System.AccessToken)`"] {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
}

fn kind_of<'a>(one: &'a Value, name: &str) -> &'a Value {
    one["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == name).unwrap()
}

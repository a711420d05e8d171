//! GitHub: kinds of tokens, what an organization demands, and what the job's own token holds.

use std::fs;

use hallpass_sandbox::Scenario;

use crate::support::hallpass::{Call, Scene};

fn github() -> Scene {
    Scene::named("github.com")
}

#[test]
fn a_classic_token_is_judged_by_its_scopes_and_its_users_role() {
    let ran = github().check(
        "classic",
        "acme/app",
        &["mr.list", "mr.create", "workflow_file.push", "package.publish", "hook.manage"],
    );
    ran.exits(1).judges("mr.list", "allowed - observed").judges("mr.create", "allowed - declared");
    ran.judges("workflow_file.push", "allowed - declared").judges("package.publish", "denied scope declared");
    ran.judges("hook.manage", "denied scope declared")
        .finds("scope-missing", &["`write:packages`", "settings/tokens/new?description=hallpass&scopes="]);
    let token = ran.token();
    assert_eq!((token["kind"].as_str(), token["user"].as_str()), (Some("classic"), Some("dev-1")));
    assert_eq!((token["role"].as_str(), token["expires_at"].as_str()), (Some("write"), Some("2027-01-31T00:00:00Z")));
}

#[test]
fn a_fine_grained_token_shows_what_it_holds_in_use() {
    let ran = github().check(
        "fine-grained",
        "acme/app",
        &["git.push", "release.create", "mr.list", "issue.list", "check.create"],
    );
    ran.exits(1).judges("git.push", "allowed - observed").judges("mr.list", "allowed - observed");
    assert_eq!(ran.capability("release.create")["verdict"], "allowed");
    ran.judges("issue.list", "denied permission observed").judges("check.create", "denied kind declared");
    ran.finds("permission-missing", &["`issues: read`", "settings/personal-access-tokens/new"]);
}

#[test]
fn an_installation_token_has_no_role_and_no_user() {
    let ran = github().check("installation", "acme/app", &["git.push", "mr.merge", "issue.list", "user.self"]);
    ran.exits(1).judges("git.push", "allowed - observed").judges("mr.merge", "allowed - observed");
    ran.judges("issue.list", "allowed - observed").judges("user.self", "denied kind declared");
    assert_eq!(ran.token()["kind"], "installation");
}

#[test]
fn permissions_that_only_a_write_shows_are_asked_for_when_told_to() {
    let scene = github();
    let needs = ["mr.create", "mr.note.create", "commit.status.create", "release.notes.generate"];
    let ran = scene.check("installation", "acme/app", &needs);
    ran.exits(3);
    let call = scene.checking(&scene.token("installation"), "acme/app", &needs).args(&["--probe", "writes"]);
    let ran = call.go();
    ran.exits(1).judges("mr.create", "allowed - observed").judges("mr.note.create", "allowed - observed");
    ran.judges("release.notes.generate", "allowed - observed")
        .judges("commit.status.create", "denied permission observed");
    let call = scene
        .checking(&scene.token("installation"), "acme/app", &["release.notes.generate"])
        .args(&["--probe", "dry-run"]);
    call.go().exits(0).judges("release.notes.generate", "allowed - observed");
}

#[test]
fn n_14_a_dead_token_is_refused_once() {
    for token in ["expired", "revoked"] {
        let scene = github();
        scene
            .check(token, "acme/app", &["mr.list", "git.clone"])
            .exits(1)
            .finds("token-rejected", &["Bad credentials"]);
        assert_eq!(scene.forge.requests().len(), 1);
    }
}

#[test]
fn what_cannot_be_a_token_is_told_without_asking() {
    let scene = github();
    for (token, rule) in [("refresh", "token-wrong-kind"), ("app-jwt", "token-wrong-kind")] {
        let ran = scene.check(token, "acme/app", &["mr.list"]);
        assert!(ran.exits(1).rules().contains(&rule.to_owned()), "{:?}", ran.rules());
    }
    let mistyped = "ghp_HallpassFakeTokenDoNotUse000002Tv2R1";
    scene.checking(mistyped, "acme/app", &["mr.list"]).go().exits(1).finds("token-malformed", &["checksum"]);
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn an_organization_demands_single_sign_on() {
    let scene = github();
    let ran = scene.check("classic", "sso-corp/app", &["mr.list", "mr.create"]);
    ran.exits(1).judges("mr.list", "denied sso observed").judges("mr.create", "denied sso observed");
    ran.finds("sso-required", &["/orgs/sso-corp/sso?authorization_request="]);
    scene.check("sso-classic", "sso-corp/app", &["mr.list"]).exits(0);
}

#[test]
fn an_organization_admits_some_addresses_only() {
    github().check("classic", "walled/open", &["mr.list"]).exits(1).judges("mr.list", "denied network-policy observed");
}

#[test]
fn an_organization_limits_lifetimes_and_kinds() {
    let scene = github();
    scene.check("classic", "strict/app", &["mr.list"]).exits(1).judges("mr.list", "denied kind observed");
    let ran = scene.check("fine-strict", "strict/app", &["mr.list"]);
    ran.exits(1)
        .judges("mr.list", "denied lifetime-policy observed")
        .finds("lifetime-policy", &["90 days", "/settings/personal-access-tokens/"]);
    scene
        .check("long-lived", "short-lived/open", &["mr.list"])
        .exits(1)
        .judges("mr.list", "denied lifetime-policy observed");
}

#[test]
fn a_hidden_repository_is_told_by_what_the_token_could_see() {
    let scene = github();
    scene.check("outsider", "acme/app", &["mr.list"]).exits(1).judges("mr.list", "denied visibility observed");
    scene.check("fine-pending", "acme/app", &["mr.list"]).exits(1).finds("target-not-visible", &["approval"]);
    scene.check("public-only", "acme/app", &["mr.list"]).exits(1).judges("mr.list", "denied scope declared");
    scene.check("no-scopes", "acme/nothing", &["mr.list"]).exits(1).judges("mr.list", "denied scope declared");
}

#[test]
fn a_public_repository_proves_nothing_of_the_token() {
    let ran = github().check("job-open", "acme/open", &["mr.list", "git.clone", "git.push"]);
    assert_eq!(ran.capability("mr.list")["verdict"], "allowed");
    assert_eq!(ran.capability("git.push")["verdict"], "denied");
    ran.exits(1);
}

#[test]
fn an_archived_repository_takes_no_changes() {
    let ran = github().check("classic", "acme/archive", &["mr.create", "mr.list"]);
    ran.exits(1).judges("mr.create", "denied archived declared").judges("mr.list", "allowed - observed");
}

/// The workflow of the job, and a check of nothing but the needs.
fn in_a_job<'a>(scene: &'a Scene, workflow: &str, token: &str, needs: &[&str]) -> Call<'a> {
    scene.write(".github/workflows/ci.yml", workflow);
    let call = scene.run(&["check", "--format", "json"]).actions(token, "acme/app");
    needs.iter().fold(call, |call, need| call.args(&["--needs", need]))
}

const RELEASE: &str =
    "on: push\njobs:\n  build:\n    permissions: { contents: read, pull-requests: write }\n    steps: []\n";

#[test]
fn the_jobs_own_token_is_judged_by_the_workflow_it_runs_in() {
    let scene = github();
    let needs =
        ["git.push", "mr.note.create", "mr.create", "package.publish", "workflow_file.push", "id_token.request"];
    let ran = in_a_job(&scene, RELEASE, "job", &needs).go();
    ran.exits(1).judges("git.push", "denied permission observed").judges("mr.note.create", "allowed - declared");
    ran.judges("mr.create", "unknown feature inferred").judges("package.publish", "denied permission declared");
    ran.judges("workflow_file.push", "denied kind declared").judges("id_token.request", "denied permission inferred");
    ran.finds("permission-missing", &["`packages: write`", "`permissions` of the job"]);
    ran.finds("permission-missing", &["`contents: write`"]);
    ran.finds("setting-unknown", &["allow GitHub Actions to create and approve pull requests", "settings/actions"]);
    assert_eq!(ran.token()["kind"], "actions");
}

#[test]
fn without_a_workflow_file_the_line_to_add_is_told() {
    let scene = github();
    let ran =
        scene.run(&["check", "--format", "json", "--needs", "issue.create"]).actions("job-default", "acme/app").go();
    ran.exits(3).judges("issue.create", "unknown permission inferred");
    ran.finds("capability-unknown", &["add `issues: write` to the `permissions` of the job"]);
}

#[test]
fn the_commit_that_the_workflow_was_taken_from_counts_and_not_the_work_tree() {
    let scene = github();
    let call = in_a_job(&scene, RELEASE, "job", &["mr.note.create"]).env("GITHUB_WORKFLOW_SHA", "0".repeat(40));
    let ran = call.go();
    ran.exits(3).judges("mr.note.create", "unknown permission inferred");
}

#[test]
fn e_04_a_pull_request_from_a_fork_writes_nothing_and_gets_no_secrets() {
    let scene = github();
    let event =
        r#"{"pull_request":{"head":{"repo":{"full_name":"mallory/app"}},"base":{"repo":{"full_name":"acme/app"}}}}"#;
    let event = scene.write("event.json", event);
    let workflow = RELEASE.replace("contents: read", "contents: write");
    let fork = |call: Call<'_>| call.env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_EVENT_PATH", &event).go();
    let ran = fork(in_a_job(&scene, &workflow, "job-fork", &["mr.note.create", "release.create"]));
    ran.exits(1).judges("mr.note.create", "denied permission declared");
    let secret = scene.run(&["check", "--format", "json", "--token-env", "BOT"]).actions("job-fork", "acme/app");
    fork(secret.env("BOT", "")).exits(1).finds("token-missing", &["a pull request from a fork", "no secrets"]);
}

#[test]
fn what_works_with_the_jobs_own_token_and_surprises() {
    let scene = github();
    let workflow = RELEASE.replace("contents: read", "contents: write");
    let ran = in_a_job(&scene, &workflow, "job-write-all", &["git.push", "release.create"]).go();
    ran.exits(0).finds("push-starts-no-pipeline", &["starts no pipeline", "GitHub App"]);
}

#[test]
fn tokens_are_compared_side_by_side_and_the_least_is_named() {
    let scene = github();
    scene.write(".github/workflows/ci.yml", RELEASE);
    let words =
        ["compare", "--format", "json", "git.clone", "mr.list", "mr.note.create", "--token-env", "GITHUB_TOKEN"];
    let call = scene.run(&words).args(&["--token-env", "PAT", "--token-env", "APP"]).actions("job", "acme/app");
    let ran = call.env("PAT", scene.token("classic")).env("APP", scene.token("installation")).go();
    ran.exits(0);
    let matrix = &ran.json()["matrix"];
    assert_eq!(matrix["least"], "env:GITHUB_TOKEN", "{matrix:#}");
    assert_eq!(matrix["tokens"].as_array().unwrap().len(), 3);
}

#[test]
fn e_06_on_a_server_of_ones_own_everything_stays_there() {
    let scene = Scene::named("ghes");
    let name = scene.forge.token_names().find(|name| name.starts_with("job")).map(str::to_owned);
    let name = name.expect("the scenario has a job");
    let ran = scene.run(&["check", "--format", "json"]).actions(&name, "acme/app").go();
    assert!(ran.json()["connections"][0]["url"].as_str().unwrap().starts_with("http://127.0.0.1"), "{}", ran.stdout());
    assert!(
        scene
            .forge
            .requests()
            .iter()
            .all(|seen| seen.target.starts_with("/api/v3") || seen.target.contains("info/refs"))
    );
}

#[test]
fn e_02_variables_of_two_platforms_need_a_word() {
    let scene = github();
    let call = || {
        scene
            .run(&["check"])
            .actions("job", "acme/app")
            .env("GITLAB_CI", "true")
            .env("CI_SERVER_URL", "https://gitlab.example.com")
    };
    call().go().exits(2).complains("--forge");
    let ran = call().args(&["--forge", "github", "--format", "json"]).go();
    assert_eq!(ran.json()["connections"][0]["forge"], "github");
}

#[test]
fn r_02_the_jobs_own_token_goes_nowhere_else() {
    let scene = github();
    let words = ["check", "--token-env", "GITHUB_TOKEN", "--url", "https://github.com", "--target", "acme/app"];
    scene
        .run(&words)
        .actions("job", "acme/app")
        .go()
        .exits(2)
        .complains("the job's own token is meant for the platform");
    let away = scene.run(&["check"]).actions("job", "acme/app").env("GITHUB_API_URL", "https://api.evil.example");
    away.go().exits(2).complains("name different servers");
    assert!(scene.forge.requests().is_empty());
}

/// By their own names, through a proxy and with a certificate, as in the world.
#[test]
fn github_com_is_asked_at_its_two_names_and_no_other() {
    let text = "now: 2026-11-20T12:00:00Z\nproxy: true\ntls: { names: [api.github.com, github.com] }\n";
    let mut scenario = Scenario::from_yaml(&format!("{text}github: {{}}\n")).unwrap();
    scenario.github = Scenario::named("github.com").unwrap().github;
    let scene = Scene::of(scenario);
    let authority = scene.forge.ca_pem_path().unwrap().to_owned();
    let proxy = scene.forge.proxy_url().unwrap();
    let words = [
        "check",
        "--token-env",
        "T",
        "--target",
        "acme/app",
        "--forge",
        "github",
        "--format",
        "json",
        "--needs",
        "git.clone",
        "--needs",
        "mr.list",
    ];
    let call = scene.plain_run(&words).arg("--ca-file").arg(&authority).env("HTTPS_PROXY", proxy);
    let ran = call.env("T", scene.token("classic")).go();
    ran.exits(0).judges("git.clone", "allowed - observed").judges("mr.list", "allowed - observed");
    let mut names = scene.forge.proxied();
    names.sort();
    names.dedup();
    assert_eq!(names, ["api.github.com:443", "github.com:443"]);
    assert!(fs::metadata(authority).is_ok());
}

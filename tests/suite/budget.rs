//! How many requests a check costs: three for the declared picture of any token, one more for each capability that is
//! observed, one in all for a token that is refused.

use hallpass_sandbox::{Scenario, TokenText};

use crate::support::hallpass::Scene;

/// An OAuth token in its usual form, which is known without asking.
fn scene() -> Scene {
    let mut scenario = Scenario::named("gitlab-19").unwrap();
    for token in scenario.gitlab.tokens.iter_mut().filter(|token| token.name.starts_with("oauth")) {
        token.text = Some(TokenText::Literal(if token.name == "oauth" { "5a4db0c1" } else { "0badcafe" }.repeat(8)));
    }
    Scene::of(scenario)
}

/// Requests sent, as the forge counts them and as the report tells them.
#[track_caller]
fn cost(token: &str, target: Option<&str>, needs: &[&str]) -> usize {
    let scene = scene();
    let url = scene.url();
    let args = ["check", "--token-env", "TOKEN", "--url", &url, "--format", "json"];
    let mut call = scene.run(&args).env("TOKEN", scene.token(token));
    if token == "deploy" {
        call = call.args(&["--username", "gitlab+deploy-token-1"]);
    }
    if let Some(target) = target {
        call = call.args(&["--target", target]);
    }
    let ran = needs.iter().fold(call, |call, need| call.args(&["--needs", need])).go();
    let told = ran.json()["summary"]["requests"].as_u64().unwrap();
    let seen = scene.forge.requests();
    assert_eq!(told, seen.len() as u64, "{seen:#?}");
    seen.len()
}

const LIVE: [&str; 11] = [
    "owner",
    "dev",
    "read-api",
    "read-repository",
    "project-bot",
    "group-bot",
    "endless",
    "oauth",
    "deploy",
    "job",
    "fine-grained",
];

#[test]
fn the_declared_picture_costs_three_requests_at_most() {
    for token in LIVE {
        let cost = cost(token, Some("acme/app"), &[]);
        assert!(cost <= 3, "{token}: {cost}");
    }
}

#[test]
fn the_declared_picture_without_a_target_costs_no_more() {
    for token in LIVE {
        let cost = cost(token, None, &[]);
        assert!(cost <= 3, "{token}: {cost}");
    }
}

#[test]
fn a_capability_that_only_the_role_decides_costs_nothing() {
    for token in ["owner", "project-bot", "group-bot"] {
        assert!(cost(token, Some("acme/app"), &["hook.manage", "members.manage"]) <= 3, "{token}");
    }
}

#[test]
fn each_observed_capability_costs_one_more() {
    let observed = ["mr.list", "issue.list", "git.clone", "branch.list", "release.list"];
    for token in ["owner", "project-bot", "group-bot", "oauth", "job", "fine-grained"] {
        let declared = cost(token, Some("acme/app"), &[]);
        for count in [1, observed.len()] {
            let cost = cost(token, Some("acme/app"), &observed[..count]);
            assert!(cost <= declared.max(3) + count, "{token} with {count}: {cost}");
        }
    }
}

#[test]
fn n_14_a_token_that_is_refused_costs_one_request() {
    let needs = ["mr.list", "git.clone", "git.push", "issue.list"];
    for token in ["expired", "revoked", "oauth-old", "finished-job", "blocked"] {
        assert_eq!(cost(token, Some("acme/app"), &needs), 1, "{token}");
    }
}

#[test]
fn a_token_that_cannot_be_one_costs_nothing() {
    let scene = scene();
    for text in ["", "$TOKEN", "\"glpat-x\"", "ghp_0123456789abcdef0123456789abcdef0123"] {
        scene.checking(text, "acme/app", &["mr.list", "git.clone"]).go().exits(1);
    }
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn one_token_in_two_connections_is_refused_once() {
    let scene = scene();
    let one = |name: &str, need: &str| {
        format!(
            "  {name}: {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, token: {{ env: T }}, needs: [{need}] }}\n",
            scene.url()
        )
    };
    scene.write("hallpass.yml", &format!("version: 1\nconnections:\n{}{}", one("a", "mr.list"), one("b", "git.clone")));
    scene.run(&["check"]).env("T", scene.token("expired")).go().exits(1);
    let refused = scene.forge.requests().iter().filter(|seen| seen.status == 401).count();
    assert!(refused <= 2, "{refused}");
}

/// As [`cost`], on GitHub.
#[track_caller]
fn cost_on_github(token: &str, target: Option<&str>, needs: &[&str]) -> usize {
    let scene = Scene::named("github.com");
    let url = scene.url();
    let mut call = scene.run(&["check", "--token-env", "TOKEN", "--url", &url, "--format", "json"]);
    if let Some(target) = target {
        call = call.args(&["--target", target]);
    }
    let call = needs.iter().fold(call.env("TOKEN", scene.token(token)), |call, need| call.args(&["--needs", need]));
    let told = call.go().json()["summary"]["requests"].as_u64().unwrap();
    let seen = scene.forge.requests();
    assert_eq!(told, seen.len() as u64, "{seen:#?}");
    seen.len()
}

const LIVE_ON_GITHUB: [&str; 8] =
    ["classic", "public-only", "fine-grained", "oauth", "app-user", "installation", "job", "old-hex"];

#[test]
fn the_declared_picture_of_a_github_token_costs_three_requests_at_most() {
    for token in LIVE_ON_GITHUB {
        for target in [Some("acme/app"), None] {
            let cost = cost_on_github(token, target, &[]);
            assert!(cost <= 3, "{token}: {cost}");
        }
    }
}

#[test]
fn each_observed_capability_of_a_github_token_costs_one_more() {
    let observed = ["mr.list", "git.clone", "branch.list", "git.push", "release.create", "mr.merge"];
    for token in ["classic", "fine-grained", "installation", "job"] {
        for count in [1, observed.len()] {
            let cost = cost_on_github(token, Some("acme/app"), &observed[..count]);
            assert!(cost <= 3 + count, "{token} with {count}: {cost}");
        }
    }
}

#[test]
fn n_14_a_github_token_that_is_refused_costs_one_request() {
    for token in ["expired", "revoked"] {
        assert_eq!(cost_on_github(token, Some("acme/app"), &["mr.list", "git.clone", "git.push"]), 1, "{token}");
    }
}

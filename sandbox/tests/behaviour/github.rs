//! A GitHub.

mod actions;
mod git;
mod hosts;
mod identity;
mod policies;
mod rest;
mod tokens;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_sandbox::github::World;
use hallpass_sandbox::{Sandbox, Scenario};

use crate::support::*;

const HEADERS: [(&str, &str); 3] =
    [("User-Agent", "test"), ("Accept", "application/vnd.github+json"), ("Content-Type", "application/json")];

fn github_com() -> Sandbox {
    Sandbox::start(Scenario::named("github.com").expect("shipped"))
}

fn ghes() -> Sandbox {
    Sandbox::start(Scenario::named("ghes").expect("shipped"))
}

/// A github.com after some change.
fn with(change: impl FnOnce(&mut World)) -> Sandbox {
    let mut scenario = Scenario::named("github.com").expect("shipped");
    change(scenario.github.as_mut().expect("a GitHub"));
    Sandbox::start(scenario)
}

/// `GET /api/v3<path>` with a token by name.
fn get(sandbox: &Sandbox, token: &str, path: &str) -> Reply {
    ask(sandbox, "GET", token, path, "")
}

fn ask(sandbox: &Sandbox, method: &str, token: &str, path: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {}", sandbox.token(token));
    let headers = [&HEADERS[..], &[("Authorization", bearer.as_str())]].concat();
    send(sandbox, method, &format!("/api/v3{path}"), &headers, body)
}

fn nobody(sandbox: &Sandbox, path: &str) -> Reply {
    send(sandbox, "GET", &format!("/api/v3{path}"), &HEADERS, "")
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Git's service discovery with a token by name.
fn discover(sandbox: &Sandbox, token: &str, repository: &str, service: &str) -> Reply {
    let basic = basic("x-access-token", &sandbox.token(token));
    send(sandbox, "GET", &discovery(repository, service), &[("Authorization", &basic)], "")
}

fn query(sandbox: &Sandbox, token: &str, query: &str) -> Reply {
    let bearer = format!("Bearer {}", sandbox.token(token));
    let headers = [&HEADERS[..], &[("Authorization", bearer.as_str())]].concat();
    send(sandbox, "POST", "/api/graphql", &headers, &serde_json::json!({ "query": query }).to_string())
}

//! Every row of the route table leads somewhere.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::hosts::Bases;
use super::routes::{ROUTES, Route};
use super::state::State;
use super::terms::{Level, TokenKind};
use super::world::{Permissions, Token};
use super::{Outcome, rest};
use crate::request::Request;
use crate::scenario::Scenario;

/// A github.com where two tokens may do everything that tokens of their kinds can: `owner` by scopes, `mighty` by
/// permissions.
fn state() -> State {
    let scenario = Scenario::named("github.com").expect("shipped");
    let mut world = scenario.github.expect("a GitHub");
    let everything = ROUTES.iter().flat_map(|route| route.permissions.iter().flatten().flatten());
    let everything = everything.map(|(name, _)| ((*name).to_owned(), Level::Write)).collect();
    let mut mighty = Token::new("mighty", TokenKind::FineGrained, Some("owner-1"));
    mighty.owner = Some("acme".to_owned());
    mighty.permissions = Some(Permissions::Each(everything));
    world.tokens.push(mighty);
    State::new(world, Timestamp::UNIX_EPOCH, "http://forge.test").expect("a state")
}

fn bases() -> Bases {
    Bases { api: "http://forge.test/api/v3".to_owned(), web: "http://forge.test".to_owned() }
}

/// A kind of token that the route is for.
fn token(route: &Route) -> &'static str {
    if route.has("jwt") {
        "app-jwt"
    } else if route.has("apps-only") {
        "installation"
    } else if route.has("app-user") {
        "app-user"
    } else if route.template.filled(|_| "x") == ["repos", "x", "x", "check-runs"] {
        "job-write-all"
    } else {
        "owner"
    }
}

fn value(name: &str) -> &'static str {
    match name {
        "owner" | "org" => "acme",
        "repo" | "package_name" => "app",
        "branch" | "sha" => "main",
        // Of a commit or of `git/ref`.
        "ref" => "heads/main",
        "path" => "README.md",
        "basehead" => "main...next",
        "pull_number" => "7",
        "issue_number" => "101",
        "run_id" => "5001",
        "username" => "dev-1",
        "tag" => "v1.0.0",
        "package_type" => "container",
        "environment_name" => "production",
        "subject_digest" => "sha256:0",
        _ => "1",
    }
}

fn request(state: &State, route: &Route, by: &str, value: impl Fn(&str) -> &'static str) -> (Request, Vec<String>) {
    let commits = route.template.filled(|_| "x").get(3).is_some_and(|word| word == "commits");
    let named = |name: &str| match (name, route.object()) {
        ("name", Some(("variables", ..))) => "STAGE",
        ("name", _) => "bug",
        ("ref", _) if commits => "main",
        _ => value(name),
    };
    let segments = route.template.filled(|name| if value(name) == "none-such" { "none-such" } else { named(name) });
    let body: Map<String, Value> =
        route.needs.iter().map(|name| ((*name).to_owned(), json!(format!("a {name}")))).collect();
    let text = &state.tokens.iter().find(|token| token.token.name == by).expect("a token").text;
    let headers = [
        ("authorization", format!("Bearer {text}")),
        ("user-agent", "t".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let request = Request {
        method: route.method.to_owned(),
        path: format!("/api/v3/{}", segments.join("/")),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: Value::Object(body).to_string().into_bytes(),
        ..Request::default()
    };
    (request, segments)
}

fn outcome(state: &State, route: &Route, by: &str, change: impl Fn(&mut Request)) -> Outcome {
    let (mut request, segments) = request(state, route, by, value);
    change(&mut request);
    rest::answer(state, &request, &segments, &bases(), route.has("uploads"))
}

fn status(outcome: &Outcome) -> u16 {
    match outcome {
        Outcome::Reply(reply) => reply.status,
        Outcome::Unplanned(_) | Outcome::Violation => 0,
    }
}

#[test]
fn every_read_and_evaluation_has_an_answer() {
    let state = state();
    for route in ROUTES.iter().filter(|route| route.reads() || route.has("evaluates")) {
        let outcome = outcome(&state, route, token(route), |_| {});
        assert_eq!(status(&outcome), 200, "{} {:?}: {outcome:?}", route.method, route.template);
    }
}

#[test]
fn every_write_of_an_owner_is_held_back() {
    let state = state();
    // A deployment to pages has no lasting object that could be cancelled.
    let writes = ROUTES.iter().filter(|route| !(route.reads() || route.has("evaluates")));
    for route in writes.filter(|route| route.object().is_none_or(|(collection, ..)| collection != "pages_deployments"))
    {
        let outcome = outcome(&state, route, token(route), |_| {});
        assert!(matches!(outcome, Outcome::Violation), "{} {:?}: {outcome:?}", route.method, route.template);
    }
}

#[test]
fn every_write_without_what_it_needs_is_a_422() {
    let state = state();
    for route in ROUTES.iter().filter(|route| !route.needs.is_empty()) {
        let outcome = outcome(&state, route, token(route), |request| request.body.clear());
        assert_eq!(status(&outcome), 422, "{} {:?}: {outcome:?}", route.method, route.template);
    }
}

#[test]
fn every_write_on_something_that_is_not_there_is_refused_in_the_way_of_its_route() {
    let state = state();
    for route in ROUTES.iter() {
        let Some((_, name, expected)) = route.object() else { continue };
        let none_such = |other: &str| if other == name { "none-such" } else { value(other) };
        let (request, segments) = request(&state, route, token(route), none_such);
        let outcome = rest::answer(&state, &request, &segments, &bases(), false);
        assert_eq!(status(&outcome), expected, "{} {:?}: {outcome:?}", route.method, route.template);
    }
}

#[test]
fn every_route_with_a_permission_is_closed_without_it_and_open_with_it() {
    let state = state();
    let for_permissions = |route: &&Route| {
        let permissions = route.permissions.iter().flatten().flatten();
        let asks = permissions.clone().any(|(name, _)| *name != "metadata");
        let others = ["no-fine-grained", "apps-only", "app-user", "partial"];
        // What is the user's own is not the organization's: `mighty` is bound to `acme`.
        let own = route.template.filled(|_| "x").first().is_none_or(|word| word != "repos")
            && !route.template.filled(value).contains(&"acme".to_owned());
        asks && !own && !others.iter().any(|flag| route.has(flag))
    };
    for route in ROUTES.iter().filter(for_permissions) {
        let with = outcome(&state, route, "mighty", |_| {});
        let without = outcome(&state, route, "job-none", |_| {});
        assert_ne!(status(&with), 403, "{} {:?}: {with:?}", route.method, route.template);
        assert_eq!(status(&without), 403, "{} {:?}: {without:?}", route.method, route.template);
    }
}

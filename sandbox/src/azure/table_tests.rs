//! Every row of the route table leads somewhere.

use jiff::Timestamp;
use serde_json::json;

use super::place::Place;
use super::routes::{ROUTES, Route};
use super::state::State;
use super::{Outcome, bodies, permissions, rest, scopes};
use crate::refs::commit_id;
use crate::request::Request;
use crate::scenario::Scenario;

fn state() -> State {
    let scenario = Scenario::named("azure").expect("shipped");
    let world = scenario.azure.expect("an Azure DevOps");
    State::new(world, Timestamp::UNIX_EPOCH, "http://forge.test").expect("a state")
}

fn host(route: &Route) -> &'static str {
    match route.host {
        "core" => "dev.azure.com",
        "identity" => "vssps.dev.azure.com",
        "release" => "vsrm.dev.azure.com",
        "feeds" => "feeds.dev.azure.com",
        "entitlements" => "vsaex.dev.azure.com",
        "extensions" => "extmgmt.dev.azure.com",
        "audit" => "auditservice.dev.azure.com",
        "advsec" => "advsec.dev.azure.com",
        "artifacts" => "artifacts.dev.azure.com",
        "profile" => "app.vssps.visualstudio.com",
        other => panic!("no host for `{other}`"),
    }
}

/// A request that has everything the route needs.
fn request(state: &State, route: &Route, token: &str) -> Request {
    let commit: &'static str = Box::leak(commit_id("main").into_boxed_str());
    let value = |name: &str| match name {
        "project" | "repository" => "app",
        "namespace" => "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87",
        "bits" => "4",
        "commit" => commit,
        "pull" => "7",
        "build" => "5001",
        "pipeline" => "12",
        "feed" => "packages",
        "type" => "$Task",
        _ => "1",
    };
    let rest = route.template.filled(value).join("/");
    let path = if route.host == "profile" { format!("/{rest}") } else { format!("/acme/{rest}") };
    let text = state.tokens.iter().find(|ready| ready.token.name == token).map(|ready| ready.text.as_str());
    let headers = [("host", host(route).to_owned()), ("authorization", format!("Bearer {}", text.expect("a token")))];
    let endpoint = bodies::endpoint_id();
    let version = if route.since == Some((7, 2)) { "7.2-preview" } else { "7.1-preview" };
    Request {
        method: route.method.to_owned(),
        path,
        query: format!("api-version={version}&tokens=repoV2&endpointId={endpoint}"),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: json!({ "evaluations": [] }).to_string().into_bytes(),
    }
}

fn outcome(state: &State, request: &Request) -> Outcome {
    rest::answer(state, request, &Place::of(request).expect("a place"))
}

/// One token for all routes: an administrator's own sign-in.
fn state_of_an_administrator() -> State {
    let mut scenario = Scenario::named("azure").expect("shipped");
    let world = scenario.azure.as_mut().expect("an Azure DevOps");
    world.token_mut("entra-user").identity = Some("owner-1".to_owned());
    State::new(world.clone(), Timestamp::UNIX_EPOCH, "http://forge.test").expect("a state")
}

#[test]
fn every_read_has_an_answer() {
    let state = state_of_an_administrator();
    for route in ROUTES.iter().filter(|route| route.reads()) {
        let request = request(&state, route, "entra-user");
        let outcome = outcome(&state, &request);
        let fine = matches!(&outcome, Outcome::Reply(reply) if reply.status == 200);
        assert!(fine, "{} {}: {outcome:?}", request.method, request.path);
    }
}

#[test]
fn no_blank_of_a_body_is_left_open() {
    let state = state_of_an_administrator();
    for route in ROUTES.iter().filter(|route| route.reads()) {
        let request = request(&state, route, "entra-user");
        let Outcome::Reply(reply) = outcome(&state, &request) else { panic!("{}", request.path) };
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let open = text.match_indices('{').any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()));
        assert!(!open && !text.contains("\"#"), "{}: {text}", request.path);
    }
}

#[test]
fn every_write_of_an_administrator_is_held_back() {
    let state = state_of_an_administrator();
    for route in ROUTES.iter().filter(|route| !route.reads()) {
        let request = request(&state, route, "entra-user");
        let outcome = outcome(&state, &request);
        assert!(matches!(outcome, Outcome::Violation), "{} {}: {outcome:?}", request.method, request.path);
    }
}

#[test]
fn scopes_and_permissions_of_the_table_exist() {
    for route in ROUTES.iter() {
        for scope in route.scopes.iter().filter(|scope| **scope != "any") {
            assert!(scopes::exists(scope), "{scope}");
        }
        if let Some((namespace, name)) = route.needs {
            assert!(permissions::exists(&format!("{namespace}:{name}")), "{namespace}:{name}");
        }
    }
    assert!(ROUTES.len() > 85, "{}", ROUTES.len());
}

#[test]
fn a_token_without_scopes_is_stopped_at_every_route_that_asks_for_one() {
    let mut scenario = Scenario::named("azure").expect("shipped");
    let world = scenario.azure.as_mut().expect("an Azure DevOps");
    world.token_mut("owner").scopes = vec!["vso.connected_server".to_owned()];
    let state = State::new(world.clone(), Timestamp::UNIX_EPOCH, "http://forge.test").expect("a state");
    for route in ROUTES.iter().filter(|route| !route.scopes.contains(&"any")) {
        let mut request = request(&state, route, "owner");
        let text = state.tokens.iter().find(|ready| ready.token.name == "owner").map(|ready| ready.text.clone());
        let basic =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!(":{}", text.expect("a token")));
        request.headers.retain(|(name, _)| name != "authorization");
        request.headers.push(("authorization".to_owned(), format!("Basic {basic}")));
        let outcome = outcome(&state, &request);
        let fine = matches!(&outcome, Outcome::Reply(reply) if reply.status == 401 && reply.body.is_empty());
        assert!(fine, "{} {}: {outcome:?}", request.method, request.path);
    }
}

#[test]
fn a_world_that_contradicts_itself_is_refused() {
    let wrong = [
        "tokens: [{ name: a, kind: pat, identity: nobody }]",
        "tokens: [{ name: a, kind: system, organization: acme }]",
        "{ identities: [{ name: i }], tokens: [{ name: a, kind: pat, identity: i, scopes: [vso.cod] }] }",
        "{ identities: [{ name: i }], access: [{ identity: i, organization: nowhere }] }",
        "{ organizations: [{ name: acme }], access: [{ identity: app Build Service (acme), organization: acme }] }",
        "{ organizations: [{ name: acme }], identities: [{ name: i }], access: [{ identity: i, organization: acme, allow: [git:Read] }] }",
    ];
    for text in wrong {
        assert!(
            Scenario::from_yaml(&format!("azure: {text}").replace("azure: tokens", "azure:\n  tokens")).is_err(),
            "{text}"
        );
    }
    assert!(state().tokens.len() > 20);
}

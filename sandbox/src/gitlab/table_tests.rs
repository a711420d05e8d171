//! Every row of the route table leads somewhere.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::routes::{Needs, ROUTES, Route};
use super::state::State;
use super::{Outcome, rest};
use crate::request::Request;
use crate::scenario::Scenario;

fn owner_state() -> State {
    let scenario = Scenario::named("gitlab-19").expect("shipped");
    State::new(scenario.gitlab, Timestamp::UNIX_EPOCH, "http://forge.test").expect("a state")
}

/// A request by an owner with everything the route needs.
fn request(state: &State, route: &Route) -> (Request, Vec<String>) {
    let value = |name: &str| match name {
        "id" => "201",
        "iid" => "7",
        "user_id" => "100",
        "tag_name" => "v1.0.0",
        "branch" | "sha" => "main",
        "file_path" => "README.md",
        "pipeline_id" => "5001",
        "job_id" => "6001",
        "name" => "production",
        _ => "1",
    };
    let mut segments: Vec<String> = route.template.filled(value);
    if segments[0] == "groups" {
        segments[1] = "10".to_owned();
    }
    let names = match &route.needs {
        Needs::All(names) => names.clone(),
        Needs::OneOf(names) => names[..1].to_vec(),
    };
    let body: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!(format!("a {name}")))).collect();
    let token = state.tokens.iter().find(|token| token.token.name == "owner").expect("the owner's token");
    let headers = [("private-token", token.text.as_str()), ("content-type", "application/json")];
    let request = Request {
        method: route.method.to_owned(),
        path: format!("/api/v4/{}", segments.join("/")),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Value::Object(body).to_string().into_bytes(),
        ..Request::default()
    };
    (request, segments)
}

#[test]
fn every_read_has_an_answer() {
    let state = owner_state();
    for route in ROUTES.iter().filter(|route| route.reads()) {
        let (request, segments) = request(&state, route);
        let outcome = rest::answer(&state, &request, &segments);
        let missing = route.shape == "missing" || route.shape.starts_with("job");
        let fine = matches!(&outcome, Outcome::Reply(reply) if reply.status == 200 || (missing && reply.status == 404));
        assert!(fine, "{}: {outcome:?}", request.path);
    }
}

#[test]
fn every_write_of_an_owner_is_held_back() {
    let state = owner_state();
    for route in ROUTES.iter().filter(|route| !(route.reads() || route.has("evaluates") || route.has("admin"))) {
        let (request, segments) = request(&state, route);
        let outcome = rest::answer(&state, &request, &segments);
        assert!(matches!(outcome, Outcome::Violation), "{} {}: {outcome:?}", request.method, request.path);
    }
}

#[test]
fn every_write_without_parameters_that_needs_some_is_a_400() {
    let state = owner_state();
    for route in ROUTES.iter().filter(|route| matches!(&route.needs, Needs::All(names) if !names.is_empty())) {
        let (mut request, segments) = request(&state, route);
        request.body.clear();
        let outcome = rest::answer(&state, &request, &segments);
        assert!(matches!(&outcome, Outcome::Reply(reply) if reply.status == 400), "{}: {outcome:?}", request.path);
    }
}

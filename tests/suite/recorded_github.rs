//! The sandbox's GitHub says nothing that answers which GitHub gave to others ([`crate::support::recorded_github`])
//! contradict.

use std::collections::{BTreeMap, BTreeSet};

use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::Value;

use crate::support::recorded_github::{OCTOKIT, PYGITHUB, all};
use crate::support::sandbox_routes::{Route, ask, best, routes};

/// What was recorded of each route, by a header. A refusal may be that of another check than the route's own.
fn by_route<'a>(routes: &'a [Route], header: &str) -> Vec<(&'a Route, String)> {
    let recorded = all().into_iter().filter(|it| it.reply.status < 400);
    recorded.filter_map(|it| Some((best(routes, &it.method, &it.path)?, it.reply.header(header)?.to_owned()))).collect()
}

#[test]
fn accepted_permissions_are_those_that_github_names() {
    let routes = routes();
    let seen = by_route(&routes, "x-accepted-github-permissions");
    for (route, header) in &seen {
        let ours = route.permissions.replace('|', "; ").replace('+', ",").replace(':', "=");
        let ours = if ours == "any" { "allows_permissionless_access=true".to_owned() } else { ours };
        assert_eq!(&ours, header, "{} {}", route.method, route.path);
    }
    assert!(PYGITHUB.is_none() || seen.len() > 80, "{}", seen.len());
}

#[test]
fn accepted_scopes_are_those_that_github_names() {
    let routes = routes();
    let mut seen: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    let mut ours: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (route, header) in by_route(&routes, "x-accepted-oauth-scopes") {
        let key = (route.method.as_str(), route.path.as_str());
        seen.entry(key).or_default().insert(header);
        ours.insert(key, &route.said);
    }
    let strange: Vec<_> = seen.iter().filter(|(key, headers)| !headers.contains(ours[*key])).collect();
    assert!(strange.is_empty(), "{strange:#?}");
    assert!(PYGITHUB.is_none() || seen.len() > 40, "{}", seen.len());
}

#[test]
fn expiry_dates_have_the_two_layouts_that_the_sandbox_writes() {
    let ends: BTreeSet<&str> =
        all().into_iter().filter_map(|it| it.reply.header("github-authentication-token-expiration")).collect();
    let shape = |text: &str| -> String { text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect() };
    for end in &ends {
        let shape = shape(end);
        let known = ["0000-00-00 00:00:00 UTC", "0000-00-00 00:00:00 +0000", "0000-00-00 00:00:00 -0000"];
        assert!(known.contains(&shape.as_str()), "{end}");
    }
    assert!(PYGITHUB.is_none() || !ends.is_empty());
}

/// Kinds of values by path; all items of a list count as one.
fn kinds(value: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    found.entry(path.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| kinds(item, &format!("{path}[]"), found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| kinds(value, &format!("{path}.{name}"), found)),
        _ => {}
    }
}

/// Fields that GitHub added after the recordings were made.
const YOUNGER: [&str; 2] = ["user_view_type", "verified_at"];
/// With fewer recordings of a route a field may be missing from all of them by chance.
const MANY: usize = 20;

/// Fields of an installation's grants are named by permissions: which there are is up to the App.
fn by_name(path: &str) -> bool {
    path.contains(".permissions.")
}

#[test]
fn answers_have_the_fields_and_kinds_of_recorded_ones() {
    // Those of ogr are older than many a field.
    let recordings: Vec<_> = [&*PYGITHUB, &*OCTOKIT].into_iter().flatten().flatten().collect();
    if recordings.is_empty() {
        return;
    }
    let sandbox = Sandbox::start(Scenario::named("github.com").unwrap());
    let routes = routes();
    let mut by_path: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for it in recordings.iter().filter(|it| it.method == "GET" && it.reply.status == 200) {
        let (route, body) = (best(&routes, "GET", &it.path), serde_json::from_slice(&it.reply.body));
        if let (Some(route), Ok(body)) = (route, body) {
            by_path.entry(&route.path).or_default().push(body);
        }
    }
    assert!(by_path.len() > 50, "{}", by_path.len());
    for (path, bodies) in by_path {
        let route = routes.iter().find(|route| route.method == "GET" && route.path == path).unwrap();
        let mut real = BTreeMap::new();
        for body in &bodies {
            kinds(body, "", &mut real);
        }
        let (_, answer) = ask(&sandbox.url(), "GET", &route.example(), Some(&sandbox.token(route.token())), "");
        let mut ours = BTreeMap::new();
        kinds(&serde_json::from_str(&answer).unwrap(), "", &mut ours);
        for (path, held) in &ours {
            let younger = YOUNGER.iter().any(|name| path.ends_with(name));
            match real.get(path) {
                // A value may be null here and never have been in a recording.
                Some(real) => assert!(held.iter().all(|kind| *kind == "null" || real.contains(kind)), "{path}"),
                None => assert!(younger || by_name(path) || bodies.len() < MANY, "{} has no {path}", route.path),
            }
        }
    }
}

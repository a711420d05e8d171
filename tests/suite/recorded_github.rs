//! Answers that github.com gave, recorded by the tests of the Python library `PyGithub` (LGPL, source archive 2.10.0, named
//! by `HALLPASS_PYGITHUB`, fetched for the run and not kept here): the sandbox's GitHub says nothing that they contradict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use hallpass_sandbox::{Sandbox, Scenario};
use serde_json::Value;

use crate::support::parts;
use crate::support::sandbox_routes::{Route, ask, best, routes};

struct Recorded {
    method: String,
    path: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

static RECORDINGS: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_PYGITHUB", "the source archive of PyGithub")?;
    let mut recorded = Vec::new();
    for entry in std::fs::read_dir(folder.join("tests/ReplayData")).unwrap() {
        let text = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at + 9 < lines.len() {
            let found = exchange(&lines[at..at + 10]);
            at += if found.is_some() { 10 } else { 1 };
            recorded.extend(found);
        }
    }
    assert!(recorded.len() > 2_000, "only {} answers", recorded.len());
    Some(recorded)
});

/// Scheme, method, host, port, path, headers, body, then status, headers and body of the answer, a line each.
fn exchange(lines: &[&str]) -> Option<Recorded> {
    let &["https" | "http", method, _, _, address, _, _, status, headers, body] = lines else { return None };
    let path = address.trim_start_matches("https://api.github.com").split('?').next()?;
    let pairs = literals(headers);
    let headers = pairs.chunks_exact(2).map(|pair| (pair[0].to_ascii_lowercase(), pair[1].clone()));
    Some(Recorded {
        method: method.to_owned(),
        path: path.trim_start_matches("/api/v3").to_owned(),
        status: status.parse().ok()?,
        headers: headers.collect(),
        body: body.to_owned(),
    })
}

/// The text literals of a line of Python, in their order.
fn literals(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line.chars();
    while let Some(quote) = rest.find(|c| matches!(c, '\'' | '"')) {
        let mut text = String::new();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.extend(rest.next()),
                c if c == quote => break,
                c => text.push(c),
            }
        }
        found.push(text);
    }
    found
}

/// What was recorded of each route, by a header. A refusal may be that of another check than the route's own.
fn by_route<'a>(routes: &'a [Route], header: &str) -> Vec<(&'a Route, String)> {
    let recorded = RECORDINGS.as_deref().unwrap_or_default().iter().filter(|it| it.status < 400);
    recorded.filter_map(|it| Some((best(routes, &it.method, &it.path)?, it.headers.get(header)?.clone()))).collect()
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
    assert!(RECORDINGS.is_none() || seen.len() > 80, "{}", seen.len());
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
    assert!(RECORDINGS.is_none() || seen.len() > 40, "{}", seen.len());
}

#[test]
fn expiry_dates_have_the_two_layouts_that_the_sandbox_writes() {
    let ends = RECORDINGS.as_deref().unwrap_or_default().iter();
    let ends: BTreeSet<&String> =
        ends.filter_map(|it| it.headers.get("github-authentication-token-expiration")).collect();
    let shape = |text: &str| -> String { text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect() };
    for end in &ends {
        let shape = shape(end);
        let known = ["0000-00-00 00:00:00 UTC", "0000-00-00 00:00:00 +0000", "0000-00-00 00:00:00 -0000"];
        assert!(known.contains(&shape.as_str()), "{end}");
    }
    assert!(RECORDINGS.is_none() || !ends.is_empty());
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

#[test]
fn answers_have_the_fields_and_kinds_of_recorded_ones() {
    let Some(recordings) = RECORDINGS.as_deref() else { return };
    let sandbox = Sandbox::start(Scenario::named("github.com").unwrap());
    let routes = routes();
    let mut by_path: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for it in recordings.iter().filter(|it| it.method == "GET" && it.status == 200) {
        let (route, body) = (best(&routes, "GET", &it.path), serde_json::from_str(&it.body));
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
                None => assert!(younger || bodies.len() < MANY, "{} has no {path}", route.path),
            }
        }
    }
}

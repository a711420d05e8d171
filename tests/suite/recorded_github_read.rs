//! Answers that github.com gave, recorded by the tests of two Python libraries: `PyGithub` (LGPL-3.0, source archive 2.10.0,
//! named by `HALLPASS_PYGITHUB`) and ogr (MIT, source archive 0.61.1, `HALLPASS_OGR`). Heads and bodies are read through
//! the provider; nothing of them is kept here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use hallpass::app::ports::{Effect, Method, Presentation, Probe, Provider, Reply, Task};
use hallpass::domain::capability::Capability;
use hallpass::domain::connection::{Base, Connection, Places, SourceSpec};
use hallpass::domain::evidence::{Evidence, Fact, Known, Origin, TargetFact, Visibility};
use hallpass::domain::expiry::{Expiry, ExpiryPolicy};
use hallpass::domain::token::{Kind, Token};
use hallpass::domain::verdict::{Basis, Layer, Verdict};
use hallpass::wiring::Library;
use serde_json::Value;

use crate::support::parts;

struct Recorded {
    method: String,
    path: String,
    reply: Reply,
}

static PYGITHUB: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_PYGITHUB", "the source archive of PyGithub")?;
    let mut recorded = Vec::new();
    for file in files(&folder.join("tests/ReplayData")) {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        // Scheme, method, host, port, path, head and body of the question; status, head and body of the answer.
        let mut at = 0;
        while at + 9 < lines.len() {
            let found = of_pygithub(&lines[at..at + 10]);
            at += if found.is_some() { 10 } else { 1 };
            recorded.extend(found);
        }
    }
    assert!(recorded.len() > 1_500, "only {} answers", recorded.len());
    Some(recorded)
});

static OGR: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_OGR", "the source archive of ogr")?;
    let mut recorded = Vec::new();
    for file in files(&folder.join("tests/integration/github/test_data")) {
        let text = std::fs::read_to_string(&file).unwrap().replace("!!binary ", "");
        let unlimited = serde_yaml::options! { budget: None };
        let Ok(cassette) = serde_yaml::from_str_with_options::<Value>(&text, unlimited) else { continue };
        gather(&cassette, &mut Vec::new(), &mut recorded);
    }
    assert!(recorded.len() > 900, "only {} answers", recorded.len());
    Some(recorded)
});

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn of_pygithub(record: &[&str]) -> Option<Recorded> {
    let &["https", method, host, _, path, _, _, status, head, body] = record else { return None };
    let status = status.trim().parse().ok()?;
    (host == "api.github.com").then(|| Recorded {
        method: method.to_owned(),
        path: path.split('?').next().unwrap().to_owned(),
        reply: Reply { status, headers: head_of(head), body: body.as_bytes().to_vec() },
    })
}

/// `[('Date', 'Tue ...'), ("a", 'b')]`: every second text is a value.
fn head_of(list: &str) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut rest = list;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let Some(end) = rest[start + 1..].find(quote) else { break };
        texts.push(rest[start + 1..start + 1 + end].to_owned());
        rest = &rest[start + end + 2..];
    }
    texts.chunks_exact(2).map(|pair| (pair[0].to_ascii_lowercase(), pair[1].clone())).collect()
}

/// Answers stand at some depth below the address they were asked at.
fn gather(value: &Value, words: &mut Vec<String>, recorded: &mut Vec<Recorded>) {
    match value {
        Value::Object(map) if map.contains_key("status_code") => {
            let address = words.iter().find_map(|word| word.strip_prefix("https://api.github.com"));
            let method = words.iter().find(|word| matches!(word.as_str(), "GET" | "POST" | "PATCH" | "PUT" | "DELETE"));
            let (Some(address), Some(method)) = (address, method) else { return };
            let headers = map["headers"].as_object().into_iter().flatten();
            let headers = headers.map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (name.to_ascii_lowercase(), value)
            });
            let content = &map["_content"];
            recorded.push(Recorded {
                method: method.clone(),
                path: address.split('?').next().unwrap().to_owned(),
                reply: Reply {
                    status: u16::try_from(map["status_code"].as_u64().unwrap()).unwrap(),
                    headers: headers.collect(),
                    body: content.as_str().map_or_else(|| content.to_string(), str::to_owned).into_bytes(),
                },
            });
        }
        Value::Object(map) => {
            for (key, value) in map {
                words.push(key.clone());
                gather(value, words, recorded);
                words.pop();
            }
        }
        Value::Array(list) => list.iter().for_each(|value| gather(value, words, recorded)),
        _ => {}
    }
}

fn all() -> Vec<&'static Recorded> {
    [&*PYGITHUB, &*OGR].into_iter().flatten().flatten().collect()
}

fn connection() -> Connection {
    Connection {
        name: "recorded".to_owned(),
        forge: "github".to_owned(),
        base: Base {
            origin: hallpass::domain::origin::Origin::parse("https://github.com").unwrap(),
            root: String::new(),
        },
        target: Some("acme/app".to_owned()),
        source: SourceSpec::Env("T".to_owned()),
        contracts: Vec::new(),
        needs: Vec::new(),
        must_not: Vec::new(),
        expiry: ExpiryPolicy::default(),
        owner: None,
        tenant: None,
        username: None,
        ca_file: None,
        insecure: false,
        default: false,
        places: Places::default(),
        remarks: Vec::new(),
        job: None,
        barred: None,
    }
}

fn read(github: &dyn Provider, id: &str, kind: &str, alive: bool, reply: &Reply) -> Vec<Fact> {
    let connection = connection();
    let token = Token::new("a token without form".to_owned());
    let about = id.contains('.').then(|| Capability::new(id));
    let task = Task { connection: &connection, token: &token, wanted: &[], probing: Effect::Read, offline: false };
    let mut evidence = Evidence::default();
    let mut say = |value| evidence.add(Known { value, basis: Basis::Observed, origin: Origin::new("test", None, "") });
    say(Fact::Kind(Kind::new(kind)));
    say(Fact::Target(TargetFact::Visibility(Visibility::Private)));
    if alive {
        say(Fact::Alive);
    }
    let probe = Probe {
        id: id.to_owned(),
        about,
        method: Method::Get,
        door: None,
        path: "/recorded".to_owned(),
        headers: &[],
        presentation: Presentation::Bearer,
        body: None,
        effect: Effect::Read,
    };
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    github.read(&task, &evidence, &probe, reply, now).into_iter().map(|known| known.value).collect()
}

fn with_github(check: impl FnOnce(&dyn Provider)) {
    let library = Library::read().unwrap();
    check(library.forge("github").unwrap());
}

/// The head of each answer, as that of the first question: scopes and end are read as they stand there.
#[test]
fn recorded_heads_tell_scopes_and_ends() {
    with_github(|github| {
        let (mut ends, mut scoped) = (0, 0);
        for recorded in all() {
            let body = br#"{"resources":{"core":{"limit":5000,"remaining":1}}}"#.to_vec();
            let json = ("content-type".to_owned(), "application/json".to_owned());
            let other = recorded.reply.headers.iter().filter(|(name, _)| name != "content-type").cloned();
            let reply = Reply { status: 200, headers: other.chain([json]).collect(), body };
            let facts = read(github, "rate-limit", "classic", false, &reply);
            if let Some(stated) = reply.header("github-authentication-token-expiration") {
                let read = facts.iter().any(|fact| matches!(fact, Fact::Expires(Expiry::At { date_only: false, .. })));
                assert!(read, "{stated}: {facts:?}");
                ends += 1;
            }
            let told = facts.iter().find_map(|fact| if let Fact::Scopes(scopes) = fact { Some(scopes) } else { None });
            let stated = reply.header("x-oauth-scopes").map(|stated| {
                let words = stated.split(',').map(str::trim).filter(|word| !word.is_empty());
                words.map(str::to_owned).collect::<BTreeSet<_>>()
            });
            assert_eq!(told.cloned(), stated, "{}", recorded.path);
            scoped += usize::from(stated.is_some());
        }
        if PYGITHUB.is_some() {
            assert!(ends > 400 && scoped > 600, "{ends} ends, {scoped} with scopes");
        }
    });
}

#[test]
fn recorded_repositories_are_read_with_visibility_and_role() {
    with_github(|github| {
        let mut count = 0;
        for recorded in all() {
            let is_repository = recorded.path.starts_with("/repos/") && recorded.path.split('/').count() == 4;
            if !is_repository || recorded.method != "GET" || recorded.reply.status != 200 {
                continue;
            }
            let facts = read(github, "repository", "classic", true, &recorded.reply);
            let has = |wanted: fn(&Fact) -> bool| facts.iter().any(wanted);
            assert!(has(|fact| matches!(fact, Fact::Target(TargetFact::Id(_)))), "{}: {facts:?}", recorded.path);
            let body: serde_json::Value = serde_json::from_slice(&recorded.reply.body).unwrap();
            if body.get("private").is_none() {
                // Cut short by whoever recorded it. What it leaves out is not made up.
                assert!(has(|fact| matches!(fact, Fact::Trouble(_))), "{}: {facts:?}", recorded.path);
                continue;
            }
            assert!(has(|fact| matches!(fact, Fact::Target(TargetFact::Visibility(_)))), "{}", recorded.path);
            assert!(!has(|fact| matches!(fact, Fact::Trouble(_))), "{}: {facts:?}", recorded.path);
            count += 1;
        }
        assert!(PYGITHUB.is_none() || count > 100, "only {count}");
    });
}

/// Whatever was refused, it is told for a known reason, never as a success, and a live token dies of nothing.
#[test]
fn recorded_refusals_are_told_for_a_known_reason() {
    with_github(|github| {
        let mut classes = BTreeMap::<String, usize>::new();
        for recorded in all().into_iter().filter(|recorded| recorded.reply.status >= 400) {
            let facts = read(github, "issue.list", "classic", true, &recorded.reply);
            let class = match &facts[..] {
                [] => "nothing".to_owned(),
                [Fact::Outcome(_, outcome)] => {
                    let layer = outcome.layer.map_or("", Layer::as_str);
                    format!("{} {layer}", outcome.verdict.as_str())
                }
                [Fact::Trouble(trouble)] => format!("trouble {}", trouble.layer.as_str()),
                other => panic!("{} {}: {other:?}", recorded.reply.status, recorded.path),
            };
            let class = format!("{} {class}", recorded.reply.status);
            let text = String::from_utf8_lossy(&recorded.reply.body).into_owned();
            let known = match (recorded.reply.status, class.split_once(' ').unwrap().1) {
                (401, told) => ["unknown contradiction", "trouble unusable-answer"].contains(&told),
                (403 | 404 | 410 | 429, told) if told.starts_with("denied ") => {
                    ["denied role", "denied permission", "denied feature", "denied archived"].contains(&told)
                }
                (403 | 404 | 429, told) if told.starts_with("trouble ") => {
                    ["trouble rate-limit", "trouble unusable-answer"].contains(&told)
                }
                (404, "allowed ") => true,
                (400..=499, "nothing") => recorded.reply.status != 403,
                (500..=599, told) => told.starts_with("trouble "),
                _ => false,
            };
            assert!(known, "{class}: {}: {text}", recorded.path);
            assert!(class != "404 allowed " || text.contains("Branch not protected"), "{text}");
            *classes.entry(class).or_default() += 1;
        }
        assert!(PYGITHUB.is_none() || classes.len() >= 5, "{classes:?}");
    });
}

/// What recorded questions needed is read out of their heads in every spelling.
#[test]
fn recorded_needs_are_read_in_every_spelling() {
    with_github(|github| {
        let mut spellings = BTreeSet::new();
        for recorded in all() {
            let Some(needs) = recorded.reply.header("x-accepted-github-permissions") else { continue };
            let headers = [
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-accepted-github-permissions".to_owned(), needs.to_owned()),
            ];
            let body = br#"{"message":"Resource not accessible by personal access token"}"#.to_vec();
            let reply = Reply { status: 403, headers: headers.into(), body };
            let facts = read(github, "issue.list", "fine-grained", true, &reply);
            let missing = facts.iter().find_map(|fact| match fact {
                Fact::Outcome(_, outcome) if outcome.verdict == Verdict::Denied => Some(&outcome.missing),
                _ => None,
            });
            let missing = missing.unwrap_or_else(|| panic!("{needs}: {facts:?}"));
            let ways = needs.split(';').filter(|way| way.contains('=') && !way.contains("permissionless")).count();
            assert_eq!(missing.len(), ways, "{needs}: {missing:?}");
            spellings.insert(needs.to_owned());
        }
        assert!(PYGITHUB.is_none() || spellings.len() >= 10, "{spellings:?}");
    });
}

/// An answer to another question than was asked is never taken for life, a kind or an end.
#[test]
fn recorded_answers_to_other_questions_never_pass_for_a_token() {
    with_github(|github| {
        for recorded in all() {
            let facts = read(github, "rate-limit", "classic", false, &recorded.reply);
            let is_it = recorded.path.ends_with("/rate_limit");
            let fooled = facts.iter().any(|fact| matches!(fact, Fact::Alive));
            assert!(is_it || !fooled, "{} {}: {facts:?}", recorded.method, recorded.path);
        }
    });
}

//! Answers that GitHub gave to others ([`crate::support::recorded_github`]), read through the provider, heads and bodies.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::app::ports::{Effect, Method, Presentation, Probe, Provider, Reply, Task};
use hallpass::domain::capability::Capability;
use hallpass::domain::connection::{Base, Connection, SourceSpec};
use hallpass::domain::evidence::{Evidence, Fact, Known, Origin, TargetFact, Visibility};
use hallpass::domain::expiry::Expiry;
use hallpass::domain::token::{Kind, Token};
use hallpass::domain::verdict::{Basis, Layer, Verdict};
use hallpass::wiring::Library;

use crate::support::recorded_github::{PYGITHUB, all};

fn connection() -> Connection {
    Connection {
        target: Some("acme/app".to_owned()),
        ..Connection::bare(
            "recorded".to_owned(),
            "github".to_owned(),
            Base {
                origin: hallpass::domain::origin::Origin::parse("https://github.com").unwrap(),
                root: String::new(),
            },
            SourceSpec::Env("T".to_owned()),
        )
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

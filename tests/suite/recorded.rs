//! Answers that gitlab.com gave, recorded by the tests of the Python library ogr (MIT, source archive 0.61.1, named by
//! `HALLPASS_OGR`): each one of a route that the provider asks is read without loss, or refused for a reason named here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use hallpass::app::ports::{Effect, Method, Presentation, Probe, Provider, Reply, Task};
use hallpass::domain::capability::Capability;
use hallpass::domain::connection::{Base, Connection, SourceSpec};
use hallpass::domain::evidence::{Evidence, Fact, FeatureState, Known, Origin, Outcome, TargetFact, Visibility};
use hallpass::domain::token::{Kind, Token};
use hallpass::domain::verdict::{Basis, Layer, Verdict};
use hallpass::wiring::Library;
use serde_json::Value;

use crate::support::parts;

struct Recorded {
    method: String,
    /// Below `/api/v4`, without the query.
    path: String,
    reply: Reply,
    content: Value,
}

/// Read once for all tests.
static RECORDINGS: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
    let folder = parts::folder("HALLPASS_OGR", "the source archive of ogr")?;
    let mut recorded = Vec::new();
    gather(&folder.join("tests/integration/gitlab/test_data"), &mut recorded);
    assert!(recorded.len() > 1_000, "only {} answers", recorded.len());
    Some(recorded)
});

fn gather(folder: &Path, recorded: &mut Vec<Recorded>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, recorded);
        } else {
            let text = as_today(&std::fs::read_to_string(&path).unwrap());
            let unlimited = serde_yaml::options! { budget: None };
            let cassette: Value = serde_yaml::from_str_with_options(&text, unlimited)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for (method, addresses) in cassette["requests.sessions"]["send"].as_object().into_iter().flatten() {
                for (address, answers) in addresses.as_object().unwrap() {
                    let answers = answers.as_array().unwrap().iter().map(|answer| &answer["output"]);
                    recorded.extend(answers.filter_map(|answer| one(method, address, answer)));
                }
            }
        }
    }
}

/// The recorder wrote YAML 1.1, where `684e8547` is a text; today it is a very large number.
fn as_today(text: &str) -> String {
    let line = |line: &str| match line.split_once("short_id: ") {
        Some((indent, id)) => format!("{indent}short_id: '{}'\n", id.trim_matches('\'')),
        None => format!("{line}\n"),
    };
    text.replace("!!binary ", "").lines().map(line).collect()
}

fn one(method: &str, address: &str, answer: &Value) -> Option<Recorded> {
    let path = address.strip_prefix("https://gitlab.com/api/v4")?.split('?').next()?.to_owned();
    let content = answer["_content"].clone();
    let headers = answer["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.to_ascii_lowercase(), value)
    });
    let reply = Reply {
        status: u16::try_from(answer["status_code"].as_u64().unwrap()).unwrap(),
        headers: headers.collect(),
        body: content.as_str().map_or_else(|| content.to_string(), str::to_owned).into_bytes(),
    };
    Some(Recorded { method: method.to_owned(), path, reply, content })
}

/// `%2F` as `/`, the only escape in the recorded projects.
fn plain(segment: &str) -> String {
    segment.replace("%2F", "/").replace("%2E", ".").replace("%2D", "-")
}

fn connection(path: &str) -> Connection {
    let target = path.strip_prefix("/projects/").map(|rest| plain(rest.split('/').next().unwrap()));
    Connection {
        target,
        ..Connection::bare(
            "recorded".to_owned(),
            "gitlab".to_owned(),
            Base {
                origin: hallpass::domain::origin::Origin::parse("https://gitlab.com").unwrap(),
                root: String::new(),
            },
            SourceSpec::Env("GITLAB_TOKEN".to_owned()),
        )
    }
}

/// A personal token with `api` that the forge accepted, as its recorder had.
fn evidence(path: &str) -> Evidence {
    let mut evidence = Evidence::default();
    let mut say = |basis, value| evidence.add(Known { value, basis, origin: Origin::new("recorder", None, "") });
    say(Basis::Observed, Fact::Alive);
    say(Basis::Observed, Fact::Kind(Kind::new("personal")));
    say(Basis::Declared, Fact::Scopes(BTreeSet::from(["api".to_owned()])));
    say(Basis::Declared, Fact::UserId("1".to_owned()));
    let mut segments = path.split('/').skip_while(|segment| *segment != "merge_requests").skip(1);
    if let Some(iid) = segments.next() {
        say(Basis::Observed, Fact::Sample("merge_request", iid.to_owned()));
    }
    evidence
}

/// The provider's own questions that this answer would answer: the project's, the user's, and those of capabilities.
fn probes(recorded: &Recorded, gitlab: &dyn Provider, evidence: &Evidence) -> Vec<(Connection, Probe)> {
    let connection = connection(&recorded.path);
    let wanted: Vec<Capability> = gitlab.catalogue().rows.keys().cloned().collect();
    let token = Token::new("a token without form".to_owned());
    let task = Task { connection: &connection, token: &token, wanted: &wanted, probing: Effect::Read, offline: false };
    let same = |probe: &Probe| {
        let asked = probe.path.strip_prefix("/api/v4").and_then(|path| path.split('?').next()).unwrap_or_default();
        // A commit is asked for as `HEAD`, whatever its id.
        let is_same = |(one, other): (&str, &str)| one == "HEAD" || plain(one) == plain(other);
        probe.method.as_str() == recorded.method
            && asked.split('/').count() == recorded.path.split('/').count()
            && asked.split('/').zip(recorded.path.split('/')).all(is_same)
    };
    let mut found = gitlab.next(&task, evidence, &[]);
    found.retain(same);
    found.into_iter().map(|probe| (connection.clone(), probe)).collect()
}

fn read(
    gitlab: &dyn Provider,
    connection: &Connection,
    evidence: &Evidence,
    probe: &Probe,
    reply: &Reply,
) -> Vec<Fact> {
    let token = Token::new("a token without form".to_owned());
    let wanted: Vec<Capability> = probe.about.iter().cloned().collect();
    let task = Task { connection, token: &token, wanted: &wanted, probing: Effect::Read, offline: false };
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let known = gitlab.read(&task, evidence, probe, reply, now);
    known.into_iter().map(|known| known.value).collect()
}

#[test]
fn recorded_answers_of_asked_routes_are_read_without_loss_or_refused_for_a_known_reason() {
    let Some(recordings) = &*RECORDINGS else { return };
    let library = Library::read().unwrap();
    let gitlab = library.forge("gitlab").unwrap();
    let (mut answered, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for recorded in recordings {
        let evidence = evidence(&recorded.path);
        for (connection, probe) in probes(recorded, gitlab, &evidence) {
            let facts = read(gitlab, &connection, &evidence, &probe, &recorded.reply);
            let (class, good) = match (recorded.reply.status, &probe.about) {
                (200, Some(about)) => ("allowed", is_allowed(&facts, about)),
                (200, None) if probe.id == "project" => {
                    let reads = is_allowed(&facts, &Capability::new("project.read"));
                    ("project", reads && is_whole_project(&facts, &recorded.content))
                }
                (200, None) => ("user", names_user(&facts, &recorded.content)),
                (_, about) => refused(&recorded.reply, about.as_ref(), &facts),
            };
            let what = probe.about.as_ref().map_or(probe.id.as_str(), Capability::as_str);
            *answered.entry(format!("{what}: {class}")).or_default() += 1;
            if !good {
                wrong.push(format!("{} {}: {class}: {facts:?}", recorded.method, recorded.path));
            }
        }
    }
    println!("{} recorded answers; readings by question:", recordings.len());
    for (class, count) in &answered {
        println!("  {count:>4} {class}");
    }
    assert!(wrong.is_empty(), "{} wrong, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert!(answered.values().sum::<usize>() > 600, "too few answers were of routes that are asked");
}

fn outcome<'a>(facts: &'a [Fact], about: &Capability) -> Option<&'a Outcome> {
    facts.iter().find_map(|fact| match fact {
        Fact::Outcome(capability, outcome) if capability == about => Some(outcome),
        _ => None,
    })
}

fn is_allowed(facts: &[Fact], about: &Capability) -> bool {
    outcome(facts, about).is_some_and(|outcome| outcome.verdict == Verdict::Allowed)
}

fn names_user(facts: &[Fact], content: &Value) -> bool {
    facts.contains(&Fact::User(content["username"].as_str().unwrap().to_owned()))
}

/// Everything in the answer that bears on a verdict is among the facts.
fn is_whole_project(facts: &[Fact], content: &Value) -> bool {
    let mut expected = vec![TargetFact::Id(content["id"].to_string())];
    expected.extend(content["visibility"].as_str().map(|word| {
        TargetFact::Visibility(match word {
            "public" => Visibility::Public,
            "internal" => Visibility::Internal,
            _ => Visibility::Private,
        })
    }));
    expected.extend(content["archived"].as_bool().map(TargetFact::Archived));
    for (key, value) in content.as_object().unwrap() {
        if let (Some(feature), Some(word)) = (key.strip_suffix("_access_level"), value.as_str()) {
            let state = match word {
                "disabled" => FeatureState::Disabled,
                "private" => FeatureState::MembersOnly,
                "enabled" | "public" => FeatureState::Enabled,
                other => panic!("a word for a feature that nobody has seen: {other}"),
            };
            expected.push(TargetFact::Feature(feature.to_owned(), state));
        }
    }
    let levels = ["project_access", "group_access"].map(|way| content["permissions"][way]["access_level"].as_u64());
    let role = facts.iter().find_map(|fact| match fact {
        Fact::Role(role) => Some(u64::from(role.level)),
        _ => None,
    });
    role == levels[0].max(levels[1]) && expected.into_iter().all(|fact| facts.contains(&Fact::Target(fact)))
}

/// Why an answer is no success, by its status and its own words, and what must have been made of it.
fn refused(reply: &Reply, about: Option<&Capability>, facts: &[Fact]) -> (&'static str, bool) {
    let message = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default()["message"].clone();
    let told = about.and_then(|about| outcome(facts, about));
    let denied = |layer| told.is_some_and(|told| told.verdict == Verdict::Denied && told.layer == Some(layer));
    match (reply.status, message.as_str().unwrap_or_default()) {
        // The token was accepted a moment ago, so this may be a slip of the forge: no verdict.
        (401, "401 Unauthorized") if about.is_some() => {
            ("401 after all: contradiction", told.is_some_and(|told| told.layer == Some(Layer::Contradiction)))
        }
        (401, "401 Unauthorized") => ("401 to a side question: nothing", facts.is_empty()),
        (403, "403 Forbidden") => ("403 without a reason: role", denied(Layer::Role)),
        (404, "404 Project Not Found") if about.is_some() => ("no such project: visibility", denied(Layer::Visibility)),
        (404, "404 Project Not Found") => ("no such project", facts == [Fact::Target(TargetFact::Hidden)]),
        // The object is absent, and the forge looked for it: that says nothing against the token.
        (404, _) => ("absent object: nothing", facts.is_empty()),
        (400 | 409, _) => ("content turned down: nothing", facts.is_empty()),
        _ => ("a refusal that this test does not name", false),
    }
}

#[test]
fn recorded_refusals_of_every_route_are_told_by_status_and_message() {
    let Some(recordings) = &*RECORDINGS else { return };
    let library = Library::read().unwrap();
    let gitlab = library.forge("gitlab").unwrap();
    let about = Capability::new("mr.list");
    let mut classes = BTreeMap::<&str, usize>::new();
    for recorded in recordings.iter().filter(|recorded| recorded.reply.status >= 400) {
        let probe = by_hand("mr.list", Some(about.clone()));
        let facts = read(gitlab, &connection(&recorded.path), &evidence(""), &probe, &recorded.reply);
        let (class, good) = refused(&recorded.reply, Some(&about), &facts);
        assert!(good, "{} {}: {class}: {facts:?}", recorded.method, recorded.path);
        *classes.entry(class).or_default() += 1;
    }
    println!("{classes:#?}");
    assert!(classes.len() >= 4, "{classes:?}");
}

/// An answer to another question than was asked is never taken for life, a kind or a verdict it does not carry.
#[test]
fn recorded_answers_to_other_questions_never_pass_for_a_token() {
    let Some(recordings) = &*RECORDINGS else { return };
    let library = Library::read().unwrap();
    let gitlab = library.forge("gitlab").unwrap();
    for recorded in recordings {
        for id in ["self", "oauth-info", "job", "job-roles", "associations", "member", "project-as-visitor", "graphql"]
        {
            let probe = by_hand(id, None);
            let facts = read(gitlab, &connection(&recorded.path), &Evidence::default(), &probe, &recorded.reply);
            let fooled =
                |fact: &Fact| matches!(fact, Fact::Alive | Fact::Scopes(_) | Fact::Expires(_) | Fact::Outcome(..));
            // Any object with an id looks like a job; the question is asked on the job's own route only.
            let wrong: Vec<_> = facts.iter().filter(|fact| fooled(fact) && id != "job").collect();
            assert!(wrong.is_empty(), "{} {} as {id}: {wrong:?}", recorded.method, recorded.path);
        }
    }
}

fn by_hand(id: &str, about: Option<Capability>) -> Probe {
    Probe {
        id: id.to_owned(),
        about,
        method: Method::Get,
        door: None,
        path: "/api/v4/recorded".to_owned(),
        headers: &[],
        presentation: Presentation::Bearer,
        body: None,
        effect: Effect::Read,
    }
}

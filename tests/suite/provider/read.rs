//! One reply to one probe, as facts: `tests/cases/<forge>/read/*.yml`.

use std::collections::BTreeSet;

use hallpass::app::ports::{Effect, Method, Presentation, Probe, Provider};
use hallpass::domain::capability::Capability;
use serde::Deserialize;

use super::facts::{fits, line};
use super::given::{Said, Setting, cases, none_of, now, with_provider};
use crate::judge::Told;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What the provider calls the probe; with a dot it is the capability it observes.
    probe: String,
    #[serde(default)]
    setting: Setting,
    #[serde(default)]
    given: Told,
    reply: Said,
    /// Every fact, in order; see `facts::line`. None: nothing is to be concluded.
    facts: Vec<String>,
}

fn probe(id: &str, by_job: bool) -> Probe {
    let capability = id.contains('.').then(|| Capability::new(id));
    let presentation = match id.split('.').next() {
        Some("git" | "registry") => Presentation::Basic("hallpass".to_owned()),
        _ if by_job => Presentation::Header("JOB-TOKEN"),
        _ => Presentation::Bearer,
    };
    Probe {
        id: id.to_owned(),
        about: capability,
        method: if id == "archive.read" { Method::Head } else { Method::Get },
        door: None,
        path: "/asked".to_owned(),
        headers: &[],
        presentation,
        body: None,
        effect: Effect::Read,
    }
}

fn difference(provider: &dyn Provider, file: &str, case: Case) -> Option<String> {
    let place = case.setting.place(provider.id());
    let evidence = case.given.evidence();
    let probe = probe(&case.probe, evidence.kind().as_str() == "job");
    let facts = provider.read(&place.task(), &evidence, &probe, &case.reply.reply(), now());
    let lines: Vec<String> = facts.iter().map(line).collect();
    let same =
        lines.len() == case.facts.len() && lines.iter().zip(&case.facts).all(|(line, wanted)| fits(line, wanted));
    (!same).then(|| {
        format!(
            "{file}: {}\n  wanted:\n    {}\n  got:\n    {}",
            case.name,
            case.facts.join("\n    "),
            lines.join("\n    ")
        )
    })
}

fn check_all(forge: &str, at_least: usize) {
    let cases: Vec<(String, Case)> = cases(&format!("{forge}/read"));
    let names: BTreeSet<(&str, &str)> = cases.iter().map(|(file, case)| (file.as_str(), case.name.as_str())).collect();
    assert_eq!(names.len(), cases.len(), "two cases share a name");
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    with_provider(forge, |provider| {
        let wrong: Vec<String> =
            cases.into_iter().filter_map(|(file, case)| difference(provider, &file, case)).collect();
        none_of(&wrong);
    });
}

#[test]
fn gitlab_replies_are_read_as_their_cases_say() {
    check_all("gitlab", 200);
}

#[test]
fn github_replies_are_read_as_their_cases_say() {
    check_all("github", 100);
}

#[test]
fn azure_devops_replies_are_read_as_their_cases_say() {
    check_all("azure-devops", 150);
}

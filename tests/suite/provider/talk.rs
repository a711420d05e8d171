//! Whole talks: rounds of questions until nothing is left, and what is known then. `tests/cases/<forge>/talk/*.yml`.

use std::collections::BTreeMap;

use hallpass::app::ports::Provider;
use hallpass::domain::evidence::Evidence;
use serde::Deserialize;

use super::given::{Said, Setting, cases, none_of, now, with_provider};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    setting: Setting,
    /// By the id of the probe. A probe without a reply gets none, as when the network fails.
    #[serde(default)]
    replies: BTreeMap<String, Said>,
    /// The ids asked together, in the order of asking.
    rounds: Vec<Vec<String>>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    alive: bool,
    dead: Option<String>,
    /// Parts of the troubles, each of which has to be told; none else may be.
    #[serde(default)]
    troubles: Vec<String>,
    /// A talk that took a wrong door first may need one more.
    #[serde(default)]
    one_more: bool,
}

/// For the declared picture of one token; observing a capability costs one more each.
fn budget(forge: &str) -> usize {
    if forge == "azure-devops" { 4 } else { 3 }
}

fn talk(provider: &dyn Provider, case: &Case) -> (Vec<Vec<String>>, Evidence) {
    let place = case.setting.place(provider.id());
    let task = place.task();
    let mut evidence = Evidence::default();
    provider.offline(&task, now()).into_iter().for_each(|fact| evidence.add(fact));
    let mut asked: Vec<String> = Vec::new();
    let mut rounds = Vec::new();
    while rounds.len() < 10 {
        let probes = provider.next(&task, &evidence, &asked);
        if probes.is_empty() {
            break;
        }
        let ids: Vec<String> = probes.iter().map(|probe| probe.id.clone()).collect();
        asked.extend(ids.iter().cloned());
        rounds.push(ids);
        for probe in &probes {
            if let Some(said) = case.replies.get(&probe.id) {
                let facts = provider.read(&task, &evidence, probe, &said.reply(), now());
                for fact in facts {
                    evidence.add(fact);
                }
            }
        }
    }
    (rounds, evidence)
}

fn differences(provider: &dyn Provider, file: &str, case: &Case) -> Vec<String> {
    let (rounds, evidence) = talk(provider, case);
    let mut wrong = Vec::new();
    let mut complain = |text: String| wrong.push(format!("{file}: {}: {text}", case.name));
    if rounds != case.rounds {
        complain(format!("wanted {:?}, asked {rounds:?}", case.rounds));
    }
    let declared = rounds.iter().flatten().filter(|id| !id.contains('.') && *id != "graphql").count();
    if declared > budget(provider.id()) + usize::from(case.one_more) {
        complain(format!("{declared} requests for what is declared"));
    }
    let kind = evidence.kind.as_ref().map(|known| known.value.to_string());
    if kind != case.kind {
        complain(format!("wanted kind {:?}, got {kind:?}", case.kind));
    }
    let dead = evidence.dead.as_ref().map(|known| known.value.0.as_str().to_owned());
    if dead != case.dead || evidence.alive.is_some() != case.alive {
        complain(format!("dead {dead:?}, alive {}", evidence.alive.is_some()));
    }
    let troubles: Vec<&str> = evidence.troubles.iter().map(|known| known.value.text.as_str()).collect();
    let told = troubles.len() == case.troubles.len()
        && troubles.iter().zip(&case.troubles).all(|(trouble, part)| trouble.contains(part.as_str()));
    if !told {
        complain(format!("wanted troubles {:?}, got {troubles:?}", case.troubles));
    }
    wrong
}

fn check_all(forge: &str, at_least: usize) {
    let cases: Vec<(String, Case)> = cases(&format!("{forge}/talk"));
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    with_provider(forge, |provider| {
        let wrong: Vec<String> = cases.iter().flat_map(|(file, case)| differences(provider, file, case)).collect();
        none_of(&wrong);
    });
}

#[test]
fn gitlab_talks_go_as_their_cases_say() {
    check_all("gitlab", 15);
}

#[test]
fn github_talks_go_as_their_cases_say() {
    check_all("github", 12);
}

#[test]
fn azure_devops_talks_go_as_their_cases_say() {
    check_all("azure-devops", 15);
}

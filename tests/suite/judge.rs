//! The judge against tables of evidence and verdict: `tests/cases/judge/<forge>/*.yml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hallpass::config::embedded;
use hallpass::domain::capability::Capability;
use hallpass::domain::catalogue::Catalogue;
use hallpass::domain::evidence::{
    Barrier, Evidence, Fact, FeatureState, HeldPermission, HeldRole, Known, Origin, Outcome, TargetFact, Trouble,
    Visibility,
};
use hallpass::domain::expiry::Expiry;
use hallpass::domain::judge::judge;
use hallpass::domain::token::Kind;
use hallpass::domain::verdict::{Basis, Layer, Verdict};
use hallpass::domain::version::Version;
use hallpass::provider::FORGES;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    evidence: Told,
    capability: Capability,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    verdict: Verdict,
    layer: Option<Layer>,
    basis: Option<Basis>,
    #[serde(default)]
    reason_has: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldDead {
    layer: Layer,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldOutcome {
    verdict: Verdict,
    layer: Option<Layer>,
    reason: String,
    #[serde(default)]
    anonymous_too: bool,
    #[serde(default)]
    missing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldTrouble {
    layer: Layer,
    text: String,
    about: Option<Capability>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldBarrier {
    layer: Layer,
    reason: String,
    #[serde(default)]
    missing: Vec<String>,
}

/// Evidence as a case writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    #[serde(default)]
    alive: bool,
    user_id: Option<String>,
    user: Option<String>,
    merge_request: Option<String>,
    /// Objects that were seen, by what they are.
    #[serde(default)]
    samples: BTreeMap<String, String>,
    target_id: Option<String>,
    dead: Option<ToldDead>,
    kind: Option<Kind>,
    scopes: Option<BTreeSet<String>>,
    permissions: Option<Vec<HeldPermission>>,
    role: Option<HeldRole>,
    #[serde(default)]
    hidden: bool,
    barred: Option<ToldBarrier>,
    branch: Option<String>,
    visibility: Option<Visibility>,
    archived: Option<bool>,
    #[serde(default)]
    features: BTreeMap<String, FeatureState>,
    #[serde(default)]
    settings: BTreeMap<String, bool>,
    #[serde(default)]
    shown: BTreeMap<String, bool>,
    #[serde(default)]
    abilities: BTreeMap<String, bool>,
    server: Option<Version>,
    own_target: Option<bool>,
    #[serde(default)]
    outcomes: BTreeMap<Capability, ToldOutcome>,
    #[serde(default)]
    troubles: Vec<ToldTrouble>,
    expires: Option<String>,
}

const SAMPLES: [&str; 5] = ["project", "repository", "pipeline", "build", "feed"];

impl Told {
    pub(crate) fn evidence(self) -> Evidence {
        let mut evidence = Evidence::default();
        let mut say = |basis: Basis, value: Fact| {
            evidence.add(Known { value, basis, origin: Origin::new("case", None, "said by the case") });
        };
        let observed = Basis::Observed;
        let declared = Basis::Declared;
        self.alive.then(|| say(observed, Fact::Alive));
        self.dead.into_iter().for_each(|dead| say(observed, Fact::Dead(dead.layer, dead.text)));
        self.kind.into_iter().for_each(|kind| say(observed, Fact::Kind(kind)));
        self.user_id.into_iter().for_each(|id| say(declared, Fact::UserId(id)));
        self.user.into_iter().for_each(|name| say(declared, Fact::User(name)));
        for (name, value) in self.samples {
            let name = SAMPLES.iter().find(|known| **known == name).unwrap_or_else(|| panic!("no sample `{name}`"));
            say(observed, Fact::Sample(name, value));
        }
        self.merge_request.into_iter().for_each(|iid| say(observed, Fact::Sample("merge_request", iid)));
        self.target_id.into_iter().for_each(|id| say(declared, Fact::Target(TargetFact::Id(id))));
        self.scopes.into_iter().for_each(|scopes| say(declared, Fact::Scopes(scopes)));
        self.permissions.into_iter().for_each(|held| say(declared, Fact::Permissions(held)));
        self.role.into_iter().for_each(|role| say(declared, Fact::Role(role)));
        self.hidden.then(|| say(observed, Fact::Target(TargetFact::Hidden)));
        if let Some(ToldBarrier { layer, reason, missing }) = self.barred {
            say(observed, Fact::Target(TargetFact::Barred(Barrier { layer, reason, missing })));
        }
        self.branch.into_iter().for_each(|branch| say(observed, Fact::Sample("branch", branch)));
        self.visibility.into_iter().for_each(|seen| say(declared, Fact::Target(TargetFact::Visibility(seen))));
        self.archived.into_iter().for_each(|yes| say(declared, Fact::Target(TargetFact::Archived(yes))));
        self.features
            .into_iter()
            .for_each(|(name, state)| say(declared, Fact::Target(TargetFact::Feature(name, state))));
        self.settings.into_iter().for_each(|(name, on)| say(declared, Fact::Target(TargetFact::Setting(name, on))));
        self.shown.into_iter().for_each(|(name, held)| say(observed, Fact::Shown(name, held)));
        self.abilities.into_iter().for_each(|(name, let_do)| say(declared, Fact::Ability(name, let_do)));
        self.server.into_iter().for_each(|version| say(declared, Fact::Server(version)));
        self.own_target.into_iter().for_each(|own| say(declared, Fact::OwnTarget(own)));
        self.expires.into_iter().for_each(|date| say(declared, Fact::Expires(Expiry::from_date(&date))));
        for (capability, told) in self.outcomes {
            let ToldOutcome { verdict, layer, reason, anonymous_too, missing } = told;
            say(observed, Fact::Outcome(capability, Outcome { verdict, layer, reason, anonymous_too, missing }));
        }
        for ToldTrouble { layer, text, about } in self.troubles {
            say(observed, Fact::Trouble(Trouble { layer, text, about }));
        }
        evidence
    }
}

pub(crate) fn catalogue(forge: &str) -> Catalogue {
    let entry = FORGES.iter().find(|entry| entry.id == forge).expect("the forge is registered");
    embedded::catalogue(entry.files.about, entry.files.capabilities, entry.files.routes).expect("the data is good")
}

fn cases(forge: &str) -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/judge").join(forge);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let read: Vec<Case> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.extend(read.into_iter().map(|case| (name.clone(), case)));
    }
    cases
}

/// Every difference between a case and the judge's answer, in words.
fn differences(file: &str, case: Case, catalogue: &Catalogue) -> Vec<String> {
    let Case { name, evidence, capability, expect } = case;
    let got = judge(&capability, &evidence.evidence(), catalogue);
    let mut wrong = Vec::new();
    let mut compare = |what: &str, wanted: String, got: String| {
        if wanted != got {
            wrong.push(format!("{file}: {name}: {what}: wanted {wanted}, got {got}"));
        }
    };
    compare(
        "verdict",
        format!("{:?}", expect.verdict),
        format!("{:?} ({})", got.verdict, got.reason).split(" (").next().unwrap().to_owned(),
    );
    compare("layer", format!("{:?}", expect.layer), format!("{:?}", got.layer));
    if let Some(basis) = expect.basis {
        compare("basis", format!("{basis:?}"), format!("{:?}", got.basis));
    }
    for part in expect.reason_has {
        if !got.reason.contains(&part) {
            wrong.push(format!("{file}: {name}: the reason `{}` lacks `{part}`", got.reason));
        }
    }
    wrong
}

fn check_all(forge: &str, at_least: usize) {
    let catalogue = catalogue(forge);
    let cases = cases(forge);
    let names: BTreeSet<String> = cases.iter().map(|(file, case)| format!("{file}/{}", case.name)).collect();
    assert_eq!(names.len(), cases.len(), "two cases share a name");
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.into_iter().flat_map(|(file, case)| differences(&file, case, &catalogue)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_judge_agrees_with_every_gitlab_case() {
    check_all("gitlab", 150);
}

#[test]
fn the_judge_agrees_with_every_github_case() {
    check_all("github", 120);
}

#[test]
fn the_judge_agrees_with_every_azure_devops_case() {
    check_all("azure-devops", 100);
}

//! The catalogue as a whole: nothing missing, nothing dangling, and the tables say what they said when they were read.

use std::collections::BTreeSet;

use hallpass::config::embedded;
use hallpass::domain::capability::Capability;
use hallpass::domain::catalogue::{Catalogue, PermissionWays, Probing, RouteNeed, ScopeWays};
use hallpass::domain::contract::{Contract, JobTokenUse};
use hallpass::domain::evidence::{Evidence, Fact, HeldRole, Known, Origin, TargetFact, Visibility};
use hallpass::domain::judge::judge;
use hallpass::domain::token::Kind;
use hallpass::domain::verdict::{Basis, Layer, Verdict};
use hallpass::domain::version::{Presence, Version};
use hallpass::provider::FORGES;

use crate::judge::catalogue;

fn contracts() -> Vec<Contract> {
    embedded::contracts(hallpass::contracts::FILES).unwrap()
}

#[test]
fn all_capabilities_and_all_job_token_endpoints_are_there() {
    let gitlab = catalogue("gitlab");
    assert_eq!(gitlab.rows.len(), 131);
    assert_eq!(gitlab.routes.len(), 197);
}

#[test]
fn all_calls_of_azure_devops_are_there_and_name_known_scopes() {
    let azure = catalogue("azure-devops");
    assert_eq!(azure.rows.len(), 83);
    for row in azure.rows.values() {
        if let ScopeWays::Ways(ways) = &row.scopes.general {
            for scope in ways.iter().flat_map(|way| &way.all) {
                assert!(azure.about.scopes.contains_key(scope), "{}: {scope}", row.capability);
            }
        }
        assert!(azure.is_on_target(row), "{}: {}", row.capability, row.path);
    }
    for scope in azure.about.scopes.values().flat_map(|row| &row.implies) {
        assert!(azure.about.scopes.contains_key(scope), "{scope}");
    }
    let everything = azure.implied(&BTreeSet::from(["app_token".to_owned()]), &Kind::named("pat"));
    let left: Vec<_> = azure.about.scopes.keys().filter(|scope| !everything.contains(*scope)).collect();
    assert_eq!(left, ["user_impersonation", "vso.hooks_interact"]);
}

/// How many endpoints were surely open and how many in doubt at versions where something changed.
#[test]
fn the_job_token_table_grows_with_the_server_version() {
    let gitlab = catalogue("gitlab");
    let count = |version: Version, wanted: Presence| {
        gitlab.routes.iter().filter(|route| route.since.in_version(version) == wanted).count()
    };
    let counts: Vec<(usize, usize, usize)> = [(17, 10), (18, 2), (18, 3), (18, 4), (18, 7), (18, 8), (19, 3)]
        .map(|(major, minor)| Version::new(major, minor))
        .map(|version| (count(version, Presence::Yes), count(version, Presence::Unsure), count(version, Presence::No)))
        .to_vec();
    let expected = EXPECTED_COUNTS.to_vec();
    assert_eq!(counts, expected);
}

/// Surely open, in doubt, surely closed; counted in the source table.
const EXPECTED_COUNTS: [(usize, usize, usize); 7] =
    [(130, 36, 31), (171, 0, 26), (171, 17, 9), (180, 8, 9), (180, 8, 9), (181, 16, 0), (197, 0, 0)];

#[test]
fn every_route_is_found_by_its_method_and_template_whatever_its_parameters_are_called() {
    let gitlab = catalogue("gitlab");
    for route in &gitlab.routes {
        let renamed = route.path.split('/').map(|segment| if segment.starts_with(':') { ":other" } else { segment });
        let renamed = renamed.collect::<Vec<_>>().join("/");
        let found = gitlab.route(&route.method, &renamed).unwrap_or_else(|| panic!("{} {}", route.method, route.path));
        assert_eq!(found.method, route.method);
    }
}

#[test]
fn every_row_that_looks_up_a_route_finds_one() {
    let gitlab = catalogue("gitlab");
    for row in gitlab.rows.values().filter(|row| row.routes == RouteNeed::Lookup) {
        assert!(gitlab.route(&row.method, &row.path).is_some(), "{}", row.capability);
    }
}

#[test]
fn every_probe_by_way_of_another_capability_names_one_that_exists() {
    for entry in FORGES {
        let catalogue = catalogue(entry.id);
        for row in catalogue.rows.values() {
            if let Probing::Via(other) = &row.probe {
                assert!(catalogue.row(other).is_some(), "{}: {other}", row.capability);
            }
        }
    }
}

#[test]
fn every_capability_has_a_title_and_every_title_a_capability() {
    let titles = embedded::capability_titles(include_str!("../../src/domain/capabilities.yml")).unwrap();
    let titled: BTreeSet<_> = titles.into_keys().collect();
    let held: BTreeSet<_> = FORGES.iter().flat_map(|entry| catalogue(entry.id).rows.into_keys()).collect();
    assert_eq!(titled, held);
}

#[test]
fn what_contracts_ask_for_exists() {
    for contract in contracts() {
        for (forge, section) in &contract.forges {
            let known = catalogue(forge);
            let scopes = section.scopes.iter().chain(section.scopes_by_kind.values().flatten());
            for scope in scopes {
                assert!(known.about.scopes.contains_key(scope), "{}: scope {scope}", contract.id);
            }
            for capability in section.capabilities.iter().chain(&section.optional) {
                assert!(known.row(capability).is_some(), "{}: {capability}", contract.id);
            }
            for kind in section.kinds.iter().chain(&section.prefer).chain(section.scopes_by_kind.keys()) {
                assert!(known.kind(kind).is_some(), "{}: {kind}", contract.id);
            }
            if let Some(role) = &section.role {
                assert!(known.role_level(role).is_some(), "{}: role {role}", contract.id);
            }
        }
    }
}

/// What a scope or a cell names is described, and what a scope implies too.
#[test]
fn every_scope_that_is_named_is_described() {
    for entry in FORGES {
        let catalogue = catalogue(entry.id);
        let implied = catalogue.about.scopes.values().flat_map(|scope| &scope.implies);
        let needed = catalogue.rows.values().flat_map(|row| {
            let ways = std::iter::once(&row.scopes.general).chain(row.scopes.by_kind.values());
            ways.flat_map(|ways| match ways {
                ScopeWays::Ways(ways) => ways.iter().flat_map(|way| &way.all).collect(),
                ScopeWays::Any | ScopeWays::Closed => Vec::new(),
            })
        });
        for scope in implied.chain(needed) {
            assert!(catalogue.about.scopes.contains_key(scope), "{}: {scope}", entry.id);
        }
    }
}

#[test]
fn rules_cover_every_layer_and_every_link_exists() {
    let rules = embedded::rules(hallpass::findings::FILES).unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    for layer in Layer::ALL {
        assert!(ids.contains(layer.rule()), "{}", layer.as_str());
    }
    for forge in FORGES.iter().map(|entry| catalogue(entry.id)) {
        for (capability, rule) in forge.about.kinds.values().flat_map(|kind| &kind.traps) {
            assert!(ids.contains(rule.as_str()) && forge.row(capability).is_some(), "{capability}: {rule}");
        }
        for made_at in forge.about.kinds.values().filter_map(|kind| kind.made_at.as_ref()) {
            assert!(forge.about.links.contains_key(made_at), "{made_at}");
        }
    }
    for rule in &rules {
        for (whom, remedy) in rule.fix.iter().filter(|(whom, _)| *whom != "any") {
            let (forge, kind) = whom.split_once('/').map_or((whom.as_str(), None), |(forge, kind)| (forge, Some(kind)));
            let forge = catalogue(forge);
            assert!(kind.is_none_or(|kind| forge.kind(&Kind::new(kind)).is_some()), "{}: {whom}", rule.id);
            if let Some(link) = &remedy.link {
                assert!(link == "made_at" || forge.about.links.contains_key(link), "{}: {link}", rule.id);
            }
        }
        assert!(rule.fix.contains_key("any"), "{} has no fix for every forge", rule.id);
    }
}

/// A job that runs for its own private project with the given role on the newest server the table knows.
fn job(level: u16) -> Evidence {
    let mut evidence = Evidence::default();
    let facts = [
        Fact::Alive,
        Fact::Kind(Kind::named("job")),
        Fact::Server(Version::new(19, 3)),
        Fact::OwnTarget(true),
        Fact::Role(HeldRole { level, exact: true, custom: false }),
        Fact::Target(TargetFact::Visibility(Visibility::Private)),
        Fact::Target(TargetFact::Setting("ci_push_repository_for_job_token_allowed".to_owned(), true)),
    ];
    for value in facts {
        evidence.add(Known { value, basis: Basis::Declared, origin: Origin::new("case", None, "a job") });
    }
    evidence
}

fn can_all(contract: &Contract, gitlab: &Catalogue, level: u16) -> Vec<Verdict> {
    let section = &contract.forges["gitlab"];
    verdicts(&section.capabilities, gitlab, level)
}

fn verdicts(capabilities: &[Capability], gitlab: &Catalogue, level: u16) -> Vec<Verdict> {
    capabilities.iter().map(|capability| judge(capability, &job(level), gitlab).verdict).collect()
}

/// The table of tools says of each whether a job token is enough; the same must follow from what the tool does.
#[test]
fn the_stated_use_of_a_job_token_follows_from_the_capabilities() {
    let gitlab = catalogue("gitlab");
    let mut wrong = Vec::new();
    for contract in contracts() {
        let Some(stated) = contract.forges.get("gitlab").and_then(|section| section.job_token) else { continue };
        let verdicts = can_all(&contract, &gitlab, 40);
        let with_settings = self::verdicts(&contract.forges["gitlab"].optional, &gitlab, 40);
        let some = verdicts.iter().chain(&with_settings).any(|verdict| *verdict == Verdict::Allowed);
        let all = verdicts.iter().all(|verdict| *verdict == Verdict::Allowed);
        let fits = match stated {
            JobTokenUse::Yes => all,
            JobTokenUse::Part => some,
            JobTokenUse::No => !all,
        };
        if !fits {
            wrong.push(format!("{}: {stated:?}, but {verdicts:?}", contract.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a contract asks for on GitHub can be done with the whole power of each kind that it names; of those that it does
/// not name nothing is said. `GITHUB_TOKEN` counts with everything that a workflow can give it.
#[test]
fn each_kind_that_a_github_contract_prefers_can_serve_it() {
    let github = catalogue("github");
    let mut wrong = Vec::new();
    for contract in contracts() {
        let Some(section) = contract.forges.get("github") else { continue };
        for kind in &section.prefer {
            for capability in &section.capabilities {
                let evidence = whole_power(kind, &github);
                let judged = judge(capability, &evidence, &github);
                let by_setting = judged.layer == Some(Layer::Feature);
                if judged.verdict != Verdict::Allowed && !by_setting {
                    wrong.push(format!("{}: {kind}: {capability}: {}", contract.id, judged.reason));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn whole_power(kind: &Kind, github: &Catalogue) -> Evidence {
    let mut evidence = Evidence::default();
    let mut facts = vec![
        Fact::Alive,
        Fact::Kind(kind.clone()),
        Fact::OwnTarget(true),
        Fact::Scopes(github.about.scopes.keys().cloned().collect()),
        Fact::Role(HeldRole { level: 50, exact: true, custom: false }),
        Fact::Target(TargetFact::Visibility(Visibility::Private)),
    ];
    let named = github.rows.values().flat_map(|row| match row.permission.for_kind(kind) {
        PermissionWays::Named { ways, .. } => ways.concat(),
        _ => Vec::new(),
    });
    facts.extend(named.map(|name| Fact::Shown(name, true)));
    for value in facts {
        evidence.add(Known { value, basis: Basis::Declared, origin: Origin::new("case", None, "all of it") });
    }
    evidence
}

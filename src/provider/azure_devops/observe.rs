//! Probes that observe one capability each.

use super::place::Place;
use super::probes::{get, version};
use crate::app::ports::{Body, Effect, Method, Probe, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::{Catalogue, Probing, Row, ScopeWays};
use crate::domain::evidence::Evidence;
use crate::provider::path::{climbs, encode};

/// An object that some questions need, and the list that shows one.
const SHOWN_BY: &[(&str, &str)] =
    &[("pipeline", "pipeline_definition.list"), ("build", "pipeline.list"), ("feed", "feed.list")];

/// Dry runs by name: what they append to the path, and what they send. All of them are documented to save and start nothing.
const DRY_RUNS: &[(&str, &str, &str, &str)] = &[
    (
        "validate-only",
        "validateOnly=true&",
        "application/json-patch+json",
        r#"[{"op":"add","path":"/fields/System.Title","value":"hallpass"}]"#,
    ),
    (
        "validate-wiql",
        "validateWiqlOnly=true&",
        "application/json",
        r#"{"name":"hallpass","wiql":"SELECT [System.Id] FROM WorkItems"}"#,
    ),
    ("preview-run", "", "application/json", r#"{"previewRun":true}"#),
    ("preview", "", "application/json", r#"{"previewRun":true}"#),
];

/// What may be asked now about the wanted capabilities.
pub(super) fn probes(task: &Task<'_>, place: &Place, evidence: &Evidence, catalogue: &Catalogue) -> Vec<Probe> {
    let rows = task.wanted.iter().filter_map(|capability| catalogue.row(capability));
    let mut probes: Vec<Probe> = Vec::new();
    for row in rows.filter(|row| !is_closed(row, evidence)).filter_map(|row| told_by(row, catalogue)) {
        let Some(asked) = effect(row, place).filter(|effect| *effect <= task.probing) else { continue };
        let found = probe(row, asked, place, evidence).or_else(|| {
            let list = catalogue.row(&Capability::new(lists(row, evidence)?))?;
            probe(list, Effect::Read, place, evidence)
        });
        if let Some(found) = found.filter(|found| probes.iter().all(|held| held.id != found.id)) {
            probes.push(found);
        }
    }
    probes
}

/// The row whose question tells of this one.
fn told_by<'c>(row: &'c Row, catalogue: &'c Catalogue) -> Option<&'c Row> {
    match &row.probe {
        Probing::Via(other) => catalogue.row(other),
        _ => Some(row),
    }
}

fn is_closed(row: &Row, evidence: &Evidence) -> bool {
    *row.scopes.for_kind(&evidence.kind(), false) == ScopeWays::Closed
}

/// What asking would do. A server of one's own may be too old to know that a dry run is one.
fn effect(row: &Row, place: &Place) -> Option<Effect> {
    match &row.probe {
        Probing::Itself | Probing::Git => Some(Effect::Read),
        Probing::DryRun(_) if place.is_cloud() => Some(Effect::DryRun),
        _ => None,
    }
}

/// The capability whose answer shows the object that this one needs and nobody has seen yet.
fn lists(row: &Row, evidence: &Evidence) -> Option<&'static str> {
    let needs = |object: &str| row.path.contains(&format!("/:{object}"));
    SHOWN_BY.iter().find(|(object, _)| needs(object) && !evidence.samples.contains_key(object)).map(|(_, list)| *list)
}

fn probe(row: &Row, effect: Effect, place: &Place, evidence: &Evidence) -> Option<Probe> {
    let (path, own) = match row.path.split_once('?') {
        Some((path, query)) if query.starts_with("api-version=") => (path, query.strip_prefix("api-version=")),
        Some((path, _)) => (path, None),
        None => (row.path.as_str(), None),
    };
    let (word, path) = path.split_once(":/").filter(|(word, _)| !word.contains('/')).unwrap_or(("", path));
    let (door, prefix) = place.door(word)?;
    let path = fill(path.trim_start_matches('/'), place, evidence)?;
    let probe = get(row.capability.as_str(), place, "", evidence);
    let probe = Probe { about: Some(row.capability.clone()), door, effect, ..probe };
    if let Probing::Git = row.probe {
        let (_, service) = row.path.split_once('?')?;
        // Git's own answers are text, whatever is asked for.
        return Some(Probe { path: format!("{prefix}{path}?{service}"), headers: &[], ..probe });
    }
    let version = version(place, own);
    if let Probing::DryRun(name) = &row.probe {
        let (_, query, content_type, text) = DRY_RUNS.iter().find(|(held, ..)| held == name)?;
        let body = Some(Body { content_type, text: (*text).to_owned() });
        return Some(Probe { method: Method::Post, path: format!("{prefix}{path}?{query}{version}"), body, ..probe });
    }
    let path = format!("{prefix}{path}?{}{version}", narrowed(row, evidence)?);
    match row.method.as_str() {
        "GET" => Some(Probe { path, ..probe }),
        // A query for what cannot exist.
        "POST" if row.capability.as_str() == "work_item.query" => {
            let text = r#"{"query":"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 0"}"#.to_owned();
            Some(Probe {
                method: Method::Post,
                path,
                body: Some(Body { content_type: "application/json", text }),
                ..probe
            })
        }
        _ => None,
    }
}

/// Parameters that keep the answer small; the service has several words for it.
fn narrowed(row: &Row, evidence: &Evidence) -> Option<String> {
    Some(match row.capability.as_str() {
        "project.list"
        | "team.list"
        | "branch.list"
        | "mr.list"
        | "protected_branch.list"
        | "pipeline.list"
        | "build_definition.list"
        | "pipeline_definition.list"
        | "variable.read"
        | "package.list"
        | "work_item_field.list"
        | "classic_release.list"
        | "test_run.list" => "$top=1&".to_owned(),
        "entitlement.list" | "code_scanning.read" => "top=1&".to_owned(),
        "audit.read" => "batchSize=1&".to_owned(),
        // One's own identity is one that exists.
        "identity.read" => {
            format!("searchFilter=General&filterValue={}&", encode(&evidence.user.as_ref()?.value))
        }
        _ => String::new(),
    })
}

/// Fills the template; `None` where an object is needed that nobody has seen.
fn fill(template: &str, place: &Place, evidence: &Evidence) -> Option<String> {
    let mut filled = String::new();
    for segment in template.split('/') {
        let value = match segment.strip_prefix(':') {
            Some("project") => encode(place.project.as_deref().filter(|name| !climbs(name))?),
            Some("repository") => encode(place.repository.as_deref().filter(|name| !climbs(name))?),
            Some("query") => "My%20Queries".to_owned(),
            Some(object) => encode(evidence.samples.get(object)?),
            // The one type of work item that all of the service's own processes have.
            None if segment == "$:type" => "$Task".to_owned(),
            None => segment.to_owned(),
        };
        filled.push('/');
        filled.push_str(&value);
    }
    Some(filled)
}

//! Probes that observe one capability each, or show the permission that it shares with others.

use super::probes::{get, repository, target};
use super::{git, hosts, impossible};
use crate::app::ports::{Body, Effect, Method, Presentation, Probe, Task};
use crate::domain::catalogue::{Catalogue, PermissionWays, Power, Probing, Row, ScopeWays};
use crate::domain::evidence::Evidence;
use crate::domain::token::Kind;
use crate::provider::path::encode;

/// Names of samples.
pub(super) const PULL_REQUEST: &str = "merge_request";
pub(super) const BRANCH: &str = "branch";

/// Lists that are silently shorter for a token without this scope.
const SHORTER_WITHOUT: &[(&str, &str)] = &[("organization.members.read", "read:org"), ("project.list", "repo")];

/// What may be asked now about the wanted capabilities.
pub(super) fn probes(task: &Task<'_>, evidence: &Evidence, catalogue: &Catalogue) -> Vec<Probe> {
    let mut probes: Vec<Probe> = Vec::new();
    for row in task.wanted.iter().filter_map(|capability| catalogue.row(capability)) {
        let row = showing(row, evidence, catalogue);
        let probe = row.and_then(|row| probe(row, task, evidence, catalogue));
        probes.extend(probe.filter(|probe| probes.iter().all(|held| held.id != probe.id)));
    }
    probes.retain(|probe| probe.effect <= task.probing);
    probes
}

/// The row that is to be asked for this one. What a token holds only shows in use; what scopes and role give is stated,
/// and another row adds nothing to that.
fn showing<'a>(row: &'a Row, evidence: &Evidence, catalogue: &'a Catalogue) -> Option<&'a Row> {
    match &row.probe {
        Probing::Via(other) if by_permissions(evidence, catalogue) => catalogue.row(other),
        Probing::Via(_) => None,
        _ => Some(row),
    }
}

pub(super) fn by_permissions(evidence: &Evidence, catalogue: &Catalogue) -> bool {
    catalogue.kind(&evidence.kind()).is_some_and(|about| about.power == Power::Permissions)
}

fn probe(row: &Row, task: &Task<'_>, evidence: &Evidence, catalogue: &Catalogue) -> Option<Probe> {
    let unseen = evidence.hidden.is_some() || evidence.barred.is_some();
    if is_closed(row, &evidence.kind(), catalogue)
        || (unseen && catalogue.is_on_target(row))
        || is_shorter(row, evidence)
    {
        return None;
    }
    let probe = match &row.probe {
        Probing::Itself if row.method == "GET" => by_reading(row, task, evidence)?,
        Probing::Git => by_git_discovery(row, task, evidence)?,
        Probing::DryRun(name) if name == "generate-notes" => generate_notes(task)?,
        Probing::Impossible(name) => impossible::probe(name, task)?,
        Probing::Graphql(name) => by_graphql(name, task)?,
        _ => return None,
    };
    Some(Probe { about: Some(row.capability.clone()), id: row.capability.as_str().to_owned(), ..probe })
}

/// Has this kind no way at all to the row?
fn is_closed(row: &Row, kind: &Kind, catalogue: &Catalogue) -> bool {
    let Some(about) = catalogue.kind(kind) else { return false };
    match about.power {
        Power::Permissions => *row.permission.for_kind(kind) == PermissionWays::Closed,
        Power::Scopes | Power::Routes => *row.scopes.for_kind(kind, about.only_listed) == ScopeWays::Closed,
    }
}

/// Would a 200 say less than it seems to?
fn is_shorter(row: &Row, evidence: &Evidence) -> bool {
    let needed = SHORTER_WITHOUT.iter().find(|(capability, _)| *capability == row.capability.as_str());
    needed.is_some_and(|(_, scope)| {
        evidence.scopes.as_ref().is_some_and(|known| {
            let held = known.value.iter().any(|held| held == scope || (*scope == "read:org" && held.ends_with(":org")));
            !held
        })
    })
}

/// The row's own request, with the parameters that can be filled.
fn by_reading(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let path = fill(&row.path, task, evidence)?;
    let query = if is_list(&row.path) { "?per_page=1" } else { "" };
    Some(get(task, row.capability.as_str(), &format!("{path}{query}")))
}

/// Does the path name a collection, which may be cut to one entry?
fn is_list(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.ends_with('s') && !matches!(last, "pages" | "status" | "views")
}

/// Fills the template; `None` when an object is needed that nobody has seen.
fn fill(template: &str, task: &Task<'_>, evidence: &Evidence) -> Option<String> {
    let rest = template.strip_prefix('/')?;
    let mut path = String::new();
    for segment in rest.split('/') {
        let value = match segment {
            "{owner}" | "{org}" => encode(target(task)?.0),
            "{repo}" => encode(target(task)?.1),
            "{pull_number}" => encode(evidence.samples.get(PULL_REQUEST)?),
            "{branch}" => encode(evidence.samples.get(BRANCH)?),
            "{commit_sha}" | "{ref}" => "HEAD".to_owned(),
            // The root of the tree.
            "{path}" => String::new(),
            "{subject_digest}" => format!("sha256:{}", "0".repeat(64)),
            segment if segment.starts_with('{') => return None,
            segment => segment.to_owned(),
        };
        path.push('/');
        path.push_str(&value);
    }
    Some(path)
}

fn by_git_discovery(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let (owner, name) = target(task)?;
    let (_, service) = row.path.split_once("service=")?;
    let own = task.connection.username.clone();
    let user = own.unwrap_or_else(|| git::user(&evidence.kind()).unwrap_or(git::OF_A_USER).to_owned());
    Some(Probe {
        id: row.capability.as_str().to_owned(),
        about: None,
        method: Method::Get,
        door: None,
        path: format!("/{}/{}.git/info/refs?service={service}", encode(owner), encode(name)),
        headers: &[],
        presentation: Presentation::Basic(user),
        body: None,
        effect: Effect::Read,
    })
}

/// Writes a text about the changes since the last release, and saves nothing.
fn generate_notes(task: &Task<'_>) -> Option<Probe> {
    let path = format!("{}/releases/generate-notes", repository(task)?);
    let text = r#"{"tag_name":"hallpass-none"}"#;
    Some(send(task, Method::Post, &path, text.to_owned(), Effect::DryRun))
}

pub(super) fn send(task: &Task<'_>, method: Method, path: &str, text: String, effect: Effect) -> Probe {
    Probe { method, body: Some(Body { content_type: "application/json", text }), effect, ..get(task, "", path) }
}

fn by_graphql(name: &str, task: &Task<'_>) -> Option<Probe> {
    let (owner, repository) = target(task)?;
    let (query, variables) = match name {
        "discussions" => (
            "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { discussions(first: 1) { totalCount } } }",
            serde_json::json!({ "owner": owner, "name": repository }),
        ),
        "projectsV2" => (
            "query($owner: String!) { organization(login: $owner) { projectsV2(first: 1) { totalCount } } }",
            serde_json::json!({ "owner": owner }),
        ),
        _ => return None,
    };
    let text = serde_json::json!({ "query": query, "variables": variables }).to_string();
    let path = hosts::graphql(&task.connection.base);
    Some(Probe { path: path.to_owned(), ..send(task, Method::Post, "", text, Effect::Read) })
}

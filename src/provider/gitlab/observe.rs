//! Probes that observe one capability each, or several by one harmless question.

use super::probes::{climbs, encode, get, target};
use super::{git, kinds};
use crate::app::ports::{Body, Effect, Method, Presentation, Probe, Task};
use crate::domain::capability::Capability;
use crate::domain::catalogue::{Catalogue, PermissionWays, Power, Probing, Row, ScopeWays};
use crate::domain::evidence::Evidence;
use crate::domain::routes;
use crate::domain::token::Kind;

pub(super) const GRAPHQL: &str = "graphql";

/// What may be asked now about the wanted capabilities.
pub(super) fn probes(task: &Task<'_>, evidence: &Evidence, catalogue: &Catalogue) -> Vec<Probe> {
    let rows: Vec<&Row> = task.wanted.iter().filter_map(|capability| catalogue.row(capability)).collect();
    let mut probes: Vec<Probe> = rows.iter().filter_map(|row| probe(row, task, evidence, catalogue)).collect();
    probes.extend(graphql(&rows, task, evidence));
    probes.retain(|probe| probe.effect <= task.probing);
    probes
}

fn probe(row: &Row, task: &Task<'_>, evidence: &Evidence, catalogue: &Catalogue) -> Option<Probe> {
    let by_git = matches!(row.probe, Probing::Git);
    let by_registry = matches!(&row.probe, Probing::DryRun(name) if name == "registry-token");
    let deploy = evidence.kind() == kinds::DEPLOY;
    // The REST API is closed to a deploy token; anything but Git waits until the forge has accepted the token.
    if (deploy && !by_git && !by_registry) || (evidence.alive.is_none() && !(deploy && by_git)) {
        return None;
    }
    // About the target a live answer may overrule the table; about itself a token is asked only where it is served.
    if !catalogue.is_on_target(row) && is_closed(row, &evidence.kind(), catalogue) {
        return None;
    }
    let probe = match &row.probe {
        Probing::Itself if row.method == "GET" => by_reading(row, task, evidence)?,
        Probing::Git => by_git_discovery(row, task, evidence)?,
        Probing::DryRun(name) if name == "ci-lint" => lint_dry_run(row, task, evidence)?,
        Probing::DryRun(name) if name == "registry-token" => registry_token(row, task, evidence)?,
        Probing::Impossible(name) if name == "mr-create-equal-branches" => equal_branches(row, task, evidence)?,
        _ => return None,
    };
    Some(Probe { about: Some(row.capability.clone()), id: row.capability.as_str().to_owned(), ..probe })
}

/// Has this kind no way at all to the row, in any version?
fn is_closed(row: &Row, kind: &Kind, catalogue: &Catalogue) -> bool {
    let Some(about) = catalogue.kind(kind) else { return false };
    match about.power {
        Power::Routes => !routes::ever_open(row, catalogue),
        Power::Permissions => *row.permission.for_kind(kind) == PermissionWays::Closed,
        Power::Scopes => *row.scopes.for_kind(kind, about.only_listed) == ScopeWays::Closed,
    }
}

fn presentation(evidence: &Evidence) -> Presentation {
    if evidence.kind() == kinds::JOB { Presentation::Header("JOB-TOKEN") } else { Presentation::Bearer }
}

/// The row's own request, with the parameters that can be filled.
fn by_reading(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    if row.path.starts_with("/oauth/") {
        return None;
    }
    let path = fill(&row.path, task, evidence)?;
    let query = if is_list(&row.path) { "?per_page=1" } else { query(row) };
    let probe = get("", &format!("/api/v4{path}{query}"), presentation(evidence));
    // A GET would bring the whole archive.
    let method = if row.capability.as_str() == "archive.read" { Method::Head } else { Method::Get };
    Some(Probe { method, ..probe })
}

/// Does the path name a collection, which may be cut to one entry?
fn is_list(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !last.starts_with(':') && last.ends_with('s') && !path.ends_with("/allowed_agents")
}

/// Parameters without which the forge would answer 400.
fn query(row: &Row) -> &'static str {
    match row.capability.as_str() {
        "compare.read" => "?from=HEAD&to=HEAD",
        "tree.read" => "?per_page=1",
        _ => "",
    }
}

/// Fills the template; `None` when an object is needed that nobody has seen.
fn fill(template: &str, task: &Task<'_>, evidence: &Evidence) -> Option<String> {
    let mut parameters = Vec::new();
    for (index, segment) in template.split('/').enumerate() {
        let value = match segment {
            ":id" if template.starts_with("/groups/") => {
                let (group, _) = task.connection.target.as_deref()?.rsplit_once('/')?;
                encode(Some(group).filter(|group| !climbs(group))?)
            }
            ":id" => target(task)?,
            ":iid" | ":merge_request_iid" | ":noteable_id" => encode(evidence.samples.get("merge_request")?),
            ":sha" => "HEAD".to_owned(),
            ":user_id" => encode(&evidence.user_id.as_ref()?.value),
            segment if segment.starts_with([':', '*', '(']) => return None,
            segment => segment.to_owned(),
        };
        if index > 0 {
            parameters.push(value);
        }
    }
    Some(format!("/{}", parameters.join("/")))
}

fn by_git_discovery(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let target = task.connection.target.as_deref()?;
    if target.split('/').any(climbs) {
        return None;
    }
    let segments: Vec<String> = target.split('/').map(encode).collect();
    let (_, service) = row.path.split_once("service=")?;
    let kind = evidence.kind();
    let own = task.connection.username.clone();
    let user = own.or_else(|| git::user(&kind).map(str::to_owned));
    // A deploy token is known only together with its own user name.
    let user = if kind == kinds::DEPLOY { user? } else { user.unwrap_or_else(|| "hallpass".to_owned()) };
    let path = format!("/{}.git/info/refs?service={service}", segments.join("/"));
    Some(get("", &path, Presentation::Basic(user)))
}

/// Evaluates a configuration and changes nothing.
fn lint_dry_run(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let path = format!("/api/v4/projects/{}/ci/lint", target(task)?);
    let text = r#"{"content":"hallpass:\n  script: [\"true\"]\n"}"#;
    Some(post(row, path, text.to_owned(), Effect::DryRun, evidence))
}

/// Asks for a registry token; its claims say what was granted.
fn registry_token(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let target = task.connection.target.as_deref()?;
    let action = row.path.rsplit(':').next()?;
    let scope = encode(&format!("repository:{}:{action}", target.to_ascii_lowercase()));
    let user = task.connection.username.clone().or_else(|| git::user(&evidence.kind()).map(str::to_owned));
    let path = format!("/jwt/auth?service=container_registry&scope={scope}");
    let probe = get("", &path, Presentation::Basic(user.unwrap_or_else(|| "hallpass".to_owned())));
    Some(Probe { effect: Effect::DryRun, ..probe })
}

/// A merge request from a branch into itself: the role is checked first, and the request itself can never succeed.
fn equal_branches(row: &Row, task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let path = format!("/api/v4/projects/{}/merge_requests", target(task)?);
    let text = r#"{"title":"hallpass","source_branch":"hallpass-none","target_branch":"hallpass-none"}"#;
    Some(post(row, path, text.to_owned(), Effect::Write, evidence))
}

fn post(row: &Row, path: String, text: String, effect: Effect, evidence: &Evidence) -> Probe {
    Probe {
        id: row.capability.as_str().to_owned(),
        about: None,
        method: Method::Post,
        door: None,
        path,
        headers: &[],
        presentation: presentation(evidence),
        body: Some(Body { content_type: "application/json", text }),
        effect,
    }
}

/// One query for what the user may do, whatever the token's scope.
fn graphql(rows: &[&Row], task: &Task<'_>, evidence: &Evidence) -> Option<Probe> {
    let served = ![kinds::JOB, kinds::DEPLOY, kinds::FINE_GRAINED].contains(&evidence.kind());
    let reads = served
        && evidence
            .scopes
            .as_ref()
            .is_some_and(|known| known.value.contains("api") || known.value.contains("read_api"));
    let target = task.connection.target.as_deref().filter(|target| reads && target.contains('/'))?;
    let fields: Vec<&str> = fields(rows).into_iter().map(|(_, field)| field).collect();
    if fields.is_empty() || evidence.alive.is_none() {
        return None;
    }
    let mut unique = fields.clone();
    unique.sort_unstable();
    unique.dedup();
    let query =
        format!("query($path: ID!) {{ project(fullPath: $path) {{ userPermissions {{ {} }} }} }}", unique.join(" "));
    let text = serde_json::json!({ "query": query, "variables": { "path": target } }).to_string();
    Some(Probe {
        id: GRAPHQL.to_owned(),
        about: None,
        method: Method::Post,
        door: None,
        path: "/api/graphql".to_owned(),
        headers: &[],
        presentation: Presentation::Bearer,
        body: Some(Body { content_type: "application/json", text }),
        effect: Effect::Read,
    })
}

/// Which field of `userPermissions` tells of which capability.
pub(super) fn fields<'a>(rows: &[&'a Row]) -> Vec<(Capability, &'a str)> {
    rows.iter()
        .filter_map(|row| match &row.probe {
            // `currentUser` is a question of its own, not a field of `userPermissions`.
            Probing::Graphql(field) if field != "currentUser" => Some((row.capability.clone(), field.as_str())),
            _ => None,
        })
        .collect()
}

//! What a good answer looks like.

use serde_json::{Value, json};

use super::Outcome;
use super::own;
use super::rest::{self, Call};
use super::state::State;
use super::templates::{Blanks, filled};
use super::terms::Role;
use super::texts;
use super::world::{Project, Repository};
use crate::refs::commit_id;
use crate::reply::Reply;

const FEED: &str = "packages";
const DAY: i64 = 86_400;

pub(super) fn answer(call: &Call<'_>) -> Outcome {
    match call.route.shape {
        "connection-data" => own::connection_data(call).into(),
        "permissions" => own::permissions(call).into(),
        "permission-batch" => own::permission_batch(call).into(),
        "namespaces" => own::namespaces(call).into(),
        "pats" => own::pats(call).into(),
        "projects" => list(call, of_projects(call, "project-reference")),
        "teams" => list(call, of_projects(call, "team")),
        "repositories" => list(call, repositories(call)),
        "refs" => list(call, refs(call)),
        "commits" => list(call, commits(call)),
        "pull-requests" => list(call, pull_requests(call)),
        "pull-request" => one(call, "pull-request", call.named("pull")),
        "work-item" => one(call, "work-item", call.named("item")),
        "accounts" => list(call, own::accounts(call)),
        "preview-run" => rest::previewed(call),
        "symbols" => Reply::empty(200).into(),
        shape => match shape.strip_prefix("list:") {
            Some(item) => items(call, item),
            None => one(call, shape, "1"),
        },
    }
}

fn list(call: &Call<'_>, mut value: Vec<Value>) -> Outcome {
    let top = call.request.query_value("$top").or_else(|| call.request.query_value("top"));
    if let Some(top) = top.and_then(|text| text.parse().ok()) {
        value.truncate(top);
    }
    own::json_reply(call, &json!({ "count": value.len(), "value": value })).into()
}

pub(super) fn one(call: &Call<'_>, shape: &str, item: &str) -> Outcome {
    let mut blanks = blanks(call, call.project, call.repository);
    put_item(&mut blanks, item);
    match filled(shape, &blanks) {
        Some(body) => own::json_reply(call, &body).into(),
        None => Outcome::Unplanned(format!("no body for `{shape}`")),
    }
}

/// One item for each number that the project has of that shape; where the scenario has no say, one item.
fn items(call: &Call<'_>, shape: &str) -> Outcome {
    if call.project.is_some_and(|project| project.empty.iter().any(|empty| empty == shape)) {
        return list(call, Vec::new());
    }
    let numbers = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect();
    let found: Vec<String> = match (shape, call.project) {
        ("build", Some(project)) => numbers(&project.builds),
        ("pipeline" | "definition", Some(project)) => numbers(&project.pipelines),
        ("feed", _) => vec![FEED.to_owned()],
        _ => vec!["1".to_owned()],
    };
    let mut bodies = Vec::new();
    for item in found {
        let mut blanks = blanks(call, call.project, call.repository);
        put_item(&mut blanks, &item);
        match filled(shape, &blanks) {
            Some(body) => bodies.push(body),
            None => return Outcome::Unplanned(format!("no body for `{shape}`")),
        }
    }
    list(call, bodies)
}

fn put_item(blanks: &mut Blanks, item: &str) {
    blanks.insert("item", item.to_owned());
    blanks.insert("item.id", texts::guid(&format!("item {item}")));
}

fn blanks(call: &Call<'_>, project: Option<&Project>, repository: Option<&Repository>) -> Blanks {
    let state = call.state;
    let name = call.caller.name();
    let mut blanks = Blanks::from([
        ("url", state.base(call.place)),
        ("org", call.place.organization.clone()),
        ("org.id", texts::guid(&call.place.organization)),
        ("tenant", state.world.tenant.clone()),
        ("now", state.time(0)),
        ("ago", state.time(-DAY)),
        ("later", state.time(30 * DAY)),
        ("user", name.to_owned()),
        ("user.id", texts::guid(name)),
        ("user.mail", own::account(name)),
        ("user.descriptor", own::descriptor(state, name)),
        ("user.subject", own::subject(call.caller)),
        ("query", call.named("query").to_owned()),
        ("endpoint.id", endpoint_id()),
    ]);
    let organization = call.organization;
    let project = project.or_else(|| seen_projects(call).next());
    let name = project.map_or("", |project| &project.name);
    blanks.insert("project", name.to_owned());
    blanks.insert("team.id", texts::guid(&format!("team {}/{name}", call.place.organization)));
    if let (Some(organization), Some(project)) = (organization, project) {
        blanks.insert("project.id", State::project_id(organization, project));
        blanks.insert("project.visibility", project.visibility.name().to_owned());
        // What is built is the project's first repository.
        let repository = repository.or(project.repositories.first());
        let branch = repository.map_or("main", |repository| &repository.default_branch);
        blanks.insert("branch", branch.to_owned());
        blanks.insert("commit", commit_id(branch));
        blanks.insert("repository", repository.map(|repository| repository.name.clone()).unwrap_or_default());
        let id = repository.map(|repository| State::repository_id(organization, project, repository));
        blanks.insert("repository.id", id.unwrap_or_default());
    }
    let role = call.caller.identity().zip(organization).and_then(|(identity, here)| state.role(identity, here));
    blanks.insert("feed.role", role.unwrap_or(Role::Reader).feed_role().to_owned());
    blanks
}

pub(super) fn endpoint_id() -> String {
    texts::guid("endpoint registry")
}

/// Whether what a parameter names is there.
pub(super) fn exists(call: &Call<'_>, parameter: &str) -> bool {
    let value = call.named(parameter);
    let listed = |numbers: &[u64]| numbers.iter().any(|number| number.to_string() == value);
    match (parameter, call.project, call.repository) {
        ("build", Some(project), _) => listed(&project.builds),
        ("pipeline", Some(project), _) => listed(&project.pipelines) || listed(&project.broken_pipelines),
        ("item", Some(project), _) => listed(&project.work_items),
        ("pull", _, Some(repository)) => listed(&repository.pull_requests),
        ("commit", _, Some(repository)) => repository.all_branches().iter().any(|branch| commit_id(branch) == value),
        ("feed", ..) => value == FEED || value == texts::guid(&format!("item {FEED}")),
        _ => false,
    }
}

fn seen_projects<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a Project> {
    let (state, identity) = (call.state, call.caller.identity());
    call.organization.into_iter().flat_map(move |organization| {
        organization.projects.iter().filter(move |project| state.sees(identity, organization, project))
    })
}

/// One item for the project that is asked about or, without one, for each that the caller sees.
fn of_projects(call: &Call<'_>, shape: &str) -> Vec<Value> {
    let wanted = |project: &&Project| call.project.is_none_or(|only| only.name == project.name);
    seen_projects(call).filter(wanted).filter_map(|project| filled(shape, &blanks(call, Some(project), None))).collect()
}

/// Those of one project or, without one, of all the caller sees.
fn repositories(call: &Call<'_>) -> Vec<Value> {
    let wanted = |project: &&Project| call.project.is_none_or(|only| only.name == project.name);
    seen_projects(call)
        .filter(wanted)
        .flat_map(|project| project.repositories.iter().map(move |repository| (project, repository)))
        .filter(|(project, repository)| call.reads(project, repository))
        .filter_map(|(project, repository)| {
            filled("repository-reference", &blanks(call, Some(project), Some(repository)))
        })
        .collect()
}

fn refs(call: &Call<'_>) -> Vec<Value> {
    let Some(repository) = call.repository else { return Vec::new() };
    let heads = repository.all_branches().into_iter().map(|branch| ("heads", branch));
    let tags = repository.tags.iter().map(|tag| ("tags", tag.clone()));
    heads
        .chain(tags)
        .filter_map(|(kind, name)| {
            let mut blanks = blanks(call, call.project, call.repository);
            blanks.insert("commit", commit_id(&name));
            blanks.insert("item", format!("refs/{kind}/{name}"));
            filled("ref", &blanks)
        })
        .collect()
}

fn commits(call: &Call<'_>) -> Vec<Value> {
    let Some(repository) = call.repository else { return Vec::new() };
    let body = |branch: String| {
        let mut blanks = blanks(call, call.project, call.repository);
        blanks.insert("commit", commit_id(&branch));
        filled("commit", &blanks)
    };
    repository.all_branches().into_iter().filter_map(body).collect()
}

/// Those of one repository or, without one, of all in the project that the caller reads.
fn pull_requests(call: &Call<'_>) -> Vec<Value> {
    let Some(project) = call.project else { return Vec::new() };
    let wanted = |repository: &&Repository| {
        call.repository.is_none_or(|only| only.name == repository.name) && call.reads(project, repository)
    };
    project
        .repositories
        .iter()
        .filter(wanted)
        .flat_map(|repository| repository.pull_requests.iter().map(move |number| (repository, number)))
        .filter_map(|(repository, number)| {
            let mut blanks = blanks(call, Some(project), Some(repository));
            put_item(&mut blanks, &number.to_string());
            filled("pull-request", &blanks)
        })
        .collect()
}

//! A REST request, checked in GitLab's order: credential, token and scope, parameters, project, role, feature, then
//! what the route itself says.

use std::collections::BTreeMap;

use super::Outcome;
use super::bodies;
use super::caller::{Caller, check_scope, identify};
use super::content;
use super::job_token;
use super::refusal::{self, Boundary};
use super::routes::{Needs, Route};
use super::state::State;
use super::terms::{Role, Visibility};
use super::world::{Group, Project};
use crate::reply::Reply;
use crate::request::Request;
use crate::table::Parameters;

/// What a route is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Project(&'a str),
    Group(&'a str),
    User,
    Instance,
}

impl<'a> Place<'a> {
    fn of(segments: &'a [String]) -> Self {
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (words.as_slice(), segments) {
            (["projects", ..], [_, key, ..]) => Place::Project(key),
            (["groups", ..], [_, key, ..]) => Place::Group(key),
            (["version" | "metadata"], _) => Place::Instance,
            _ => Place::User,
        }
    }

    pub(super) fn path(self, state: &'a State) -> Option<&'a str> {
        match self {
            Place::Project(key) => state.project(key).map(|project| project.path.as_str()),
            Place::Group(key) => state.group(key).map(|group| group.path.as_str()),
            Place::User | Place::Instance => None,
        }
    }

    pub(super) fn boundary(self, state: &'a State) -> Boundary<'a> {
        match self {
            Place::Project(_) => Boundary::Project(self.path(state).unwrap_or_default()),
            Place::Group(_) => Boundary::Group(self.path(state).unwrap_or_default()),
            Place::User => Boundary::User,
            Place::Instance => Boundary::Instance,
        }
    }
}

/// Everything that is known about a request once it passed the checks.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    pub(super) caller: Caller<'a>,
    pub(super) route: &'static Route,
    pub(super) named: Parameters,
    pub(super) given: BTreeMap<String, String>,
}

impl Call<'_> {
    pub(super) fn named(&self, name: &str) -> &str {
        self.named.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value)
    }
}

pub(super) fn answer(state: &State, request: &Request, segments: &[String]) -> Outcome {
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let Some((route, named)) = Route::find(method, segments) else {
        return Outcome::Unplanned("no such route in the sandbox's table".to_owned());
    };
    checked(state, request, segments, route, named).unwrap_or_else(Outcome::Reply)
}

fn checked(
    state: &State,
    request: &Request,
    segments: &[String],
    route: &'static Route,
    named: Parameters,
) -> Result<Outcome, Reply> {
    if state.world.version < route.since {
        return Err(refusal::no_route());
    }
    let caller = identify(state, request, route, segments)?;
    if caller.is_anonymous() && (route.has("authenticate") || !route.reads()) {
        return Err(refusal::unauthorized());
    }
    let place = Place::of(segments);
    check_scope(state, &caller, route, place)?;
    let call = Call { state, request, caller, route, named, given: request.parameters() };
    let role_first = state.world.role_before_validation && route.has("role-first");
    if !role_first {
        check_parameters(route, &call.given)?;
    }
    match place {
        Place::Project(key) => {
            let project = find_project(&call, key, segments)?;
            check_role(&call, project)?;
            if role_first {
                check_parameters(route, &call.given)?;
            }
            check_feature(&call, project)?;
            finish_in_project(&call, project)
        }
        Place::Group(key) => {
            let group = find_group(&call, key)?;
            Ok(read_or_violation(&call, |call| bodies::in_group(call, group)))
        }
        // No user of the sandbox is an administrator.
        Place::User | Place::Instance if route.has("admin") => Err(refusal::forbidden()),
        Place::User | Place::Instance => Ok(read_or_violation(&call, bodies::elsewhere)),
    }
}

fn check_parameters(route: &Route, given: &BTreeMap<String, String>) -> Result<(), Reply> {
    match &route.needs {
        Needs::All(names) => {
            let missing: Vec<String> = names
                .iter()
                .filter(|name| !given.contains_key(**name))
                .map(|name| format!("{name} is missing"))
                .collect();
            if missing.is_empty() { Ok(()) } else { Err(refusal::bad_parameters(&missing.join(", "))) }
        }
        Needs::OneOf(names) if names.iter().any(|name| given.contains_key(*name)) => Ok(()),
        Needs::OneOf(names) => {
            let text = format!("{} are missing, at least one parameter must be provided", names.join(", "));
            Err(refusal::bad_parameters(&text))
        }
    }
}

fn find_project<'a>(call: &Call<'a>, key: &str, segments: &[String]) -> Result<&'a Project, Reply> {
    let state = call.state;
    let masked = || refusal::not_found("Project Not Found");
    let Some(project) = state.project(key) else {
        let project = state.moved_project(key).filter(|project| call.caller.sees(state, project));
        return Err(project.map_or_else(masked, |project| moved(call, project, segments)));
    };
    if let Caller::Job { user, source, row, .. } = call.caller {
        job_token::admit(state, user, source, row, call.route.feature, project)?;
        return Ok(project);
    }
    if call.caller.sees(state, project) { Ok(project) } else { Err(masked()) }
}

/// Reads are sent on to the project's id, writes are refused.
fn moved(call: &Call<'_>, project: &Project, segments: &[String]) -> Reply {
    if !call.route.reads() {
        return refusal::message(405, "Non GET methods are not allowed for moved projects");
    }
    let rest: Vec<String> = segments[2..].iter().map(|segment| segment.replace('/', "%2F")).collect();
    let rest = if rest.is_empty() { String::new() } else { format!("/{}", rest.join("/")) };
    let query = if call.request.query.is_empty() { String::new() } else { format!("?{}", call.request.query) };
    let location = format!("{}/api/v4/projects/{}{rest}{query}", call.state.url, project.id);
    Reply::text(301, "This resource has been moved permanently").with("Location", location)
}

fn find_group<'a>(call: &Call<'a>, key: &str) -> Result<&'a Group, Reply> {
    let state = call.state;
    let masked = || refusal::not_found("Group Not Found");
    let group = state.group(key).ok_or_else(masked)?;
    let level = group_level(call, group);
    let visible = match group.visibility {
        Visibility::Public => true,
        Visibility::Internal => call.caller.user().is_some(),
        Visibility::Private => level >= Role::Guest.level(),
    };
    if !visible || group.ip_restricted {
        return Err(masked());
    }
    let needed = if group.visibility == Visibility::Private { call.route.private_level } else { call.route.open_level };
    if level < needed { Err(refusal::forbidden()) } else { Ok(group) }
}

fn group_level(call: &Call<'_>, group: &Group) -> u32 {
    call.caller.user().and_then(|user| call.state.group_role(user, &group.path)).map_or(0, Role::level)
}

fn check_role(call: &Call<'_>, project: &Project) -> Result<(), Reply> {
    let route = call.route;
    let needed = if project.visibility == Visibility::Private { route.private_level } else { route.open_level };
    if call.caller.level(call.state, project) >= needed {
        return Ok(());
    }
    Err(if call.caller.is_anonymous() || route.has("merge") {
        refusal::unauthorized()
    } else if route.has("masked") {
        refusal::not_found("Not Found")
    } else {
        refusal::forbidden()
    })
}

fn check_feature(call: &Call<'_>, project: &Project) -> Result<(), Reply> {
    let level = call.caller.level(call.state, project);
    if call.route.feature.is_none_or(|feature| State::feature_open(project, feature, level)) {
        return Ok(());
    }
    Err(if call.caller.is_anonymous() { refusal::unauthorized() } else { refusal::forbidden() })
}

fn finish_in_project(call: &Call<'_>, project: &Project) -> Result<Outcome, Reply> {
    let route = call.route;
    if !route.reads() && !route.has("evaluates") {
        if project.archived {
            return Err(refusal::forbidden());
        }
        if let Some((collection, name)) = route.object()
            && content::item(call, project, collection, call.named(name)).is_none()
        {
            return Err(refusal::not_found("Not found"));
        }
        if route.has("equal-branches") && call.given.get("source_branch") == call.given.get("target_branch") {
            return Err(refusal::messages(422, &["You can't use same project/branch for source and target"]));
        }
    }
    Ok(read_or_violation(call, |call| bodies::in_project(call, project)))
}

fn read_or_violation<'a>(call: &Call<'a>, read: impl FnOnce(&Call<'a>) -> Outcome) -> Outcome {
    if call.route.reads() || call.route.has("evaluates") { read(call) } else { Outcome::Violation }
}

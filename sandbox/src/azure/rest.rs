//! A request to the API, checked in this order: credential, kind of token, scope, version, project, repository, object,
//! permission, then what the route itself says.

use serde_json::Value;

use super::Outcome;
use super::api_version;
use super::bodies;
use super::caller::{self, Caller, Refused, identify, unauthenticated};
use super::own;
use super::permissions::{self, Reach};
use super::place::{Place, Product};
use super::refusal::{self, Came};
use super::routes::Route;
use super::state::State;
use super::terms::{Role, Visibility};
use super::texts;
use super::world::{Identity, Organization, Project, Repository, Token};
use crate::reply::Reply;
use crate::request::Request;
use crate::table::Parameters;

/// Everything that is known about a request once it passed the checks.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    pub(super) place: &'a Place,
    pub(super) caller: Caller<'a>,
    pub(super) route: &'static Route,
    named: Parameters,
    /// Absent on a host that belongs to none.
    pub(super) organization: Option<&'a Organization>,
    pub(super) project: Option<&'a Project>,
    pub(super) repository: Option<&'a Repository>,
}

impl Call<'_> {
    pub(super) fn named(&self, name: &str) -> &str {
        self.named.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value)
    }

    pub(super) fn reads(&self, project: &Project, repository: &Repository) -> bool {
        self.organization.is_some_and(|here| reads(self.state, self.caller, here, project, repository))
    }
}

/// Whether the repository exists for this caller.
pub(super) fn reads(
    state: &State,
    caller: Caller<'_>,
    organization: &Organization,
    project: &Project,
    repository: &Repository,
) -> bool {
    let reach = Reach { organization, project: Some(project), repository: Some(repository) };
    let may = |identity: &Identity| permissions::may(state, identity, reach, "git", "GenericRead");
    let allowed = project.visibility == Visibility::Public || caller.identity().is_some_and(may);
    allowed && !caller.is_kept_from(&repository.name)
}

pub(super) fn answer(state: &State, request: &Request, place: &Place) -> Outcome {
    // Above its collections a Server asks everybody to sign in, with whatever token.
    if place.product == Product::Server && place.organization == "_apis" {
        return unauthenticated(state, place, (Came::Bare, None)).reply(&state.world, request).into();
    }
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let Some((route, named)) = Route::find(method, place) else {
        return Outcome::Unplanned("no such route in the sandbox's table".to_owned());
    };
    checked(state, request, place, route, named).unwrap_or_else(Outcome::Reply)
}

fn checked(
    state: &State,
    request: &Request,
    place: &Place,
    route: &'static Route,
    named: Parameters,
) -> Result<Outcome, Reply> {
    let organization = state.organization(&place.organization);
    let homeless = organization.is_none() && !place.organization.is_empty();
    if homeless || (route.has("services") && place.product == Product::Server) {
        return Err(refusal::not_found_page());
    }
    let refuse = |what| unauthenticated(state, place, what).reply(&state.world, request);
    let answers_anybody =
        route.shape == "connection-data" && organization.is_some_and(|organization| organization.answers_anybody);
    let caller = match identify(state, request, place, organization) {
        Ok(caller) => caller,
        Err(Refused::Unauthenticated { .. }) if answers_anybody => Caller::Anonymous,
        Err(Refused::Unauthenticated { came, why }) => return Err(refuse((came, why))),
        Err(Refused::Said(reply)) => return Err(reply),
    };
    match caller {
        Caller::Anonymous if answers_anybody || (route.has("public") && organization.is_some_and(shows_something)) => {}
        Caller::Anonymous => return Err(refuse((Came::Bare, None))),
        Caller::Known { token, identity } => check_token(state, place, route, token, identity, &refuse)?,
    }
    api_version::check(request, route, place.product, state.world.release)?;
    let mut call = Call { state, request, place, caller, route, named, organization, project: None, repository: None };
    if let Some(organization) = organization {
        find_project(&mut call, organization, &refuse)?;
        find_repository(&mut call, organization)?;
    }
    if let Some(parameter) = route.known()
        && !bodies::exists(&call, parameter)
    {
        return Err(refusal::object(parameter, call.named(parameter)));
    }
    check_permission(&call)?;
    Ok(if route.reads() { bodies::answer(&call) } else { write(&call) })
}

fn shows_something(organization: &Organization) -> bool {
    organization.projects.iter().any(|project| project.visibility == Visibility::Public)
}

type Refuse<'a> = dyn Fn((Came, Option<&'static str>)) -> Reply + 'a;

fn check_token(
    state: &State,
    place: &Place,
    route: &Route,
    token: &Token,
    identity: &Identity,
    refuse: &Refuse<'_>,
) -> Result<(), Reply> {
    if caller::in_scope(token, &route.scopes) && caller::in_kind(token, identity, route, place) {
        return Ok(());
    }
    if route.has("entra-user") {
        return Err(refuse((Came::Bare, None)));
    }
    Err(out_of_scope(state, place, identity))
}

/// The service knows the identity and does not let this token do the thing: 401, with nothing in it.
pub(super) fn out_of_scope(state: &State, place: &Place, identity: &Identity) -> Reply {
    let mut reply = unauthenticated(state, place, (Came::WithBasic, None)).challenged(Reply::empty(401));
    if state.world.names_identity {
        name_identity(&mut reply, identity);
    }
    reply
}

pub(super) fn name_identity(reply: &mut Reply, identity: &Identity) {
    reply.set("X-VSS-UserData", format!("{}:{}", texts::guid(&identity.name), own::account(&identity.name)));
}

fn find_project<'a>(call: &mut Call<'a>, organization: &'a Organization, refuse: &Refuse<'_>) -> Result<(), Reply> {
    let key = call.named("project").to_owned();
    if key.is_empty() {
        return Ok(());
    }
    let project = State::project(organization, &key);
    if let Some(project) = project.filter(|project| call.state.sees(call.caller.identity(), organization, project)) {
        call.project = Some(project);
        return Ok(());
    }
    let builds = call.place.rest.windows(2).any(|words| words[0] == "_apis" && words[1].eq_ignore_ascii_case("build"));
    // To somebody without a credential a private project is one to sign in for.
    Err(match (call.caller, project) {
        (Caller::Anonymous, _) => refuse((Came::Bare, None)),
        (Caller::Known { .. }, Some(project)) => {
            refusal::project_by_id(&State::project_id(organization, project), builds)
        }
        (Caller::Known { .. }, None) => refusal::project_by_name(&key, builds),
    })
}

fn find_repository<'a>(call: &mut Call<'a>, organization: &'a Organization) -> Result<(), Reply> {
    let key = call.named("repository").to_owned();
    if key.is_empty() {
        return Ok(());
    }
    let projects =
        organization.projects.iter().filter(|project| call.project.is_none_or(|only| only.name == project.name));
    let mut found = projects.filter_map(|project| Some((project, State::repository(organization, project, &key)?)));
    let found = found.find(|(project, repository)| call.reads(project, repository));
    let (project, repository) = found.ok_or_else(|| refusal::repository(&key))?;
    (call.project, call.repository) = (Some(project), Some(repository));
    Ok(())
}

fn check_permission(call: &Call<'_>) -> Result<(), Reply> {
    let (Some(organization), Some(identity)) = (call.organization, call.caller.identity()) else { return Ok(()) };
    if call.route.has("administrator") && call.state.role(identity, organization) != Some(Role::Administrator) {
        return Err(refusal::permission("Administer the organization", &identity.name));
    }
    let Some((namespace, name)) = call.route.needs else { return Ok(()) };
    let public = call.project.is_some_and(|project| project.visibility == Visibility::Public);
    if call.route.has("public") && public {
        return Ok(());
    }
    let reach = Reach { organization, project: call.project, repository: call.repository };
    if permissions::may(call.state, identity, reach, namespace, name) {
        return Ok(());
    }
    Err(match namespace {
        "git" => refusal::git_permission(name, &own::in_refusals(identity)),
        _ => refusal::permission(permissions::title(namespace, name), &identity.name),
    })
}

/// A write by somebody who may do it: a documented dry run, something that cannot succeed, or a violation.
fn write(call: &Call<'_>) -> Outcome {
    let route = call.route;
    let asked = |name: &str| call.request.query_value(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    if route.has("validate-only") && asked("validateOnly") {
        return validated(call, &body);
    }
    if route.has("validate-wiql") && asked("validateWiqlOnly") {
        return bodies::one(call, "query", "1");
    }
    if route.has("preview-run") && body["previewRun"] == true {
        return previewed(call);
    }
    if route.has("empty-array") && body.as_array().is_some_and(Vec::is_empty) {
        return refusal::bad_request("Value cannot be empty. Parameter name: updateParameters").into();
    }
    let endpoint = call.request.query_value("endpointId").unwrap_or_default();
    if route.has("bogus-endpoint") && endpoint != bodies::endpoint_id() {
        return refusal::bad_request(&format!("Service endpoint {endpoint} was not found.")).into();
    }
    Outcome::Violation
}

fn validated(call: &Call<'_>, patch: &Value) -> Outcome {
    if !call.request.header("content-type").unwrap_or_default().starts_with("application/json-patch+json") {
        let text = "The request indicated a Content-Type that is not supported: use application/json-patch+json";
        return refusal::error(
            415,
            "Microsoft.VisualStudio.Services.WebApi",
            "VssRequestContentTypeNotSupportedException",
            text,
        )
        .into();
    }
    let Some(operations) = patch.as_array().filter(|operations| !operations.is_empty()) else {
        return refusal::bad_request("You must pass a valid patch document in the body of the request.").into();
    };
    let sets = |field: &str| operations.iter().any(|operation| operation["path"] == format!("/fields/{field}"));
    let creates = call.request.method == "POST";
    let mandatory = call.project.and_then(|project| project.mandatory_field.as_deref());
    match mandatory.into_iter().chain(["System.Title"]).find(|field| creates && !sets(field)) {
        Some(field) => refusal::mandatory_field(field).into(),
        None => bodies::one(call, "work-item", if creates { "-1" } else { call.named("item") }),
    }
}

/// What a pipeline would run, without running it.
pub(super) fn previewed(call: &Call<'_>) -> Outcome {
    let number = call.named("pipeline");
    let broken =
        call.project.is_some_and(|project| project.broken_pipelines.iter().any(|broken| broken.to_string() == number));
    if broken { refusal::template_fault().into() } else { bodies::one(call, "preview-run", number) }
}

//! Git's service discovery over HTTP: `<project>/_git/<repository>/info/refs?service=...`.
//!
//! Git gets plain text and a plain 401, whatever headers it sends. What it gets for a missing scope is not documented; here it is
//! the 401 that the API gives.

use super::Outcome;
use super::caller::{self, Caller, Refused, identify, unauthenticated};
use super::own;
use super::permissions::{self, Reach};
use super::place::Place;
use super::refusal::{self, Came};
use super::rest::{out_of_scope, reads};
use super::state::State;
use super::world::{Organization, Project, Repository};
use crate::refs::Refs;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn discovery(state: &State, request: &Request, place: &Place) -> Outcome {
    let push = match request.query_value("service").as_deref() {
        Some("git-upload-pack") => false,
        Some("git-receive-pack") => true,
        _ => return Outcome::Unplanned("service discovery without a service".to_owned()),
    };
    if request.method != "GET" {
        return Outcome::Unplanned("service discovery is asked for with GET".to_owned());
    }
    checked(state, request, place, push).unwrap_or_else(|refusal| refusal).into()
}

fn checked(state: &State, request: &Request, place: &Place, push: bool) -> Result<Reply, Reply> {
    let organization = state.organization(&place.organization).ok_or_else(refusal::not_found_page)?;
    let sign_in = |came| unauthenticated(state, place, (came, None)).git_reply();
    let caller = identify(state, request, place, Some(organization)).map_err(|refused| match refused {
        Refused::Unauthenticated { came, .. } => sign_in(came),
        Refused::Said(reply) => reply,
    })?;
    let words: Vec<&str> = place.rest.iter().map(String::as_str).collect();
    let (project, key) = match words.as_slice() {
        [project, "_git", repository, "info", "refs"] => (State::project(organization, project), *repository),
        // A repository that has its project's name needs the project only once.
        ["_git", repository, "info", "refs"] => (State::project(organization, repository), *repository),
        _ => (None, ""),
    };
    let found = project.and_then(|project| Some((project, State::repository(organization, project, key)?)));
    let readable = |(project, repository): &(&Project, &Repository)| {
        state.sees(caller.identity(), organization, project) && reads(state, caller, organization, project, repository)
    };
    let Caller::Known { token, identity } = caller else {
        // Anonymous: public projects may be fetched from.
        let (_, repository) = found.filter(readable).filter(|_| !push).ok_or_else(|| sign_in(Came::Bare))?;
        return Ok(advertised(repository, push));
    };
    if !caller::in_scope(token, if push { &["vso.code_write"] } else { &["vso.code"] }) {
        return Err(out_of_scope(state, place, identity));
    }
    let (project, repository) =
        found.filter(readable).ok_or_else(|| Reply::text(404, &refusal::repository_message(key)))?;
    let missing = "GenericContribute";
    if push && !may(state, caller, (organization, project, repository), missing) {
        return Err(Reply::text(403, &refusal::git_permission_message(missing, &own::in_refusals(identity))));
    }
    Ok(advertised(repository, push))
}

fn may(
    state: &State,
    caller: Caller<'_>,
    (organization, project, repository): (&Organization, &Project, &Repository),
    name: &str,
) -> bool {
    let reach = Reach { organization, project: Some(project), repository: Some(repository) };
    caller.identity().is_some_and(|identity| permissions::may(state, identity, reach, "git", name))
}

fn advertised(repository: &Repository, push: bool) -> Reply {
    let refs = Refs {
        default_branch: &repository.default_branch,
        branches: &repository.all_branches(),
        tags: &repository.tags,
    };
    refs.advertised(push)
}

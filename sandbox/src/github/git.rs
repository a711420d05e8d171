//! Git's service discovery over HTTP: `/<owner>/<name>.git/info/refs?service=...`.

use super::Outcome;
use super::caller::{Caller, identify};
use super::content::branches;
use super::hosts::Bases;
use super::policy;
use super::state::{ACTIONS_LOGIN, State};
use super::terms::{Level, Role, TokenKind, Visibility};
use super::world::Repository;
use crate::refs::Refs;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn answer(state: &State, request: &Request, segments: &[String], bases: &Bases) -> Outcome {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ([owner, name, "info", "refs"], "GET") = (words.as_slice(), request.method.as_str()) else {
        return Outcome::Unplanned("no such page in the sandbox's GitHub".to_owned());
    };
    let push = match request.query_value("service").as_deref() {
        Some("git-upload-pack") => false,
        Some("git-receive-pack") => true,
        _ => return Outcome::Unplanned("service discovery without a service".to_owned()),
    };
    let path = format!("{owner}/{}", name.strip_suffix(".git").unwrap_or(name));
    checked(state, request, state.repository(&path), push, bases).unwrap_or_else(|refusal| refusal).into()
}

fn checked(
    state: &State,
    request: &Request,
    repository: Option<&Repository>,
    push: bool,
    bases: &Bases,
) -> Result<Reply, Reply> {
    let caller = identify(state, request).map_err(|_| {
        unauthorized("Invalid username or token. Password authentication is not supported for Git operations.")
    })?;
    if caller.is_anonymous() {
        return match repository.filter(|repository| repository.visibility == Visibility::Public) {
            Some(repository) if !push => Ok(advertisement(repository, push)),
            Some(_) => Err(unauthorized("No anonymous write access.")),
            // Whether it is there is not told before somebody signs in.
            None => Err(unauthorized("Repository not found.")),
        };
    }
    let absent = || text(404, "Repository not found.");
    let repository = repository.filter(|it| caller.sees(it, false)).ok_or_else(absent)?;
    let open = repository.visibility == Visibility::Public && !push;
    check_policy(&caller, repository, open, bases)?;
    if !open {
        check_power(&caller, repository, push)?;
    }
    if push && repository.archived {
        return Err(text(403, "This repository was archived so it is read-only."));
    }
    Ok(advertisement(repository, push))
}

fn check_policy(caller: &Caller<'_>, repository: &Repository, open: bool, bases: &Bases) -> Result<(), Reply> {
    let (Some(token), Some(organization)) = (caller.token, caller.state.organization(repository.owner())) else {
        return Ok(());
    };
    match policy::objection(caller, organization, open, &bases.web) {
        None => Ok(()),
        Some(policy::Objection::Forbidden(TokenKind::Classic)) => {
            Err(text(403, "Personal access tokens (classic) are forbidden from accessing this repository."))
        }
        Some(objection) => Err(text(403, &objection.text(token, organization, &bases.web))),
    }
}

fn check_power(caller: &Caller<'_>, repository: &Repository, push: bool) -> Result<(), Reply> {
    let who = caller.user().map_or(ACTIONS_LOGIN, |user| &user.login);
    let denied = || text(403, &format!("Permission to {}.git denied to {who}.", repository.path));
    if caller.has_scopes() {
        // Whoever sees a private repository holds `repo` already.
        let scoped = caller.holds_scope("repo")
            || repository.visibility == Visibility::Public && caller.holds_scope("public_repo");
        if !scoped {
            return Err(denied());
        }
    } else {
        let wanted = if push { Level::Write } else { Level::Read };
        let held = caller.held(Some(repository), repository.owner());
        if held.get("contents").is_none_or(|level| *level < wanted) {
            // A job is told apart by its name, the others are told what is missing.
            let job = caller.kind() == Some(TokenKind::Actions);
            return Err(if job { denied() } else { text(403, "Write access to repository not granted.") });
        }
    }
    let needed = if push { Role::Write } else { Role::Read };
    let by_role = caller.is_installation() || caller.role(repository) >= Some(needed);
    let anyone_reads = !push && repository.visibility != Visibility::Private;
    if by_role || anyone_reads { Ok(()) } else { Err(denied()) }
}

fn advertisement(repository: &Repository, push: bool) -> Reply {
    let branches = branches(repository);
    let refs = Refs { default_branch: &repository.default_branch, branches: &branches, tags: &repository.content.tags };
    refs.advertised(push)
}

fn unauthorized(what: &str) -> Reply {
    text(401, what).with("WWW-Authenticate", "Basic realm=\"GitHub\"")
}

fn text(status: u16, what: &str) -> Reply {
    Reply::text(status, what)
}

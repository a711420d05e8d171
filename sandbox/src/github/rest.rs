//! A REST request, checked in GitHub's order: the request as such, the credential, whether the thing exists for the
//! caller, what its organization demands, the token's power, the user's role, the feature, then what the route says.

use std::collections::BTreeMap;

use super::Outcome;
use super::bodies;
use super::caller::{Caller, identify};
use super::content;
use super::headers;
use super::hosts::Bases;
use super::policy;
use super::refusal;
use super::routes::{Needed, Route};
use super::state::State;
use super::terms::{Feature, Role, TokenKind, Visibility};
use super::world::{Organization, Repository};
use crate::reply::Reply;
use crate::request::Request;
use crate::table::Parameters;

const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Everything that is known about a request once it passed the checks.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) request: &'a Request,
    pub(super) caller: Caller<'a>,
    pub(super) route: &'static Route,
    pub(super) named: Parameters,
    pub(super) given: BTreeMap<String, String>,
    pub(super) bases: &'a Bases,
}

impl Call<'_> {
    pub(super) fn named(&self, name: &str) -> &str {
        self.named.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value)
    }
}

pub(super) fn answer(state: &State, request: &Request, segments: &[String], bases: &Bases, uploads: bool) -> Outcome {
    if let Err(refusal) = acceptable(request) {
        return refusal.into();
    }
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let Some((route, named)) = Route::find(method, segments, uploads) else {
        return Outcome::Unplanned("no such route in the sandbox's table".to_owned());
    };
    let Ok(caller) = identify(state, request) else {
        let nobody = Caller { state, token: None };
        return headers::dressed(refusal::bad_credentials(), &nobody, None).into();
    };
    let call = Call { state, request, caller, route, named, given: request.parameters(), bases };
    match checked(&call).unwrap_or_else(Outcome::Reply) {
        Outcome::Reply(reply) => headers::dressed(reply, &caller, Some(route)).into(),
        other => other,
    }
}

/// What GitHub refuses without a look at the credential.
pub(super) fn acceptable(request: &Request) -> Result<(), Reply> {
    if request.header("user-agent").is_none_or(str::is_empty) {
        return Err(refusal::no_user_agent());
    }
    match request.header("x-github-api-version") {
        Some(version) if !API_VERSIONS.contains(&version) => Err(refusal::unknown_api_version(version, &API_VERSIONS)),
        _ => Ok(()),
    }
}

fn checked(call: &Call<'_>) -> Result<Outcome, Reply> {
    check_kind(call)?;
    let organization = call.named.iter().find(|(name, _)| *name == "org");
    if call.named.iter().any(|(name, _)| *name == "repo") {
        let path = format!("{}/{}", call.named("owner"), call.named("repo"));
        let repository = call.state.repository(&path).ok_or_else(refusal::not_found)?;
        check_repository(call, repository)?;
        check_feature(call, repository)?;
        finish_in_repository(call, repository)
    } else if let Some((_, login)) = organization {
        let organization = call.state.organization(login).ok_or_else(refusal::not_found)?;
        check_organization(call, organization)?;
        check_needs(call)?;
        Ok(read_or_violation(call, |call| bodies::in_organization(call, organization)))
    } else {
        check_own_affairs(call)?;
        check_needs(call)?;
        Ok(read_or_violation(call, bodies::elsewhere))
    }
}

/// Some routes are for one kind of token, whatever it holds.
fn check_kind(call: &Call<'_>) -> Result<(), Reply> {
    let kind = call.caller.kind();
    let route = call.route;
    if route.has("jwt") {
        return if kind == Some(TokenKind::App) { Ok(()) } else { Err(refusal::no_web_token()) };
    }
    if kind == Some(TokenKind::App) {
        return Err(refusal::bad_credentials());
    }
    if call.caller.is_anonymous() {
        return Ok(());
    }
    if route.has("apps-only") && !call.caller.is_installation() {
        let text = "You must authenticate with an installation access token in order to list repositories for an \
                    installation.";
        return Err(refusal::message(403, text));
    }
    if route.has("no-apps") && call.caller.is_installation() {
        return Err(refusal::not_accessible(kind));
    }
    if route.has("app-user") && kind != Some(TokenKind::AppUser) {
        let text =
            "You must authenticate with an access token authorized to a GitHub App in order to list installations";
        return Err(refusal::message(403, text));
    }
    Ok(())
}

fn check_repository(call: &Call<'_>, repository: &Repository) -> Result<(), Reply> {
    let (caller, route) = (&call.caller, call.route);
    if route.has("jwt") {
        return Ok(());
    }
    let public = repository.visibility == Visibility::Public;
    let scoped = route.scoped(caller, public);
    if !caller.sees(repository, scoped) {
        return Err(refusal::not_found());
    }
    let open = public && route.public;
    check_policy(call, repository.owner(), open)?;
    if open {
        return Ok(());
    }
    if caller.is_anonymous() {
        return Err(refusal::requires_authentication());
    }
    if caller.has_scopes() {
        if !scoped {
            // What needs more than the repository itself, for instance its deletion, is refused in the open.
            let knows = !public && caller.holds_scope("repo");
            return Err(if knows { refusal::role_too_low(true) } else { refusal::not_found() });
        }
    } else if !accepts_kind(call) || !route.permitted(&caller.held(Some(repository), repository.owner())) {
        return Err(refusal::not_accessible(caller.kind()));
    }
    check_role(call, repository)
}

fn accepts_kind(call: &Call<'_>) -> bool {
    !(call.route.has("no-fine-grained") && call.caller.kind() == Some(TokenKind::FineGrained))
}

fn check_policy(call: &Call<'_>, login: &str, open: bool) -> Result<(), Reply> {
    let (Some(token), Some(organization)) = (call.caller.token, call.state.organization(login)) else { return Ok(()) };
    let web = &call.bases.web;
    match policy::objection(&call.caller, organization, open, web) {
        Some(objection) => Err(objection.reply(token, organization, web)),
        None => Ok(()),
    }
}

fn check_role(call: &Call<'_>, repository: &Repository) -> Result<(), Reply> {
    let Needed::Role(needed) = call.route.role else { return Ok(()) };
    if call.caller.is_installation() || call.caller.role(repository) >= Some(needed) {
        return Ok(());
    }
    // Anybody may open an issue or a pull request where everybody can see the repository.
    if needed == Role::Read && repository.visibility == Visibility::Public {
        return Ok(());
    }
    Err(if call.route.has("masked") {
        refusal::not_found()
    } else if call.caller.has_scopes() {
        refusal::role_too_low(needed == Role::Admin || !call.route.reads())
    } else {
        refusal::not_accessible(call.caller.kind())
    })
}

fn check_feature(call: &Call<'_>, repository: &Repository) -> Result<(), Reply> {
    let Some(feature) = call.route.feature.filter(|feature| repository.features.get(feature) == Some(&false)) else {
        return Ok(());
    };
    Err(match feature {
        Feature::Issues => refusal::message(410, "Issues has been disabled in this repository."),
        Feature::CodeScanning => {
            refusal::message(403, "Code Security must be enabled for this repository to use code scanning.")
        }
        Feature::SecretScanning => refusal::message(404, "Secret scanning is disabled on this repository."),
        Feature::DependabotAlerts => refusal::message(403, "Dependabot alerts are disabled for this repository."),
        Feature::Pages | Feature::Discussions => refusal::not_found(),
    })
}

fn check_organization(call: &Call<'_>, organization: &Organization) -> Result<(), Reply> {
    let (caller, route) = (&call.caller, call.route);
    if route.has("jwt") {
        return Ok(());
    }
    check_policy(call, &organization.login, route.public)?;
    if caller.is_anonymous() {
        return if route.public { Ok(()) } else { Err(refusal::requires_authentication()) };
    }
    if caller.has_scopes() {
        if !route.scoped(caller, true) && !route.has("partial") {
            return Err(refusal::not_found());
        }
    } else if !route.public && (!accepts_kind(call) || !route.permitted(&caller.held(None, &organization.login))) {
        return Err(refusal::not_accessible(caller.kind()));
    }
    let Needed::Standing(needed) = route.role else { return Ok(()) };
    let standing = caller.user().and_then(|user| organization.members.get(&user.login).copied());
    if caller.is_installation() || standing >= Some(needed) {
        Ok(())
    } else if standing.is_some() {
        Err(refusal::message(403, "You must be an organization owner to do that."))
    } else {
        Err(refusal::not_found())
    }
}

/// Routes about the caller, and those about nobody.
fn check_own_affairs(call: &Call<'_>) -> Result<(), Reply> {
    let (caller, route) = (&call.caller, call.route);
    if route.public || route.has("jwt") {
        return Ok(());
    }
    if caller.is_anonymous() {
        return Err(refusal::requires_authentication());
    }
    if caller.has_scopes() {
        let enough = route.scoped(caller, true) || route.has("partial");
        return if enough { Ok(()) } else { Err(refusal::not_found()) };
    }
    let account = caller.user().map_or("", |user| &user.login);
    if route.permitted(&caller.held(None, account)) { Ok(()) } else { Err(refusal::not_accessible(caller.kind())) }
}

fn finish_in_repository(call: &Call<'_>, repository: &Repository) -> Result<Outcome, Reply> {
    let route = call.route;
    if !route.reads() && !route.has("evaluates") {
        if repository.archived {
            return Err(refusal::archived());
        }
        if let Some((collection, name, status)) = route.object()
            && content::item(call, repository, collection, call.named(name)).is_none()
        {
            return Err(if status == 404 {
                refusal::not_found()
            } else {
                refusal::no_such_object(collection, call.named(name))
            });
        }
    }
    check_needs(call)?;
    Ok(read_or_violation(call, |call| bodies::in_repository(call, repository)))
}

fn check_needs(call: &Call<'_>) -> Result<(), Reply> {
    let missing: Vec<&str> = call.route.needs.iter().copied().filter(|name| !call.given.contains_key(*name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(refusal::missing(&missing)) }
}

fn read_or_violation<'a>(call: &Call<'a>, read: impl FnOnce(&Call<'a>) -> Outcome) -> Outcome {
    if call.route.reads() || call.route.has("evaluates") { read(call) } else { Outcome::Violation }
}

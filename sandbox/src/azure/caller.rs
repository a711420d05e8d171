//! Who is calling, and whether the token as such is good enough. What the identity may do comes later.

use super::place::{Place, Product};
use super::refusal::{self, Came, Unauthenticated};
use super::routes::Route;
use super::scopes;
use super::state::{Dead, ReadyToken, State};
use super::terms::{IdentityKind, IdentityState, TokenKind};
use super::world::{Identity, Organization, Token};
use crate::forge::{Presented, Shown};
use crate::record::UNKNOWN_TOKEN;
use crate::reply::Reply;
use crate::request::Request;

const NO_TENANT: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Debug, Clone, Copy)]
pub(super) enum Caller<'a> {
    Anonymous,
    Known { token: &'a Token, identity: &'a Identity },
}

impl<'a> Caller<'a> {
    pub(super) fn identity(&self) -> Option<&'a Identity> {
        match self {
            Caller::Anonymous => None,
            Caller::Known { identity, .. } => Some(identity),
        }
    }

    pub(super) fn name(&self) -> &'a str {
        self.identity().map_or("Anonymous", |identity| &identity.name)
    }

    /// Whether the repositories its job may use are listed, and this one is not.
    pub(super) fn is_kept_from(&self, repository: &str) -> bool {
        match self {
            Caller::Known { token, .. } if !token.repositories.is_empty() => {
                !token.repositories.iter().any(|name| name == repository)
            }
            _ => false,
        }
    }
}

/// Why a credential does not open the organization.
#[derive(Debug)]
pub(super) enum Refused {
    Unauthenticated {
        came: Came,
        why: Option<&'static str>,
    },
    /// The service has its reasons and says them.
    Said(Reply),
}

fn credential(request: &Request) -> Option<(String, Presented)> {
    request
        .bearer()
        .map(|text| (text.to_owned(), Presented::Bearer))
        .or_else(|| request.basic().map(|(user, text)| (text, Presented::Basic(user))))
        .or_else(|| request.header("authorization").map(|text| (text.to_owned(), Presented::Header("authorization"))))
}

/// How the record keeps the request's credential.
pub(super) fn shown(state: &State, request: &Request) -> Shown {
    match credential(request) {
        None => Shown::default(),
        Some((text, presented)) => {
            let name = state.token(&text).map_or(UNKNOWN_TOKEN, |token| &token.token.name);
            Shown { token: Some(name.to_owned()), presented }
        }
    }
}

/// The tenant as headers name it.
pub(super) fn tenant<'a>(state: &'a State, organization: Option<&Organization>) -> &'a str {
    if organization.is_none_or(|organization| organization.entra) { &state.world.tenant } else { NO_TENANT }
}

pub(super) fn unauthenticated<'a>(
    state: &'a State,
    place: &Place,
    (came, why): (Came, Option<&'static str>),
) -> Unauthenticated<'a> {
    let tenant = tenant(state, state.organization(&place.organization));
    Unauthenticated { product: place.product, tenant, came, windows: state.world.windows, why }
}

/// A credential that is no good is refused even where none is needed.
pub(super) fn identify<'a>(
    state: &'a State,
    request: &Request,
    place: &Place,
    organization: Option<&Organization>,
) -> Result<Caller<'a>, Refused> {
    let Some((text, way)) = credential(request) else { return Ok(Caller::Anonymous) };
    let came = match way {
        Presented::Bearer => Came::WithBearer,
        Presented::Basic(_) => Came::WithBasic,
        _ => Came::Bare,
    };
    let nobody = || Refused::Unauthenticated { came, why: None };
    let token = state.token(&text).ok_or_else(nobody)?;
    let token =
        usable(state, token, place, organization, &way).map_err(|why| Refused::Unauthenticated { came, why })?;
    let identity = token.identity.as_deref().and_then(|name| state.identity(name)).ok_or_else(nobody)?;
    if identity.state == IdentityState::NeverSignedIn {
        return Err(Refused::Said(refusal::never_signed_in(&state.world.tenant, identity)));
    }
    if let Some(organization) = organization {
        if let Some(policy) = organization.policy.as_ref().filter(|_| token.kind != TokenKind::System) {
            return Err(Refused::Said(refusal::policy(policy)));
        }
        if !state.is_member(identity, organization) {
            return Err(Refused::Said(refusal::not_a_member(identity)));
        }
    }
    Ok(Caller::Known { token, identity })
}

/// The token, if it lives and belongs here.
fn usable<'a>(
    state: &State,
    ready: &'a ReadyToken,
    place: &Place,
    organization: Option<&Organization>,
    way: &Presented,
) -> Result<&'a Token, Option<&'static str>> {
    let token = &ready.token;
    let misplaced = match token.kind {
        // Only as the password of Basic.
        TokenKind::Pat => !matches!(way, Presented::Basic(_)),
        TokenKind::Entra => {
            place.product == Product::Server || organization.is_some_and(|organization| !organization.entra)
        }
        TokenKind::System => false,
    };
    let elsewhere = match (&token.organization, organization) {
        (Some(own), Some(asked)) => *own != asked.name,
        _ => false,
    };
    if misplaced || elsewhere {
        return Err(None);
    }
    match state.dead(token) {
        None => Ok(token),
        Some(Dead::Expired) => Err(Some("Access Denied: The Personal Access Token used has expired.")),
        Some(Dead::Revoked | Dead::Retired) => Err(Some("Access Denied: The Personal Access Token used is not valid.")),
    }
}

/// Whether the token's scopes allow the route.
pub(super) fn in_scope(token: &Token, route_scopes: &[&str]) -> bool {
    token.kind != TokenKind::Pat
        || route_scopes.contains(&"any")
        || token.scopes.iter().any(|held| route_scopes.iter().any(|wanted| scopes::holds(held, wanted)))
}

/// Whether the kind of token may use the route at all.
pub(super) fn in_kind(token: &Token, identity: &Identity, route: &Route, place: &Place) -> bool {
    let user = token.kind == TokenKind::Entra && identity.kind == IdentityKind::User;
    // A token of one organization is not for a host that belongs to none.
    let global = token.organization.is_none() || !place.organization.is_empty();
    (user || !route.has("entra-user")) && global
}

//! Who is calling a REST route, and whether the token as such is good enough for it. Roles come later.

use super::credential::{Credential, DEPLOY_TOKEN, PRIVATE_TOKEN};
use super::job_token;
use super::refusal;
use super::rest::Place;
use super::routes::{JobRoute, Route};
use super::state::{ReadyToken, State};
use super::terms::{TokenKind, UserState, Visibility};
use super::world::{Project, User};
use crate::forge::Presented;
use crate::reply::Reply;
use crate::request::Request;

#[derive(Debug, Clone, Copy)]
pub(super) enum Caller<'a> {
    Anonymous,
    User { token: &'a ReadyToken, user: &'a User },
    Job { token: &'a ReadyToken, user: &'a User, source: &'a Project, row: &'static JobRoute },
    Deploy { token: &'a ReadyToken },
}

impl<'a> Caller<'a> {
    pub(super) fn user(&self) -> Option<&'a User> {
        match self {
            Caller::User { user, .. } | Caller::Job { user, .. } => Some(user),
            Caller::Anonymous | Caller::Deploy { .. } => None,
        }
    }

    pub(super) fn is_anonymous(&self) -> bool {
        matches!(self, Caller::Anonymous)
    }

    /// Level of the caller's role in a project.
    pub(super) fn level(&self, state: &State, project: &Project) -> u32 {
        match self {
            // Its scopes say what a deploy token may do; within them nothing more is asked.
            Caller::Deploy { token } if deploy_token_reaches(token, project) => 30,
            _ => state.level(self.user(), project),
        }
    }

    pub(super) fn sees(&self, state: &State, project: &Project) -> bool {
        match self {
            Caller::Deploy { token } => {
                deploy_token_reaches(token, project) || project.visibility == Visibility::Public
            }
            _ => state.sees(self.user(), project),
        }
    }
}

pub(super) fn deploy_token_reaches(token: &ReadyToken, project: &Project) -> bool {
    let token = &token.token;
    token.project.as_deref() == Some(&project.path)
        || token.group.as_deref().is_some_and(|group| super::state::is_inside(&project.path, group))
}

/// Finds the caller, or refuses a credential that is unknown, dead or out of place. A credential in a place where the
/// route does not look is ignored, and the caller is then anonymous.
pub(super) fn identify<'a>(
    state: &'a State,
    request: &Request,
    route: &Route,
    segments: &[String],
) -> Result<Caller<'a>, Reply> {
    let Some(credential) = Credential::find(request) else { return Ok(Caller::Anonymous) };
    let token = state.token(&credential.text);
    if credential.is_for_jobs() {
        if let Some(token) = token.filter(|token| token.kind() == TokenKind::Trigger && route.has("masked")) {
            return user_caller(state, token);
        }
        return job_token::identify_header(state, token, route.method, segments);
    }
    if credential.way == DEPLOY_TOKEN {
        return match token {
            _ if !route.has("deploy") => Ok(Caller::Anonymous),
            Some(token) if token.kind() == TokenKind::Deploy && state.dead(token).is_none() => {
                Ok(Caller::Deploy { token })
            }
            _ => Err(refusal::unauthorized()),
        };
    }
    if let Presented::Basic(user) = &credential.way {
        return if route.has("basic") {
            identify_basic(state, token, user, route, segments)
        } else {
            Ok(Caller::Anonymous)
        };
    }
    if job_token::looks_like_one(&credential.text, token) {
        return job_token::identify_misplaced(state, token, &credential.way, route.method, segments);
    }
    match token {
        Some(token) if token.is_personal_class() => user_caller(state, token),
        Some(token) if token.kind() == TokenKind::Oauth && credential.way != PRIVATE_TOKEN => user_caller(state, token),
        _ => Err(refusal::unauthorized()),
    }
}

/// Routes for package clients and Terraform read Basic authentication. A personal token may have any user name.
fn identify_basic<'a>(
    state: &'a State,
    token: Option<&'a ReadyToken>,
    user: &str,
    route: &Route,
    segments: &[String],
) -> Result<Caller<'a>, Reply> {
    let token = token.ok_or_else(refusal::unauthorized)?;
    match token.kind() {
        TokenKind::Job if user == job_token::USER_NAME => {
            job_token::identify(state, Some(token), route.method, segments)
        }
        TokenKind::Deploy if token.token.username.as_deref() == Some(user) && state.dead(token).is_none() => {
            Ok(Caller::Deploy { token })
        }
        _ if token.is_personal_class() => user_caller(state, token),
        _ => Err(refusal::unauthorized()),
    }
}

fn user_caller<'a>(state: &'a State, token: &'a ReadyToken) -> Result<Caller<'a>, Reply> {
    if let Some(how) = state.dead(token) {
        return Err(refusal::dead(how));
    }
    if token.kind() == TokenKind::Impersonation && state.world.impersonation_disabled {
        return Err(refusal::oauth_error(
            401,
            "invalid_token",
            "Token is an impersonation token but impersonation was disabled.",
        ));
    }
    let user = state.user_of(token).ok_or_else(refusal::unauthorized)?;
    if user.requires_dpop && token.is_classic_personal() {
        return Err(refusal::oauth_error(401, "dpop_error", "DPoP validation error: DPoP header is missing"));
    }
    active(user)?;
    Ok(Caller::User { token, user })
}

pub(super) fn active(user: &User) -> Result<(), Reply> {
    match user.state {
        UserState::Active => Ok(()),
        UserState::Blocked => Err(refusal::forbidden_because("Your account has been blocked.")),
        UserState::Deactivated => Err(refusal::forbidden_because(
            "Your account has been deactivated by your administrator. Please log back in from a web browser to \
             reactivate your account.",
        )),
    }
}

/// Whether the token's scopes, or its fine-grained permissions, allow the route.
pub(super) fn check_scope(state: &State, caller: &Caller<'_>, route: &Route, place: Place<'_>) -> Result<(), Reply> {
    match caller {
        Caller::Anonymous | Caller::Job { .. } => Ok(()),
        Caller::Deploy { token } => {
            let accepted: Vec<&str> = route.scopes.iter().filter_map(|scope| scope.strip_prefix("deploy:")).collect();
            if token.has_scope(&accepted) { Ok(()) } else { Err(refusal::forbidden()) }
        }
        Caller::User { token, user } if token.kind() == TokenKind::FineGrained => {
            check_permission(state, token, user, route, place)
        }
        Caller::User { token, .. } if token.kind() == TokenKind::Trigger => Ok(()),
        Caller::User { token, user } => {
            if !route.scopes.contains(&"any") && !token.has_scope(&route.scopes) {
                return Err(refusal::insufficient_scope(&route.scopes));
            }
            check_enforcement(state, token, user, route, place)
        }
    }
}

/// A missing boundary object is a 404, before any permission is looked at. Public things may be read without one.
fn check_permission(
    state: &State,
    token: &ReadyToken,
    user: &User,
    route: &Route,
    place: Place<'_>,
) -> Result<(), Reply> {
    if let Place::Project(key) = place {
        let project = state.project(key).or_else(|| state.moved_project(key));
        let project = project
            .filter(|project| state.sees(Some(user), project))
            .ok_or_else(|| refusal::not_found("Project Not Found"))?;
        if route.reads() && project.visibility == Visibility::Public {
            return Ok(());
        }
    }
    let path = place.path(state);
    let covered = path.is_none_or(|path| token.covers(path));
    // A route that looks at no permission, such as `/job`, has its own answer for the wrong kind of token.
    if route.permission.is_empty() && route.scopes.contains(&"any") {
        return Ok(());
    }
    if covered && token.token.permissions.iter().any(|held| held == route.permission) {
        return Ok(());
    }
    Err(refusal::insufficient_granular_scope(route.permission, place.boundary(state), state.world.version))
}

fn check_enforcement(
    state: &State,
    token: &ReadyToken,
    user: &User,
    route: &Route,
    place: Place<'_>,
) -> Result<(), Reply> {
    // What the user cannot see is masked as absent later on, enforcement or not.
    let visible = match place {
        Place::Project(key) => state.project(key).is_some_and(|project| state.sees(Some(user), project)),
        Place::Group(_) | Place::User | Place::Instance => true,
    };
    let enforced =
        place.path(state).is_some_and(|path| state.groups_above(path).any(|group| group.enforce_fine_grained_tokens));
    if token.is_classic_personal() && visible && enforced {
        let boundary = place.boundary(state);
        return Err(refusal::insufficient_granular_scope(route.permission, boundary, state.world.version));
    }
    Ok(())
}

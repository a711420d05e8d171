//! How a CI job token is read and refused.

use super::caller::{Caller, active};
use super::refusal;
use super::routes::JobRoute;
use super::state::{Entrance, ReadyToken, State};
use super::terms::{Feature, FeatureAccess, TokenKind, Visibility};
use super::version::Version;
use super::world::{Project, User};
use crate::forge::Presented;
use crate::reply::Reply;

/// The only user name under which a job token is looked for in Basic authentication.
pub(super) const USER_NAME: &str = "gitlab-ci-token";
const PREFIX: &str = "glcbt-";

/// From here on a refusal names the target by its id, before by its path. The exact release is not known.
const NAMES_TARGET_BY_ID: Version = Version::new(18, 0);

/// A token in the header or parameter for job tokens, which is not looked at where Basic authentication is.
pub(super) fn identify_header<'a>(
    state: &'a State,
    token: Option<&'a ReadyToken>,
    method: &str,
    segments: &[String],
) -> Result<Caller<'a>, Reply> {
    match JobRoute::open(method, segments, state.world.version) {
        Some(row) if row.has("basic") => Ok(Caller::Anonymous),
        _ => identify(state, token, method, segments),
    }
}

/// A token sent where job tokens belong. A closed route ignores it.
pub(super) fn identify<'a>(
    state: &'a State,
    token: Option<&'a ReadyToken>,
    method: &str,
    segments: &[String],
) -> Result<Caller<'a>, Reply> {
    let Some(row) = JobRoute::open(method, segments, state.world.version) else { return Ok(Caller::Anonymous) };
    let (token, user, source) = token.and_then(|token| alive(state, token)).ok_or_else(refusal::unauthorized)?;
    active(user)?;
    Ok(Caller::Job { token, user, source, row })
}

/// A job token in `Authorization: Bearer`, which is one of its ways, or in a header that belongs to other tokens.
pub(super) fn identify_misplaced<'a>(
    state: &'a State,
    token: Option<&'a ReadyToken>,
    way: &Presented,
    method: &str,
    segments: &[String],
) -> Result<Caller<'a>, Reply> {
    let open = JobRoute::open(method, segments, state.world.version).is_some();
    match (open, way) {
        (true, Presented::Bearer) => identify_header(state, token, method, segments),
        // Newer servers know the prefix and drop the token silently; older ones took it for a wrong personal token.
        (false, _) if state.world.version.at_least(19, 0) => Ok(Caller::Anonymous),
        _ => Err(refusal::unauthorized()),
    }
}

pub(super) fn looks_like_one(text: &str, token: Option<&ReadyToken>) -> bool {
    token.map_or(text.starts_with(PREFIX), |token| token.kind() == TokenKind::Job)
}

/// The user and source project of a job token whose job is running.
pub(super) fn alive<'a>(state: &'a State, token: &'a ReadyToken) -> Option<(&'a ReadyToken, &'a User, &'a Project)> {
    let running = token.token.job.as_ref().is_none_or(|job| job.running);
    if token.kind() != TokenKind::Job || !running || state.dead(token).is_some() {
        return None;
    }
    Some((token, state.user_of(token)?, state.project(token.token.project.as_deref()?)?))
}

/// Whether a job may come into a project through a route: visible to its user, let in by the allowlist, with the
/// policies of the route.
pub(super) fn admit(
    state: &State,
    user: &User,
    source: &Project,
    row: &JobRoute,
    feature: Option<Feature>,
    target: &Project,
) -> Result<(), Reply> {
    if row.has("own") && source.id != target.id {
        return Err(refusal::forbidden());
    }
    if !state.sees(Some(user), target) {
        return Err(refusal::forbidden_because(&not_allowed(state, source, target)));
    }
    if row.has("public") && target.visibility != Visibility::Private && open_to_everyone(target, feature) {
        return Ok(());
    }
    match State::entrance(source, target) {
        Entrance::Whole => Ok(()),
        Entrance::Closed => Err(refusal::forbidden_because(&not_allowed(state, source, target))),
        Entrance::Policies(held) => {
            let missing: Vec<&str> =
                row.policies.iter().copied().filter(|policy| !held.iter().any(|other| other == policy)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            Err(refusal::forbidden_because(&lacks_policies(target, &missing)))
        }
    }
}

fn open_to_everyone(target: &Project, feature: Option<Feature>) -> bool {
    let enabled = |feature| target.features.get(&feature).copied().unwrap_or_default() == FeatureAccess::Enabled;
    enabled(Feature::Repository) && feature.is_none_or(enabled)
}

pub(super) fn not_allowed(state: &State, source: &Project, target: &Project) -> String {
    let to =
        if state.world.version >= NAMES_TARGET_BY_ID { format!("project #{}", target.id) } else { target.path.clone() };
    format!("Authentication by CI/CD job token not allowed from {} to {to}.", source.path)
}

pub(super) fn lacks_policies(target: &Project, missing: &[&str]) -> String {
    let list = missing.join(", ").to_lowercase();
    let required = if missing.len() == 1 {
        format!("The following token permission is required: {list}.")
    } else {
        format!("The following token permissions are required: {list}.")
    };
    format!("Insufficient permissions to access this resource in project #{}. {required}", target.id)
}

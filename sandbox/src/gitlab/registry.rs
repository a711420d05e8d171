//! `/jwt/auth`: hands out a token for the container registry whose `access` claim lists what was granted.

use serde_json::{Value, json};

use super::caller::deploy_token_reaches;
use super::job_token;
use super::refusal::{GIT_DENIED, registry_error};
use super::state::{Entrance, ReadyToken, State};
use super::terms::{Feature, Role, TokenKind, Visibility};
use super::world::Project;
use crate::reply::Reply;
use crate::request::Request;
use crate::token_text::jwt;

#[derive(Debug, Clone, Copy)]
enum Visitor<'a> {
    Anonymous,
    Token(&'a ReadyToken),
}

pub(super) fn answer(state: &State, request: &Request) -> Reply {
    if request.query_value("service").as_deref() != Some("container_registry") {
        return Reply::empty(404);
    }
    let visitor = match request.basic() {
        None if request.header("authorization").is_none() => Visitor::Anonymous,
        None => return denied(),
        Some((user_name, text)) => match state.token(&text).filter(|token| may_sign_in(state, token, &user_name)) {
            Some(token) => Visitor::Token(token),
            None => return denied(),
        },
    };
    if let Visitor::Token(token) = visitor
        && !has_any_registry_ability(token)
    {
        return registry_error(403, "DENIED", "access forbidden");
    }
    let scopes = request.query_pairs().into_iter().filter(|(key, _)| key == "scope").map(|(_, value)| value);
    let access: Vec<Value> = scopes.filter_map(|scope| granted(state, visitor, &scope)).collect();
    let at = state.now.as_second();
    let claims = json!({
        "iss": "gitlab-issuer", "aud": "container_registry", "iat": at, "nbf": at - 5, "exp": at + 300, "access": access,
    });
    Reply::json(200, &json!({ "token": jwt(&claims), "expires_in": 300, "issued_at": state.now.to_string() }))
}

fn denied() -> Reply {
    registry_error(401, "UNAUTHORIZED", GIT_DENIED).with("Www-Authenticate", "Basic realm=\"GitLab\"")
}

/// OAuth tokens do not sign in to the registry.
fn may_sign_in(state: &State, token: &ReadyToken, user_name: &str) -> bool {
    let name_fits = match token.kind() {
        TokenKind::Job => user_name == job_token::USER_NAME && job_token::alive(state, token).is_some(),
        TokenKind::Deploy => token.token.username.as_deref() == Some(user_name),
        TokenKind::Oauth | TokenKind::Trigger => false,
        _ => !user_name.is_empty(),
    };
    name_fits && state.dead(token).is_none()
}

const PULL_SCOPES: [&str; 3] = ["api", "read_api", "read_registry"];
const PUSH_SCOPES: [&str; 2] = ["api", "write_registry"];
const PULL_PERMISSION: &str = "Container Repository: Read";

fn has_any_registry_ability(token: &ReadyToken) -> bool {
    match token.kind() {
        TokenKind::Job => true,
        TokenKind::FineGrained => token.token.permissions.iter().any(|held| held == PULL_PERMISSION),
        _ => token.has_scope(&PULL_SCOPES) || token.has_scope(&PUSH_SCOPES),
    }
}

/// `repository:<path>:<actions>` becomes an entry of the claim, with those actions that are allowed.
fn granted(state: &State, visitor: Visitor<'_>, scope: &str) -> Option<Value> {
    let mut parts = scope.splitn(3, ':');
    let (kind, path, actions) = (parts.next()?, parts.next()?, parts.next()?);
    if kind != "repository" {
        return None;
    }
    // An image lies under its project's path.
    let inside = |project: &&Project| super::state::is_inside(path, &project.path);
    let project = state.world.projects.iter().filter(inside).max_by_key(|project| project.path.len())?;
    let actions: Vec<&str> = actions.split(',').filter(|action| allows(state, visitor, project, action)).collect();
    if actions.is_empty() { None } else { Some(json!({ "type": kind, "name": path, "actions": actions })) }
}

fn allows(state: &State, visitor: Visitor<'_>, project: &Project, action: &str) -> bool {
    let pull = action == "pull";
    let Visitor::Token(token) = visitor else {
        return pull
            && project.visibility == Visibility::Public
            && State::feature_open(project, Feature::ContainerRegistry, 0);
    };
    if token.kind() == TokenKind::Deploy {
        let wanted = if pull { "read_registry" } else { "write_registry" };
        return deploy_token_reaches(token, project) && token.has_scope(&[wanted]);
    }
    let token_allows = match token.kind() {
        TokenKind::Job => {
            let source = job_token::alive(state, token).map(|(_, _, source)| source);
            source.is_some_and(|source| {
                let own = source.id == project.id;
                own || (pull && !matches!(State::entrance(source, project), Entrance::Closed))
            })
        }
        // Fine-grained tokens cannot push images at all.
        TokenKind::FineGrained => pull && token.covers(&project.path) && has_any_registry_ability(token),
        _ => token.has_scope(if pull { &PULL_SCOPES } else { &PUSH_SCOPES }),
    };
    let user = state.user_of(token);
    let level = state.level(user, project);
    let needed = match (pull, project.visibility) {
        (true, Visibility::Private) => Role::Reporter.level(),
        (true, _) => 0,
        (false, _) => Role::Developer.level(),
    };
    token_allows
        && level >= needed
        && state.sees(user, project)
        && State::feature_open(project, Feature::ContainerRegistry, level)
        && (pull || !project.archived)
}

//! The few GraphQL queries that make sense for a token check. Anything else is unplanned.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::credential::Credential;
use super::job_token;
use super::project_body::state_name;
use super::refusal;
use super::state::{ReadyToken, State};
use super::world::{Edition, Feature, Project, Role, TokenKind, User, UserState, Visibility};
use crate::reply::Reply;
use crate::request::Request;

/// Selections of a query; an alias is not supported.
#[derive(Debug, Default)]
struct Selection {
    name: String,
    arguments: String,
    inside: Vec<Selection>,
}

pub(super) fn answer(state: &State, request: &Request) -> Outcome {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return refusal::graphql_errors(400, "Unexpected end of document").into();
    };
    let query = body["query"].as_str().unwrap_or_default();
    let Some(selections) = parse(query) else {
        return Outcome::Unplanned("a query that is no plain query".to_owned());
    };
    let token = match visitor(state, request) {
        Ok(token) => token,
        Err(refusal) => return refusal.into(),
    };
    let user = token.and_then(|token| state.user_of(token));
    let mut data = Map::new();
    let mut errors = Vec::new();
    for field in &selections {
        let value = match field.name.as_str() {
            "currentUser" => {
                gated(token, "User: Read", &mut errors, || fields(field, |name| current_user(user?, name)))
            }
            "metadata" => gated(token, "Metadata: Read", &mut errors, || fields(field, |name| metadata(state, name))),
            "project" => project(state, token, user, field, &body["variables"]),
            other => Err(other.to_owned()),
        };
        match value {
            Ok(value) => data.insert(field.name.clone(), value),
            Err(name) => return Outcome::Unplanned(format!("GraphQL field `{name}`")),
        };
    }
    let mut answer = json!({ "data": data });
    if !errors.is_empty() {
        answer["errors"] = json!(errors);
    }
    Reply::json(200, &answer).into()
}

/// Most refusals come as 200 with errors; a credential that is no good at all is a 401.
fn visitor<'a>(state: &'a State, request: &Request) -> Result<Option<&'a ReadyToken>, Reply> {
    let Some(credential) = Credential::find(request) else { return Ok(None) };
    let token = state.token(&credential.text);
    if credential.is_for_jobs() || job_token::looks_like_one(&credential.text, token) {
        return Err(refusal::graphql_errors(200, "Invalid token"));
    }
    let usable = |token: &&ReadyToken| {
        let kind = token.is_personal_class() || token.kind() == TokenKind::Oauth;
        kind && state.dead(token).is_none() && credential.basic_user().is_none()
    };
    let token = token.filter(usable).ok_or_else(|| refusal::graphql_errors(401, "Invalid token"))?;
    if state.user_of(token).is_none_or(|user| user.state != UserState::Active) {
        return Err(refusal::graphql_errors(403, "Your account has been blocked."));
    }
    if token.kind() != TokenKind::FineGrained && !token.has_scope(&["api", "read_api"]) {
        let text = "The request requires higher privileges than provided by the access token.";
        return Err(refusal::graphql_errors(200, text));
    }
    Ok(Some(token))
}

/// A value, or the name of a field nobody planned.
type Found = Result<Value, String>;

fn gated(
    token: Option<&ReadyToken>,
    permission: &str,
    errors: &mut Vec<Value>,
    value: impl FnOnce() -> Found,
) -> Found {
    let lacks = token.is_some_and(|token| {
        token.kind() == TokenKind::FineGrained && !token.token.permissions.iter().any(|held| held == permission)
    });
    if token.is_none() {
        return Ok(Value::Null);
    }
    if lacks {
        let text = format!(
            "Access denied: This operation requires a fine-grained personal access token with the following user \
             permissions: [{permission}]."
        );
        errors.push(json!({ "message": text }));
        return Ok(Value::Null);
    }
    value()
}

fn fields(of: &Selection, value: impl Fn(&str) -> Option<Value>) -> Found {
    let mut object = Map::new();
    for field in &of.inside {
        object.insert(field.name.clone(), value(&field.name).ok_or_else(|| field.name.clone())?);
    }
    Ok(Value::Object(object))
}

fn current_user(user: &User, field: &str) -> Option<Value> {
    Some(match field {
        "id" => json!(format!("gid://gitlab/User/{}", user.id)),
        "username" | "name" => json!(user.username),
        "bot" => json!(user.bot),
        "state" => json!(state_name(user)),
        _ => return None,
    })
}

fn metadata(state: &State, field: &str) -> Option<Value> {
    let enterprise = state.world.edition == Edition::Enterprise;
    Some(match field {
        "version" => json!(format!("{}{}", state.world.version, if enterprise { "-ee" } else { "" })),
        "revision" => json!("5a4db0c5a4d"),
        "enterprise" => json!(enterprise),
        _ => return None,
    })
}

fn project(state: &State, token: Option<&ReadyToken>, user: Option<&User>, of: &Selection, variables: &Value) -> Found {
    let path = full_path(&of.arguments, variables);
    let project = path.as_deref().and_then(|path| state.world.projects.iter().find(|project| project.path == path));
    let locked = |project: &&Project| {
        token.is_some_and(ReadyToken::is_classic_personal)
            && state.groups_above(&project.path).any(|group| group.enforce_fine_grained_tokens)
    };
    let Some(project) = project.filter(|project| state.sees(user, project)).filter(|project| !locked(project)) else {
        return Ok(Value::Null);
    };
    let mut object = Map::new();
    for field in &of.inside {
        let value = match field.name.as_str() {
            "id" => json!(format!("gid://gitlab/Project/{}", project.id)),
            "fullPath" => json!(project.path),
            "visibility" => json!(project.visibility.name()),
            "archived" => json!(project.archived),
            "userPermissions" => fields(field, |name| Some(json!(user_permission(state, user, project, name)?)))?,
            other => return Err(other.to_owned()),
        };
        object.insert(field.name.clone(), value);
    }
    Ok(Value::Object(object))
}

fn user_permission(state: &State, user: Option<&User>, project: &Project, name: &str) -> Option<bool> {
    use Feature::{Builds, Environments, Issues, MergeRequests, Repository, Snippets, Wiki};
    let private = project.visibility == Visibility::Private;
    let open = |level: Role| if private { level.level() } else { 0 };
    let (needed, feature, writes) = match name {
        "readProject" => (open(Role::Guest), None, false),
        "readMergeRequest" => (open(Role::Planner), Some(MergeRequests), false),
        "downloadCode" => (open(Role::Reporter), Some(Repository), false),
        "createMergeRequestFrom" | "createMergeRequestIn" => (Role::Developer.level(), Some(MergeRequests), true),
        "pushCode" => (Role::Developer.level(), Some(Repository), true),
        "createPipeline" | "createPipelineSchedule" => (Role::Developer.level(), Some(Builds), true),
        "createDeployment" => (Role::Developer.level(), Some(Environments), true),
        "createIssue" => (open(Role::Guest), Some(Issues), true),
        "createLabel" => (Role::Planner.level(), None, true),
        "createSnippet" => (Role::Reporter.level(), Some(Snippets), true),
        "createWiki" => (Role::Developer.level(), Some(Wiki), true),
        "adminProject" => (Role::Maintainer.level(), None, false),
        _ => return None,
    };
    let level = state.level(user, project);
    let feature_open = feature.is_none_or(|feature| State::feature_open(project, feature, level));
    let writable = !writes || (user.is_some() && !project.archived);
    Some(level >= needed && feature_open && writable)
}

/// `fullPath: "a/b"`, or the variable it names.
fn full_path(arguments: &str, variables: &Value) -> Option<String> {
    let value = arguments.split_once("fullPath")?.1.trim_start().strip_prefix(':')?.trim();
    match value.strip_prefix('$') {
        Some(name) => {
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            variables[name.as_str()].as_str().map(str::to_owned)
        }
        None => value.strip_prefix('"')?.split('"').next().map(str::to_owned),
    }
}

/// Reads `query name(...) { a b(x: 1) { c } }`. Mutations, fragments and aliases are not read.
fn parse(query: &str) -> Option<Vec<Selection>> {
    let text = query.trim_start();
    let start = text.find('{')?;
    if !(text[..start].trim().is_empty() || text.starts_with("query")) {
        return None;
    }
    let mut rest = text[start + 1..].chars().peekable();
    selections(&mut rest, 0)
}

const DEEPEST: usize = 8;

fn selections(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, depth: usize) -> Option<Vec<Selection>> {
    let mut found: Vec<Selection> = Vec::new();
    loop {
        match rest.next()? {
            '}' => return Some(found),
            '{' if depth < DEEPEST => found.last_mut()?.inside = selections(rest, depth + 1)?,
            '(' => found.last_mut()?.arguments = rest.by_ref().take_while(|c| *c != ')').collect(),
            c if c.is_whitespace() || c == ',' => {}
            c if c.is_alphabetic() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                found.push(Selection { name, ..Selection::default() });
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_with_arguments_and_nesting_is_read() {
        let query = "query ($p: ID!) { project(fullPath: $p) { userPermissions { pushCode } } }";
        let found = parse(query).expect("a plain query");
        assert_eq!(found[0].inside[0].inside[0].name, "pushCode");
        assert_eq!(full_path(&found[0].arguments, &json!({ "p": "a/b" })).as_deref(), Some("a/b"));
    }

    #[test]
    fn a_mutation_is_not_read() {
        assert!(parse("mutation { noteCreate { id } }").is_none());
    }
}

//! The few GraphQL queries that make sense for a token check. Anything else is unplanned.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::credential::Credential;
use super::job_token;
use super::project_body::state_name;
use super::refusal::{self, Boundary};
use super::state::{ReadyToken, State};
use super::terms::{Edition, Feature, Role, TokenKind, UserState, Visibility};
use super::world::{Project, User};
use crate::reply::Reply;
use crate::request::Request;
use crate::selections::{Selection, parse};

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
    let visit = Visit { state, token, user: token.and_then(|token| state.user_of(token)) };
    let mut data = Map::new();
    let mut errors = Vec::new();
    for field in &selections {
        let value = match field.name.as_str() {
            "currentUser" => visit.current_user(field, &mut errors),
            "metadata" => visit.metadata(field, &mut errors),
            "project" => visit.project(field, &body["variables"], &mut errors),
            other => Err(other.to_owned()),
        };
        match value {
            Ok(value) => data.insert(field.name.clone(), value),
            Err(name) => return Outcome::Unplanned(format!("GraphQL field `{name}`")),
        };
    }
    let mut answer = json!({ "data": data });
    if !errors.is_empty() {
        answer["errors"] = errors.into_iter().map(|text| json!({ "message": text })).collect();
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

/// Who asks what.
struct Visit<'a> {
    state: &'a State,
    token: Option<&'a ReadyToken>,
    user: Option<&'a User>,
}

impl Visit<'_> {
    /// The sentence that a fine-grained token without the permission gets, or a classic one where those are enforced.
    fn refusal(&self, permission: &str, boundary: Boundary<'_>) -> Option<String> {
        let token = self.token?;
        let refused = match boundary {
            Boundary::Project(path) if token.kind() != TokenKind::FineGrained => {
                token.is_classic_personal()
                    && self.state.groups_above(path).any(|group| group.enforce_fine_grained_tokens)
            }
            _ if token.kind() != TokenKind::FineGrained => false,
            Boundary::Project(path) if !token.covers(path) => true,
            _ => !token.token.permissions.iter().any(|held| held == permission),
        };
        refused.then(|| refusal::granular_sentence(permission, boundary, self.state.world.version))
    }

    fn current_user(&self, of: &Selection, errors: &mut Vec<String>) -> Found {
        let Some(user) = self.user else { return Ok(Value::Null) };
        match self.refusal("User: Read", Boundary::User) {
            Some(text) => {
                errors.push(text);
                Ok(Value::Null)
            }
            None => fields(of, |name| user_field(user, name)),
        }
    }

    fn metadata(&self, of: &Selection, errors: &mut Vec<String>) -> Found {
        if self.user.is_none() {
            return Ok(Value::Null);
        }
        match self.refusal("Metadata: Read", Boundary::Instance) {
            Some(text) => {
                errors.push(text);
                Ok(Value::Null)
            }
            None => fields(of, |name| metadata_field(self.state, name)),
        }
    }

    fn project(&self, of: &Selection, variables: &Value, errors: &mut Vec<String>) -> Found {
        let path = of.argument("fullPath", variables);
        let project = path.as_deref().and_then(|path| self.state.project_at(path));
        let Some(project) = project.filter(|project| self.state.sees(self.user, project)) else {
            return Ok(Value::Null);
        };
        let refusal = self.refusal("Project: Read", Boundary::Project(&project.path));
        if let Some(text) = refusal.filter(|_| project.visibility != Visibility::Public) {
            errors.push(text);
            return Ok(Value::Null);
        }
        let mut object = Map::new();
        for field in &of.inside {
            let value = match field.name.as_str() {
                "id" => json!(format!("gid://gitlab/Project/{}", project.id)),
                "fullPath" => json!(project.path),
                "visibility" => json!(project.visibility.name()),
                "archived" => json!(project.archived),
                "userPermissions" => {
                    fields(field, |name| Some(json!(user_permission(self.state, self.user, project, name)?)))?
                }
                other => return Err(other.to_owned()),
            };
            object.insert(field.name.clone(), value);
        }
        Ok(Value::Object(object))
    }
}

fn fields(of: &Selection, value: impl Fn(&str) -> Option<Value>) -> Found {
    let mut object = Map::new();
    for field in &of.inside {
        object.insert(field.name.clone(), value(&field.name).ok_or_else(|| field.name.clone())?);
    }
    Ok(Value::Object(object))
}

fn user_field(user: &User, field: &str) -> Option<Value> {
    Some(match field {
        "id" => json!(format!("gid://gitlab/User/{}", user.id)),
        "username" | "name" => json!(user.username),
        "bot" => json!(user.bot),
        "state" => json!(state_name(user)),
        _ => return None,
    })
}

fn metadata_field(state: &State, field: &str) -> Option<Value> {
    let enterprise = state.world.edition == Edition::Enterprise;
    Some(match field {
        "version" => json!(format!("{}{}", state.world.version, if enterprise { "-ee" } else { "" })),
        "revision" => json!("5a4db0c5a4d"),
        "enterprise" => json!(enterprise),
        _ => return None,
    })
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

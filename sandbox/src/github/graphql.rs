//! The few GraphQL queries that make sense for a token check. Anything else is unplanned.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::caller::{Caller, identify};
use super::headers;
use super::hosts::Bases;
use super::policy;
use super::power;
use super::refusal;
use super::rest::acceptable;
use super::state::{ACTIONS_LOGIN, State};
use super::terms::{Feature, Level, Role, Visibility};
use super::world::{Organization, Repository};
use crate::reply::Reply;
use crate::request::Request;
use crate::selections::{Selection, parse};

/// A value, or the name of a field nobody planned.
type Found = Result<Value, String>;

struct Visit<'a> {
    caller: Caller<'a>,
    variables: &'a Value,
    bases: &'a Bases,
    errors: Vec<Value>,
    /// Address at which the token can be authorised.
    sso: Option<String>,
}

pub(super) fn answer(state: &State, request: &Request, bases: &Bases) -> Outcome {
    if let Err(refusal) = acceptable(request) {
        return refusal.into();
    }
    let Ok(caller) = identify(state, request) else {
        let nobody = Caller { state, token: None };
        return headers::dressed(refusal::bad_credentials(), &nobody, None).into();
    };
    if caller.is_anonymous() {
        let refusal = refusal::message(401, "This endpoint requires you to be authenticated.");
        return headers::dressed(refusal, &caller, None).into();
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return headers::dressed(refusal::message(400, "Problems parsing JSON"), &caller, None).into();
    };
    let Some(selections) = parse(body["query"].as_str().unwrap_or_default()) else {
        return Outcome::Unplanned("a query that is no plain query".to_owned());
    };
    let mut visit = Visit { caller, variables: &body["variables"], bases, errors: Vec::new(), sso: None };
    let mut data = Map::new();
    for field in &selections {
        let value = match field.name.as_str() {
            "viewer" => visit.viewer(field),
            "repository" => visit.repository(field),
            "organization" => visit.organization(field),
            other => Err(other.to_owned()),
        };
        match value {
            Ok(value) => data.insert(field.name.clone(), value),
            Err(name) => return Outcome::Unplanned(format!("GraphQL field `{name}`")),
        };
    }
    let scopes_missing = visit.errors.iter().any(|error| error["type"] == "INSUFFICIENT_SCOPES");
    let mut answer = Map::new();
    if !scopes_missing {
        answer.insert("data".to_owned(), Value::Object(data));
    }
    if !visit.errors.is_empty() {
        answer.insert("errors".to_owned(), Value::Array(visit.errors));
    }
    let body = Value::Object(answer).to_string().into_bytes();
    let reply = Reply::bytes(200, "application/json; charset=utf-8", body);
    let reply = match visit.sso {
        Some(url) => reply.with("X-GitHub-SSO", format!("required; url={url}")),
        None => reply,
    };
    headers::dressed(reply, &caller, None).into()
}

impl Visit<'_> {
    fn viewer(&mut self, of: &Selection) -> Found {
        let user = self.caller.user();
        fields(of, |name| match name {
            "login" => Some(json!(user.map_or(ACTIONS_LOGIN, |user| &user.login))),
            "databaseId" => Some(json!(user.map(|user| user.id))),
            _ => None,
        })
    }

    fn repository(&mut self, of: &Selection) -> Found {
        let (owner, name) = (of.argument("owner", self.variables), of.argument("name", self.variables));
        let path = format!("{}/{}", owner.unwrap_or_default(), name.unwrap_or_default());
        let scoped = self.caller.holds_scope("repo");
        let found = self.caller.state.repository(&path).filter(|it| self.caller.sees(it, scoped));
        let Some(it) = found else {
            self.absent("repository", &format!("Could not resolve to a Repository with the name '{path}'."));
            return Ok(Value::Null);
        };
        let open = it.visibility == Visibility::Public;
        if self.objected("repository", it.owner(), open) {
            return Ok(Value::Null);
        }
        let mut object = Map::new();
        for field in &of.inside {
            let value = match field.name.as_str() {
                "nameWithOwner" => json!(it.path),
                "databaseId" => json!(it.id),
                "visibility" => json!(it.visibility.name().to_uppercase()),
                "isArchived" => json!(it.archived),
                "viewerPermission" => json!(self.caller.role(it).map(permission)),
                "hasDiscussionsEnabled" => json!(it.features.get(&Feature::Discussions) != Some(&false)),
                "discussions" => self.discussions(it, field)?,
                other => return Err(other.to_owned()),
            };
            object.insert(field.name.clone(), value);
        }
        Ok(Value::Object(object))
    }

    fn discussions(&mut self, it: &Repository, of: &Selection) -> Found {
        let held = self.caller.held(Some(it), it.owner());
        let may = self.caller.has_scopes() || it.visibility == Visibility::Public || reads(&held, "discussions");
        if !may {
            self.forbidden(&["repository", "discussions"]);
            return Ok(Value::Null);
        }
        titles(of, &it.content.discussions)
    }

    fn organization(&mut self, of: &Selection) -> Found {
        let login = of.argument("login", self.variables).unwrap_or_default();
        let Some(it) = self.caller.state.organization(&login) else {
            self.absent("organization", &format!("Could not resolve to an Organization with the login of '{login}'."));
            return Ok(Value::Null);
        };
        if self.objected("organization", &it.login, false) {
            return Ok(Value::Null);
        }
        let mut object = Map::new();
        for field in &of.inside {
            let value = match field.name.as_str() {
                "login" => json!(it.login),
                "databaseId" => json!(it.id),
                "projectsV2" => self.projects(it, field)?,
                other => return Err(other.to_owned()),
            };
            object.insert(field.name.clone(), value);
        }
        Ok(Value::Object(object))
    }

    fn projects(&mut self, it: &Organization, of: &Selection) -> Found {
        if self.caller.has_scopes() {
            if !self.caller.holds_scope("read:project") {
                self.insufficient_scopes("projectsV2", "read:project");
                return Ok(Value::Null);
            }
        } else if !reads(&self.caller.held(None, &it.login), "organization_projects") {
            self.forbidden(&["organization", "projectsV2"]);
            return Ok(Value::Null);
        }
        titles(of, &it.projects)
    }

    /// Whether the organization keeps the caller out; then the errors say why.
    fn objected(&mut self, field: &str, login: &str, open: bool) -> bool {
        let (Some(token), Some(organization)) = (self.caller.token, self.caller.state.organization(login)) else {
            return false;
        };
        let Some(objection) = policy::objection(&self.caller, organization, open, &self.bases.web) else {
            return false;
        };
        let text = objection.text(token, organization, &self.bases.web);
        self.errors.push(json!({ "type": "FORBIDDEN", "path": [field], "message": text }));
        if let policy::Objection::Sso(url) = objection {
            self.sso = Some(url);
        }
        true
    }

    fn absent(&mut self, field: &str, text: &str) {
        self.errors.push(json!({ "type": "NOT_FOUND", "path": [field], "message": text }));
    }

    fn forbidden(&mut self, path: &[&str]) {
        let text = refusal::not_accessible_text(self.caller.kind());
        self.errors.push(json!({ "type": "FORBIDDEN", "path": path, "message": text }));
    }

    fn insufficient_scopes(&mut self, field: &str, needed: &str) {
        let granted = self.caller.token.map(|token| power::granted(&token.token.scopes)).unwrap_or_default();
        let granted: Vec<String> = granted.iter().map(|scope| format!("'{scope}'")).collect();
        let text = format!(
            "Your token has not been granted the required scopes to execute this query. The '{field}' field requires one \
             of the following scopes: ['{needed}'], but your token has only been granted the: [{}] scopes. Please modify \
             your token's scopes at: {}/settings/tokens.",
            granted.join(", "),
            self.bases.web
        );
        self.errors.push(json!({ "type": "INSUFFICIENT_SCOPES", "message": text }));
    }
}

fn reads(held: &power::Held, name: &str) -> bool {
    held.get(name).is_some_and(|level| *level >= Level::Read)
}

fn permission(role: Role) -> &'static str {
    match role {
        Role::Read => "READ",
        Role::Triage => "TRIAGE",
        Role::Write => "WRITE",
        Role::Maintain => "MAINTAIN",
        Role::Admin => "ADMIN",
    }
}

fn titles(of: &Selection, all: &[String]) -> Found {
    fields(of, |name| match name {
        "totalCount" => Some(json!(all.len())),
        "nodes" => Some(all.iter().map(|title| json!({ "title": title })).collect()),
        _ => None,
    })
}

fn fields(of: &Selection, value: impl Fn(&str) -> Option<Value>) -> Found {
    of.inside
        .iter()
        .map(|field| Ok((field.name.clone(), value(&field.name).ok_or_else(|| field.name.clone())?)))
        .collect::<Result<Map<_, _>, String>>()
        .map(Value::Object)
}

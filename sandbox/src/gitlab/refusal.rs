//! What GitLab says when it says no. The key tells the layer: `error` is about the token, `message` about the user,
//! the project or a setting.

use serde_json::{Value, json};

use super::state::Dead;
use super::version::Version;
use crate::reply::Reply;

pub(super) const GIT_DENIED: &str = "HTTP Basic: Access denied. If a password was provided for Git authentication, the \
password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either \
incorrect, expired, or improperly scoped.";
pub(super) const GIT_NOT_FOUND: &str =
    "The project you were looking for could not be found or you don't have permission to view it.";

pub(super) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({ "message": text }))
}

pub(super) fn unauthorized() -> Reply {
    message(401, "401 Unauthorized")
}

pub(super) fn forbidden() -> Reply {
    message(403, "403 Forbidden")
}

pub(super) fn forbidden_because(reason: &str) -> Reply {
    message(403, &format!("403 Forbidden - {reason}"))
}

pub(super) fn not_found(what: &str) -> Reply {
    message(404, &format!("404 {what}"))
}

pub(super) fn no_route() -> Reply {
    Reply::json(404, &json!({ "error": "404 Not Found" }))
}

pub(super) fn dead(how: Dead) -> Reply {
    let text = match how {
        Dead::Expired => "Token is expired. You can either do re-authorization or token refresh.",
        Dead::Revoked => "Token was revoked. You have to re-authorize from the user.",
    };
    oauth_error(401, "invalid_token", text)
}

/// An answer in the form of the OAuth library, which also sets the header on 401.
pub(super) fn oauth_error(status: u16, error: &str, description: &str) -> Reply {
    let reply = Reply::json(status, &json!({ "error": error, "error_description": description }));
    if status != 401 {
        return reply;
    }
    let challenge =
        format!("Bearer realm=\"Protected by OAuth 2.0\", error=\"{error}\", error_description=\"{description}\"");
    reply.with("WWW-Authenticate", challenge)
}

pub(super) fn insufficient_scope(accepted: &[&str]) -> Reply {
    let accepted: Vec<&str> = accepted.iter().copied().filter(|scope| !scope.starts_with("deploy:")).collect();
    let body = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": accepted.join(" "),
    });
    Reply::json(403, &body)
}

pub(super) fn insufficient_granular_scope(permission: &str, boundary: Boundary<'_>, version: Version) -> Reply {
    oauth_error(403, "insufficient_granular_scope", &granular_sentence(permission, boundary, version))
}

/// The object a fine-grained permission is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Boundary<'a> {
    Project(&'a str),
    Group(&'a str),
    User,
    Instance,
}

pub(super) fn granular_sentence(permission: &str, boundary: Boundary<'_>, version: Version) -> String {
    let (word, path) = match boundary {
        Boundary::Project(path) => ("project", path),
        Boundary::Group(path) => ("group", path),
        Boundary::User => ("user", "user"),
        Boundary::Instance => ("instance", "instance"),
    };
    if version.at_least(19, 2) {
        format!(
            "Access denied: This operation requires a fine-grained personal access token with the following {word} \
             permissions: [{permission}]."
        )
    } else {
        let raw = raw_permission(permission);
        format!("Access denied: Your Personal Access Token lacks the required permissions: [{raw}] for \"{path}\".")
    }
}

/// `Merge Request: Read` is `read_merge_request` in routes and in the token's own description.
pub(super) fn raw_permission(permission: &str) -> String {
    let (resource, action) = permission.split_once(": ").unwrap_or((permission, "use"));
    format!("{action}_{resource}").to_lowercase().replace(' ', "_")
}

pub(super) fn bad_parameters(text: &str) -> Reply {
    Reply::json(400, &json!({ "error": text }))
}

pub(super) fn messages(status: u16, texts: &[&str]) -> Reply {
    Reply::json(status, &json!({ "message": texts }))
}

pub(super) fn graphql_errors(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({ "errors": [{ "message": text }] }))
}

pub(super) fn registry_error(status: u16, code: &str, text: &str) -> Reply {
    Reply::json(status, &json!({ "errors": [{ "code": code, "message": text, "detail": Value::Null }] }))
}

//! What GitHub says when it says no.

use serde_json::{Value, json};

use super::terms::TokenKind;
use crate::reply::Reply;

const DOCUMENTATION: &str = "https://docs.github.com/rest";

pub(super) fn message(status: u16, text: &str) -> Reply {
    api(status, json!({ "message": text }))
}

fn api(status: u16, mut body: Value) -> Reply {
    body["documentation_url"] = json!(DOCUMENTATION);
    body["status"] = json!(status.to_string());
    Reply::bytes(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}

pub(super) fn bad_credentials() -> Reply {
    message(401, "Bad credentials")
}

pub(super) fn requires_authentication() -> Reply {
    message(401, "Requires authentication")
}

pub(super) fn not_found() -> Reply {
    message(404, "Not Found")
}

pub(super) fn no_web_token() -> Reply {
    message(401, "A JSON web token could not be decoded")
}

pub(super) fn not_accessible(kind: Option<TokenKind>) -> Reply {
    message(403, not_accessible_text(kind))
}

pub(super) fn not_accessible_text(kind: Option<TokenKind>) -> &'static str {
    match kind {
        Some(TokenKind::FineGrained) => "Resource not accessible by personal access token",
        _ => "Resource not accessible by integration",
    }
}

pub(super) fn role_too_low(admin: bool) -> Reply {
    message(403, if admin { "Must have admin rights to Repository." } else { "Must have push access to repository" })
}

pub(super) fn archived() -> Reply {
    message(403, "Repository was archived so is read-only.")
}

pub(super) fn no_user_agent() -> Reply {
    let text = "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
                (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
                https://developer.github.com for other possible causes.\r\n";
    Reply::bytes(403, "text/html; charset=utf-8", text.as_bytes().to_vec())
}

pub(super) fn unknown_api_version(version: &str, known: &[&str]) -> Reply {
    let known: Vec<String> = known.iter().map(|version| format!("\"{version}\"")).collect();
    message(
        400,
        &format!(
            "Bad Request: The version you specified in the \"X-GitHub-API-Version\" request header, \"{version}\", is \
             not a supported version. The following versions are currently supported: {}.",
            known.join(", ")
        ),
    )
}

/// Parameters that were not given.
pub(super) fn missing(names: &[&str]) -> Reply {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let verb = if names.len() == 1 { "wasn't" } else { "weren't" };
    message(422, &format!("Invalid request.\n\n{} {verb} supplied.", quoted.join(", ")))
}

/// An object that a write names and that is not there, where GitHub does not answer 404.
pub(super) fn no_such_object(collection: &str, key: &str) -> Reply {
    message(
        422,
        &match collection {
            "commits" => format!("No commit found for SHA: {key}"),
            _ => "Reference does not exist".to_owned(),
        },
    )
}

pub(super) fn rate_limited(whose: &str) -> Reply {
    message(
        403,
        &format!(
            "API rate limit exceeded for {whose}. If you reach out to GitHub Support for help, please include the \
             request ID and timestamp."
        ),
    )
}

/// The JSON of a secondary limit, for a fault.
pub(super) fn secondary_limit_body() -> String {
    let text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    json!({ "documentation_url": format!("{DOCUMENTATION}/overview/rate-limits-for-the-rest-api"), "message": text })
        .to_string()
}

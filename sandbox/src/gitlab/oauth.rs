//! `/oauth/token/info`, which lies outside of the API and answers OAuth tokens only.

use serde_json::json;

use super::credential::Credential;
use super::refusal::oauth_error;
use super::state::{Dead, State};
use super::terms::TokenKind;
use crate::reply::Reply;
use crate::request::Request;

const TWO_HOURS: i64 = 7200;

pub(super) fn token_info(state: &State, request: &Request) -> Reply {
    let credential = Credential::find(request);
    let token = credential.and_then(|credential| state.token(&credential.text));
    let Some(ready) = token.filter(|token| token.kind() == TokenKind::Oauth) else {
        return oauth_error(401, "invalid_token", "The access token is invalid");
    };
    match state.dead(ready) {
        Some(Dead::Expired) => return oauth_error(401, "invalid_token", "The access token expired"),
        Some(Dead::Revoked) => return oauth_error(401, "invalid_token", "The access token was revoked"),
        None => {}
    }
    let token = &ready.token;
    let born = token.created_at.map_or_else(|| state.now.as_second() - 600, jiff::Timestamp::as_second);
    let left = born + token.expires_in.unwrap_or(TWO_HOURS) - state.now.as_second();
    let body = json!({
        "resource_owner_id": state.user_of(ready).map(|user| user.id), "scope": token.scopes, "expires_in": left,
        "application": { "uid": "sandbox-application" }, "created_at": born,
        "scopes": token.scopes, "expires_in_seconds": left,
    });
    Reply::json(200, &body)
}

//! What a refusal means. A body with the key `error` speaks of the token, one with `message` of the user, the project
//! or a setting.

use serde_json::Value;

use super::kinds;
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;
pub(super) use crate::provider::telling::{Told, broken, denied, doubt, redirect, short};

/// Reads any answer of the REST API that is not a success.
pub(super) fn read(reply: &Reply, evidence: &Evidence) -> Told {
    let limited = rate_limited(reply);
    match reply.status {
        _ if limited.is_some() => limited.unwrap_or(Told::Nothing),
        300..=399 => redirect(reply),
        401 => unauthorized(reply),
        403 => forbidden(reply, evidence),
        404 => not_found(reply),
        405 if body(reply).message.contains("moved") => doubt(
            Layer::UnusableAnswer,
            "the forge answers 405: the target was moved, and its old address takes no writes. Name its new address",
        ),
        400 | 405 | 409 | 410 | 412 | 415 | 422 => Told::Nothing,
        _ => broken(reply),
    }
}

pub(super) fn rate_limited(reply: &Reply) -> Option<Told> {
    let spent = reply.header("ratelimit-remaining") == Some("0");
    let marked = reply.status == 429 || (reply.status == 403 && (reply.header("retry-after").is_some() || spent));
    let text = || format!("the forge limits the rate of requests ({}){}", reply.status, again(reply));
    marked.then(|| doubt(Layer::RateLimit, text()))
}

/// When to ask again, where the answer says so; on self-managed instances it often does not.
fn again(reply: &Reply) -> String {
    let header = |name: &str| reply.header(name).filter(|text| text.len() <= 40 && text.is_ascii());
    let reset = header("ratelimit-reset").and_then(|text| text.parse().ok());
    let reset = reset.and_then(|second| jiff::Timestamp::from_second(second).ok());
    if let Some(wait) = header("retry-after") {
        format!("; it asks to wait `{wait}`")
    } else if let Some(reset) = reset {
        format!("; it counts anew from {}", reset.strftime("%Y-%m-%dT%H:%M:%SZ"))
    } else if let Some(time) = header("ratelimit-resettime") {
        format!("; it counts anew from `{time}`")
    } else {
        String::new()
    }
}

/// The pieces of a JSON error body.
#[derive(Default)]
struct Body {
    error: String,
    description: String,
    message: String,
    scopes: Vec<String>,
    is_json: bool,
}

const LONGEST: usize = 2000;

fn body(reply: &Reply) -> Body {
    let Ok(value) = json::parse(&reply.body) else { return Body::default() };
    let text = |key: &str| value.get(key).map(flat).unwrap_or_default().chars().take(LONGEST).collect::<String>();
    let scopes = value.get("scope").and_then(Value::as_str).unwrap_or_default().split_whitespace();
    Body {
        error: text("error"),
        description: text("error_description"),
        message: text("message"),
        scopes: scopes.map(|scope| format!("`{scope}`")).collect(),
        is_json: value.is_object(),
    }
}

/// `message` is a text, a list of texts, or texts by the name of what they are about.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(flat).collect::<Vec<_>>().join("; "),
        Value::Object(map) => {
            let named = |(name, value): (&String, &Value)| match name.as_str() {
                "base" => flat(value),
                name => format!("{name}: {}", flat(value)),
            };
            map.iter().map(named).collect::<Vec<_>>().join("; ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

/// Did the API answer that it has no such route? Older servers lack some.
pub(super) fn no_such_route(reply: &Reply) -> bool {
    reply.status == 404 && body(reply).error == "404 Not Found"
}

/// Did the API answer that a question about access tokens was asked with a token of another kind?
pub(super) fn of_another_kind(reply: &Reply) -> bool {
    reply.status == 400 && body(reply).message.contains("requires token type")
}

fn unauthorized(reply: &Reply) -> Told {
    let body = body(reply);
    if !body.is_json {
        return doubt(
            Layer::UnusableAnswer,
            "a 401 that is not GitLab's: a proxy or a sign-in page may stand in front",
        );
    }
    let about = body.description.to_ascii_lowercase();
    match body.error.as_str() {
        "invalid_token" if about.contains("expired") => Told::Dead(Layer::Expired, "the forge says the token has expired".to_owned()),
        "invalid_token" if about.contains("revoked") => Told::Dead(Layer::Revoked, "the forge says the token was revoked".to_owned()),
        "invalid_token" if about.contains("impersonation") => {
            Told::Dead(Layer::Rejected, "impersonation tokens are switched off on this instance".to_owned())
        }
        "dpop_error" => Told::Dead(Layer::Rejected, "the account demands a proof of possession (DPoP) with every request".to_owned()),
        "invalid_token" => Told::Dead(Layer::Rejected, format!("the forge refuses the token: {}", short(&body.description))),
        _ if body.message.starts_with("401 Unauthorized") => Told::Dead(
            Layer::Rejected,
            "the forge does not know this token and does not say why: mistyped, deleted, of another instance, or its account is gone"
                .to_owned(),
        ),
        _ => doubt(Layer::UnusableAnswer, "a 401 in words that are not GitLab's: something else may stand in front"),
    }
}

fn forbidden(reply: &Reply, evidence: &Evidence) -> Told {
    let body = body(reply);
    match body.error.as_str() {
        "insufficient_scope" => {
            let accepted = if body.scopes.is_empty() {
                "a larger scope".to_owned()
            } else {
                format!("scope {}", body.scopes.join(" or "))
            };
            return Told::Denied {
                layer: Layer::Scope,
                reason: format!("the forge asks for {accepted}"),
                missing: body.scopes,
            };
        }
        "insufficient_granular_scope" => return granular(&body.description, evidence),
        _ => {}
    }
    if let Some(told) = job_token_sentence(&body.message) {
        return told;
    }
    let Some(sentence) = body.message.strip_prefix("403 Forbidden") else {
        return doubt(
            Layer::UnusableAnswer,
            "a 403 that is not GitLab's: a proxy may stand in front, or the address is banned",
        );
    };
    let sentence = short(sentence.trim_start_matches([' ', '-', ';']));
    if let Some(told) = account(&sentence) {
        return told;
    }
    if sentence.contains("SSO") {
        return denied(Layer::Sso, format!("the forge says: {sentence}"));
    }
    let reason = if sentence.is_empty() {
        "the forge refuses without a reason; as the token's scope is not named, the role is too low or a feature or setting of the project is off"
            .to_owned()
    } else {
        format!("the forge says: {sentence}")
    };
    denied(Layer::Role, reason)
}

/// A sentence about the account behind the token. The texts differ by version, so they are known by single words.
pub(super) fn account(sentence: &str) -> Option<Told> {
    let words = ["blocked", "deactivated", "not confirmed", "unconfirmed", "terms", "approval", "password expired"];
    let lower = sentence.to_ascii_lowercase();
    let about = ["your account", "your primary email", "terms of service", "your password"];
    let is_it = about.iter().any(|word| lower.contains(word)) && words.iter().any(|word| lower.contains(word));
    is_it.then(|| Told::Dead(Layer::BlockedUser, format!("the forge says of the account: {sentence}")))
}

/// Was the token accepted and a fine-grained permission asked for?
pub(super) fn asks_for_permission(reply: &Reply) -> bool {
    reply.status == 403 && body(reply).error == "insufficient_granular_scope"
}

/// Fine-grained tokens are told which permission is missing, in one of two texts. A classic token gets the same where an
/// owner allows fine-grained tokens only.
pub(super) fn granular(text: &str, evidence: &Evidence) -> Told {
    let listed = between(text, '[', ']').unwrap_or_default();
    let missing: Vec<String> =
        listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
    let asked = if missing.is_empty() {
        "the forge asks for a fine-grained permission that its answer does not name".to_owned()
    } else {
        format!("the forge asks for permission {}", missing.join(", "))
    };
    let scopes = evidence.scopes.as_ref().map(|known| known.value.contains("granular"));
    if evidence.kind() == kinds::FINE_GRAINED || scopes == Some(true) {
        return Told::Denied { layer: Layer::Permission, reason: asked, missing };
    }
    if scopes == Some(false) {
        let reason = "an owner of this group or instance lets only fine-grained tokens in".to_owned();
        let missing = vec!["fine-grained personal access token".to_owned()];
        return Told::Denied { layer: Layer::Kind, reason, missing };
    }
    let reason = format!("{asked}, or lets only fine-grained tokens in; which kind this token is could not be told");
    Told::Denied { layer: Layer::Permission, reason, missing }
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, after) = text.split_once(open)?;
    after.split_once(close).map(|(inside, _)| inside)
}

/// The sentences that a job token gets on a route that is open to it.
pub(super) fn job_token_sentence(text: &str) -> Option<Told> {
    if text.contains("Authentication by CI/CD job token not allowed from") {
        let pair = text.split_once("not allowed from ").map_or("", |(_, pair)| pair);
        let pair = short(pair.trim_end_matches('.'));
        return Some(denied(Layer::Allowlist, format!("the forge does not let a job token in from {pair}")));
    }
    if text.contains("Insufficient permissions to access this resource") {
        let named = text.rsplit_once(": ").map_or("", |(_, named)| named).trim_end_matches('.');
        let missing: Vec<String> =
            named.split([',', ' ']).filter(|word| word.contains('_')).map(|word| format!("`{word}`")).collect();
        let lacks = if missing.is_empty() {
            "a policy that the answer does not name".to_owned()
        } else {
            missing.join(" and ")
        };
        let reason = format!("the allowlist entry of this project lacks {lacks}");
        return Some(Told::Denied { layer: Layer::Policy, reason, missing });
    }
    let closed = text.contains("unauthorized for CI/CD job tokens");
    closed.then(|| {
        denied(
            Layer::Policy,
            "the forge says that allowlist entries with chosen permissions never open this to job tokens",
        )
    })
}

fn not_found(reply: &Reply) -> Told {
    let body = body(reply);
    if body.message.eq_ignore_ascii_case("404 Project Not Found")
        || body.message.eq_ignore_ascii_case("404 Group Not Found")
    {
        return Told::Hidden;
    }
    if body.is_json {
        return Told::Nothing;
    }
    doubt(Layer::UnusableAnswer, "a 404 that is not GitLab's; is this the address of a GitLab?")
}

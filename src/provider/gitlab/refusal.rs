//! What a refusal means. A body with the key `error` speaks of the token, one with `message` of the user, the project
//! or a setting.

use serde_json::Value;

use super::kinds;
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;

/// What an answer says about one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Allowed(String),
    Denied {
        layer: Layer,
        reason: String,
        missing: Vec<String>,
    },
    /// The token is dead, whatever it was asked.
    Dead(Layer, String),
    /// The target is not visible.
    Hidden,
    /// Something kept the answer from telling.
    Doubt {
        layer: Layer,
        reason: String,
    },
    /// The answer says nothing about the question.
    Nothing,
}

pub(super) fn denied(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Denied { layer, reason: reason.into(), missing: Vec::new() }
}

pub(super) fn doubt(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Doubt { layer, reason: reason.into() }
}

/// Reads any answer of the REST API that is not a success.
pub(super) fn read(reply: &Reply, evidence: &Evidence) -> Told {
    let limited = rate_limited(reply);
    match reply.status {
        _ if limited.is_some() => limited.unwrap_or(Told::Nothing),
        300..=399 => redirect(reply),
        401 => unauthorized(reply),
        403 => forbidden(reply, evidence),
        404 => not_found(reply),
        400 | 405 | 409 | 410 | 412 | 415 | 422 => Told::Nothing,
        _ => broken(reply),
    }
}

pub(super) fn redirect(reply: &Reply) -> Told {
    let place = reply.header("location").and_then(origin_and_path);
    let to = place.map_or_else(String::new, |place| format!(" to `{place}`"));
    doubt(
        Layer::UnusableAnswer,
        format!(
            "the forge answers {} and sends on{to}; redirects are not followed with a token. If the target moved, name its new address",
            reply.status
        ),
    )
}

/// Without the query, which may hold anything.
fn origin_and_path(location: &str) -> Option<String> {
    let plain = location.split(['?', '#']).next()?;
    let fits =
        plain.len() <= 300 && !plain.contains('@') && plain.chars().all(|character| character.is_ascii_graphic());
    fits.then(|| plain.to_owned())
}

pub(super) fn broken(reply: &Reply) -> Told {
    match reply.status {
        500..=599 => {
            doubt(Layer::Unreachable, format!("the forge answers {}: it is failing, not refusing", reply.status))
        }
        407 => doubt(Layer::Unreachable, "a proxy asks for its own password (407)"),
        status => {
            doubt(Layer::UnusableAnswer, format!("the forge answers {status}, which says nothing about the token"))
        }
    }
}

fn rate_limited(reply: &Reply) -> Option<Told> {
    let spent = reply.header("ratelimit-remaining") == Some("0");
    let marked = reply.status == 429 || (reply.status == 403 && (reply.header("retry-after").is_some() || spent));
    let wait = reply.header("retry-after").filter(|text| text.len() <= 40 && text.is_ascii());
    let again = wait.map_or_else(String::new, |wait| format!("; it asks to wait `{wait}`"));
    marked.then(|| doubt(Layer::RateLimit, format!("the forge limits the rate of requests ({}){again}", reply.status)))
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

fn body(reply: &Reply) -> Body {
    let Ok(value) = json::parse(&reply.body) else { return Body::default() };
    let text =
        |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().chars().take(600).collect::<String>();
    let scopes = value.get("scope").and_then(Value::as_str).unwrap_or_default().split_whitespace();
    Body {
        error: text("error"),
        description: text("error_description"),
        message: text("message"),
        scopes: scopes.map(|scope| format!("`{scope}`")).collect(),
        is_json: value.is_object(),
    }
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
        "invalid_token" => Told::Dead(Layer::Rejected, format!("the forge refuses the token: {}", body.description)),
        _ => Told::Dead(
            Layer::Rejected,
            "the forge does not know this token and does not say why: mistyped, deleted, of another instance, or its account is gone"
                .to_owned(),
        ),
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
    let sentence = sentence.trim_start_matches([' ', '-']);
    let account =
        ["blocked", "deactivated", "not confirmed", "unconfirmed", "terms"].iter().any(|word| sentence.contains(word));
    if sentence.contains("account") && account {
        return Told::Dead(Layer::BlockedUser, format!("the forge says of the account: {sentence}"));
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

/// Was the token accepted and a fine-grained permission asked for?
pub(super) fn asks_for_permission(reply: &Reply) -> bool {
    reply.status == 403 && body(reply).error == "insufficient_granular_scope"
}

/// Fine-grained tokens are told which permission is missing, in one of two texts. A classic token gets the same where an
/// owner allows fine-grained tokens only.
pub(super) fn granular(text: &str, evidence: &Evidence) -> Told {
    let missing: Vec<String> =
        between(text, '[', ']').unwrap_or_default().split(", ").map(|name| format!("`{name}`")).collect();
    if evidence.kind() == kinds::FINE_GRAINED {
        return Told::Denied {
            layer: Layer::Permission,
            reason: format!("the forge asks for permission {}", missing.join(", ")),
            missing,
        };
    }
    denied(Layer::Policy, "an owner of this group or instance lets only fine-grained tokens in")
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, after) = text.split_once(open)?;
    after.split_once(close).map(|(inside, _)| inside)
}

/// The sentences that a job token gets on a route that is open to it.
pub(super) fn job_token_sentence(text: &str) -> Option<Told> {
    if text.contains("Authentication by CI/CD job token not allowed from") {
        let pair = text.split_once("not allowed from ").map_or("", |(_, pair)| pair).trim_end_matches('.');
        return Some(denied(Layer::Allowlist, format!("the forge does not let a job token in from {pair}")));
    }
    if text.contains("Insufficient permissions to access this resource") {
        let named = text.rsplit_once(": ").map_or("", |(_, named)| named).trim_end_matches('.');
        let missing: Vec<String> =
            named.split([',', ' ']).filter(|word| word.contains('_')).map(|word| format!("`{word}`")).collect();
        let reason = format!("the allowlist entry of this project lacks {}", missing.join(" and "));
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

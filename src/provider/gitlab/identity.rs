//! Answers about the token and its account.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::answers::{number, object, shorten, side, text, words};
use super::kinds;
use super::read::Teller;
use super::refusal;
use crate::app::ports::Reply;
use crate::domain::evidence::{Evidence, Fact, HeldPermission};
use crate::domain::expiry::Expiry;
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};

/// `GET /personal_access_tokens/self`: personal, project, group, impersonation and service-account tokens look alike here.
pub(super) fn of_access_token(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, now: Timestamp) {
    if refusal::of_another_kind(reply) {
        // The forge knows the token, and it is an OAuth token.
        teller.say(Basis::Observed, "it is no access token", Fact::Kind(kinds::OAUTH));
        return;
    }
    if refusal::asks_for_permission(reply) {
        // Classic tokens are answered whatever their scopes; only a fine-grained one can lack the permission to see itself.
        teller.say(Basis::Observed, "refused for a permission", Fact::Kind(kinds::FINE_GRAINED));
        return teller.say(Basis::Observed, "accepted, but may not read itself", Fact::Alive);
    }
    if refusal::no_such_route(reply) {
        let why = "this GitLab has no answer about its own tokens, which came with 15.5";
        return teller.trouble(Layer::UnusableAnswer, why, None);
    }
    let Some(answer) = object(teller, reply, evidence, "the token") else { return };
    let (Some(id), Some(scopes)) = (number(&answer, "id"), words(&answer, "scopes")) else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the token lacks its id or its scopes", None);
        return;
    };
    let revoked = answer.get("revoked").and_then(Value::as_bool);
    let active = answer.get("active").and_then(Value::as_bool);
    match (active, revoked) {
        (Some(true), Some(false)) => teller.say(Basis::Observed, "active", Fact::Alive),
        (Some(false), Some(true)) => dead(teller, Layer::Revoked, "the forge says the token was revoked"),
        (Some(false), Some(false)) => inactive(teller, &answer, now),
        (Some(true), Some(true)) => {
            teller.trouble(
                Layer::Contradiction,
                "the forge says that the token is active and that it was revoked",
                None,
            );
            return;
        }
        _ => {
            teller.trouble(Layer::UnusableAnswer, "the answer about the token does not say whether it is active", None);
            return;
        }
    }
    teller.say(Basis::Declared, format!("id {id}"), Fact::TokenId(id.to_string()));
    if let Some(name) = text(&answer, "name") {
        teller.say(Basis::Declared, "its name", Fact::TokenName(shorten(name)));
    }
    if let Some(user) = number(&answer, "user_id") {
        teller.say(Basis::Declared, format!("user {user}"), Fact::UserId(user.to_string()));
    }
    if let Some(created) = text(&answer, "created_at").and_then(|text| text.parse().ok()) {
        teller.say(Basis::Declared, "created_at", Fact::CreatedAt(created));
    }
    expires(teller, answer.get("expires_at"));
    scopes_and_kind(teller, &answer, scopes);
}

pub(super) fn dead(teller: &mut Teller<'_>, layer: Layer, why: &str) {
    teller.say(Basis::Observed, why, Fact::Dead(layer, why.to_owned()));
}

fn inactive(teller: &mut Teller<'_>, answer: &Value, now: Timestamp) {
    let past =
        text(answer, "expires_at").and_then(|date| Expiry::from_date(date).instant()).is_some_and(|end| end <= now);
    if past {
        dead(teller, Layer::Expired, "the forge says the token has expired");
    } else {
        dead(teller, Layer::Rejected, "the forge says the token is not active, and not why");
    }
}

fn scopes_and_kind(teller: &mut Teller<'_>, answer: &Value, scopes: BTreeSet<String>) {
    let listed = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let said = if listed.is_empty() { "no scopes".to_owned() } else { format!("scopes: {}", shorten(&listed)) };
    if scopes.contains("granular") {
        teller.say(Basis::Observed, "scopes: granular", Fact::Kind(kinds::FINE_GRAINED));
        if let Some(held) = granular(answer) {
            teller.say(Basis::Declared, "granular_scopes", Fact::Permissions(held));
        }
    } else if scopes.contains("read_user") {
        // Project and group tokens cannot have this scope; a service account can, and its name will tell.
        teller.say(
            Basis::Inferred,
            "scope read_user, which no project or group token has",
            Fact::Kind(kinds::PERSONAL),
        );
    }
    teller.say(Basis::Declared, said, Fact::Scopes(scopes));
}

/// `granular_scopes`: which permissions within which boundary. Boundaries other than one project cannot be resolved
/// from here.
fn granular(answer: &Value) -> Option<Vec<HeldPermission>> {
    let mut held = Vec::new();
    for entry in answer.get("granular_scopes")?.as_array()? {
        let project = number(entry, "project_id").map(|id| id.to_string());
        for name in words(entry, "permissions")? {
            held.push(HeldPermission { name: shorten(&name), on_target: None, project: project.clone() });
        }
    }
    Some(held)
}

/// A missing key is not "never": only a stated null is (R13).
fn expires(teller: &mut Teller<'_>, stated: Option<&Value>) {
    let expiry = match stated {
        None => return,
        Some(Value::Null) => Expiry::Never,
        Some(Value::String(date)) => Expiry::from_date(date),
        Some(_) => Expiry::Unreadable,
    };
    teller.say(Basis::Declared, format!("expires_at: {expiry}"), Fact::Expires(expiry));
}

/// `GET /oauth/token/info`
pub(super) fn of_oauth_token(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, now: Timestamp) {
    let Some(answer) = object(teller, reply, evidence, "the token") else { return };
    // The second name of each is an older one.
    let Some(scopes) = words(&answer, "scope").or_else(|| words(&answer, "scopes")) else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the OAuth token lacks its scopes", None);
        return;
    };
    teller.say(Basis::Observed, "an OAuth token", Fact::Kind(kinds::OAUTH));
    teller.say(Basis::Observed, "accepted", Fact::Alive);
    let listed = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    teller.say(Basis::Declared, format!("scopes: {}", shorten(&listed)), Fact::Scopes(scopes));
    if let Some(owner) = number(&answer, "resource_owner_id") {
        teller.say(Basis::Declared, format!("user {owner}"), Fact::UserId(owner.to_string()));
    }
    if let Some(stated) = answer.get("expires_in").or_else(|| answer.get("expires_in_seconds")) {
        let expiry = ends_in(stated, now);
        teller.say(Basis::Declared, format!("expires_in: {expiry}"), Fact::Expires(expiry));
    }
}

fn ends_in(seconds: &Value, now: Timestamp) -> Expiry {
    if seconds.is_null() {
        return Expiry::Never;
    }
    let end = seconds.as_i64().and_then(|seconds| now.as_second().checked_add(seconds));
    let end = end.and_then(|second| Timestamp::from_second(second).ok());
    end.map_or(Expiry::Unreadable, |instant| Expiry::At { instant, date_only: false })
}

/// `GET /user`
pub(super) fn of_user(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    let Some(answer) = side(teller, reply, evidence, "the account") else { return };
    user_name(teller, text(&answer, "username"), evidence);
}

pub(super) fn user_name(teller: &mut Teller<'_>, name: Option<&str>, evidence: &Evidence) {
    let Some(name) = name else { return };
    teller.say(Basis::Declared, format!("user {}", shorten(name)), Fact::User(shorten(name)));
    let settled =
        evidence.kind.as_ref().is_some_and(|known| known.basis == Basis::Observed && known.value != Kind::UNKNOWN);
    if !settled {
        teller.say(Basis::Declared, format!("user {}", shorten(name)), Fact::Kind(kinds::by_user_name(name)));
    }
}

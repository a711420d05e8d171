//! Answers about the token, its account and the target.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{hosts, kinds, observe, refusal};
use crate::app::ports::{Reply, Task};
use crate::domain::connection::Base;
use crate::domain::evidence::{Barrier, Evidence, Fact, FeatureState, HeldRole, TargetFact, Visibility};
use crate::domain::expiry::Expiry;
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};
use crate::provider::json::{self, number, shorten, text};
use crate::provider::telling::{Teller, Told};

/// What GitHub's cloud lets an anonymous visitor ask in an hour, and `GITHUB_TOKEN`.
const VISITOR: u64 = 60;
const GITHUB_TOKEN: u64 = 1000;

/// The answer as JSON, or the trouble with it.
fn object(teller: &mut Teller<'_>, reply: &Reply, base: &Base, about: &str) -> Option<Value> {
    if reply.status != 200 {
        match refusal::read(reply, base) {
            Told::Nothing | Told::Allowed(_) => {
                let text = format!("the forge answers {} where an answer about {about} was due", reply.status);
                teller.trouble(Layer::UnusableAnswer, text, None);
            }
            Told::Denied { layer, reason, missing } => barrier(teller, layer, reason, missing),
            told => teller.told(told),
        }
        return None;
    }
    match json::object(reply) {
        Ok(value) => Some(value),
        Err(why) => {
            teller.trouble(Layer::UnusableAnswer, why, None);
            None
        }
    }
}

/// Keeps the token from the target whatever it asks there.
fn barrier(teller: &mut Teller<'_>, layer: Layer, reason: String, missing: Vec<String>) {
    let fact = TargetFact::Barred(Barrier { layer, reason: reason.clone(), missing });
    teller.say(Basis::Observed, reason, Fact::Target(fact));
}

/// `GET /rate_limit`: is it alive? The headers say more than the answer.
pub(super) fn of_rate_limit(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, base: &Base) {
    let switched_off = reply.status == 404
        && refusal::message(reply)
            .is_some_and(|text| text.to_ascii_lowercase().contains("rate limiting is not enabled"));
    if switched_off {
        teller.say(Basis::Observed, "accepted; limits are switched off here", Fact::Alive);
        return of_headers(teller, reply, evidence, base);
    }
    let Some(answer) = object(teller, reply, base, "the token") else { return };
    let core = |key: &str| answer.pointer(&format!("/resources/core/{key}")).and_then(Value::as_u64);
    let Some(limit) = core("limit") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the rate limit lacks the limit", None);
        return;
    };
    let cloud = hosts::is_cloud(base);
    if cloud && limit == VISITOR {
        let why = "the forge answers as to a visitor without a token: something on the way takes the token off";
        return teller.trouble(Layer::UnusableAnswer, why, None);
    }
    teller.say(Basis::Observed, "accepted", Fact::Alive);
    if cloud && limit == GITHUB_TOKEN && evidence.kind() == kinds::INSTALLATION {
        let says = "a limit of 1000 in an hour, which is that of `GITHUB_TOKEN`";
        teller.say(Basis::Declared, says, Fact::Kind(kinds::ACTIONS));
    }
    of_headers(teller, reply, evidence, base);
    if core("remaining") == Some(0) {
        let reset = core("reset").and_then(|second| refusal::instant(&second.to_string()));
        let anew = reset.map_or_else(String::new, |reset| format!("; it counts anew from {reset}"));
        teller.trouble(Layer::RateLimit, format!("no request is left of {limit} in an hour{anew}"), None);
    }
}

/// Scopes and the end of its life, which stand above every answer.
fn of_headers(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, base: &Base) {
    if let Some(scopes) = reply.header("x-oauth-scopes") {
        // Only these two kinds get the header; without it scopes are unknown, not none.
        if evidence.kind() == Kind::UNKNOWN {
            teller.say(Basis::Inferred, "it has scopes", Fact::Kind(kinds::CLASSIC));
        }
        let scopes: BTreeSet<String> =
            scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(shorten).collect();
        let listed = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let said = if listed.is_empty() { "no scopes".to_owned() } else { format!("scopes: {}", shorten(&listed)) };
        teller.say(Basis::Declared, said, Fact::Scopes(scopes));
    }
    if let Some(stated) = reply.header("github-authentication-token-expiration") {
        let expiry = expiry(stated);
        teller.say(Basis::Declared, format!("ends: {expiry}"), Fact::Expires(expiry));
    } else if hosts::is_cloud(base) && [kinds::CLASSIC, kinds::FINE_GRAINED].contains(&evidence.kind()) {
        // The cloud tells a personal token its end with every answer; of other servers that was not seen.
        teller.say(Basis::Declared, "no end is stated", Fact::Expires(Expiry::Never));
    }
}

/// `2026-12-24 08:00:00 UTC` or `2026-12-24 09:00:00 +0100`; RFC 3339 too (T-05).
pub(super) fn expiry(stated: &str) -> Expiry {
    let stated = stated.trim();
    let utc = stated.strip_suffix(" UTC").map(|rest| format!("{rest} +0000"));
    let spelled = utc.as_deref().unwrap_or(stated);
    let parsed = jiff::Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", spelled).or_else(|_| stated.parse());
    parsed.map_or(Expiry::Unreadable, |instant| Expiry::At { instant, date_only: false })
}

/// `GET /user`
pub(super) fn of_user(teller: &mut Teller<'_>, reply: &Reply, base: &Base) {
    if reply.status == 403 && refusal::message(reply).is_some_and(|text| text.contains("accessible by integration")) {
        // Only a token that acts for no user is refused here.
        return teller.say(Basis::Observed, "acts for an App", Fact::Kind(kinds::INSTALLATION));
    }
    if reply.status != 200 {
        // The organization of the target has no say about the user's own record.
        if let told @ (Told::Dead(..) | Told::Doubt { .. }) = refusal::read(reply, base) {
            teller.told(told);
        }
        return;
    }
    let Ok(answer) = json::object(reply) else { return };
    if let Some(id) = number(&answer, "id") {
        teller.say(Basis::Declared, format!("user {id}"), Fact::UserId(id.to_string()));
    }
    if let Some(login) = text(&answer, "login") {
        teller.say(Basis::Declared, format!("user {}", shorten(login)), Fact::User(shorten(login)));
    }
}

/// `GET /installation/repositories`: answered to tokens of Apps alone.
pub(super) fn of_installation(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, base: &Base) {
    if reply.status == 200 && !kinds::acts_for_an_app(&evidence.kind()) {
        teller.say(Basis::Observed, "acts for an App", Fact::Kind(kinds::INSTALLATION));
    }
    if reply.status != 200
        && let told @ (Told::Dead(..) | Told::Doubt { layer: Layer::RateLimit, .. }) = refusal::read(reply, base)
    {
        teller.told(told);
    }
}

/// `GET /repos/{owner}/{repo}`
pub(super) fn of_repository(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>) {
    let base = &task.connection.base;
    if reply.status == 404 && refusal::message(reply).is_some() {
        return hidden(teller, evidence);
    }
    let Some(answer) = object(teller, reply, base, "the repository") else { return };
    let Some(id) = number(&answer, "id") else {
        teller.trouble(Layer::UnusableAnswer, "the answer about the repository lacks its id", None);
        return;
    };
    teller.say(Basis::Declared, format!("repository {id}"), Fact::Target(TargetFact::Id(id.to_string())));
    visibility(teller, &answer);
    if let Some(archived) = answer.get("archived").and_then(Value::as_bool) {
        teller.say(Basis::Declared, format!("archived: {archived}"), Fact::Target(TargetFact::Archived(archived)));
    }
    for feature in ["issues", "discussions", "wiki"] {
        if let Some(on) = answer.get(format!("has_{feature}")).and_then(Value::as_bool) {
            let state = if on { FeatureState::Enabled } else { FeatureState::Disabled };
            let fact = TargetFact::Feature(feature.to_owned(), state);
            teller.say(Basis::Declared, format!("has_{feature}: {on}"), Fact::Target(fact));
        }
    }
    if let Some(branch) = text(&answer, "default_branch").filter(|branch| branch.len() <= 200) {
        teller.say(Basis::Declared, "default_branch", Fact::Sample(observe::BRANCH, branch.to_owned()));
    }
    if !kinds::acts_for_an_app(&evidence.kind()) {
        role(teller, &answer);
    }
}

/// A token that sees only public repositories learns no more than that this is none. One that sees private ones too does
/// not see this one.
fn hidden(teller: &mut Teller<'_>, evidence: &Evidence) {
    let blind = evidence.scopes.as_ref().is_some_and(|known| !known.value.contains("repo"));
    let fact = if blind { TargetFact::Visibility(Visibility::Private) } else { TargetFact::Hidden };
    let says = if blind { "no public repository of that name" } else { "the target is not visible" };
    teller.say(Basis::Observed, says, Fact::Target(fact));
}

fn visibility(teller: &mut Teller<'_>, answer: &Value) {
    let private = answer.get("private").and_then(Value::as_bool);
    let seen = match (text(answer, "visibility"), private) {
        (Some("public"), _) | (None, Some(false)) => Visibility::Public,
        (Some("internal"), _) => Visibility::Internal,
        (Some("private"), _) | (None, Some(true)) => Visibility::Private,
        _ => {
            return teller.trouble(
                Layer::UnusableAnswer,
                "the answer does not say whether the repository is public",
                None,
            );
        }
    };
    let word = match seen {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
    };
    teller.say(Basis::Declared, word, Fact::Target(TargetFact::Visibility(seen)));
}

/// The role of the user, whatever the token holds.
fn role(teller: &mut Teller<'_>, answer: &Value) {
    const LEVELS: [(&str, u16); 5] = [("admin", 50), ("maintain", 40), ("push", 30), ("triage", 20), ("pull", 10)];
    let Some(block) = answer.get("permissions").filter(|block| block.is_object()) else { return };
    let held = LEVELS.iter().find(|(name, _)| block.get(*name) == Some(&Value::Bool(true)));
    let (name, level) = held.copied().unwrap_or(("no role", 0));
    let role = HeldRole { level, exact: true, custom: false };
    teller.say(Basis::Declared, format!("permissions of the user: {name}"), Fact::Role(role));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_05_both_layouts_of_the_expiry_header_name_the_same_instant() {
        let utc = expiry("2026-12-24 08:00:00 UTC");
        assert_eq!(utc, expiry("2026-12-24 09:00:00 +0100"));
        assert_eq!(utc, expiry("2026-12-24T08:00:00Z"));
        assert!(utc.instant().is_some());
        for garbage in
            ["", "soon", "2027-02-29 00:00:00 UTC", "99999999999999999999", "-1", "2026-12-24 08:00:00.5.5 UTC"]
        {
            assert_eq!(expiry(garbage), Expiry::Unreadable, "{garbage}");
        }
    }
}

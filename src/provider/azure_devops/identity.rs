//! `connectionData`: whom the service takes the token for.

use super::answers::object;
use super::read::told;
use super::refusal::{self, Told};
use super::{kinds, shape};
use crate::app::ports::{Reply, Task};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer};
use crate::provider::json::{shorten, text};
use crate::provider::telling::Teller;

/// Under this id public organizations answer everybody, a wrong token included.
const ANONYMOUS: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

pub(super) fn read(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, task: &Task<'_>) {
    let answer = match object(reply, evidence) {
        Ok(answer) => answer,
        Err(Told::OutOfScope(why)) => {
            // It is known, or there were no name to tell.
            let name = refusal::user(reply).unwrap_or_default();
            teller.say(Basis::Inferred, why, Fact::Alive);
            return teller.say(Basis::Declared, format!("user {name}"), Fact::User(shorten(&name)));
        }
        Err(refused) => return told(teller, refused, "the connection"),
    };
    let Some(user) = answer.get("authenticatedUser").filter(|user| user.is_object()) else {
        return teller.trouble(Layer::UnusableAnswer, "the answer about the connection names no user", None);
    };
    let Some(id) = text(user, "id").filter(|id| !id.is_empty()) else {
        return teller.trouble(Layer::UnusableAnswer, "the answer about the connection lacks the user's id", None);
    };
    if id.eq_ignore_ascii_case(ANONYMOUS) {
        let why = "the forge answers as to an anonymous visitor: it does not accept the token (mistyped, expired, revoked, or \
                   of another organization)";
        return told(teller, Told::Dead(Layer::Rejected, why.to_owned()), "the connection");
    }
    let wait =
        refusal::slower(reply).map_or_else(String::new, |wait| format!("; asked to wait {wait} s (Retry-After)"));
    teller.say(Basis::Observed, format!("accepted{wait}"), Fact::Alive);
    teller.say(Basis::Declared, format!("user {}", shorten(id)), Fact::UserId(shorten(id)));
    let account = user.pointer("/properties/Account/$value").and_then(serde_json::Value::as_str);
    let name = text(user, "providerDisplayName");
    let built = is_built(user);
    // A person is told by the account, a build service by its name.
    let shown = if built == Some(true) { name.or(account) } else { account.or(name) };
    if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
        teller.say(Basis::Declared, format!("user {}", shorten(shown)), Fact::User(shorten(shown)));
    }
    kind(teller, built, evidence, task);
    if let Some(name) = shown.filter(|name| built == Some(true) && name.starts_with("Project Collection Build Service"))
    {
        let remark = format!(
            "the job acts as `{}`, which reaches every project: the job authorization scope is not limited to the project",
            shorten(name)
        );
        teller.say(Basis::Declared, "job authorization scope", Fact::Remark(remark));
    }
}

/// Is it the identity of pipeline jobs? `None`: the answer does not say.
fn is_built(user: &serde_json::Value) -> Option<bool> {
    let descriptor = text(user, "descriptor").filter(|text| !text.is_empty());
    let subject = text(user, "subjectDescriptor").filter(|text| !text.is_empty());
    match (descriptor, subject) {
        (Some(descriptor), _) => {
            Some(descriptor.starts_with("Microsoft.TeamFoundation.ServiceIdentity;") && descriptor.contains(":Build:"))
        }
        (None, Some(subject)) => Some(subject.starts_with("svc.")),
        (None, None) => None,
    }
}

/// Only a job's own token acts as a build service; and a token that does not is no job's, whatever variable holds it.
fn kind(teller: &mut Teller<'_>, built: Option<bool>, evidence: &Evidence, task: &Task<'_>) {
    let known = evidence.kind();
    let by_text = match shape::read(task.token.expose()) {
        shape::Shape::Pat { .. } => kinds::PAT,
        shape::Shape::Jwt { .. } => kinds::ENTRA,
        _ => Kind::UNKNOWN,
    };
    match built {
        Some(true) => teller.say(Basis::Declared, "the identity of a build service", Fact::Kind(kinds::SYSTEM)),
        Some(false) if known == kinds::SYSTEM => {
            teller.say(Basis::Declared, "no identity of a build service", Fact::Kind(by_text));
        }
        _ => {}
    }
}

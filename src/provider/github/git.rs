//! Git over HTTPS: who one is to it, and how its refusals read.

use super::{kinds, refusal};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::token::Kind;
use crate::domain::verdict::Layer;
use crate::provider::telling::{Told, broken, denied, doubt, redirect, short};

pub(super) const OF_AN_APP: &str = "x-access-token";
pub(super) const OF_A_USER: &str = "hallpass";

/// The user name that goes with a kind. Any will do; App tokens have one that everybody uses.
pub(super) fn user(kind: &Kind) -> Option<&'static str> {
    kinds::acts_for_an_app(kind).then_some(OF_AN_APP)
}

/// Reads the answer to Git's service discovery.
pub(super) fn read(service: &str, reply: &Reply, evidence: &Evidence) -> Told {
    if let Some(limited) = refusal::rate_limited(reply) {
        return limited;
    }
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.trim().trim_start_matches("remote:").trim();
    match reply.status {
        200 if is_advertisement(service, reply) => Told::Allowed(format!("Git was let in ({service})")),
        200 => doubt(Layer::UnusableAnswer, "Git's discovery was answered with something that is not Git"),
        401 if is_githubs(reply) => Told::Dead(
            Layer::Rejected,
            "Git refused it with 401: wrong, expired or revoked; public repositories refuse a bad token too".to_owned(),
        ),
        401 => doubt(Layer::UnusableAnswer, "a 401 that is not GitHub's: a proxy or a sign-in page may stand in front"),
        403 => forbidden(service, text, reply, evidence),
        404 if text.to_ascii_lowercase().contains("not found") => Told::Hidden,
        404 => doubt(Layer::UnusableAnswer, "a 404 that is not GitHub's; is this the address of a GitHub?"),
        300..=399 => redirect(reply),
        _ => broken(reply),
    }
}

fn is_advertisement(service: &str, reply: &Reply) -> bool {
    let kind = reply.header("content-type").unwrap_or_default();
    // The first line in Git's packet form, after four digits of length.
    let first = format!("# service={service}");
    kind.starts_with(&format!("application/x-{service}-advertisement"))
        && reply.body.get(4..).is_some_and(|line| line.starts_with(first.as_bytes()))
}

fn is_githubs(reply: &Reply) -> bool {
    reply.header("www-authenticate").is_some_and(|realm| realm.contains("GitHub"))
}

fn forbidden(service: &str, text: &str, reply: &Reply, evidence: &Evidence) -> Told {
    if let Some(told) = refusal::policy(text, reply, None) {
        return told;
    }
    let lower = text.to_ascii_lowercase();
    let says = || format!("Git says: {}", short(text));
    if lower.contains("archived") {
        return denied(Layer::Archived, says());
    }
    if lower.contains("write access to repository not granted")
        || (lower.contains("denied to") && lower.contains("permission to"))
    {
        return not_granted(service, says(), evidence);
    }
    doubt(Layer::UnusableAnswer, "Git was refused in words that are not GitHub's; a proxy may stand in front")
}

/// One text for a missing permission, scope or role.
fn not_granted(service: &str, reason: String, evidence: &Evidence) -> Told {
    let kind = evidence.kind();
    if !kinds::has_scopes(&kind) && kind != Kind::UNKNOWN {
        let level = if service == "git-receive-pack" { "write" } else { "read" };
        let missing = vec![format!("`contents: {level}`")];
        return Told::Denied { layer: Layer::Permission, reason, missing };
    }
    let writes = evidence.scopes.as_ref().map(|known| {
        let public = crate::domain::gates::is_public(evidence);
        known.value.contains("repo") || (public && known.value.contains("public_repo"))
    });
    match writes {
        Some(false) => denied(Layer::Scope, reason),
        _ => denied(Layer::Role, reason),
    }
}

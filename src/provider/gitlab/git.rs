//! Git over HTTPS: who one is to it, and how its refusals read.

use super::kinds;
use super::refusal::{self, Told, denied, doubt};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::token::Kind;
use crate::domain::verdict::Layer;

/// The user name that goes with a kind; `None`: any will do, or (deploy tokens) one's own is demanded.
pub(super) fn user(kind: &Kind) -> Option<&'static str> {
    match kind.as_str() {
        "job" => Some("gitlab-ci-token"),
        "oauth" => Some("oauth2"),
        _ => None,
    }
}

/// Reads the answer to Git's service discovery.
pub(super) fn read(service: &str, reply: &Reply, evidence: &Evidence) -> Told {
    if let Some(limited) = refusal::rate_limited(reply) {
        return limited;
    }
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.trim();
    match reply.status {
        200 if is_advertisement(service, reply) => Told::Allowed(format!("Git was let in ({service})")),
        200 => doubt(Layer::UnusableAnswer, "Git's discovery was answered with something that is not Git"),
        401 if is_gitlabs(reply, text) => unauthorized(evidence),
        401 => doubt(Layer::UnusableAnswer, "a 401 that is not GitLab's: a proxy or a sign-in page may stand in front"),
        403 => forbidden(service, text, evidence),
        404 => not_found(text),
        300..=399 => refusal::redirect(reply),
        _ => refusal::broken(reply),
    }
}

fn is_advertisement(service: &str, reply: &Reply) -> bool {
    let kind = reply.header("content-type").unwrap_or_default();
    // The first line in Git's packet form, after four digits of length.
    let first = format!("# service={service}");
    kind.starts_with(&format!("application/x-{service}-advertisement"))
        && reply.body.get(4..).is_some_and(|line| line.starts_with(first.as_bytes()))
}

/// One text for every credential that is wrong.
fn is_gitlabs(reply: &Reply, text: &str) -> bool {
    let realm = reply.header("www-authenticate").is_some_and(|realm| realm.contains("GitLab"));
    realm || text.starts_with("HTTP Basic: Access denied")
}

fn unauthorized(evidence: &Evidence) -> Told {
    if evidence.alive.is_none() {
        let why = "Git refused it with 401: wrong, expired or revoked, the wrong user name for its kind, or a project it cannot see";
        return Told::Dead(Layer::Rejected, why.to_owned());
    }
    match evidence.kind() {
        kind if kind == kinds::JOB => denied(
            Layer::Kind,
            "Git answers 401 although the job runs: it looks for job tokens under the user name `gitlab-ci-token` only",
        ),
        kind if kind == kinds::PROJECT || kind == kinds::GROUP => {
            denied(Layer::Visibility, "Git answers 401 although the token is good: its bot cannot see this project")
        }
        _ => denied(
            Layer::Visibility,
            "Git answers 401 although the token is good: its scopes or its kind do not serve Git here, or the project is not visible to it",
        ),
    }
}

fn not_found(text: &str) -> Told {
    if text.contains("could not be found") {
        return Told::Hidden;
    }
    if text.contains("does not exist yet") {
        return denied(Layer::Feature, quoted(text));
    }
    doubt(Layer::UnusableAnswer, "a 404 that is not GitLab's; is this the address of a GitLab?")
}

fn quoted(text: &str) -> String {
    format!("Git says: {}", refusal::short(text))
}

/// Texts without "project" come from the token's scope, texts with it from the user's role.
fn forbidden(service: &str, text: &str, evidence: &Evidence) -> Told {
    if let Some(told) = refusal::job_token_sentence(text).or_else(|| refusal::account(&refusal::short(text))) {
        return told;
    }
    let has = |part: &str| text.contains(part);
    if has("fine-grained personal access token") || has("lacks the required permissions") {
        return refusal::granular(text, evidence);
    }
    if text.is_empty() || text.eq_ignore_ascii_case("forbidden") {
        return doubt(
            Layer::NetworkPolicy,
            "Git was refused without a reason; an address banned after failed sign-ins looks like this",
        );
    }
    if has("temporarily read-only") || has("read-only GitLab instance") {
        return doubt(Layer::Unreachable, quoted(text));
    }
    let by_job = evidence.kind() == kinds::JOB;
    let pushes = service == "git-receive-pack";
    let (layer, note) = if has("SSO session") {
        (Layer::Sso, "")
    } else if has("archived project") {
        (Layer::Archived, "")
    } else if has("over HTTP is not allowed") || has("over HTTPS is not allowed") {
        (Layer::Feature, "")
    } else if has("Insufficient permissions to pull") || has("does not have write access") {
        (Layer::Role, "")
    } else if has("You are not allowed to") && has("this project") {
        let note = " (the role is too low, or the project does not let job tokens push)";
        (Layer::Role, if by_job && pushes { note } else { "" })
    } else if has("You are not allowed to") && by_job && pushes {
        (Layer::Feature, " (the project does not let job tokens push)")
    } else if has("You are not allowed to") {
        (Layer::Scope, "")
    } else {
        return doubt(
            Layer::UnusableAnswer,
            "Git was refused in words that are not GitLab's; a proxy may stand in front",
        );
    };
    denied(layer, format!("{}{note}", quoted(text)))
}

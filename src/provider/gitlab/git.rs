//! Git over HTTPS: who one is to it, and how its refusals read.

use super::kinds;
use super::refusal::{Told, denied, doubt};
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
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.trim();
    match reply.status {
        200 if reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with(&format!("application/x-{service}-advertisement"))) =>
        {
            Told::Allowed(format!("Git was let in ({service})"))
        }
        200 => doubt(Layer::UnusableAnswer, "Git's discovery was answered with something that is not Git"),
        401 => unauthorized(evidence),
        403 => forbidden(service, text, evidence),
        404 => Told::Hidden,
        301 | 302 | 307 | 308 => super::refusal::redirect(reply),
        _ => super::refusal::broken(reply),
    }
}

fn unauthorized(evidence: &Evidence) -> Told {
    if evidence.alive.is_none() {
        let why = "Git refused it with 401: wrong, expired or revoked, the wrong user name for its kind, or a project it cannot see";
        return Told::Dead(Layer::Rejected, why.to_owned());
    }
    let why = match evidence.kind() {
        kind if kind == kinds::PROJECT || kind == kinds::GROUP => {
            "Git answers 401 although the token is good: its bot cannot see this project"
        }
        _ => {
            "Git answers 401 although the token is good: its scopes or its kind do not serve Git here, or the project is not visible to it"
        }
    };
    denied(Layer::Visibility, why)
}

/// Texts without "project" come from the token's scope, texts with it from the user's role.
fn forbidden(service: &str, text: &str, evidence: &Evidence) -> Told {
    if let Some(told) = super::refusal::job_token_sentence(text) {
        return told;
    }
    let quoted = format!("Git says: {}", first_line(text));
    if text.contains("SSO session") {
        return denied(Layer::Sso, quoted);
    }
    if text.contains("archived project") {
        return denied(Layer::Archived, quoted);
    }
    if text.contains("fine-grained personal access token") || text.contains("lacks the required permissions") {
        return super::refusal::granular(text, evidence);
    }
    let about_project = text.contains("this project") || text.contains("of project");
    if text.contains("You are not allowed to") && about_project {
        let job_push = evidence.kind() == kinds::JOB && service == "git-receive-pack";
        let why = if job_push {
            format!("{quoted} (the role is too low, or the project does not let job tokens push)")
        } else {
            quoted
        };
        return denied(Layer::Role, why);
    }
    if text.contains("You are not allowed to") && evidence.kind() == kinds::JOB {
        return denied(Layer::Feature, format!("{quoted} (the project does not let job tokens push)"));
    }
    if text.contains("You are not allowed to") {
        return denied(Layer::Scope, quoted);
    }
    if text.is_empty() || text.eq_ignore_ascii_case("forbidden") {
        return doubt(
            Layer::NetworkPolicy,
            "Git was refused without a reason; an address banned after failed sign-ins looks like this",
        );
    }
    denied(Layer::Role, quoted)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}

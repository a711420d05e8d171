//! `token-in-url`: a token as part of an address.

use super::{Ground, Told};
use crate::domain::finding::Severity;
use crate::pipeline::azure::words as azure;
use crate::pipeline::github::words::{TOKEN, is_own_token};
use crate::pipeline::gitlab::words::{Whose, variable, whose};
use crate::pipeline::literal::{self, begins_like_one};
use crate::pipeline::model::{Act, How, Job, Part, Presented, Request};

pub(super) fn told(job: &Job, _: &Ground<'_>) -> Vec<Told> {
    let requests = job.acts.iter().filter_map(|act| match act {
        Act::Request(request) => Some(request),
        _ => None,
    });
    requests.flat_map(|request| request.tokens.iter().filter_map(|token| one(request, token))).collect()
}

fn one(request: &Request, token: &Presented) -> Option<Told> {
    let place = match &token.how {
        How::UserInfo { user } if is_secret(token, !user.is_empty()) => "the address",
        How::Query(name) if name != "token" && is_secret(token, true) => "the query of the address",
        _ => return None,
    };
    let holder = match variable(&token.value) {
        Some(TOKEN) => "`GITHUB_TOKEN`".to_owned(),
        Some(name) if !begins_like_one(name) => format!("`{name}`"),
        _ => "a token".to_owned(),
    };
    let message = format!("{holder} is written into {place}, which ends up in logs and process lists");
    let told = Told::new("token-in-url", message, token.span, request.span);
    // It dies with the job, and the runner writes it into the checkout's addresses itself.
    let of_the_job = whose(&token.value) == Whose::Job
        || is_own_token(&token.value)
        || azure::whose(&token.value) == azure::Whose::Job;
    Some(if of_the_job { told.weighing(Severity::Note) } else { told })
}

/// A password is one whatever it is called; a user name only where its own name says so.
fn is_secret(token: &Presented, is_password: bool) -> bool {
    match token.value.as_slice() {
        [Part::Variable(name)] => is_password || names_a_secret(name),
        [Part::Text(text)] => {
            ["glpat-", "gldt-", "glcbt-", "ghp_", "github_pat_", "ghs_"].iter().any(|start| text.starts_with(start))
                || literal::judge(text).is_some()
        }
        _ => false,
    }
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["TOKEN", "PASSWORD", "SECRET"].iter().any(|word| name.contains(word)) || name.ends_with("_PAT")
}

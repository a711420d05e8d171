//! `push-starts-no-pipeline`: a push that is made with the job's own token.

use super::{Ground, Told};
use crate::pipeline::gitlab::FORGE;
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, GitRun, GitVerb, Job, Part, Value, split_once, text_of};

const RULE: &str = "push-starts-no-pipeline";

pub(super) fn told(job: &Job, _: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE {
        return Vec::new();
    }
    let pushes = job.acts.iter().filter_map(|act| match act {
        Act::Git(run) if run.verb == GitVerb::Push && !run.wants_no_pipeline => Some(run),
        _ => None,
    });
    pushes.filter_map(|run| one(run, job.whole)).collect()
}

fn one(run: &GitRun, whole: bool) -> Option<Told> {
    match &run.remote {
        Some(remote) if carries_job_token(remote) => {
            let message = "this push is made with the job token, and such a push starts no pipeline";
            Some(Told::new(RULE, message, run.span, run.span))
        }
        Some(_) => None,
        // Without an address of its own it goes where the runner cloned from, with the job token in front.
        None if !whole
            || run.own_sign_in
            || run.named.as_ref().is_some_and(|word| word.text().as_deref() != Some("origin")) =>
        {
            None
        }
        None => {
            let message = "nothing here signs in for this push, so it is made with the job token, and such a push starts no pipeline";
            Some(Told::new(RULE, message, run.span, run.span).likely())
        }
    }
}

fn carries_job_token(remote: &Value) -> bool {
    if matches!(remote.as_slice(), [Part::Variable(name)] if name == "CI_REPOSITORY_URL") {
        return true;
    }
    let Some((before, _)) = split_once(remote, '@') else { return false };
    let Some((_, password)) = split_once(&before, ':').and_then(|(_, rest)| split_once(&rest, ':')) else {
        return false;
    };
    let is_scheme = matches!(before.first(), Some(Part::Text(text)) if text.contains("://"));
    is_scheme && (whose(&password) == Whose::Job) && text_of(&password).is_none()
}

//! `token-missing`: a step of Azure Pipelines that uses the job's token, and is not given it.

use super::{Ground, Told};
use crate::domain::finding::Severity;
use crate::pipeline::azure::FORGE;
use crate::pipeline::model::{Act, ClientRun, ClientToken, GitRun, GitVerb, Job};

const RULE: &str = "token-missing";

pub(super) fn told(job: &Job, _: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE {
        return Vec::new();
    }
    job.acts.iter().filter_map(|act| one(act, job.whole)).collect()
}

fn one(act: &Act, whole: bool) -> Option<Told> {
    match act {
        Act::Unset(name, span) => {
            let message = format!("`{name}` is read here and nothing maps it to this step, so it is empty");
            Some(Told::new(RULE, message, *span, *span))
        }
        Act::Git(run) if whole && is_bare(run) => {
            let message = "nothing signs in for this push: `checkout` takes its credentials away again unless it has \
                           `persistCredentials: true`";
            let fix = "add `- checkout: self` with `persistCredentials: true` to the steps, and let the build service \
                       contribute to the repository";
            let told = Told::new(RULE, message, run.span, run.span).weighing(Severity::Warning);
            Some(Told { fix: Some(fix.to_owned()), ..told })
        }
        Act::Client(ClientRun { program: "az", token: ClientToken::Missing, span, .. }) if whole => {
            let message = "`az` finds no token here: `AZURE_DEVOPS_EXT_PAT` is not mapped to this step, and nothing \
                           before it signs in";
            let fix = "add `env:` with `AZURE_DEVOPS_EXT_PAT: $(System.AccessToken)` to the step";
            let told = Told::new(RULE, message, *span, *span).likely();
            Some(Told { fix: Some(fix.to_owned()), ..told })
        }
        _ => None,
    }
}

/// A push to where the checkout came from, without anything that signs in.
fn is_bare(run: &GitRun) -> bool {
    let to_origin = run.named.as_ref().is_none_or(|word| word.text().as_deref() == Some("origin"));
    run.verb == GitVerb::Push && run.remote.is_none() && to_origin && !run.own_sign_in && !run.wants_no_pipeline
}

//! `token-missing` in a workflow: GitHub's client takes no token by itself.

use super::{Ground, Told};
use crate::pipeline::github::FORGE;
use crate::pipeline::model::{Act, ClientRun, ClientToken, Job};

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE {
        return Vec::new();
    }
    let asks = |run: &&ClientRun| {
        run.program == "gh"
            && run.token == ClientToken::Missing
            && ground.parts.command(run.program, &run.words).is_some_and(|command| !command.anonymous)
    };
    let runs = job.acts.iter().filter_map(|act| match act {
        Act::Client(run) => Some(run),
        _ => None,
    });
    runs.filter(asks).map(one).collect()
}

fn one(run: &ClientRun) -> Told {
    let message = "`gh` stops here: nothing gives it a token, and it takes none by itself";
    let fix = "add `env: { GH_TOKEN: \"${{ github.token }}\" }` to the step";
    Told { fix: Some(fix.to_owned()), ..Told::new("token-missing", message, run.span, run.span) }
}

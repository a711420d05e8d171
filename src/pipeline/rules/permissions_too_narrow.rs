//! `permissions-too-narrow`: something that needs a permission which the job's file does not give; and what no permission
//! opens to the token of a job.

use std::collections::BTreeSet;

use super::own_token::{Asked, IDENTITY, Way, Ways, asked, held_by, is_met, pushes_with_own};
use super::step_action::takes_own;
use super::{Ground, Told};
use crate::domain::connection::Given;
use crate::domain::job_permissions::{Grade, held};
use crate::domain::parts::Action;
use crate::pipeline::github::FORGE;
use crate::pipeline::model::{Act, CallRun, Job, Part, Permissions, Value};

const RULE: &str = "permissions-too-narrow";
const CLOSED: &str = "job-token-closed-endpoint";

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE {
        return Vec::new();
    }
    let mut told = Vec::new();
    // Reads that lack the same permission lack it once.
    let mut reads: BTreeSet<String> = BTreeSet::new();
    for asked in asked(job, ground) {
        match &asked.ways {
            Ways::Closed(needed) => told.push(closed(&asked, needed.as_deref())),
            Ways::Named(ways) => {
                let Some(permissions) = &job.permissions else { continue };
                let held = held_by(permissions, ground);
                if ways.iter().any(|way| is_met(way, &held)) {
                    continue;
                }
                let needed = spelled(ways);
                let worth_it = if reads_only(ways) {
                    !gives_nothing_on_purpose(permissions) && reads.insert(needed.clone())
                } else {
                    true
                };
                if worth_it {
                    told.push(narrow(&asked, ways, &needed, job, permissions));
                }
            }
            Ways::Free | Ways::Unknown => {}
        }
    }
    told.extend(job.acts.iter().filter_map(|act| of_workflow_files(act, job, ground)));
    if let Some(permissions) = &job.permissions {
        let calls = job.acts.iter().filter_map(|act| match act {
            Act::Call(run) => Some(run),
            _ => None,
        });
        told.extend(calls.filter_map(|run| too_much_asked(run, job, permissions, ground)));
    }
    told
}

fn closed(asked: &Asked, needed: Option<&str>) -> Told {
    let message = format!("{} is closed to `GITHUB_TOKEN`, whatever `permissions` say", asked.what);
    let words = needed.map(|needed| ("needed", needed.to_owned())).into_iter().collect();
    Told { words, ..Told::new(CLOSED, message, asked.span, asked.around) }
}

/// A push of files below `.github/workflows`, over Git or by an action.
fn of_workflow_files(act: &Act, job: &Job, ground: &Ground<'_>) -> Option<Told> {
    let span = match act {
        Act::Git(run) if run.workflow_files && pushes_with_own(run) => run.span,
        Act::Action(run) => {
            let names = |value: &Value| {
                value.iter().any(|part| matches!(part, Part::Text(text) if text.contains(".github/workflows")))
            };
            let pushed = |action: &Action| {
                let mut values = action.files.iter().filter_map(|name| run.inputs.get(name));
                takes_own(action, run, job) && values.any(|(value, _)| names(value))
            };
            ground.parts.actions(&run.name).find(|action| pushed(action)).map(|_| run.span)?
        }
        _ => return None,
    };
    let message = "this pushes files below `.github/workflows`, for which `GITHUB_TOKEN` can never have the permission";
    let words = vec![("needed", "the permission `workflows: write`".to_owned())];
    Some(Told { words, ..Told::new(CLOSED, message, span, span) })
}

/// Whoever writes `permissions: {}` relies on what anybody may read.
fn gives_nothing_on_purpose(permissions: &Permissions) -> bool {
    matches!(&permissions.given, Given::Each(each) if each.is_empty())
}

/// On a public repository everybody may read.
fn reads_only(ways: &[Way]) -> bool {
    ways.iter().any(|way| way.iter().all(|(key, grade)| *grade == Grade::Read && key != IDENTITY))
}

fn narrow(asked: &Asked, ways: &[Way], needed: &str, job: &Job, permissions: &Permissions) -> Told {
    let whose = whose(permissions);
    let what = &asked.what;
    let told = if reads_only(ways) {
        let message = format!(
            "{what} needs {needed} where the repository is not public, and `permissions` of {whose} do not give it"
        );
        Told::new(RULE, message, asked.span, asked.around).likely()
    } else {
        let message = format!("{what} needs {needed}, which `permissions` of {whose} do not give");
        let told = Told::new(RULE, message, asked.span, asked.around);
        if asked.sure { told } else { told.likely() }
    };
    Told { fix: Some(to_add(&spelled(&ways[..1]), &job.name, permissions)), ..told }
}

fn whose(permissions: &Permissions) -> &'static str {
    match permissions.of_all {
        _ if !permissions.callers.is_empty() => "the job and its callers",
        true => "the workflow",
        false => "the job",
    }
}

fn to_add(needed: &str, job: &str, permissions: &Permissions) -> String {
    match &permissions.given {
        Given::All(word) => {
            format!(
                "in place of `{word}` give the job `{job}` a `permissions` block that names {needed} and all else it needs"
            )
        }
        Given::Each(_) if permissions.of_all => {
            format!("add {needed} to `permissions`, best in a block of the job `{job}` that names all it needs")
        }
        Given::Each(_) => format!("add {needed} to the `permissions` of the job `{job}`"),
    }
}

/// `` `issues: write` or `pull-requests: write` ``
fn spelled(ways: &[Way]) -> String {
    let one = |(key, grade): &(String, Grade)| format!("`{key}: {}`", grade.as_str());
    let way = |way: &Way| way.iter().map(one).collect::<Vec<_>>().join(" with ");
    ways.iter().map(way).collect::<Vec<_>>().join(" or ")
}

/// A called workflow that asks for more than the caller gives does not start.
fn too_much_asked(run: &CallRun, job: &Job, permissions: &Permissions, ground: &Ground<'_>) -> Option<Told> {
    let Given::Each(_) = &run.asks else { return None };
    let given = held_by(permissions, ground);
    let asked = held(&run.asks, &ground.catalogue(FORGE).about.job_permissions);
    let lacking: Way = asked
        .into_iter()
        .filter(|(key, grade)| given.get(key).is_none_or(|have| have < grade))
        .map(|(key, grade)| (key.to_owned(), grade))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let needed = spelled(&lacking.iter().map(|one| vec![one.clone()]).collect::<Vec<_>>()).replace(" or ", " and ");
    let called = &run.job;
    let message = format!(
        "the called workflow's job `{called}` asks for {needed}, which `permissions` of {} do not give, so nothing starts",
        whose(permissions)
    );
    let told = Told::new(RULE, message, run.span, run.span);
    Some(Told { fix: Some(to_add(&needed, &job.name, permissions)), ..told })
}

//! `job-token-closed-endpoint`, of tools: one that is known to fail with the job's token, and is given it.

use super::own_token::held_by;
use super::step_action::takes_own;
use super::{Ground, Told};
use crate::domain::capability::Capability;
use crate::domain::catalogue::PermissionWays;
use crate::domain::contract::{Contract, JobTokenUse, Run, Section};
use crate::domain::job_permissions::Grade;
use crate::domain::routes::ever_open;
use crate::domain::token::Kind;
use crate::pipeline::github::FORGE as GITHUB;
use crate::pipeline::github::words::is_own_token;
use crate::pipeline::gitlab::FORGE;
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, Job, Part, ToolRun, Value, split_once, text_of};
use crate::pipeline::text::Span;

const RULE: &str = "job-token-closed-endpoint";
/// Capabilities named in a message.
const FEW: usize = 3;

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    let runs = job.acts.iter().filter_map(|act| match act {
        Act::Tool(run) => Some(run),
        _ => None,
    });
    match job.forge {
        FORGE => runs.filter_map(|run| one(run, ground)).collect(),
        GITHUB => runs.filter_map(|run| at_github(run, job, ground)).chain(actions(job, ground)).collect(),
        _ => Vec::new(),
    }
}

/// A tool with the token of a GitHub job: one that cannot work with it, or one that needs more than the job gives.
fn at_github(seen: &ToolRun, job: &Job, ground: &Ground<'_>) -> Option<Told> {
    let (contract, run) = of(seen, ground.contracts)?;
    let section = contract.forges.get(GITHUB)?;
    let (holder, span) = given(seen, run)?;
    let (title, id) = (&contract.title, &contract.id);
    let kind = Kind::named("actions");
    let is_closed = |capability: &&Capability| {
        let row = ground.catalogue(GITHUB).row(capability);
        row.is_some_and(|row| *row.permission.for_kind(&kind) == PermissionWays::Closed)
    };
    let closed: Vec<_> = section.capabilities.iter().filter(is_closed).take(FEW).collect();
    if !closed.is_empty() || !(section.kinds.is_empty() || section.kinds.contains(&kind)) {
        let to = closed.iter().map(|capability| format!("`{capability}`")).collect::<Vec<_>>().join(", ");
        let why =
            if to.is_empty() { "which it cannot work with".to_owned() } else { format!("to which {to} are closed") };
        let message = format!("{title} is given `GITHUB_TOKEN` by {holder}, {why}");
        let told = Told::new(RULE, message, span.unwrap_or(seen.span), seen.span);
        let fix =
            format!("give it a token of a GitHub App or a fine-grained one; `hallpass explain {id}` has the rest");
        return Some(Told { fix: Some(fix), ..told });
    }
    let held = held_by(job.permissions.as_ref()?, ground);
    let lacking: Vec<String> = section
        .permissions
        .iter()
        .filter_map(|name| name.split_once('='))
        .filter(|(key, grade)| {
            Grade::named(grade) == Some(Grade::Write) && held.get(key).is_none_or(|have| *have < Grade::Write)
        })
        .map(|(key, grade)| format!("`{key}: {grade}`"))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let lacking = lacking.join(" and ");
    let message = format!("{title} is made for {lacking}, which `permissions` do not give");
    let told = Told::new("permissions-too-narrow", message, seen.span, seen.span).likely();
    let fix =
        format!("add {lacking} to the `permissions` of the job `{}`; `hallpass explain {id}` has the rest", job.name);
    Some(Told { fix: Some(fix), ..told })
}

/// Actions that say themselves that the job's token will not do.
fn actions(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    let runs = job.acts.iter().filter_map(|act| match act {
        Act::Action(run) => Some(run),
        _ => None,
    });
    runs.flat_map(|run| {
        let own = ground.parts.actions(&run.name).filter(|action| takes_own(action, run, job));
        own.filter_map(|action| action.fails.as_ref()).map(|why| Told::new(RULE, why.clone(), run.span, run.span))
    })
    .collect()
}

fn one(seen: &ToolRun, ground: &Ground<'_>) -> Option<Told> {
    let (contract, run) = of(seen, ground.contracts)?;
    let section = contract.forges.get(FORGE)?;
    let (holder, span) = given(seen, run)?;
    let closed = closed(section, ground);
    if section.job_token == Some(JobTokenUse::Yes) || closed.is_empty() {
        return None;
    }
    let shown = closed.iter().take(FEW).map(|capability| format!("`{capability}`")).collect::<Vec<_>>().join(", ");
    let more = if closed.len() > FEW { " and more" } else { "" };
    let title = &contract.title;
    let message = format!("{title} is given the job token by {holder}, to which {shown}{more} are closed");
    let scopes = section.scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" and ");
    let role = section.role.as_ref().map_or_else(String::new, |role| format!(" and the role {role}"));
    let told = Told::new(RULE, message, span.unwrap_or(seen.span), seen.span);
    Some(Told {
        fix: Some(format!(
            "give it a project access token with scope {scopes}{role}; `hallpass explain {}` has the rest",
            contract.id
        )),
        where_file: run.where_file.clone(),
        unless_file: run.unless_file.clone(),
        ..told
    })
}

/// The contract of the tool; the one with the longest name that fits.
fn of<'c>(seen: &ToolRun, contracts: &'c [Contract]) -> Option<(&'c Contract, &'c Run)> {
    let called = seen.words.join(" ");
    let fits = |run: &Run| {
        let program = run.programs.iter().filter(|program| begins(&called, program)).map(String::len).max()?;
        let argued =
            run.argument.as_ref().is_none_or(|text| seen.arguments.iter().any(|word| holds(&word.value, text)));
        argued.then_some(program)
    };
    let all = contracts.iter().filter_map(|contract| Some((contract, contract.run.as_ref()?)));
    let fitting = all.filter_map(|(contract, run)| Some((fits(run)?, contract, run)));
    fitting.max_by_key(|(length, ..)| *length).map(|(_, contract, run)| (contract, run))
}

fn begins(called: &str, program: &str) -> bool {
    called.strip_prefix(program).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn holds(value: &[Part], text: &str) -> bool {
    value.iter().any(|part| matches!(part, Part::Text(held) if held.contains(text)))
}

/// What hands the job's token over, and where.
fn given(seen: &ToolRun, run: &Run) -> Option<(String, Option<Span>)> {
    for name in &run.tokens {
        let set = seen.environment.iter().find(|(held, ..)| held == name);
        match set {
            Some((_, value, place)) if is_own(value) => return Some((format!("`{name}`"), *place)),
            None if name == "CI_JOB_TOKEN" => return Some((format!("`{name}`"), None)),
            _ => {}
        }
    }
    run.options.iter().find_map(|option| {
        let (span, value) = after(seen, option)?;
        is_own(&value).then(|| (format!("`{option}`"), Some(span)))
    })
}

fn is_own(value: &Value) -> bool {
    whose(value) == Whose::Job || is_own_token(value)
}

/// The value of an option, `--name value` or `--name=value`.
fn after(seen: &ToolRun, option: &str) -> Option<(Span, Value)> {
    seen.arguments.iter().enumerate().find_map(|(at, word)| {
        if word.text().as_deref() == Some(option) {
            return seen.arguments.get(at + 1).map(|next| (next.span, next.value.clone()));
        }
        let (name, value) = split_once(&word.value, '=')?;
        (text_of(&name).as_deref() == Some(option)).then_some((word.span, value))
    })
}

/// What it needs and the job token can do on no version.
fn closed(section: &Section, ground: &Ground<'_>) -> Vec<Capability> {
    let is_closed = |capability: &&Capability| {
        ground.catalogue(FORGE).row(capability).is_some_and(|row| !ever_open(row, ground.catalogue(FORGE)))
    };
    section.capabilities.iter().filter(is_closed).cloned().collect()
}

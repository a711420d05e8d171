//! `job-token-closed-endpoint`, of tools: one that is known to fail with the job's token, and is given it.

use super::{Ground, Told};
use crate::domain::capability::Capability;
use crate::domain::contract::{Contract, JobTokenUse, Run, Section};
use crate::domain::routes::ever_open;
use crate::pipeline::gitlab::FORGE;
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, Job, Part, ToolRun, Value, split_once, text_of};
use crate::pipeline::text::Span;

const RULE: &str = "job-token-closed-endpoint";
/// Capabilities named in a message.
const FEW: usize = 3;

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE {
        return Vec::new();
    }
    let runs = job.acts.iter().filter_map(|act| match act {
        Act::Tool(run) => Some(run),
        _ => None,
    });
    runs.filter_map(|run| one(run, ground)).collect()
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
            Some((_, value, place)) if whose(value) == Whose::Job => return Some((format!("`{name}`"), *place)),
            None if name == "CI_JOB_TOKEN" => return Some((format!("`{name}`"), None)),
            _ => {}
        }
    }
    run.options.iter().find_map(|option| {
        let (span, value) = after(seen, option)?;
        (whose(&value) == Whose::Job).then(|| (format!("`{option}`"), Some(span)))
    })
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

//! `push-starts-no-pipeline` on GitHub: something made with the job's own token that another workflow waits for.

use super::own_token::{is_own_client, pushes_with_own};
use super::step_action::{applies, may_be, takes_own};
use super::{Ground, Heard, Told};
use crate::domain::parts::Event;
use crate::pipeline::github::FORGE;
use crate::pipeline::github::triggers::Made;
use crate::pipeline::model::{Act, ActionRun, ClientRun, GitRun, Job, Part, Word};
use crate::pipeline::text::Span;

const RULE: &str = "push-starts-no-pipeline";
/// Stands for the workflow that waits.
pub(super) const LISTENER: &str = "{listener}";

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    if job.forge != FORGE || starts_by_itself(job) {
        return Vec::new();
    }
    job.acts
        .iter()
        .flat_map(|act| match act {
            Act::Git(run) if pushes_with_own(run) && !run.wants_no_pipeline => of_push(run).into_iter().collect(),
            Act::Client(run) if is_own_client(run) => of_client(run, ground),
            Act::Action(run) => of_action(run, job, ground),
            _ => Vec::new(),
        })
        .collect()
}

/// The job starts what follows with a call that does start workflows.
fn starts_by_itself(job: &Job) -> bool {
    job.acts.iter().any(|act| match act {
        Act::Client(run) => run.words.iter().map(String::as_str).take(2).eq(["workflow", "run"]),
        Act::Request(request) => {
            request.url.value.iter().any(|part| matches!(part, Part::Text(text) if text.ends_with("/dispatches")))
        }
        _ => false,
    })
}

fn of_push(run: &GitRun) -> Option<Told> {
    let tags = run.refs.iter().any(names_a_tag);
    if tags {
        return Some(new(Made::Tag, run.span));
    }
    match run.refs.as_slice() {
        [] => Some(new(Made::Branch(None), run.span)),
        [one] => branch(one).map(|made| new(made, run.span)),
        _ => None,
    }
}

fn names_a_tag(word: &Word) -> bool {
    let head = word.head();
    let of_version = head.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_digit()) || (rest.is_empty() && word.value.len() > 1)
    });
    matches!(head, "--tags" | "--follow-tags") || head.contains("refs/tags/") || of_version
}

/// The branch that a refspec goes to. Where nobody knows that, nothing is said.
fn branch(word: &Word) -> Option<Made> {
    let text = word.text()?;
    let to = text.trim_start_matches('+').rsplit(':').next().unwrap_or_default().to_owned();
    let to = to.strip_prefix("refs/heads/").unwrap_or(&to).to_owned();
    match to.as_str() {
        "HEAD" => Some(Made::Branch(None)),
        _ if to.starts_with("--") || to.starts_with("refs/") => None,
        _ => Some(Made::Branch(Some(to))),
    }
}

fn of_client(run: &ClientRun, ground: &Ground<'_>) -> Vec<Told> {
    let Some(command) = ground.parts.command(run.program, &run.words) else { return Vec::new() };
    let has = |option: &String| run.arguments.iter().any(|word| word.head().starts_with(option.as_str()));
    let open = run.arguments.iter().any(|word| word.is_open() && matches!(word.value.as_slice(), [Part::Unknown]));
    if command.without.iter().chain(&command.silent_with).any(has) || open {
        return Vec::new();
    }
    command.makes.iter().map(|event| new(made(*event), run.span)).collect()
}

fn of_action(run: &ActionRun, job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    let entries = ground.parts.actions(&run.name).filter(|action| applies(action, run) && takes_own(action, run, job));
    let loud = entries.filter(|action| {
        !action.silent_if.iter().any(|(name, values)| {
            run.inputs.get(name).is_some_and(|(value, _)| !value.is_empty() && may_be(value, values))
        })
    });
    loud.flat_map(|action| &action.makes).map(|event| new(made(*event), run.span)).collect()
}

fn made(event: Event) -> Made {
    match event {
        Event::Push => Made::Branch(None),
        Event::Tag => Made::Tag,
        Event::Release => Made::Release,
        Event::PullRequest => Made::PullRequest,
    }
}

fn new(made: Made, span: Span) -> Told {
    let (what, likely) = match &made {
        Made::Branch(_) => ("this push is made with `GITHUB_TOKEN`, so it does not start", true),
        Made::Tag => ("this tag is pushed with `GITHUB_TOKEN`, so it does not start", false),
        Made::Release => ("this release is made with `GITHUB_TOKEN`, so it does not start", false),
        Made::PullRequest => ("this pull request is opened with `GITHUB_TOKEN`, so it does not start", true),
    };
    let message = format!("{what} `{LISTENER}`, which waits for such events");
    // Whether a workflow that waits for tags and releases is left out on purpose nobody asks; with branches it is common.
    let elsewhere = matches!(made, Made::Branch(_) | Made::PullRequest);
    let told = Told { heard: Some(Heard { made, elsewhere }), ..Told::new(RULE, message, span, span) };
    if likely { told.likely() } else { told }
}

//! Ready-made parts of pipelines: commands of a forge's client, and actions.

use super::{Seen, Tongue};
use crate::domain::parts::{Action, Need};
use crate::domain::usage::{Aim, Deed, Holder, Where};
use crate::pipeline::model::{ActionRun, ClientRun, ClientToken, Job, Value};
use crate::pipeline::rules::{Ground, step_action};

pub(super) fn of_client(run: &ClientRun, own: &Tongue, tongues: &[Tongue], ground: &Ground<'_>) -> Vec<Seen> {
    let Some(tongue) = tongues.iter().find(|tongue| tongue.client == Some(run.program)) else { return Vec::new() };
    let ClientToken::Given(presented) = &run.token else { return Vec::new() };
    let Some(holder) = (own.holder)(&presented.value) else { return Vec::new() };
    let Some(command) = ground.parts.command(run.program, &run.words) else { return Vec::new() };
    if command.without.iter().any(|option| run.arguments.iter().any(|word| word.head() == option)) {
        return Vec::new();
    }
    let home = tongue.forge == own.forge;
    let base = if home { Where::Own } else { Where::Named(tongue.public.to_owned()) };
    let target = if home && !run.elsewhere { Where::Own } else { Where::Unknown };
    let deeds = command.does.iter().cloned().map(Deed::Capability);
    let deeds = deeds.chain(command.needs.iter().filter_map(permission));
    let seen = |deed| Seen {
        forge: Some(tongue.forge),
        holder: holder.clone(),
        aim: Aim { base: base.clone(), target: target.clone() },
        deed,
        span: run.span,
    };
    deeds.map(seen).collect()
}

/// The first of the ways that will do.
fn permission(need: &Need) -> Option<Deed> {
    need.0.first().map(|(key, grade)| Deed::Permission(format!("{key}={}", grade.as_str())))
}

pub(super) fn of_action(run: &ActionRun, job: &Job, tongue: &Tongue, ground: &Ground<'_>) -> Vec<Seen> {
    let entries: Vec<&Action> =
        ground.parts.actions(&run.name).filter(|action| step_action::applies(action, run)).collect();
    entries.iter().flat_map(|action| of_entry(action, run, job, tongue, ground)).collect()
}

fn of_entry(action: &Action, run: &ActionRun, job: &Job, tongue: &Tongue, ground: &Ground<'_>) -> Vec<Seen> {
    let own = step_action::takes_own(action, run, job);
    let holder = if own { Some(Holder::Own) } else { given(action, run).and_then(|value| (tongue.holder)(value)) };
    let Some(holder) = holder else { return Vec::new() };
    let section = |id: &&String| {
        let contract = ground.contracts.iter().find(|contract| contract.id == **id);
        contract.is_some_and(|contract| contract.forges.contains_key(tongue.forge))
    };
    let deeds: Vec<Deed> = match action.contract.as_ref().filter(section) {
        Some(id) => vec![Deed::Contract(id.clone())],
        None if action.anything => vec![Deed::Untold("what its script does is not read")],
        None => action.needs.iter().filter_map(permission).collect(),
    };
    let seen = |deed| Seen { forge: Some(tongue.forge), holder: holder.clone(), aim: Aim::OWN, deed, span: run.span };
    deeds.into_iter().map(seen).collect()
}

/// The token that it is given.
fn given<'r>(action: &Action, run: &'r ActionRun) -> Option<&'r Value> {
    let input = action.token.inputs.iter().find_map(|name| run.inputs.get(name).map(|(value, _)| value));
    input.or_else(|| {
        let set = |name: &String| run.environment.iter().find(|(held, ..)| held == name).map(|(_, value, _)| value);
        action.token.variables.iter().find_map(set)
    })
}

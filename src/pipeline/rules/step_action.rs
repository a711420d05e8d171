//! A ready-made step against what is known of its action.

use crate::domain::parts::Action;
use crate::pipeline::github::words::is_own_token;
use crate::pipeline::model::{Act, ActionRun, Job, Part, Value};

/// Do the inputs say that this entry is about the step? What they leave open: no.
pub(in crate::pipeline) fn applies(action: &Action, run: &ActionRun) -> bool {
    let given = |name: &String| run.inputs.get(name).map(|(value, _)| value).filter(|value| !value.is_empty());
    let wanted = action.only_if.iter().all(|(name, values)| given(name).is_some_and(|value| surely_is(value, values)));
    let unwanted = action.not_if.iter().any(|(name, values)| given(name).is_some_and(|value| may_be(value, values)));
    wanted && !unwanted
}

fn surely_is(value: &Value, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| match (wanted.as_str(), wanted.strip_suffix('*')) {
        ("*", _) => true,
        (_, Some(start)) => matches!(value.first(), Some(Part::Text(text)) if text.trim_start().starts_with(start)),
        (text, None) => matches!(value.as_slice(), [Part::Text(held)] if held.trim() == text),
    })
}

pub(super) fn may_be(value: &Value, wanted: &[String]) -> bool {
    surely_is(value, wanted) || !matches!(value.as_slice(), [Part::Text(_)])
}

/// Is the job's own token the one that the action gets? Where several are named, all of them are.
pub(in crate::pipeline) fn takes_own(action: &Action, run: &ActionRun, job: &Job) -> bool {
    let token = &action.token;
    if token.git {
        return run.left.as_deref().is_some_and(is_own_token);
    }
    if let Some(registry) = &token.registry {
        return signed_in_with_own(registry, run, job);
    }
    let inputs = token.inputs.iter().filter_map(|name| run.inputs.get(name).map(|(value, _)| value));
    let variables = token.variables.iter().filter_map(|name| {
        let set = run.environment.iter().find(|(held, ..)| held == name);
        set.map(|(_, value, _)| value)
    });
    let given: Vec<&Value> = inputs.chain(variables).filter(|value| !value.is_empty()).collect();
    if given.is_empty() { token.own } else { given.iter().all(|value| is_own_token(value)) }
}

/// Did an earlier step sign in to the registry with the job's own token, and none with another?
fn signed_in_with_own(registry: &str, run: &ActionRun, job: &Job) -> bool {
    let before = job.acts.iter().take_while(|act| !matches!(act, Act::Action(other) if other == run));
    let mut passwords = before.filter_map(|act| match act {
        Act::Action(other) if other.name.eq_ignore_ascii_case("docker/login-action") => {
            let (named, _) = other.inputs.get("registry")?;
            surely_is(named, &[registry.to_owned()]).then(|| other.inputs.get("password").map(|(value, _)| value))
        }
        _ => None,
    });
    let first = passwords.next().flatten();
    first.is_some_and(|value| is_own_token(value))
        && passwords.all(|value| value.is_some_and(|value| is_own_token(value)))
}

//! What the job itself tells of its own token: no call and no header of GitHub does.

use crate::app::ports::Task;
use crate::domain::connection::{Granted, Job, Outsider};
use crate::domain::evidence::{Fact, HeldPermission, Known, Origin};
use crate::domain::job_permissions::{Grade, Keys, held};
use crate::domain::verdict::Basis;

const IDENTITY: &str = "id-token";

/// Facts about the token of the running job on the target of the connection.
pub(super) fn facts(task: &Task<'_>, job: &Job, keys: &Keys) -> Vec<Known<Fact>> {
    let own = own_target(task, job);
    let mut facts = Vec::new();
    if let (Some(own), Some(project)) = (own, &job.project) {
        facts.push(known(Basis::Inferred, "env:GITHUB_REPOSITORY", project, Fact::OwnTarget(own)));
    }
    match (&job.granted, &job.outsider) {
        (Some(granted), outsider) => facts.push(declared(granted, outsider.as_ref(), own, keys)),
        (None, Some(outsider)) => facts.extend(no_writes(outsider, keys)),
        (None, None) => {}
    }
    if let Some(given) = job.identity {
        let says = if given { "both variables are set" } else { "the job was not told where to ask for one" };
        let origin = "env:ACTIONS_ID_TOKEN_REQUEST_URL";
        facts.push(known(Basis::Inferred, origin, says, Fact::Shown(format!("{IDENTITY}=write"), given)));
    }
    facts
}

/// The token reaches its own repository and nothing else.
fn own_target(task: &Task<'_>, job: &Job) -> Option<bool> {
    let target = task.connection.target.as_ref()?;
    job.project.as_ref().map(|project| project.eq_ignore_ascii_case(target))
}

fn known(basis: Basis, origin: &str, says: &str, value: Fact) -> Known<Fact> {
    Known { value, basis, origin: Origin::new(origin, None, says) }
}

/// The words of the workflow file, lowered for outsiders.
fn declared(granted: &Granted, outsider: Option<&Outsider>, own: Option<bool>, keys: &Keys) -> Known<Fact> {
    let lowered = outsider.filter(|outsider| !outsider.file_counts);
    let mut held = held(&granted.given, keys);
    if lowered.is_some() {
        held.remove(IDENTITY);
        for level in held.values_mut() {
            *level = Grade::Read;
        }
    }
    // What the environment tells of it is surer than the file.
    held.remove(IDENTITY);
    let name = |(key, level): (&str, Grade)| HeldPermission {
        name: format!("{key}={}", level.as_str()),
        on_target: own,
        project: None,
    };
    let held: Vec<HeldPermission> = held.into_iter().map(name).collect();
    let place = format!("{}:{}", granted.place.file, granted.place.line);
    let says = match lowered {
        Some(outsider) => format!("its `permissions`, every write lowered to read: this is {}", outsider.what),
        None => "its `permissions`".to_owned(),
    };
    known(Basis::Declared, &place, &says, Fact::Permissions(held))
}

/// No file says what an outsider's job may read, but it writes nothing.
fn no_writes(outsider: &Outsider, keys: &Keys) -> impl Iterator<Item = Known<Fact>> {
    let says = format!("this is {}, which is given no writes", outsider.what);
    let writes = keys.iter().filter(|(_, range)| range.can_write());
    writes.map(move |(key, _)| {
        known(Basis::Inferred, "env:GITHUB_EVENT_NAME", &says, Fact::Shown(format!("{key}=write"), false))
    })
}

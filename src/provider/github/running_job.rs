//! What the job itself tells of its own token: no call and no header of GitHub does.

use std::collections::BTreeMap;

use crate::app::ports::Task;
use crate::domain::connection::{Given, Granted, Job, Outsider};
use crate::domain::evidence::{Fact, HeldPermission, Known, Origin};
use crate::domain::verdict::Basis;

/// Every key of `permissions`, with the most that it can be given.
const KEYS: &[(&str, Level)] = &[
    ("actions", Level::Write),
    ("artifact-metadata", Level::Write),
    ("attestations", Level::Write),
    ("checks", Level::Write),
    ("contents", Level::Write),
    ("deployments", Level::Write),
    ("discussions", Level::Write),
    (IDENTITY, Level::Write),
    ("issues", Level::Write),
    ("models", Level::Read),
    ("packages", Level::Write),
    ("pages", Level::Write),
    ("pull-requests", Level::Write),
    ("repository-projects", Level::Write),
    ("security-events", Level::Write),
    ("statuses", Level::Write),
    ("vulnerability-alerts", Level::Read),
];
const IDENTITY: &str = "id-token";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Read,
    Write,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Facts about the token of the running job on the target of the connection.
pub(super) fn facts(task: &Task<'_>, job: &Job) -> Vec<Known<Fact>> {
    let own = own_target(task, job);
    let mut facts = Vec::new();
    if let (Some(own), Some(project)) = (own, &job.project) {
        facts.push(known(Basis::Inferred, "env:GITHUB_REPOSITORY", project, Fact::OwnTarget(own)));
    }
    match (&job.granted, &job.outsider) {
        (Some(granted), outsider) => facts.push(declared(granted, outsider.as_ref(), own)),
        (None, Some(outsider)) => facts.extend(no_writes(outsider)),
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
fn declared(granted: &Granted, outsider: Option<&Outsider>, own: Option<bool>) -> Known<Fact> {
    let lowered = outsider.filter(|outsider| !outsider.file_counts);
    let mut held = levels(&granted.given);
    if lowered.is_some() {
        held.remove(IDENTITY);
        for level in held.values_mut() {
            *level = Level::Read;
        }
    }
    // What the environment tells of it is surer than the file.
    held.remove(IDENTITY);
    let name = |(key, level): (&str, Level)| HeldPermission {
        name: format!("{key}={}", level.name()),
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

/// What each key gives; one that no job can be given gives nothing.
fn levels(given: &Given) -> BTreeMap<&str, Level> {
    let within = |wanted: Level| KEYS.iter().map(move |(key, most)| (*key, wanted.min(*most)));
    match given {
        Given::All(word) if word == "read-all" => within(Level::Read).filter(|(key, _)| *key != IDENTITY).collect(),
        Given::All(word) if word == "write-all" => within(Level::Write).collect(),
        Given::All(_) => BTreeMap::new(),
        Given::Each(each) => each
            .iter()
            .filter_map(|(key, word)| {
                let (key, most) = KEYS.iter().find(|(known, _)| known == key)?;
                let level = match word.as_str() {
                    "read" => Level::Read,
                    "write" => Level::Write,
                    _ => return None,
                };
                Some((*key, level.min(*most)))
            })
            .collect(),
    }
}

/// No file says what an outsider's job may read, but it writes nothing.
fn no_writes(outsider: &Outsider) -> impl Iterator<Item = Known<Fact>> {
    let says = format!("this is {}, which is given no writes", outsider.what);
    let writes = KEYS.iter().filter(|(_, most)| *most == Level::Write);
    writes.map(move |(key, _)| {
        known(Basis::Inferred, "env:GITHUB_EVENT_NAME", &says, Fact::Shown(format!("{key}=write"), false))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(pairs: &[(&str, &str)]) -> Given {
        Given::Each(pairs.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect())
    }

    #[test]
    fn naming_one_key_sets_the_others_to_none() {
        let given =
            each(&[("pull-requests", "write"), ("contents", "none"), ("workflows", "write"), ("models", "write")]);
        let wanted = BTreeMap::from([("pull-requests", Level::Write), ("models", Level::Read)]);
        assert_eq!(levels(&given), wanted);
    }

    #[test]
    fn short_forms_stand_for_every_key() {
        let read = levels(&Given::All("read-all".to_owned())).len();
        assert_eq!(read, KEYS.len() - 1);
        let write = Given::All("write-all".to_owned());
        assert_eq!(levels(&write)["contents"], Level::Write);
        assert_eq!(levels(&write)["models"], Level::Read);
        assert!(levels(&Given::All("everything".to_owned())).is_empty());
    }
}

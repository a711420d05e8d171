//! GitHub: github.com, tenants of ghe.com, and servers of one's own.

mod git;
mod hosts;
mod identity;
mod impossible;
mod job;
mod kinds;
mod observe;
mod probes;
mod read;
mod refusal;
mod running_job;
mod shape;

use jiff::Timestamp;

use crate::app::ports::{Environment, GitUser, Glance, Offhand, Probe, Provider, Reply, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::{Base, Connection, Outsider, SourceSpec};
use crate::domain::evidence::{Evidence, Fact, Known, Origin};
use crate::domain::expiry::Expiry;
use crate::domain::token::{Kind, Token};
use crate::domain::verdict::{Basis, Layer};

use super::{Files, path};
use shape::Shape;

pub const ID: &str = "github";

pub const FILES: Files =
    Files { about: include_str!("catalogue.yml"), capabilities: include_str!("capabilities.csv"), routes: "" };

pub const OFFHAND: Offhand = Offhand {
    id: ID,
    public_origin: PUBLIC_ORIGIN,
    own_token: OWN_TOKEN,
    tidy_root,
    job: job::platform,
    glance,
    git_subject: None,
    shared_origin: false,
};

const PUBLIC_ORIGIN: &str = "https://github.com";
const OWN_TOKEN: &str = "GITHUB_TOKEN";

pub struct GitHub {
    catalogue: Catalogue,
}

impl GitHub {
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }
}

impl Provider for GitHub {
    fn offhand(&self) -> &'static Offhand {
        &OFFHAND
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn offline(&self, task: &Task<'_>, _now: Timestamp) -> Vec<Known<Fact>> {
        let mut facts = from_text(task);
        if let Some(job) = &task.connection.job {
            let of_the_job = facts.iter().any(|known| known.value == Fact::Kind(kinds::ACTIONS));
            if of_the_job {
                facts.extend(running_job::facts(task, job, &self.catalogue.about.job_permissions));
            }
            if let Some(number) = &job.merge_request {
                facts.push(inferred("env:GITHUB_REF", number, Fact::Sample(observe::PULL_REQUEST, number.clone())));
            }
        }
        facts
    }

    fn next(&self, task: &Task<'_>, evidence: &Evidence, asked: &[String]) -> Vec<Probe> {
        probes::next(task, evidence, asked, &self.catalogue)
    }

    fn read(
        &self,
        task: &Task<'_>,
        evidence: &Evidence,
        probe: &Probe,
        reply: &Reply,
        _now: Timestamp,
    ) -> Vec<Known<Fact>> {
        read::read(task, evidence, probe, reply, &self.catalogue)
    }

    fn doors(&self, base: &Base) -> Vec<Base> {
        hosts::api_host(base).into_iter().collect()
    }

    fn outsider(&self, environment: &dyn Environment, event: Option<&[u8]>) -> Option<Outsider> {
        job::outsider(environment, event)
    }

    fn usual_variables(&self) -> &'static [&'static str] {
        &[OWN_TOKEN, "GH_TOKEN"]
    }

    fn web_of_ssh(&self, host: &str, path: &str) -> Option<(&'static str, String)> {
        (host == "ssh.github.com").then(|| ("github.com", path.to_owned()))
    }

    fn git_user(&self, kind: &Kind) -> Option<&'static str> {
        git::user(kind)
    }
}

fn tidy_root(path: &str) -> (String, Option<String>) {
    path::without_api(path, "/api/v3", "GitHub")
}

/// Only what Git needs to know. Git looks at no user name here, and what a token says of its own end is no promise.
fn glance(_connection: &Connection, token: &Token) -> Glance {
    let user = if token.expose().starts_with("ghs_") { git::OF_AN_APP } else { git::OF_A_USER };
    Glance { user: GitUser::Any(user), expires: None }
}

fn inferred(origin: &str, says: &str, value: Fact) -> Known<Fact> {
    Known { value, basis: Basis::Inferred, origin: Origin::new(origin, None, says) }
}

fn from_text(task: &Task<'_>) -> Vec<Known<Fact>> {
    let told = |says: &str, value: Fact| inferred("token text", says, value);
    let with_note = |says: String, note: Option<&str>| match note {
        Some(note) => format!("{says}; {note}"),
        None => says,
    };
    match shape::read(task.token.expose()) {
        Shape::Malformed(why) => vec![told(why, Fact::Dead(Layer::Malformed, why.to_owned()))],
        Shape::Useless(why) => vec![told(&why, Fact::Dead(Layer::Kind, why.clone()))],
        Shape::Hint { kind, note } => {
            let says = with_note(format!("the prefix or form of a token of kind `{kind}`"), note);
            vec![told(&says, Fact::Kind(kind))]
        }
        Shape::OfAnApp { expires, note } => {
            let kind = by_place(task.connection);
            let says = with_note("the prefix of an App's token, and where it comes from".to_owned(), note);
            let mut facts = vec![told(&says, Fact::Kind(kind))];
            let expiry = expires.map(|instant| Expiry::At { instant, date_only: false });
            facts.extend(expiry.map(|expiry| told("`exp` in its text, which is no promise", Fact::Expires(expiry))));
            facts
        }
        Shape::Unrecognised => Vec::new(),
    }
}

/// The job's own token and one of another App look alike.
fn by_place(connection: &Connection) -> Kind {
    match &connection.source {
        SourceSpec::Job(variable) | SourceSpec::Env(variable) if variable == OWN_TOKEN => kinds::ACTIONS,
        _ => kinds::INSTALLATION,
    }
}

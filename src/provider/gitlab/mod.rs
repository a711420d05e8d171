//! GitLab: gitlab.com and every self-managed instance.

mod answers;
mod git;
mod identity;
mod job;
mod kinds;
mod observe;
mod probes;
mod read;
mod refusal;
mod running_job;
mod shape;
mod target;

use jiff::Timestamp;

use crate::app::ports::{GitUser, Glance, Offhand, Probe, Provider, Reply, Task};
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::evidence::{Evidence, Fact, Known, Origin, TargetFact};
use crate::domain::expiry::Expiry;
use crate::domain::token::{Kind, Token};
use crate::domain::verdict::{Basis, Layer};

use super::{Files, path};
use shape::Shape;

pub const ID: &str = "gitlab";

pub const FILES: Files = Files {
    about: include_str!("catalogue.yml"),
    capabilities: include_str!("capabilities.csv"),
    routes: include_str!("routes.csv"),
};

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

const PUBLIC_ORIGIN: &str = "https://gitlab.com";
const OWN_TOKEN: &str = "CI_JOB_TOKEN";

pub struct GitLab {
    catalogue: Catalogue,
}

impl GitLab {
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }
}

impl Provider for GitLab {
    fn offhand(&self) -> &'static Offhand {
        &OFFHAND
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn offline(&self, task: &Task<'_>, now: Timestamp) -> Vec<Known<Fact>> {
        let mut facts = from_text(task, now);
        facts.extend(from_job(task));
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
        now: Timestamp,
    ) -> Vec<Known<Fact>> {
        read::read(task, evidence, probe, reply, now, &self.catalogue)
    }

    fn git_user(&self, kind: &Kind) -> Option<&'static str> {
        git::user(kind)
    }

    fn usual_variables(&self) -> &'static [&'static str] {
        &[OWN_TOKEN, "CI_DEPLOY_PASSWORD", "GITLAB_TOKEN", "GL_TOKEN", "PRIVATE_TOKEN", "PROJECT_ACCESS_TOKEN"]
    }

    fn web_of_ssh(&self, host: &str, path: &str) -> Option<(&'static str, String)> {
        (host == "altssh.gitlab.com").then(|| ("gitlab.com", path.to_owned()))
    }
}

fn tidy_root(path: &str) -> (String, Option<String>) {
    path::without_api(path, "/api/v4", "GitLab")
}

/// Only what Git needs to know. A token that looks wrong is handed out all the same: shapes change, and GitLab judges.
fn glance(connection: &Connection, token: &Token) -> Glance {
    let (kind, expires) = match shape::read(token.expose()) {
        Shape::JobJwt { expires, job: _ } => (Some(kinds::JOB), expires),
        Shape::Hint(kind) => (Some(kind), None),
        Shape::Malformed(_) | Shape::Useless(_) | Shape::Unrecognised => (by_place(connection), None),
    };
    let usual = kind.as_ref().and_then(git::user).unwrap_or("hallpass");
    let user = match kind {
        Some(kind) if kind == kinds::JOB => GitUser::Exactly(usual),
        Some(kind) if kind == kinds::DEPLOY => GitUser::ItsOwn,
        _ => GitUser::Any(usual),
    };
    Glance { user, expires }
}

fn from_text(task: &Task<'_>, now: Timestamp) -> Vec<Known<Fact>> {
    let inferred = |says: &str, value: Fact| Known {
        value,
        basis: Basis::Inferred,
        origin: Origin::new("token text", None, says),
    };
    match shape::read(task.token.expose()) {
        Shape::Malformed(why) => vec![inferred(why, Fact::Dead(Layer::Malformed, why.to_owned()))],
        Shape::Useless(why) => vec![inferred(&why, Fact::Dead(Layer::Kind, why.clone()))],
        Shape::Hint(kind) => {
            vec![inferred(&format!("the prefix or form of a {} token", kind.as_str()), Fact::Kind(kind.clone()))]
        }
        Shape::JobJwt { expires, job } => {
            let mut facts = vec![inferred("the prefix of a job token", Fact::Kind(kinds::JOB))];
            if let Some(job) = job {
                facts.push(inferred("the job id in its claims", Fact::TokenId(job)));
            }
            if let Some(instant) = expires {
                let expiry = Expiry::At { instant, date_only: false };
                facts.push(inferred("`exp` in its claims", Fact::Expires(expiry)));
                // Two minutes of skew between the clocks are nothing to die of.
                if instant.as_second() + 120 < now.as_second() {
                    let why = format!("this job token ended at {expiry}, with its job");
                    facts.push(inferred(&why, Fact::Dead(Layer::Expired, why.clone())));
                }
            }
            facts
        }
        Shape::Unrecognised => by_place(task.connection)
            .into_iter()
            .map(|kind| inferred("where it comes from", Fact::Kind(kind)))
            .collect(),
    }
}

/// A token without a telling text is known by where it came from.
fn by_place(connection: &Connection) -> Option<Kind> {
    let user = connection.username.as_deref().unwrap_or_default();
    match &connection.source {
        SourceSpec::Job(variable) | SourceSpec::Env(variable) if variable == "CI_JOB_TOKEN" => Some(kinds::JOB),
        SourceSpec::Env(variable) if variable == "CI_DEPLOY_PASSWORD" => Some(kinds::DEPLOY),
        _ if user == "gitlab-ci-token" => Some(kinds::JOB),
        _ if user.starts_with("gitlab+deploy-token-") => Some(kinds::DEPLOY),
        _ => None,
    }
}

/// The job's own variables tell the server's version and which project is its own.
fn from_job(task: &Task<'_>) -> Vec<Known<Fact>> {
    let Some(job) = &task.connection.job else { return Vec::new() };
    let stated = |variable: &str, says: String, value: Fact| Known {
        value,
        basis: Basis::Inferred,
        origin: Origin::new(format!("env:{variable}"), None, says),
    };
    let mut facts = Vec::new();
    if let Some(version) = job.server_version.as_ref().and_then(|text| text.parse().ok().map(|version| (text, version)))
    {
        facts.push(stated("CI_SERVER_VERSION", version.0.clone(), Fact::Server(version.1)));
    }
    if let (Some(target), Some(project)) = (&task.connection.target, &job.project) {
        let own = target.eq_ignore_ascii_case(project) || job.project_id.as_ref() == Some(target);
        facts.push(stated("CI_PROJECT_PATH", project.clone(), Fact::OwnTarget(own)));
    }
    if let Some(iid) = &job.merge_request {
        facts.push(stated("CI_MERGE_REQUEST_IID", iid.clone(), Fact::Sample("merge_request", iid.clone())));
    }
    if let Some(id) = job.project_id.as_ref().filter(|_| task.connection.target == job.project) {
        facts.push(stated("CI_PROJECT_ID", id.clone(), Fact::Target(TargetFact::Id(id.clone()))));
    }
    facts
}

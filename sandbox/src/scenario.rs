//! What a sandbox is to be: read from YAML or put together in a test.

use std::fmt;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Deserialize;

use crate::fault::FaultPlan;
use crate::forge::{Forge, Quota};
use crate::reply::Reply;
use crate::request::Request;
use crate::tls::Tls;
use crate::{azure, github, gitlab};

/// A forge with its content, clock and faults.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The forge's clock. It stands still, so nothing depends on the time of the run.
    #[serde(default = "noon")]
    pub now: Timestamp,
    /// Relative URL root, for instance `/gitlab`; empty for none.
    #[serde(default)]
    pub root: String,
    /// Every answer comes that late.
    #[serde(default)]
    pub latency_ms: u64,
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Without it no rate-limit headers are sent, as on many self-managed forges.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    #[serde(default)]
    pub faults: Vec<FaultPlan>,
    /// A proxy beside the forge, through which every name leads to the forge.
    #[serde(default)]
    pub proxy: bool,
    #[serde(default)]
    pub gitlab: gitlab::World,
    /// Where it is given the forge is a GitHub.
    #[serde(default)]
    pub github: Option<github::World>,
    /// Where it is given the forge is an Azure DevOps.
    #[serde(default)]
    pub azure: Option<azure::World>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            now: noon(),
            root: String::new(),
            latency_ms: 0,
            tls: None,
            rate_limit: None,
            faults: Vec::new(),
            proxy: false,
            gitlab: gitlab::World::default(),
            github: None,
            azure: None,
        }
    }
}

impl Scenario {
    /// Strict: an unknown or repeated key is an error.
    pub fn from_yaml(text: &str) -> Result<Self, Error> {
        let scenario: Self = serde_yaml::from_str(text).map_err(|error| Error(error.to_string()))?;
        let forges = text.lines().filter(|line| FORGES.iter().any(|forge| line.starts_with(forge))).count();
        if forges > 1 {
            return Err(Error("it describes more than one forge".to_owned()));
        }
        scenario.forge("http://127.0.0.1").map_err(Error)?;
        Ok(scenario)
    }

    /// The forge that the scenario describes: the one whose section it has, else a GitLab.
    pub(crate) fn forge(&self, url: &str) -> Result<Box<dyn Forge>, String> {
        Ok(match (self.github.clone(), self.azure.clone()) {
            (Some(world), _) => Box::new(github::GitHub::new(world, self.now, url)?),
            (None, Some(world)) => Box::new(azure::AzureDevOps::new(world, self.now, url)?),
            (None, None) => Box::new(gitlab::GitLab::new(self.gitlab.clone(), self.now, url)?),
        })
    }

    /// One of the scenarios shipped with the sandbox, see [`Scenario::names`].
    pub fn named(name: &str) -> Result<Self, Error> {
        let (_, text) =
            SHIPPED.iter().find(|(other, _)| *other == name).ok_or_else(|| Error(format!("no scenario `{name}`")))?;
        Self::from_yaml(text)
    }

    /// Names of the scenarios shipped with the sandbox.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }
}

/// Sections of which a scenario has one at most.
const FORGES: &[&str] = &["gitlab:", "github:", "azure:"];

const SHIPPED: &[(&str, &str)] = &[
    ("azure", include_str!("../scenarios/azure.yml")),
    ("azure-server", include_str!("../scenarios/azure-server.yml")),
    ("demo", include_str!("../scenarios/demo.yml")),
    ("ghes", include_str!("../scenarios/ghes.yml")),
    ("github.com", include_str!("../scenarios/github.com.yml")),
    ("gitlab-18.2", include_str!("../scenarios/gitlab-18.2.yml")),
    ("gitlab-19", include_str!("../scenarios/gitlab-19.yml")),
];

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0) // 2026-11-20T12:00:00Z
}

/// Why a scenario cannot be used.
#[derive(Debug)]
pub struct Error(pub(crate) String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario: {}", self.0)
    }
}

impl std::error::Error for Error {}

/// `remaining` counts down with every request; at 0 every request is refused. GitLab's answers carry it in
/// `RateLimit-*`, those of GitHub and Azure DevOps in `X-RateLimit-*`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub limit: u32,
    pub remaining: u32,
    #[serde(default = "a_minute")]
    pub resets_in_seconds: i64,
    #[serde(default = "default_limit_name")]
    pub name: String,
}

fn a_minute() -> i64 {
    60
}

fn default_limit_name() -> String {
    "throttle_authenticated_api".to_owned()
}

/// Puts the forge's time and rate limits on answers.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Timestamp,
    rate_limit: Option<RateLimit>,
    left: Mutex<u32>,
}

impl Clock {
    pub(crate) fn new(now: Timestamp, rate_limit: Option<RateLimit>) -> Self {
        let left = Mutex::new(rate_limit.as_ref().map_or(0, |limit| limit.remaining));
        Self { now, rate_limit, left }
    }

    pub(crate) fn stamp(&self, reply: &mut Reply) {
        reply.set("Date", http_date(self.now));
    }

    /// Counts one request against the limit and lets the forge mark its answer.
    pub(crate) fn charge(&self, forge: &dyn Forge, request: &Request, reply: &mut Reply) {
        let Some(limit) = &self.rate_limit else { return };
        let mut left = self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let counts = forge.is_limited(request);
        let exhausted = counts && *left == 0;
        if counts {
            *left = left.saturating_sub(1);
        }
        let quota = Quota {
            limit: limit.limit,
            left: *left,
            exhausted,
            reset: self.now.as_second().saturating_add(limit.resets_in_seconds),
            resets_in: limit.resets_in_seconds,
            name: limit.name.clone(),
        };
        forge.mark(request, reply, &quota);
    }
}

pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_can_be_read() {
        for name in Scenario::names() {
            assert!(Scenario::named(name).is_ok(), "{name}: {}", Scenario::named(name).map(|_| ()).unwrap_err());
        }
    }

    #[test]
    fn the_scenarios_of_the_readme_can_be_read() {
        let examples = include_str!("../README.md").split("```yaml").skip(1);
        let examples: Vec<&str> = examples.filter_map(|rest| rest.split("```").next()).collect();
        assert_eq!(examples.len(), 3);
        for yaml in examples {
            assert!(Scenario::from_yaml(yaml).is_ok(), "{}", Scenario::from_yaml(yaml).map(|_| ()).unwrap_err());
        }
    }

    #[test]
    fn unknown_keys_are_refused_at_every_depth() {
        for text in
            ["forge: gitlab", "gitlab: { colour: blue }", "gitlab: { users: [{ id: 1, username: a, admin: true }] }"]
        {
            assert!(Scenario::from_yaml(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_of_a_user_nobody_defined_is_refused() {
        let text = "gitlab: { tokens: [{ name: a, kind: personal, user: dev-9 }] }";
        assert!(Scenario::from_yaml(text).unwrap_err().to_string().contains("dev-9"));
    }

    #[test]
    fn faults_of_every_form_can_be_written() {
        let text = "
faults:
  - { fault: silent }
  - { match: { method: GET, path: /api/v4/user }, times: 2, fault: { status: { code: 503 } } }
  - { fault: { too-many-requests: { retry_after: '2' } } }
  - { fault: { gzip-bomb: {} } }
gitlab: { version: 18.10 }
";
        let scenario = Scenario::from_yaml(text).expect("a scenario");
        assert_eq!(scenario.faults.len(), 4);
        assert_eq!(scenario.gitlab.version.minor, 10);
    }
}

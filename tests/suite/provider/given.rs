//! What the cases of a provider have in common: a connection, a token, a reply.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass::app::ports::{Effect, Provider, Reply};
use hallpass::domain::capability::Capability;
use hallpass::domain::connection::{Base, Connection, Given, Granted, Job, Outsider, SourceSpec};
use hallpass::domain::finding::Place as FilePlace;
use hallpass::domain::origin::Origin;
use hallpass::domain::token::Token;
use hallpass::wiring::Library;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::published::Published;

pub(super) const NOW: &str = "2026-11-21T12:00:00Z";

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The connection and the token of a case. What is left out has a usual value.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Setting {
    pub(super) token: Option<String>,
    pub(super) url: Option<String>,
    /// `CI_JOB_TOKEN`, `GITHUB_TOKEN` and `SYSTEM_ACCESSTOKEN` are the job's own, anything else is a variable of that name.
    pub(super) variable: String,
    pub(super) target: Option<String>,
    pub(super) username: Option<String>,
    pub(super) job: Option<JobSetting>,
    pub(super) wanted: Vec<Capability>,
    pub(super) probing: String,
    pub(super) offline: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JobSetting {
    project: Option<String>,
    project_id: Option<String>,
    merge_request: Option<String>,
    server_version: Option<String>,
    /// The `permissions` block of the pipeline file.
    permissions: Option<serde_json::Value>,
    #[serde(default)]
    from_fork: bool,
    #[serde(default)]
    by_dependabot: bool,
    identity: Option<bool>,
}

impl JobSetting {
    fn job(self) -> Job {
        let granted = self.permissions.map(|block| Granted {
            given: match block {
                serde_json::Value::String(word) => Given::All(word),
                block => Given::Each(serde_json::from_value(block).unwrap()),
            },
            place: FilePlace { file: ".github/workflows/ci.yml".to_owned(), line: 3, column: 1 },
        });
        let outsider =
            |what: &str, file_counts| Outsider { what: what.to_owned(), secrets: "no secrets".to_owned(), file_counts };
        let fork = self.from_fork.then(|| outsider("a pull request from a fork", false));
        let dependabot = self.by_dependabot.then(|| outsider("a run started by Dependabot", true));
        Job {
            server_version: self.server_version,
            project: self.project,
            project_id: self.project_id,
            merge_request: self.merge_request,
            granted,
            outsider: fork.or(dependabot),
            identity: self.identity,
            ..Job::default()
        }
    }
}

/// A token of the usual kind, and where the forge is.
fn usual(forge: &str) -> (&'static str, &'static str) {
    match forge {
        "github" => ("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", "https://github.com"),
        _ => ("glpat-aaaaaaaaaaaaaaaaaaaa", "https://gitlab.example.com"),
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            token: None,
            url: None,
            variable: "TOKEN".to_owned(),
            target: Some("acme/app".to_owned()),
            username: None,
            job: None,
            wanted: Vec::new(),
            probing: "read".to_owned(),
            offline: false,
        }
    }
}

/// A [`Setting`] in the program's own types.
pub(super) struct Place {
    pub(super) connection: Connection,
    pub(super) token: Token,
    wanted: Vec<Capability>,
    probing: Effect,
    offline: bool,
}

impl Setting {
    pub(super) fn place(&self, forge: &str) -> Place {
        let (token, url) = usual(forge);
        Place {
            connection: connection(self, forge, self.url.as_deref().unwrap_or(url)),
            token: Token::new(self.token.clone().unwrap_or_else(|| token.to_owned())),
            wanted: self.wanted.clone(),
            probing: match self.probing.as_str() {
                "none" => Effect::None,
                "read" => Effect::Read,
                "dry-run" => Effect::DryRun,
                "writes" => Effect::Write,
                other => panic!("no such level: {other}"),
            },
            offline: self.offline,
        }
    }
}

impl Place {
    pub(super) fn task(&self) -> hallpass::app::ports::Task<'_> {
        hallpass::app::ports::Task {
            connection: &self.connection,
            token: &self.token,
            wanted: &self.wanted,
            probing: self.probing,
            offline: self.offline,
        }
    }
}

fn connection(setting: &Setting, forge: &str, url: &str) -> Connection {
    let (origin, root) = Origin::parse_with_path(url).unwrap();
    let source = match setting.variable.as_str() {
        own @ ("CI_JOB_TOKEN" | "GITHUB_TOKEN" | "SYSTEM_ACCESSTOKEN") => SourceSpec::Job(own.to_owned()),
        other => SourceSpec::Env(other.to_owned()),
    };
    Connection {
        target: setting.target.clone(),
        username: setting.username.clone(),
        job: setting.job.clone().map(JobSetting::job),
        ..Connection::bare(
            "here".to_owned(),
            forge.to_owned(),
            Base { origin, root: root.trim_end_matches('/').to_owned() },
            source,
        )
    }
}

/// A reply as a case writes it: `json` is an answer of the API, `published` one of a shape that its forge published, `text`
/// anything else.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<serde_json::Value>,
    published: Option<Published>,
    text: Option<String>,
}

fn ok() -> u16 {
    200
}

impl Said {
    pub(super) fn reply(&self) -> Reply {
        let json = self.json.clone().or_else(|| self.published.as_ref().map(Published::answer));
        let usual = if json.is_some() { "application/json" } else { "text/plain; charset=utf-8" };
        let mut headers = self.headers.clone();
        headers.entry("content-type".to_owned()).or_insert_with(|| usual.to_owned());
        // What a case writes as text besides comes in front: a byte order mark.
        let body = self.text.clone().unwrap_or_default() + &json.map(|json| json.to_string()).unwrap_or_default();
        Reply { status: self.status, headers: headers.into_iter().collect(), body: body.into_bytes() }
    }
}

/// The provider of a forge, with the built-in data.
pub(super) fn with_provider(forge: &str, check: impl FnOnce(&dyn Provider)) {
    let library = Library::read().expect("the data is good");
    check(library.forge(forge).expect("the forge is registered"));
}

/// Every case of a folder under `tests/cases/`, with the name of its file.
pub(super) fn cases<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let read: Vec<T> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.extend(read.into_iter().map(|case| (name.clone(), case)));
    }
    cases
}

/// Panics with every complaint at once.
pub(super) fn none_of(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} differences:\n{}", complaints.len(), complaints.join("\n"));
}

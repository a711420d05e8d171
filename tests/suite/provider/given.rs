//! What the cases of a provider have in common: a connection, a token, a reply.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass::app::ports::{Effect, Provider, Reply};
use hallpass::domain::capability::Capability;
use hallpass::domain::connection::{Base, Connection, Job, Places, SourceSpec};
use hallpass::domain::expiry::ExpiryPolicy;
use hallpass::domain::origin::Origin;
use hallpass::domain::token::Token;
use hallpass::wiring::Library;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(super) const NOW: &str = "2026-11-21T12:00:00Z";

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The connection and the token of a case. What is left out has a usual value.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Setting {
    pub(super) url: String,
    pub(super) token: String,
    /// `CI_JOB_TOKEN` and `SYSTEM_ACCESSTOKEN` are the job's own, anything else is a variable of that name.
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
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            url: "https://gitlab.example.com".to_owned(),
            token: format!("{}{}", "glpat-", "a".repeat(20)),
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
    pub(super) fn place(&self) -> Place {
        let job = self.job.clone().map(|job| Job {
            server_version: job.server_version,
            project: job.project,
            project_id: job.project_id,
            merge_request: job.merge_request,
            ref_protected: None,
        });
        Place {
            connection: connection(self, job),
            token: Token::new(self.token.clone()),
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

fn connection(setting: &Setting, job: Option<Job>) -> Connection {
    let source = match setting.variable.as_str() {
        own @ ("CI_JOB_TOKEN" | "SYSTEM_ACCESSTOKEN") => SourceSpec::Job(own.to_owned()),
        other => SourceSpec::Env(other.to_owned()),
    };
    let (origin, root) = Origin::parse_with_path(&setting.url).unwrap();
    Connection {
        name: "here".to_owned(),
        forge: "gitlab".to_owned(),
        base: Base { origin, root: root.trim_end_matches('/').to_owned() },
        target: setting.target.clone(),
        source,
        contracts: Vec::new(),
        needs: Vec::new(),
        must_not: Vec::new(),
        expiry: ExpiryPolicy::default(),
        owner: None,
        tenant: None,
        username: setting.username.clone(),
        ca_file: None,
        insecure: false,
        default: false,
        places: Places::default(),
        remarks: Vec::new(),
        job,
        barred: None,
    }
}

/// A reply as a case writes it: `json` is an answer of the API, `text` anything else.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<serde_json::Value>,
    text: Option<String>,
}

fn ok() -> u16 {
    200
}

impl Said {
    pub(super) fn reply(&self) -> Reply {
        let usual = if self.json.is_some() { "application/json" } else { "text/plain; charset=utf-8" };
        let mut headers = self.headers.clone();
        headers.entry("content-type".to_owned()).or_insert_with(|| usual.to_owned());
        let body = match (&self.json, &self.text) {
            (Some(json), _) => json.to_string(),
            (None, text) => text.clone().unwrap_or_default(),
        };
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

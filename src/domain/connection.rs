//! Connections: one named row of the configuration, checked and ready to use.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::capability::Capability;
use super::contract::Section;
use super::expiry::ExpiryPolicy;
use super::finding::Place;
use super::origin::Origin;

/// Where a forge is: its web origin and, where it does not sit at the root, the path in front of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    pub origin: Origin,
    /// Empty, or `/gitlab` with a leading and without a trailing slash.
    pub root: String,
}

impl std::fmt::Display for Base {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}{}", self.origin, self.root)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub name: String,
    /// Id of the provider.
    pub forge: String,
    pub base: Base,
    /// Project, `owner/repo`, or `organization/project[/repository]`, as written.
    pub target: Option<String>,
    pub source: SourceSpec,
    /// The contracts, already narrowed to this forge, with their ids.
    pub contracts: Vec<(String, Section)>,
    pub needs: Vec<Capability>,
    pub must_not: Vec<Capability>,
    pub expiry: ExpiryPolicy,
    pub owner: Option<String>,
    pub tenant: Option<String>,
    /// The user name that goes with the token; deploy tokens demand their own.
    pub username: Option<String>,
    pub ca_file: Option<PathBuf>,
    /// Plain http was agreed to for this connection by name.
    pub insecure: bool,
    /// Answers for its origin when Git sends no path.
    pub default: bool,
    pub places: Places,
    /// Told to the user without judging, such as an API path that was taken off the address.
    pub remarks: Vec<String>,
    /// What the CI job states about itself, where the token is the job's own or the job runs on this forge.
    pub job: Option<Job>,
    /// Why its token is not to be used at all (R4).
    pub barred: Option<Barred>,
}

impl Connection {
    /// One of which nothing more is said: no target, demands or limits of its own.
    pub fn bare(name: String, forge: String, base: Base, source: SourceSpec) -> Self {
        Self {
            name,
            forge,
            base,
            target: None,
            source,
            contracts: Vec::new(),
            needs: Vec::new(),
            must_not: Vec::new(),
            expiry: ExpiryPolicy::default(),
            owner: None,
            tenant: None,
            username: None,
            ca_file: None,
            insecure: false,
            default: false,
            places: Places::default(),
            remarks: Vec::new(),
            job: None,
            barred: None,
        }
    }
}

impl Connection {
    /// Does it point below this path, as far as it says where it points? Names of organizations know no case.
    pub fn may_be_below(&self, home: &str) -> bool {
        let target = self.target.as_deref().unwrap_or_default();
        let parts = self.base.root.split('/').chain(target.split('/')).filter(|part| !part.is_empty());
        parts.zip(home.split('/')).all(|(part, wanted)| part.eq_ignore_ascii_case(wanted))
    }
}

/// A connection that nobody outside the repository agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barred {
    pub why: String,
    pub fix: String,
    pub clause: &'static str,
}

/// Where the token comes from. Never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    Env(String),
    File(PathBuf),
    /// Program and arguments, started without a shell.
    Command(Vec<String>),
    Keyring {
        service: String,
        account: Option<String>,
    },
    /// What Git handed over to be kept for this origin, and this user where one is named.
    Store {
        origin: Origin,
        user: Option<String>,
    },
    Stdin,
    /// Found by whoever asks, who calls it by this name.
    Found(String),
    /// The platform's own token, from this variable.
    Job(String),
}

impl SourceSpec {
    /// The name a report calls the token by.
    pub fn label(&self) -> String {
        match self {
            Self::Env(variable) | Self::Job(variable) => format!("env:{variable}"),
            Self::File(path) => format!("file:{}", path.display()),
            Self::Command(words) => format!("command:{}", words.first().map_or("", String::as_str)),
            Self::Keyring { service, account: None } => format!("keyring:{service}"),
            Self::Keyring { service, account: Some(account) } => format!("keyring:{service}/{account}"),
            Self::Store { .. } => "store".to_owned(),
            Self::Stdin => "stdin".to_owned(),
            Self::Found(name) => name.clone(),
        }
    }
}

/// Where the clauses of a connection stand in their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The connection's own name.
    pub connection: Option<Place>,
    /// By key: `token`, `contract`, `expiry`, `url`, `target`.
    pub clauses: BTreeMap<&'static str, Place>,
    /// Each entry of `needs` and `must_not`.
    pub needs: BTreeMap<Capability, Place>,
    pub must_not: BTreeMap<Capability, Place>,
}

impl Places {
    /// The narrowest known place: the clause, else the connection.
    pub fn clause(&self, key: &str) -> Option<Place> {
        self.clauses.get(key).or(self.connection.as_ref()).cloned()
    }
}

/// What the platform's variables say about the running job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub server_version: Option<String>,
    /// The project the job runs for, by path and by id.
    pub project: Option<String>,
    pub project_id: Option<String>,
    pub merge_request: Option<String>,
    /// Is the ref protected? Explains an empty protected variable.
    pub ref_protected: Option<bool>,
    /// What the pipeline file gives the job's own token, where it could be read.
    pub granted: Option<Granted>,
    /// Why that file could not be read, or does not say.
    pub not_granted: Option<String>,
    /// What started the job and is trusted less than the repository itself.
    pub outsider: Option<Outsider>,
    /// Was the job told where to ask for an identity token?
    pub identity: Option<bool>,
}

/// The permissions that a pipeline file writes down for the token of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub given: Given,
    pub place: Place,
}

/// In the words of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// One word for all, such as `read-all`.
    All(String),
    /// A grade by name; what is not named is not given.
    Each(BTreeMap<String, String>),
}

/// Somebody from outside who started the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// `a pull request from a fork`, for the words of a report.
    pub what: String,
    /// `no secrets`: all that such a job is given of them.
    pub secrets: String,
    /// Does the pipeline file's word count all the same?
    pub file_counts: bool,
}

/// A finding the user decided to live with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    pub rule: String,
    pub connection: Option<String>,
    pub capability: Option<Capability>,
    pub reason: String,
    pub until: Option<jiff::civil::Date>,
}

//! The only file that names concrete adapters: it builds the registries and hands them to the commands.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::app::ports::{Clock, Miss, Offhand, Provider, Source};
use crate::config::embedded;
use crate::domain::capability::Capability;
use crate::domain::connection::SourceSpec;
use crate::domain::contract::Contract;
use crate::domain::entry::Query;
use crate::domain::finding::RuleBook;
use crate::domain::redact::Redactor;
use crate::domain::token::Token;
use crate::source::Elsewhere;
use crate::{contracts, findings, provider, source, store};

pub use crate::config::adhoc::{self, Draft};
pub use crate::config::find::{self as files, Trust};
pub use crate::config::outline::text as outline_text;
pub use crate::config::read;
pub use crate::config::trust::{self, Agreed};
pub use crate::config::{
    ConfigError, ConfigErrors, Configuration, ForgeWords, Input, Own, TidyRoot, Vocabulary, load, looks_like_a_secret,
};
pub use crate::git;
pub use crate::http::{Http, Interrupts, Proxies, Settings as HttpSettings};
pub use crate::legacy;
pub use crate::pipeline::github::permissions as pipeline;
pub use crate::protocol::{ANNOUNCEMENT, Proof, Reply, Request, Secret, Stage};
pub use crate::report::advice::render as advice_json;
pub use crate::report::doctor;
pub use crate::report::escape::log::{lines as log_lines, message as log_text};
pub use crate::report::human;
pub use crate::report::json::schema as report_schema;
pub use crate::report::read::{bounded as read_bounded, read as read_report};
pub use crate::report::write::{check_place, replace_file};
pub use crate::report::{FORMATS, Format, Options, Written, find as find_format};
pub use crate::source::{Sources as PlainSources, env::Variables, locate};
pub use crate::store::{self as stores, Around as AroundStores, Terminal};
pub use crate::textfile::{self, Audience, TextFile};

/// The reading of pipeline files.
pub mod pipelines {
    pub use crate::pipeline::discover::{Entry, named, of_repository};
    pub use crate::pipeline::lint::run;
    pub use crate::pipeline::rules::Ground;
    pub use crate::pipeline::signs::tools;

    use std::path::Path;

    use super::{Library, embedded};
    use crate::domain::usage::Survey;
    use crate::domain::version::Version;
    use crate::pipeline::survey::survey as read;
    use crate::pipeline::uses::Tongue;
    use crate::pipeline::{azure, github, gitlab};

    /// One for each kind of pipeline file that is read.
    const TONGUES: &[Tongue] = &[azure::uses::TONGUE, github::uses::TONGUE, gitlab::uses::TONGUE];

    /// What the rules know beside the files. `version`: the server's, where somebody said it.
    pub fn ground(library: &Library, version: Option<Version>) -> anyhow::Result<Ground<'_>> {
        let mut parts = embedded::parts(include_str!("provider/github/parts.yml"))?;
        let of_azure = embedded::parts(include_str!("provider/azure_devops/parts.yml"))?;
        parts.commands.extend(of_azure.commands);
        let mut catalogues: Vec<_> = library.forges.iter().map(|forge| forge.catalogue()).collect();
        // A script on its own is most often one of GitLab's.
        catalogues.sort_by_key(|catalogue| catalogue.about.forge != gitlab::FORGE);
        Ok(Ground { catalogues, parts, rules: &library.rules, contracts: &library.contracts, version })
    }

    /// What these files do with tokens, told from `directory`.
    pub fn survey(entries: &[Entry], directory: &Path, library: &Library) -> anyhow::Result<Survey> {
        Ok(read(entries, directory, TONGUES, &ground(library, None)?))
    }
}

/// Everything that is built in.
pub struct Library {
    pub forges: Vec<Box<dyn Provider>>,
    pub contracts: Vec<Contract>,
    pub rules: RuleBook,
    pub titles: BTreeMap<Capability, String>,
}

impl Library {
    /// Reads the embedded data. It fails only where a file of this repository is wrong, which its tests tell.
    pub fn read() -> Result<Self> {
        let forges = provider::FORGES.iter().map(|entry| {
            let files = entry.files;
            let catalogue = embedded::catalogue(files.about, files.capabilities, files.routes);
            Ok((entry.build)(catalogue.with_context(|| format!("the catalogue of {}", entry.id))?))
        });
        Ok(Self {
            forges: forges.collect::<Result<_>>()?,
            contracts: embedded::contracts(contracts::FILES)?,
            rules: RuleBook::new(embedded::rules(findings::FILES)?),
            titles: embedded::capability_titles(include_str!("domain/capabilities.yml"))?,
        })
    }

    pub fn forge(&self, id: &str) -> Option<&dyn Provider> {
        self.forges.iter().find(|provider| provider.id() == id).map(AsRef::as_ref)
    }
}

/// Every forge, as far as it is known without its data.
pub fn offhand() -> impl Iterator<Item = Offhand> {
    provider::FORGES.iter().map(|entry| entry.offhand)
}

/// The JSON Schema of the configuration.
pub fn configuration_schema() -> serde_json::Value {
    crate::config::schema()
}

/// Git as this process would find it; never one from the working directory.
pub fn git_program(variables: &Variables, directory: &Path) -> Option<git::Program> {
    let path = locate("git", variables, directory)?;
    let variables = variables.all().map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(git::Program { path, variables, directory: directory.to_owned() })
}

/// Keyring and stores as sources of tokens.
pub fn elsewhere(around: AroundStores) -> Elsewhere {
    let session = around.session;
    Elsewhere {
        keyring: Box::new(move |service, account| store::secret(service, account, session)),
        store: Box::new(move |origin, user| {
            let user = user.map(|user| user.as_bytes().to_vec());
            store::usual(&around).find(&Query { user, ..Query::of(origin.clone()) }).map(|entry| entry.token)
        }),
    }
}

/// Finds tokens, and remembers them so that none is printed.
pub struct Sources {
    inner: source::Sources,
    found: RefCell<Vec<Token>>,
    named: Vec<(String, Token)>,
}

impl Sources {
    pub fn new(inner: source::Sources) -> Self {
        Self { inner, found: RefCell::default(), named: Vec::new() }
    }

    /// Tokens that were found elsewhere, by the names they go by.
    pub fn and(self, named: Vec<(String, Token)>) -> Self {
        Self { named, ..self }
    }

    /// Knows every token that was found so far.
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.found.borrow().iter().chain(self.named.iter().map(|(_, token)| token)))
    }
}

impl Source for Sources {
    fn find(&self, spec: &SourceSpec) -> Result<Token, Miss> {
        if let SourceSpec::Found(name) = spec {
            let named = self.named.iter().find(|(held, _)| held == name);
            return named.map(|(_, token)| token.clone()).ok_or(Miss::NotMine);
        }
        let token = self.inner.find(spec)?;
        self.found.borrow_mut().push(token.clone());
        Ok(token)
    }
}

/// Keeps a crash from leaving secrets behind: no core file, no reading of our memory by others, and a panic that says
/// where but not what (R17).
pub fn harden() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write as _;
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        let _ = writeln!(std::io::stderr(), "error: hallpass failed{place}; this is a bug, please report it");
    }));
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Was this process started without a standard output? In its place the runtime opens the null device, for reading and
/// writing, and an answer would vanish there without an error.
#[cfg(unix)]
pub fn stdout_was_closed() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let stdout = std::io::stdout();
    let device = rustix::fs::fstat(&stdout).map(|about| about.st_rdev);
    let null = std::fs::metadata("/dev/null").map(|about| about.rdev());
    let mode = rustix::fs::fcntl_getfl(&stdout).map(|flags| flags & rustix::fs::OFlags::RWMODE);
    matches!((device, null), (Ok(device), Ok(null)) if device == null) && mode == Ok(rustix::fs::OFlags::RDWR)
}

#[cfg(not(unix))]
pub fn stdout_was_closed() -> bool {
    false
}

/// The system's clock, or the instant that `HALLPASS_NOW` names, so that a report can be made again as it was.
pub struct SystemClock {
    fixed: Option<jiff::Timestamp>,
}

impl SystemClock {
    pub fn new(variables: &Variables) -> Self {
        use crate::app::ports::Environment as _;
        Self { fixed: variables.get("HALLPASS_NOW").and_then(|text| text.parse().ok()) }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door that everybody else is sent to")]
    fn now(&self) -> jiff::Timestamp {
        self.fixed.unwrap_or_else(jiff::Timestamp::now)
    }
}

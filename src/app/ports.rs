//! What the use cases need from the outside, as traits that the adapters implement.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::capability::Capability;
use crate::domain::catalogue::Catalogue;
use crate::domain::connection::{Base, Connection, Outsider, SourceSpec};
use crate::domain::entry::{Entry, Query};
use crate::domain::evidence::{Evidence, Fact, Known};
use crate::domain::origin::Origin;
use crate::domain::token::{Kind, Token};
use crate::domain::verdict::Layer;

/// The time, asked once per use.
pub trait Clock {
    fn now(&self) -> Timestamp;
}

/// Gives tokens from one kind of place.
pub trait Source {
    fn find(&self, spec: &SourceSpec) -> Result<Token, Miss>;
}

/// Keeps accounts and gives them back.
pub trait Store {
    /// The newest living entry that is meant.
    fn find(&self, query: &Query) -> Result<Entry, Miss>;

    /// All entries of an origin, the dead ones too, the newest first.
    fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss>;

    /// Keeps the entry whole, in the place of an older one for the same account, or refuses it.
    fn keep(&self, entry: &Entry) -> Result<(), Miss>;

    /// How many entries were dropped. A store that does not exist holds none.
    fn forget(&self, query: &Query) -> Result<usize, Miss>;
}

/// Why a source gave nothing, or a store did not do as asked. Texts name the place, never what was found there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// This source does not serve such a place.
    #[error("not served here")]
    NotMine,
    /// The place exists and holds nothing, or does not exist.
    #[error("{0}")]
    Absent(String),
    /// The place cannot be asked here: no keyring service, program not installed.
    #[error("{0}")]
    Unavailable(String),
    /// The place was asked and broke.
    #[error("{0}")]
    Failed(String),
}

/// Everything a provider may look at when it decides what to ask.
pub struct Task<'a> {
    pub connection: &'a Connection,
    /// The text of the token is needed for offline checks only; requests carry it through `Presentation`.
    pub token: &'a Token,
    /// Capabilities to be observed where a probe of the allowed effect exists.
    pub wanted: &'a [Capability],
    pub probing: Effect,
    pub offline: bool,
}

/// What a request may do on the forge, the most harmless first. `check --probe` sets the most that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing is asked beyond what tells the token's own state.
    None,
    Read,
    DryRun,
    Write,
}

/// One question to a forge that changes nothing there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What the provider calls it when reading the reply.
    pub id: String,
    /// The capability that it observes, if it is about one.
    pub about: Option<Capability>,
    pub method: Method,
    /// Another address of the same forge, one of [`Provider::doors`]; `None`: the connection's own.
    pub door: Option<Base>,
    /// From the root of that address, percent-encoded, with its query: `/api/v4/job`.
    pub path: String,
    /// Headers this forge wants beside the token.
    pub headers: &'static [(&'static str, &'static str)],
    pub presentation: Presentation,
    pub body: Option<Body>,
    pub effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// How the token is shown. The one function that adds it to a request is in `http/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presentation {
    /// As a visitor without any token.
    Anonymous,
    Bearer,
    /// In a header of its own, such as `JOB-TOKEN`.
    Header(&'static str),
    /// As the password of this user.
    Basic(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub content_type: &'static str,
    pub text: String,
}

impl Probe {
    /// `GET /api/v4/job`, as reports show it.
    pub fn label(&self) -> String {
        match &self.door {
            Some(door) => format!("{} {door}{}", self.method.as_str(), self.path),
            None => format!("{} {}", self.method.as_str(), self.path),
        }
    }
}

/// What came back, whole and within bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Why no reply came back, in our own words (R17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReply {
    pub layer: Layer,
    pub text: String,
}

/// A probe with its outcome, and how often it was sent.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub probe: Probe,
    pub outcome: Result<Reply, NoReply>,
    pub sent: u32,
    pub took: Duration,
}

/// Knows one forge. It does no IO: given the evidence so far it names the next probes, and given a reply it states facts.
pub trait Provider: Sync {
    /// What needs no catalogue.
    fn offhand(&self) -> &'static Offhand;

    fn id(&self) -> &'static str {
        self.offhand().id
    }

    fn catalogue(&self) -> &Catalogue;

    /// What the text of the token and the job's variables tell without any network.
    fn offline(&self, task: &Task<'_>, now: Timestamp) -> Vec<Known<Fact>>;

    /// The next probes; none when nothing is left to ask. `asked` holds the ids of those already sent.
    fn next(&self, task: &Task<'_>, evidence: &Evidence, asked: &[String]) -> Vec<Probe>;

    fn read(
        &self,
        task: &Task<'_>,
        evidence: &Evidence,
        probe: &Probe,
        reply: &Reply,
        now: Timestamp,
    ) -> Vec<Known<Fact>>;

    /// Where this forge answers beside the connection's own address: an API with a host of its own. A token of the
    /// connection may go there and nowhere else, so this follows from the address alone.
    fn doors(&self, base: &Base) -> Vec<Base> {
        let _ = base;
        Vec::new()
    }

    /// As [`Conversation::patience`].
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// The platform this process runs on as a CI job, from its variables; `None` when it is not this forge's.
    fn job(&self, environment: &dyn Environment) -> Option<Platform> {
        (self.offhand().job)(environment)
    }

    /// Why the job is given less than its pipeline file asks for, from the event that started it. `event` is the text of
    /// the file that the platform wrote about it, where there is one.
    fn outsider(&self, environment: &dyn Environment, event: Option<&[u8]>) -> Option<Outsider> {
        let _ = (environment, event);
        None
    }

    /// The variable in which jobs of this forge find their own token.
    fn own_token(&self) -> &'static str {
        self.offhand().own_token
    }

    /// Variables that by custom hold a token of this forge and of no other, the job's own among them.
    fn usual_variables(&self) -> &'static [&'static str];

    /// The user name that goes with a token of this kind in Git's Basic authentication; `None`: any.
    fn git_user(&self, kind: &Kind) -> Option<&'static str>;

    /// The public instance of this forge, and how an address is mended: a pasted API path taken off, with a remark.
    fn public_origin(&self) -> &'static str {
        self.offhand().public_origin
    }

    fn tidy_root(&self, path: &str) -> (String, Option<String>) {
        (self.offhand().tidy_root)(path)
    }

    /// Is this one of its public addresses?
    fn serves(&self, origin: &Origin) -> bool {
        origin.to_string() == self.public_origin()
    }

    /// The target that a path of Git means at this address, without `.git`; `None` where it means none.
    fn target_of(&self, base: &Base, path: &str) -> Option<String> {
        let target = path.strip_prefix(base.root.trim_start_matches('/'))?.trim_start_matches('/');
        (!target.is_empty()).then(|| target.to_owned())
    }

    /// The same for the address of a remote, of which nobody said where the instance's own part ends: the root and the
    /// target.
    fn place_of_remote(&self, origin: &Origin, path: &str) -> Option<(String, String)> {
        let base = Base { origin: origin.clone(), root: String::new() };
        Some((String::new(), self.target_of(&base, path)?))
    }

    /// The web host and the path that a remote over SSH stands for, where its host is not that of the web.
    fn web_of_ssh(&self, host: &str, path: &str) -> Option<(&'static str, String)> {
        let _ = (host, path);
        None
    }
}

/// What is known of a forge without reading its catalogue: all that the credential helper has time for.
#[derive(Clone, Copy)]
pub struct Offhand {
    pub id: &'static str,
    pub public_origin: &'static str,
    /// As [`Provider::own_token`].
    pub own_token: &'static str,
    pub tidy_root: fn(&str) -> (String, Option<String>),
    pub job: fn(&dyn Environment) -> Option<Platform>,
    pub glance: fn(&Connection, &Token) -> Glance,
    /// What a request of Git is about, where that is not the path as it comes.
    pub git_subject: Option<fn(&Connection, &GitAsk<'_>) -> GitSubject>,
    /// Does its public origin serve many owners whose tokens have nothing to do with each other? Then an account that was
    /// kept there is for the owner that the request names, and for nobody where it names none.
    pub shared_origin: bool,
}

/// The part of a request of Git that says what it is about. The path comes without the endings of Git and Git LFS.
#[derive(Clone, Copy, Debug)]
pub struct GitAsk<'a> {
    pub path: Option<&'a [u8]>,
    pub user: Option<&'a [u8]>,
}

/// What a request of Git is about, in the words of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitSubject {
    /// This root and target.
    Path(Vec<u8>),
    /// Something below this, and not told what.
    Below(Vec<u8>),
    /// Anything at the connection's address.
    Anything,
    /// Nothing that the connection may answer.
    Nothing,
}

/// What the text of a token and its place tell Git's helper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    pub user: GitUser,
    /// When it ends, where its own text says so.
    pub expires: Option<Timestamp>,
}

/// The user name that goes with a token in Git's Basic authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitUser {
    /// With another name it is not taken for what it is.
    Exactly(&'static str),
    /// Whatever is not empty; this one where nobody asks for another.
    Any(&'static str),
    /// One that belongs to this one token and has to be told.
    ItsOwn,
}

/// Variables of the process, read as text. Values that are not UTF-8 count as absent here; secrets come from `Source`.
pub trait Environment {
    fn get(&self, name: &str) -> Option<String>;
}

/// A CI platform as its variables describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    pub forge: &'static str,
    /// The platform's web address, only when its variables agree with each other (R2).
    pub url: Result<String, String>,
    pub target: Option<String>,
    /// How the target of a connection begins that the platform's own token may be used for; `None`: any at its address.
    pub home: Option<String>,
    /// The variable with the platform's own token.
    pub own_token: &'static str,
    /// Variables that commonly hold another token for this platform.
    pub other_tokens: &'static [&'static str],
    pub ca_file: Option<String>,
    /// Where the platform wrote down what started the job.
    pub event_file: Option<std::path::PathBuf>,
    /// The file of the repository that says what the job's own token may do.
    pub pipeline: Option<PipelineFile>,
    pub job: crate::domain::connection::Job,
}

/// A pipeline file in the job's repository, and the job in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineFile {
    /// From the root of the work tree.
    pub path: String,
    /// The commit it was taken from, where the platform says so.
    pub commit: Option<String>,
    pub job: String,
}

/// One talk with one forge: asks until nothing is left. `Transport` drives many of them at once.
pub trait Conversation {
    /// The origin and root its probes go to unless they name a door.
    fn base(&self) -> &Base;

    /// As [`Provider::doors`], for the base of this talk.
    fn doors(&self) -> Vec<Base> {
        Vec::new()
    }

    fn ca_file(&self) -> Option<&std::path::Path>;

    fn insecure(&self) -> bool;

    fn token(&self) -> &Token;

    /// How long one answer may take, where this forge needs more than the run's setting: Azure DevOps delays for up to
    /// 30 s before it refuses.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Probes that may be sent now, all at once.
    fn next(&mut self) -> Vec<Probe>;

    fn take(&mut self, exchange: Exchange);
}

/// Sends probes. The only port with a network behind it.
pub trait Transport {
    /// Drives all conversations to their end or to the deadline; within one, probes given together go out together.
    fn converse(&self, conversations: &mut [Box<dyn Conversation + '_>]);
}

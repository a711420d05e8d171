//! What Git does about an address: which way it goes, and who answers for it on that way. Names and places, never a
//! secret.

mod findings;

use jiff::Timestamp;

pub use findings::{Around, findings};

/// The diagnosis of one address.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// As asked, fit to be shown.
    pub address: String,
    /// The remote whose address it is.
    pub remote: Option<String>,
    /// One for both directions, or one for each.
    pub ways: Vec<Way>,
    /// What hallpass keeps for the origins on these ways.
    pub kept: Vec<Kept>,
    /// Where else in Git's configuration or the home folder tokens lie in plain text.
    pub exposed: Vec<Exposed>,
    /// Said without judging.
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uses {
    Both,
    Fetch,
    Push,
}

impl Uses {
    pub fn fetches(self) -> bool {
        self != Self::Push
    }

    pub fn pushes(self) -> bool {
        self != Self::Fetch
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Both => "fetch and push",
            Self::Fetch => "fetch",
            Self::Push => "push",
        }
    }
}

/// How Git gets to the server.
#[derive(Clone, Debug)]
pub struct Way {
    pub uses: Uses,
    /// After the rewrite, fit to be shown.
    pub address: String,
    /// Scheme, host and port, without anything else.
    pub origin: Option<String>,
    pub rewrite: Option<Rewritten>,
    /// `false`: over SSH or from a folder, where nobody is asked for a user name and a token.
    pub over_http: bool,
    /// Does Git tell helpers the path?
    pub tells_path: bool,
    /// The user name that helpers are asked for, and where it comes from.
    pub user: Option<(String, String)>,
    /// In Git's order.
    pub links: Vec<Link>,
    /// Helpers that an empty entry took out, and where that entry is not known to be: name and place of each.
    pub dropped: Vec<Link>,
    /// The server lets everybody fetch, so Git asks nobody.
    pub public: Option<bool>,
}

/// `url.<base>.insteadOf`.
#[derive(Clone, Debug)]
pub struct Rewritten {
    pub key: &'static str,
    /// Fit to be shown.
    pub base: String,
    pub place: String,
    /// It brings a user name and a password along.
    pub with_token: bool,
    /// A command after which Git leaves the address alone.
    pub way_out: Option<String>,
}

/// Who or what may answer.
#[derive(Clone, Debug)]
pub struct Link {
    pub sort: Sort,
    /// `http.https://github.com/.extraheader`, `git-credential-store`, `gh`.
    pub name: String,
    pub place: String,
    /// The program's path, where it was found.
    pub program: Option<String>,
    pub state: State,
    /// The user name that goes along.
    pub user: Option<String>,
    /// Whose token it is, and why: `connection work, env:WORK_TOKEN`.
    pub says: Vec<String>,
    /// A command that takes it out, or makes it right.
    pub fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A header that Git adds to every request.
    Header,
    /// User name and password in the address itself.
    Address,
    Netrc,
    /// A helper of another make.
    Helper,
    Hallpass,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has something for this address.
    Has,
    /// It has nothing.
    Empty,
    /// It was not asked, so nobody knows.
    Unknown,
    /// There is no such program.
    Absent,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Has => "has",
            Self::Empty => "empty",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
        }
    }
}

/// An entry of hallpass' own store.
#[derive(Clone, Debug)]
pub struct Kept {
    pub origin: String,
    pub user: Option<String>,
    pub path: Option<String>,
    pub expires: Option<Timestamp>,
    pub dead: bool,
    /// It is what the store gives for this address.
    pub given: bool,
}

/// A token in plain text, which is not what answers here.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// `remote.origin.url`, `~/.netrc`.
    pub what: String,
    pub place: String,
    pub fix: String,
    pub in_address: bool,
}

/// Who answers on a way.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// This one.
    By(&'a Link),
    /// This one, unless one before it that was not asked does.
    Perhaps(&'a Link),
    /// Those that were not asked may.
    NotKnown,
    Nobody,
}

impl Way {
    pub fn answer(&self) -> Answer<'_> {
        let doubt = self.links.iter().position(|link| link.state == State::Unknown);
        let holder = self.links.iter().position(|link| link.state == State::Has);
        match (doubt, holder) {
            (Some(doubt), Some(holder)) if doubt < holder => Answer::Perhaps(&self.links[holder]),
            (_, Some(holder)) => Answer::By(&self.links[holder]),
            (Some(_), None) => Answer::NotKnown,
            (None, None) => Answer::Nobody,
        }
    }

    pub fn helpers(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(|link| link.sort.is_helper())
    }

    /// What answers before any helper is asked.
    pub fn bypass(&self) -> Option<&Link> {
        self.links.iter().find(|link| !link.sort.is_helper() && link.state == State::Has)
    }
}

impl Sort {
    pub fn is_helper(self) -> bool {
        matches!(self, Self::Helper | Self::Hallpass)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Address => "address",
            Self::Netrc => "netrc",
            Self::Helper => "helper",
            Self::Hallpass => "hallpass",
        }
    }
}

//! What pipelines do with tokens, as far as their files tell.

use std::collections::{BTreeMap, BTreeSet};

use super::capability::Capability;
use super::finding::Place;

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The job's own.
    Own,
    /// The one in this variable or secret.
    Variable(String),
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Capability(Capability),
    /// A permission that a part of the pipeline needs by its own words, such as `contents=read`.
    Permission(String),
    /// A tool runs, whose needs are those of its contract.
    Contract(String),
    /// Nobody can say from the files alone, and why.
    Untold(&'static str),
}

/// A part of where it is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// The job's own instance, or its own project.
    Own,
    Named(String),
    /// Known only when it runs.
    Unknown,
}

/// The instance and the project that something is done to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aim {
    /// A scheme, host and port, with the path in front of everything where there is one.
    pub base: Where,
    pub target: Where,
}

impl Aim {
    pub const OWN: Self = Self { base: Where::Own, target: Where::Own };
    pub const UNKNOWN: Self = Self { base: Where::Unknown, target: Where::Unknown };
}

/// One thing that one job does with one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The forge whose interface is spoken to. `None`: Git's protocol, which all of them speak.
    pub forge: Option<&'static str>,
    pub job: String,
    pub holder: Holder,
    pub aim: Aim,
    pub deed: Deed,
    pub place: Place,
}

/// Where it stands, and in which job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sight {
    pub place: Place,
    pub job: String,
}

impl std::fmt::Display for Sight {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.place.file, self.place.line)?;
        if self.job.is_empty() { Ok(()) } else { write!(formatter, " in `{}`", self.job) }
    }
}

/// All that is done with one token at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doings {
    pub capabilities: BTreeMap<Capability, Vec<Sight>>,
    pub contracts: BTreeMap<String, Vec<Sight>>,
    pub permissions: BTreeMap<String, Vec<Sight>>,
    pub untold: Vec<(Sight, &'static str)>,
}

impl Doings {
    pub fn add(&mut self, one: &Use) {
        let sight = Sight { place: one.place.clone(), job: one.job.clone() };
        let list = match &one.deed {
            Deed::Capability(capability) => self.capabilities.entry(capability.clone()).or_default(),
            Deed::Permission(name) => self.permissions.entry(name.clone()).or_default(),
            Deed::Contract(id) => self.contracts.entry(id.clone()).or_default(),
            Deed::Untold(why) => return self.untold.push((sight, why)),
        };
        if !list.contains(&sight) {
            list.push(sight);
        }
    }

    /// The first place where the token is used.
    pub fn first(&self) -> Option<&Sight> {
        let told = self.capabilities.values().chain(self.contracts.values()).chain(self.permissions.values()).flatten();
        told.chain(self.untold.iter().map(|(sight, _)| sight)).min()
    }
}

/// Gathers what has the same key.
pub fn gathered<K: Ord>(uses: &[Use], key: impl Fn(&Use) -> K) -> BTreeMap<K, Doings> {
    let mut all: BTreeMap<K, Doings> = BTreeMap::new();
    for one in uses {
        all.entry(key(one)).or_default().add(one);
    }
    all
}

/// The files of a repository that show a tool at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolFound {
    pub contract: String,
    /// Where its token comes from.
    pub holder: Holder,
    /// The file that shows it, from the root.
    pub file: String,
}

/// What the pipelines of a repository were found to do.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub uses: Vec<Use>,
    /// Files that were read, as messages call them.
    pub files: Vec<String>,
    pub jobs: usize,
    /// Whose pipelines they are.
    pub forges: BTreeSet<&'static str>,
    /// Files that cannot be read, and where they break.
    pub faults: Vec<(Option<Place>, String)>,
}

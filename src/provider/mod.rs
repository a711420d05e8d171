//! One folder per forge, and the list of them.

pub mod azure_devops;
pub mod github;
pub mod gitlab;
pub mod json;
mod pasting;
mod path;
mod telling;

use crate::app::ports::{Offhand, Provider};
use crate::domain::catalogue::Catalogue;

/// The catalogue of a forge as text; `config` reads it.
#[derive(Clone, Copy)]
pub struct Files {
    pub about: &'static str,
    pub capabilities: &'static str,
    pub routes: &'static str,
}

/// A forge: its data, and what is made of it.
pub struct Entry {
    pub id: &'static str,
    pub files: Files,
    pub build: fn(Catalogue) -> Box<dyn Provider>,
    pub offhand: Offhand,
}

/// Every forge hallpass knows.
pub const FORGES: &[Entry] = &[
    Entry {
        id: github::ID,
        files: github::FILES,
        build: |catalogue| Box::new(github::GitHub::new(catalogue)),
        offhand: github::OFFHAND,
    },
    Entry {
        id: gitlab::ID,
        files: gitlab::FILES,
        build: |catalogue| Box::new(gitlab::GitLab::new(catalogue)),
        offhand: gitlab::OFFHAND,
    },
    Entry {
        id: azure_devops::ID,
        files: azure_devops::FILES,
        build: |catalogue| Box::new(azure_devops::AzureDevOps::new(catalogue)),
        offhand: azure_devops::OFFHAND,
    },
];

/// Variables of a job, for the tests of every forge.
#[cfg(test)]
pub(crate) struct Variables(pub(crate) std::collections::BTreeMap<&'static str, &'static str>);

#[cfg(test)]
impl crate::app::ports::Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }
}

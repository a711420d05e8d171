//! One file per place a token can come from, and the list of them.
//!
//! Each answers for one form of [`SourceSpec`] and says [`Miss::NotMine`] to all others, so a new place is one file and
//! one line in [`REGISTRY`]. Messages name the place, never anything that was found there.

mod command;
pub mod env;
pub mod file;
mod job;
mod keyring;
mod line;
mod stdin;
mod store;

use std::cell::RefCell;
use std::io::Read;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::app::ports::{Miss, Source};
use crate::domain::connection::SourceSpec;
use crate::domain::origin::Origin;
use crate::domain::token::Token;

pub use command::locate;

/// One kind of place.
pub struct Entry {
    /// Its key under `token:` in the configuration.
    pub name: &'static str,
    pub help: &'static str,
    find: fn(&Sources, &SourceSpec) -> Result<Token, Miss>,
}

/// Every kind of place, in the order asked.
pub const REGISTRY: &[Entry] = &[
    Entry { name: "env", help: "an environment variable", find: env::find },
    Entry { name: "job", help: "the platform's own token", find: job::find },
    Entry { name: "file", help: "a file or pipe that holds the token and nothing else", find: file::find },
    Entry { name: "stdin", help: "standard input, by `--token-stdin`", find: stdin::find },
    Entry { name: "command", help: "a program that prints the token", find: command::find },
    Entry { name: "keyring", help: "an item of the operating system's keyring", find: keyring::find },
    Entry { name: "store", help: "what `hallpass credential store` kept", find: store::find },
];

/// All sources, with what they need of the outside.
pub struct Sources {
    variables: env::Variables,
    directory: PathBuf,
    stdin: RefCell<stdin::Once>,
    verbose: bool,
    elsewhere: Elsewhere,
}

/// Places that are no business of this folder.
pub struct Elsewhere {
    /// The secret of an item of the system's keyring, by service and account.
    pub keyring: Box<AskKeyring>,
    /// The token that is kept for an origin, and a user of it.
    pub store: Box<AskStore>,
}

type AskKeyring = dyn Fn(&str, Option<&str>) -> Result<Option<Zeroizing<Vec<u8>>>, Miss>;
type AskStore = dyn Fn(&Origin, Option<&str>) -> Result<Token, Miss>;

impl Default for Elsewhere {
    fn default() -> Self {
        Self { keyring: Box::new(|_, _| Err(Miss::NotMine)), store: Box::new(|_, _| Err(Miss::NotMine)) }
    }
}

impl Sources {
    /// `directory` is the working directory; programs are never taken from it.
    pub fn new(variables: env::Variables, directory: PathBuf, stdin: Box<dyn Read>) -> Self {
        let stdin = RefCell::new(stdin::Once::new(stdin));
        Self { variables, directory, stdin, verbose: false, elsewhere: Elsewhere::default() }
    }

    pub fn with(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere, ..self }
    }

    /// Lets the programs of command sources write to our standard error; otherwise what they say there is dropped.
    pub fn verbose(self, verbose: bool) -> Self {
        Self { verbose, ..self }
    }
}

impl Source for Sources {
    fn find(&self, spec: &SourceSpec) -> Result<Token, Miss> {
        let answers = REGISTRY.iter().map(|entry| (entry.find)(self, spec));
        answers.into_iter().find(|answer| !matches!(answer, Err(Miss::NotMine))).unwrap_or(Err(Miss::NotMine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sources(variables: &[(&str, &str)], stdin: &str) -> Sources {
        let pairs = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Sources::new(pairs.collect(), PathBuf::from("/nowhere"), Box::new(std::io::Cursor::new(stdin.to_owned())))
    }

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let mut names: Vec<&str> = REGISTRY.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), REGISTRY.len());
    }

    #[test]
    fn a_place_nobody_serves_is_not_mine() {
        let keyring = SourceSpec::Keyring { service: "hallpass".to_owned(), account: None };
        let store = SourceSpec::Store { origin: Origin::parse("https://a.test").unwrap(), user: None };
        for spec in [keyring, store] {
            assert_eq!(sources(&[], "").find(&spec).unwrap_err(), Miss::NotMine);
        }
    }
}

//! One file per place where Git's `store` puts accounts, and the list of them.
//!
//! Each answers the port [`Store`]. A new place is one file and one line in [`REGISTRY`]. Messages name the place, never
//! anything that is kept there.

mod book_file;
mod chain;
mod content;
mod file;
mod guard;
mod identity;
mod keyring;
mod none;
mod plain;
mod system_keyring;
mod terminal;
mod vault_file;

use std::path::PathBuf;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::app::ports::{Miss, Store};

pub use terminal::Terminal;

/// One kind of place.
pub struct Place {
    /// Its word behind `--store`.
    pub name: &'static str,
    pub help: &'static str,
    open: fn(&Around) -> Result<Box<dyn Store>, Miss>,
}

/// Every kind of place. Those that one can choose by saying nothing come first, in the order tried.
pub const REGISTRY: &[Place] = &[
    Place { name: "keyring", help: "the keyring of the operating system", open: keyring::open },
    Place { name: "file", help: "an encrypted file", open: file::open },
    Place { name: "plain", help: "an unencrypted file", open: plain::open },
    Place { name: "none", help: "nothing is kept", open: none::open },
];

const UNASKED: [&str; 2] = ["keyring", "file"];

/// What stores need of the outside.
#[derive(Clone, Debug)]
pub struct Around {
    /// The place the user named for the file.
    pub file: Option<PathBuf>,
    /// The identity the user named.
    pub identity: Option<PathBuf>,
    /// The user's own folders for data and for configuration.
    pub data_folder: Option<PathBuf>,
    pub config_folder: Option<PathBuf>,
    /// Somebody answers on the session's message bus, or none is needed here.
    pub session: bool,
    pub terminal: Terminal,
    pub now: Timestamp,
}

impl Around {
    fn file(&self, name: &str) -> Result<PathBuf, Miss> {
        match (&self.file, &self.data_folder) {
            (Some(file), _) => Ok(file.clone()),
            (None, Some(folder)) => Ok(folder.join("hallpass").join(name)),
            (None, None) => Err(no_home("a store")),
        }
    }

    fn in_config(&self, name: &str) -> Result<PathBuf, Miss> {
        let folder = self.config_folder.as_ref().ok_or_else(|| no_home("the key of a store"))?;
        Ok(folder.join("hallpass").join(name))
    }
}

fn no_home(what: &str) -> Miss {
    Miss::Unavailable(format!("there is no home folder to keep {what} in; `HOME` is not set"))
}

/// The store of this name.
pub fn open(name: &str, around: &Around) -> Result<Box<dyn Store>, Miss> {
    REGISTRY.iter().find(|place| place.name == name).map_or(Err(Miss::NotMine), |place| (place.open)(around))
}

/// The secret of an item that another program put into the system's keyring.
pub fn secret(service: &str, account: Option<&str>, session: bool) -> Result<Option<Zeroizing<Vec<u8>>>, Miss> {
    keyring::is_there(session)?;
    keyring::secret(service, account.map(str::to_owned))
}

/// In the place of a store that cannot be opened: it says why.
pub fn nowhere(why: Miss) -> Box<dyn Store> {
    Box::new(none::Nowhere(why))
}

/// Where the user chose none: the keyring where one answers, else the encrypted file.
pub fn usual(around: &Around) -> Box<dyn Store> {
    let places = REGISTRY.iter().filter(|place| UNASKED.contains(&place.name));
    Box::new(chain::Chain::new(places.map(|place| (place.open)(around))))
}

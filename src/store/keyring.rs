//! The keyring of the operating system: one item per origin, which holds the book of that origin.
//!
//! Nothing here waits longer than two seconds, and nobody is ever asked to unlock anything (R22).

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Around;
use super::book_file::{nothing_for, unkeepable};
use super::content;
use super::system_keyring as system;
use super::vault_file;
use crate::app::ports::{Miss, Store};
use crate::domain::entry::{Book, Entry, Query};
use crate::domain::origin::Origin;

const SERVICE: &str = "hallpass";
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    NoService,
    Locked,
    /// Longer than the keyring takes, and it does not cut.
    TooLong,
    Broken,
}

impl Trouble {
    fn miss(self) -> Miss {
        match self {
            Self::NoService => Miss::Unavailable("no keyring answers".to_owned()),
            Self::Locked => Miss::Unavailable("the keyring is locked".to_owned()),
            Self::TooLong => Miss::Failed("the keyring cannot hold something that long".to_owned()),
            Self::Broken => Miss::Failed("the keyring reports an error".to_owned()),
        }
    }
}

struct Keyring {
    /// Writers of one origin take turns here.
    lock: Option<PathBuf>,
    now: Timestamp,
}

impl Keyring {
    fn book(origin: &Origin) -> Result<Option<Book>, Miss> {
        let Some(bytes) = secret(SERVICE, Some(origin.to_string()))? else { return Ok(None) };
        let told = |unusable| Miss::Failed(format!("the keyring's item `{SERVICE}` for {origin} {unusable}"));
        content::read(&bytes).map(Some).map_err(told)
    }

    fn change<T>(&self, origin: &Origin, change: impl FnOnce(&mut Book) -> T) -> Result<T, Miss> {
        // Where no keyring answers, no lock is made for it either.
        Self::book(origin)?;
        let _lock = self.lock.as_deref().map(vault_file::lock_at).transpose()?;
        let held = Self::book(origin)?;
        let (existed, mut book) = (held.is_some(), held.unwrap_or_default());
        let told = change(&mut book);
        let account = origin.to_string();
        if !book.entries().is_empty() {
            let bytes = content::write(&book);
            if !fits(bytes.len(), system::MOST) {
                return Err(Trouble::TooLong.miss());
            }
            within(move || system::set(SERVICE, &account, &bytes))?;
        } else if existed {
            within(move || system::delete(SERVICE, &account))?;
        }
        Ok(told)
    }
}

impl Store for Keyring {
    fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
        Ok(Self::book(origin)?.unwrap_or_default().of(origin))
    }

    fn find(&self, query: &Query) -> Result<Entry, Miss> {
        let book = Self::book(&query.origin)?.unwrap_or_default();
        book.find(query, self.now).cloned().ok_or_else(|| nothing_for(query))
    }

    fn keep(&self, entry: &Entry) -> Result<(), Miss> {
        if !content::is_keepable(entry) {
            return Err(unkeepable());
        }
        self.change(&entry.origin, |book| book.keep(entry.clone(), self.now))
    }

    fn forget(&self, query: &Query) -> Result<usize, Miss> {
        let held = Self::book(&query.origin)?;
        match held.map(|mut book| book.forget(query)) {
            None | Some(0) => Ok(0),
            Some(_) => self.change(&query.origin, |book| book.forget(query)),
        }
    }
}

/// Never cut: what does not fit is refused.
fn fits(length: usize, most: Option<usize>) -> bool {
    most.is_none_or(|most| length <= most)
}

/// The secret of an item, where there is one.
pub(super) fn secret(service: &str, account: Option<String>) -> Result<Option<Zeroizing<Vec<u8>>>, Miss> {
    let service = service.to_owned();
    within(move || system::get(&service, account.as_deref()))
}

/// A keyring that never answers is left to itself; the thread that waits for it ends with the process.
fn within<T: Send + 'static>(call: impl FnOnce() -> Result<T, Trouble> + Send + 'static) -> Result<T, Miss> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || drop(sender.send(call())));
    match receiver.recv_timeout(PATIENCE) {
        Ok(answer) => answer.map_err(Trouble::miss),
        Err(_) => Err(Miss::Unavailable("the keyring did not answer within 2 seconds".to_owned())),
    }
}

pub(super) fn is_there(session: bool) -> Result<(), Miss> {
    let why = || Miss::Unavailable("no keyring can be asked: `DBUS_SESSION_BUS_ADDRESS` is not set".to_owned());
    session.then_some(()).ok_or_else(why)
}

pub(super) fn open(around: &Around) -> Result<Box<dyn Store>, Miss> {
    is_there(around.session)?;
    let lock = around.data_folder.as_ref().map(|folder| folder.join("hallpass").join("keyring"));
    Ok(Box::new(Keyring { lock, now: around.now }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_keyring_that_never_answers_is_left_after_two_seconds() {
        let start = std::time::Instant::now();
        let never = || -> Result<(), Trouble> {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        };
        assert!(matches!(within(never), Err(Miss::Unavailable(_))));
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn s13_what_the_windows_vault_cannot_hold_is_refused_and_the_next_store_asked() {
        // 1280 units of two bytes.
        assert!(fits(2560, Some(2560)) && !fits(2561, Some(2560)) && fits(1_000_000, None));
        assert_eq!(Trouble::TooLong.miss(), Miss::Failed("the keyring cannot hold something that long".to_owned()));
    }

    #[test]
    fn without_a_message_bus_no_keyring_is_asked() {
        let around = Around {
            file: None,
            identity: None,
            data_folder: None,
            config_folder: None,
            session: false,
            terminal: crate::store::Terminal::Silent,
            now: Timestamp::UNIX_EPOCH,
        };
        assert!(matches!(open(&around), Err(Miss::Unavailable(text)) if text.contains("DBUS_SESSION_BUS_ADDRESS")));
    }
}

//! The key of the encrypted store: one of our own, made on first use, or an age or SSH key that the user names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{Callbacks, ssh, x25519};
use zeroize::Zeroizing;

use super::Around;
use super::terminal::Terminal;
use super::vault_file::VaultFile;
use crate::app::ports::Miss;

/// The most work that a passphrase may demand: 2^19 takes half a gigabyte of memory and some seconds. What a file asks
/// for beyond that is refused before anything is allocated.
const MOST_WORK: u8 = 19;
const SECRET: &str = "AGE-SECRET-KEY-1";

pub(super) struct Identity {
    file: VaultFile,
    /// Ours to make.
    own: bool,
    terminal: Terminal,
}

/// What opens, and what seals.
pub(super) struct Keys {
    pub(super) identity: Box<dyn age::Identity>,
    /// Made only for sealing: it takes as long as a third of an opening.
    pub(super) recipient: Box<dyn FnOnce() -> Box<dyn age::Recipient>>,
    /// Set once a passphrase was needed and not to be had.
    pub(super) unanswered: Arc<AtomicBool>,
}

impl Identity {
    pub(super) fn new(around: &Around) -> Result<Self, Miss> {
        let (path, own) = match &around.identity {
            Some(path) => (path.clone(), false),
            None => (around.in_config("identity")?, true),
        };
        Ok(Self { file: VaultFile::new(path), own, terminal: around.terminal })
    }

    pub(super) fn place(&self) -> String {
        format!("`{}`", self.file.path().display())
    }

    /// `None` where there is none yet and one can be made.
    pub(super) fn load(&self) -> Result<Option<Keys>, Miss> {
        match self.file.read()? {
            Some(bytes) => self.keys(&bytes).map(Some),
            None if self.own => Ok(None),
            None => Err(Miss::Failed(format!("the identity {} does not exist", self.place()))),
        }
    }

    /// The one that is there after all, or a new one.
    pub(super) fn make(&self) -> Result<Keys, Miss> {
        self.file.change(|bytes| {
            if let Some(bytes) = bytes {
                return Ok((None, self.keys(&bytes)?));
            }
            let identity = x25519::Identity::generate();
            let secret = identity.to_string();
            let text = format!("# Opens what hallpass stores. Keep it to yourself.\n{}\n", secret.expose_secret());
            Ok((Some(text.into_bytes()), native(identity)))
        })
    }

    pub(super) fn locked(&self) -> Miss {
        let why = if self.terminal.may_ask() { "the passphrase was wrong" } else { "nobody can be asked for it here" };
        Miss::Failed(format!("the identity {} has a passphrase, and {why}", self.place()))
    }

    fn keys(&self, bytes: &[u8]) -> Result<Keys, Miss> {
        if bytes.starts_with(b"-----BEGIN ") {
            return self.ssh(bytes);
        }
        if bytes.starts_with(b"age-encryption.org/") {
            return self.unlock(bytes);
        }
        self.native(bytes)
    }

    fn native(&self, bytes: &[u8]) -> Result<Keys, Miss> {
        let text = std::str::from_utf8(bytes).ok();
        let secret = text.and_then(|text| text.lines().map(str::trim).find(|line| line.starts_with(SECRET)));
        secret.and_then(|secret| secret.parse().ok()).map(native).ok_or_else(|| {
            Miss::Failed(format!("{} holds neither an age key nor an SSH key that hallpass can use", self.place()))
        })
    }

    fn ssh(&self, bytes: &[u8]) -> Result<Keys, Miss> {
        let unusable = || Miss::Failed(format!("{} is not an SSH key of type ed25519 or rsa", self.place()));
        let identity = ssh::Identity::from_buffer(bytes, None).map_err(|_| unusable())?;
        if matches!(identity, ssh::Identity::Unsupported(_)) {
            return Err(unusable());
        }
        let recipient = ssh::Recipient::try_from(identity.clone()).map_err(|_| unusable())?;
        let unanswered = Arc::<AtomicBool>::default();
        let asking = Asking { terminal: self.terminal, place: self.place(), unanswered: Arc::clone(&unanswered) };
        let recipient = Box::new(|| Box::new(recipient) as Box<dyn age::Recipient>);
        Ok(Keys { identity: Box::new(identity.with_callbacks(asking)), recipient, unanswered })
    }

    /// An age key in an age file with a passphrase.
    fn unlock(&self, bytes: &[u8]) -> Result<Keys, Miss> {
        if work_of(bytes).is_none_or(|work| work > MOST_WORK) {
            return Err(Miss::Failed(format!(
                "the identity {} is not locked by a passphrase, or by one that takes too much work to try",
                self.place()
            )));
        }
        let passphrase = self.terminal.ask(&self.place()).ok_or_else(|| self.locked())?;
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MOST_WORK);
        let opened = age::decrypt(&identity, bytes).map(Zeroizing::new).map_err(|_| self.locked())?;
        self.native(&opened)
    }
}

fn native(identity: x25519::Identity) -> Keys {
    let own = identity.clone();
    let recipient = Box::new(move || Box::new(own.to_public()) as Box<dyn age::Recipient>);
    Keys { identity: Box::new(identity), recipient, unanswered: Arc::default() }
}

/// The work factor in the header of an age file with a passphrase: `-> scrypt SALT WORK`.
fn work_of(bytes: &[u8]) -> Option<u8> {
    let line = bytes.split(|byte| *byte == b'\n').nth(1)?;
    let words: Vec<&str> = std::str::from_utf8(line).ok()?.split(' ').collect();
    match words[..] {
        ["->", "scrypt", _, work] => work.parse().ok(),
        _ => None,
    }
}

#[derive(Clone)]
struct Asking {
    terminal: Terminal,
    place: String,
    unanswered: Arc<AtomicBool>,
}

impl Callbacks for Asking {
    fn display_message(&self, _: &str) {}

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn request_public_string(&self, _: &str) -> Option<String> {
        None
    }

    fn request_passphrase(&self, _: &str) -> Option<SecretString> {
        let answer = self.terminal.ask(&self.place);
        self.unanswered.fetch_or(answer.is_none(), Ordering::Relaxed);
        answer
    }
}

//! One file, encrypted to a key of this machine's user: for servers, and wherever no keyring answers.

use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;

use age::{DecryptError, Decryptor, Encryptor};
use zeroize::Zeroizing;

use super::Around;
use super::book_file::{BookFile, Wrapping, damaged};
use super::identity::{Identity, Keys};
use super::vault_file::VaultFile;
use crate::app::ports::{Miss, Store};

struct Age {
    identity: Identity,
}

impl Wrapping for Age {
    fn open(&self, bytes: Zeroizing<Vec<u8>>, place: &str) -> Result<Zeroizing<Vec<u8>>, Miss> {
        let decryptor = Decryptor::new_buffered(&bytes[..]).map_err(|error| match error {
            DecryptError::UnknownFormat => {
                Miss::Failed(format!("the store {place} is encrypted in a way that this version does not know"))
            }
            _ => damaged(place),
        })?;
        if decryptor.is_scrypt() {
            return Err(Miss::Failed(format!(
                "the store {place} is locked with a passphrase of its own; hallpass opens stores with an identity, \
                 which may have a passphrase"
            )));
        }
        let keys = self.identity.load()?.ok_or_else(|| {
            Miss::Failed(format!("the store {place} cannot be opened without its identity {}", self.identity.place()))
        })?;
        // With room for everything: growing would leave unwiped copies behind.
        let mut book = Zeroizing::new(Vec::with_capacity(bytes.len()));
        let read = decryptor
            .decrypt(std::iter::once(keys.identity.as_ref()))
            .and_then(|mut reader| Ok(reader.read_to_end(&mut book)?));
        match read {
            Ok(_) => Ok(book),
            Err(DecryptError::NoMatchingKeys) if keys.unanswered.load(Ordering::Relaxed) => Err(self.identity.locked()),
            Err(DecryptError::NoMatchingKeys) => Err(Miss::Failed(format!(
                "the store {place} is damaged, or was made with another identity than {}; it is left as it is",
                self.identity.place()
            ))),
            Err(DecryptError::KeyDecryptionFailed) => Err(self.identity.locked()),
            Err(_) => Err(damaged(place)),
        }
    }

    fn seal(&self, book: Zeroizing<Vec<u8>>, first: bool) -> Result<Vec<u8>, Miss> {
        let Keys { recipient, .. } = match self.identity.load()? {
            Some(keys) => keys,
            None if first => self.identity.make()?,
            None => return Err(Miss::Failed(format!("the identity {} is gone", self.identity.place()))),
        };
        let failed = || Miss::Failed(format!("nothing can be encrypted to the identity {}", self.identity.place()));
        let recipient = recipient();
        let encryptor = Encryptor::with_recipients(std::iter::once(recipient.as_ref() as _)).map_err(|_| failed())?;
        let mut sealed = Vec::with_capacity(book.len() + 1024);
        let mut writer = encryptor.wrap_output(&mut sealed).map_err(|_| failed())?;
        writer.write_all(&book).and_then(|()| writer.finish()).map_err(|_| failed())?;
        Ok(sealed)
    }
}

pub(super) fn open(around: &Around) -> Result<Box<dyn Store>, Miss> {
    let file = VaultFile::new(around.file("credentials.age")?);
    let identity = Identity::new(around)?;
    Ok(Box::new(BookFile::new(file, Age { identity }, around.now)))
}

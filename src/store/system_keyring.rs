//! The keyrings of the systems, each by its own library: the secret of one item, named by service and account.

/// The most bytes that one item holds.
pub(super) const MOST: Option<usize> = if cfg!(windows) { Some(2560) } else { None };

#[cfg(target_os = "linux")]
pub(super) use secret_service::{delete, get, set};

#[cfg(any(target_os = "macos", windows))]
pub(super) use native::{delete, get, set};

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) use nowhere::{delete, get, set};

/// The Secret Service of the desktop. Its library could ask somebody to unlock a keyring; here it is told to wait for
/// that person for no time at all, in which case it does not ask.
#[cfg(target_os = "linux")]
mod secret_service {
    use std::collections::HashMap;

    use dbus_secret_service::{EncryptionType, Error, Item, SecretService};
    use zeroize::Zeroizing;

    use super::super::keyring::Trouble;

    const CONTENT: &str = "application/octet-stream";

    fn connect() -> Result<SecretService, Trouble> {
        SecretService::connect_with_max_prompt_timeout(EncryptionType::Dh, 0).map_err(|_| Trouble::NoService)
    }

    fn attributes<'a>(service: &'a str, account: Option<&'a str>) -> HashMap<&'a str, &'a str> {
        [("service", Some(service)), ("username", account)]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "to stand behind `map_err`")]
    fn trouble(error: Error) -> Trouble {
        match error {
            Error::Locked | Error::Prompt => Trouble::Locked,
            Error::Unavailable | Error::NoResult => Trouble::NoService,
            _ => Trouble::Broken,
        }
    }

    fn item<'a>(service: &'a SecretService, attributes: HashMap<&str, &str>) -> Result<Option<Item<'a>>, Trouble> {
        let found = service.search_items(attributes).map_err(trouble)?;
        match found.unlocked.into_iter().next() {
            None if !found.locked.is_empty() => Err(Trouble::Locked),
            unlocked => Ok(unlocked),
        }
    }

    pub(in super::super) fn get(service: &str, account: Option<&str>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        let connected = connect()?;
        let item = item(&connected, attributes(service, account))?;
        item.map(|item| item.get_secret().map(Zeroizing::new).map_err(trouble)).transpose()
    }

    pub(in super::super) fn set(service: &str, account: &str, secret: &[u8]) -> Result<(), Trouble> {
        let connected = connect()?;
        let attributes = attributes(service, Some(account));
        if let Some(item) = item(&connected, attributes.clone())? {
            return item.set_secret(secret, CONTENT).map_err(trouble);
        }
        let collection = connected.get_default_collection().map_err(trouble)?;
        if collection.is_locked().map_err(trouble)? {
            return Err(Trouble::Locked);
        }
        let label = format!("{service}: {account}");
        collection.create_item(&label, attributes, secret, true, CONTENT).map(drop).map_err(trouble)
    }

    pub(in super::super) fn delete(service: &str, account: &str) -> Result<(), Trouble> {
        let connected = connect()?;
        item(&connected, attributes(service, Some(account)))?.map_or(Ok(()), |item| item.delete().map_err(trouble))
    }
}

#[cfg(any(target_os = "macos", windows))]
mod native {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    use keyring_core::api::CredentialStoreApi as _;
    use keyring_core::{Entry, Error};
    #[cfg(windows)]
    use windows_native_keyring_store::Store;
    use zeroize::Zeroizing;

    use super::super::keyring::Trouble;

    fn entry(service: &str, account: &str) -> Result<Entry, Trouble> {
        let store = Store::new().map_err(|_| Trouble::NoService)?;
        store.build(service, account, None).map_err(trouble)
    }

    fn trouble(error: Error) -> Trouble {
        match error {
            Error::NoStorageAccess(_) => Trouble::Locked,
            Error::TooLong(..) => Trouble::TooLong,
            _ => Trouble::Broken,
        }
    }

    pub(in super::super) fn get(service: &str, account: Option<&str>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        match entry(service, account.unwrap_or_default())?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(trouble(error)),
        }
    }

    pub(in super::super) fn set(service: &str, account: &str, secret: &[u8]) -> Result<(), Trouble> {
        entry(service, account)?.set_secret(secret).map_err(trouble)
    }

    pub(in super::super) fn delete(service: &str, account: &str) -> Result<(), Trouble> {
        match entry(service, account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(trouble(error)),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod nowhere {
    use zeroize::Zeroizing;

    use super::super::keyring::Trouble;

    pub(in super::super) fn get(_: &str, _: Option<&str>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        Err(Trouble::NoService)
    }

    pub(in super::super) fn set(_: &str, _: &str, _: &[u8]) -> Result<(), Trouble> {
        Err(Trouble::NoService)
    }

    pub(in super::super) fn delete(_: &str, _: &str) -> Result<(), Trouble> {
        Err(Trouble::NoService)
    }
}

//! The words after `credential`: options, then one verb.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use crate::wiring::stores;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Store,
    Erase,
    Capability,
    /// One that a later Git may have.
    Unknown,
}

/// What stands before the verb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Options {
    /// One of the registry's names.
    pub(super) store: Option<&'static str>,
    pub(super) file: Option<PathBuf>,
    pub(super) identity: Option<PathBuf>,
    /// Entries die after it.
    pub(super) lifetime: Option<SignedDuration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Verb(Verb, Options),
    /// No verb: somebody wants help, or needs it.
    Help,
    /// Nothing can be done, for this reason. Words are not repeated: one may be a token.
    Unclear(&'static str),
}

pub(super) fn read(words: &[OsString]) -> Heard {
    let mut words = words.iter();
    let mut options = Options::default();
    loop {
        let Some(word) = words.next() else { return Heard::Help };
        let text = word.to_str().unwrap_or_default();
        if matches!(text, "-h" | "--help" | "-V" | "--version") {
            return Heard::Help;
        }
        if text.starts_with('-') {
            let (name, inside) = match text.split_once('=') {
                Some((name, value)) => (name, Some(OsStr::new(value))),
                None => (text, None),
            };
            let value = || inside.or_else(|| words.next().map(OsString::as_os_str));
            match options.take(name, value) {
                Ok(()) => continue,
                Err(why) => return Heard::Unclear(why),
            }
        }
        if words.next().is_some() {
            return Heard::Unclear("Git adds the verb by itself; take yours out");
        }
        let verb = match text {
            "get" => Verb::Get,
            "store" => Verb::Store,
            "erase" => Verb::Erase,
            "capability" => Verb::Capability,
            _ => Verb::Unknown,
        };
        return Heard::Verb(verb, options);
    }
}

/// What Git would hand to a `get` of these words; `None` where that is no `get`.
pub(in crate::cli) fn options(words: &[String]) -> Option<Options> {
    let words: Vec<OsString> = words.iter().map(OsString::from).chain([OsString::from("get")]).collect();
    match read(&words) {
        Heard::Verb(Verb::Get, options) => Some(options),
        _ => None,
    }
}

impl Options {
    fn take<'a>(&mut self, name: &str, value: impl FnOnce() -> Option<&'a OsStr>) -> Result<(), &'static str> {
        match name {
            "--store" => {
                const WHY: &str = "`--store` is `keyring`, `file`, `plain` or `none`";
                let value = value().ok_or(WHY)?;
                let place = stores::REGISTRY.iter().find(|place| value == place.name).ok_or(WHY)?;
                self.store = Some(place.name);
            }
            "--file" => self.file = Some(path(value()).ok_or("`--file` needs an absolute path")?),
            "--identity" => self.identity = Some(path(value()).ok_or("`--identity` needs an absolute path")?),
            "--lifetime" => {
                self.lifetime = Some(lifetime(value()).ok_or("`--lifetime` is a number of `s`, `m`, `h` or `d`")?);
            }
            _ => return Err("an option before the verb is not known"),
        }
        Ok(())
    }

    /// The store that was named, by its name or by something that only that one has.
    pub(super) fn chosen(&self) -> Option<&'static str> {
        let by_place = || (self.file.is_some() || self.identity.is_some()).then_some("file");
        self.store.or_else(by_place)
    }
}

/// Git stands in a work tree when it calls, which is no place for a store.
fn path(value: Option<&OsStr>) -> Option<PathBuf> {
    value.map(Path::new).filter(|path| path.is_absolute()).map(Path::to_owned)
}

fn lifetime(value: Option<&OsStr>) -> Option<SignedDuration> {
    let text = value?.to_str()?;
    let seconds = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let (number, seconds) = seconds.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    Some(SignedDuration::from_secs(i64::from(number).checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(words: &[&str]) -> Heard {
        read(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_verb_follows_the_options() {
        let none = Options { store: Some("none"), ..Options::default() };
        assert_eq!(heard(&["get"]), Heard::Verb(Verb::Get, Options::default()));
        assert_eq!(heard(&["--store", "none", "erase"]), Heard::Verb(Verb::Erase, none.clone()));
        assert_eq!(heard(&["--store=none", "store"]), Heard::Verb(Verb::Store, none));
        assert_eq!(heard(&["frobnicate"]), Heard::Verb(Verb::Unknown, Options::default()));
    }

    #[test]
    fn every_option_takes_its_value_in_either_way() {
        let folder = if cfg!(windows) { "C:/" } else { "/" };
        let (file, identity) = (format!("{folder}a"), format!("{folder}b"));
        let apart = ["--store", "plain", "--file", &file, "--identity", &identity, "--lifetime", "2h", "get"];
        let together =
            ["--store=plain", &format!("--file={file}"), &format!("--identity={identity}"), "--lifetime=120m", "get"];
        let options = Options {
            store: Some("plain"),
            file: Some(file.clone().into()),
            identity: Some(identity.clone().into()),
            lifetime: Some(SignedDuration::from_hours(2)),
        };
        assert_eq!(heard(&apart), Heard::Verb(Verb::Get, options.clone()));
        assert_eq!(heard(&together), Heard::Verb(Verb::Get, options));
    }

    #[test]
    fn a_place_names_the_store_that_has_it() {
        let named = Options { file: Some("/a".into()), ..Options::default() };
        assert_eq!(named.chosen(), Some("file"));
        assert_eq!(Options { store: Some("plain"), ..named }.chosen(), Some("plain"));
        assert_eq!(Options::default().chosen(), None);
    }

    #[test]
    fn help_is_for_people() {
        for words in [&[][..], &["--help"], &["--store", "none", "-h"], &["--version"]] {
            assert_eq!(heard(words), Heard::Help);
        }
    }

    #[test]
    fn what_is_unclear_is_no_verb() {
        for words in [
            &["--store", "vault", "get"][..],
            &["--store"],
            &["--file", "relative", "get"],
            &["--identity"],
            &["--lifetime", "1 hour", "get"],
            &["--lifetime", "0s", "get"],
            &["--lifetime=-1h", "get"],
            &["-x", "get"],
            &["get", "get"],
            &["get", "-h"],
        ] {
            assert!(matches!(heard(words), Heard::Unclear(_)), "{words:?}");
        }
    }
}

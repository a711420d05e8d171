//! Server versions, and when an endpoint opened.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Major and minor version of a server; patches do not move endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
}

impl Version {
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// The text is not a version such as `18.2`, `18.2.1` or `19.0.0-ee`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version such as `18.2`")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let core = text.split(['-', '+', ' ']).next().unwrap_or_default();
        let mut parts = core.split('.');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(NotAVersion);
        Ok(Self { major: number()?, minor: number()? })
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Since when something exists, as far as the source tells: certainly not before `after`, certainly from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Servers older than this certainly lack it. `None`: nobody knows how old it is.
    pub not_before: Option<Version>,
    /// Servers of this version or newer certainly have it.
    pub from: Version,
}

/// Does a server of some version have it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Yes,
    No,
    /// Between the last version known to lack it and the first known to have it.
    Unsure,
}

impl Since {
    pub fn in_version(&self, version: Version) -> Presence {
        if version >= self.from {
            Presence::Yes
        } else if self.not_before.is_some_and(|first| version < first) {
            Presence::No
        } else {
            Presence::Unsure
        }
    }
}

impl FromStr for Since {
    type Err = NotAVersion;

    /// `18.8` exact; `<=17.10` at least that old; `18.3..18.4` came in one of these.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        if let Some(latest) = text.strip_prefix("<=") {
            return Ok(Self { not_before: None, from: latest.parse()? });
        }
        if let Some((first, last)) = text.split_once("..") {
            return Ok(Self { not_before: Some(first.parse()?), from: last.parse()? });
        }
        let exact = text.parse()?;
        Ok(Self { not_before: Some(exact), from: exact })
    }
}

impl fmt::Display for Since {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.not_before {
            None => write!(formatter, "{} or earlier", self.from),
            Some(first) if first == self.from => write!(formatter, "{first}"),
            Some(first) => write!(formatter, "{first} to {}", self.from),
        }
    }
}

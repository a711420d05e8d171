//! Tokens, and what sort of token one is.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The secret itself. It has no `Display` and no `Serialize`; its `Debug` is a constant and its memory is wiped on drop.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text of the token. Every call of this is a place where a secret may leave; keep them few.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Is it the same secret?
    pub fn is(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

/// The sort of a token in its forge's own terms: `project`, `job`, `fine-grained`. The forge's catalogue lists them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Kind(Cow<'static, str>);

impl Kind {
    pub const UNKNOWN: Self = Self::named("unknown");

    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    pub fn new(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

//! Contracts: what a tool needs of its token.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::capability::Capability;
use super::token::Kind;

/// A tool's needs, one section per forge it works on. Built in as a file each, or written in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The file name of a built-in contract; empty in the configuration, where the key is the name.
    #[serde(default)]
    pub id: String,
    pub title: String,
    /// Other names it answers to.
    #[serde(default)]
    pub aliases: Vec<String>,
    pub confidence: Confidence,
    /// By forge id.
    pub forges: BTreeMap<String, Section>,
    #[serde(default)]
    pub notes: Vec<String>,
    pub source: Source,
}

/// How well founded a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The tool's own documentation says it.
    Documented,
    /// Derived from the endpoints in its source, or from the forge's documentation.
    Derived,
    /// Written by the user.
    Own,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub repository: String,
    #[serde(default)]
    pub commit: Option<String>,
    pub path: String,
    pub read_on: jiff::civil::Date,
}

/// What is needed on one forge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What it does on the forge.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// What it does only with some settings of its own; told, not required.
    #[serde(default)]
    pub optional: Vec<Capability>,
    /// Scopes that its documentation asks for; met by what a held scope implies.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Scopes for some kinds of token, in place of `scopes`.
    #[serde(default)]
    pub scopes_by_kind: BTreeMap<Kind, Vec<String>>,
    /// Fine-grained permissions that its documentation asks for.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The lowest role, by name.
    #[serde(default)]
    pub role: Option<String>,
    /// Kinds it can work with; empty: any.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Kinds to make for it, the best first.
    #[serde(default)]
    pub prefer: Vec<Kind>,
    /// What the table of tools says of the job's own token, to be compared with what the capabilities give.
    #[serde(default)]
    pub job_token: Option<JobTokenUse>,
    #[serde(default)]
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JobTokenUse {
    Yes,
    Part,
    No,
}

impl Section {
    /// The scopes asked of a token of this kind.
    pub fn scopes_for(&self, kind: &Kind) -> &[String] {
        self.scopes_by_kind.get(kind).unwrap_or(&self.scopes)
    }
}

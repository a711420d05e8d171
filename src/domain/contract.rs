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
    /// How the tool is told in a pipeline's script, and where its token comes from.
    #[serde(default)]
    pub run: Option<Run>,
    pub source: Source,
}

/// A tool at work in a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Its first words, such as `semantic-release` or `flux bootstrap gitlab`.
    pub programs: Vec<String>,
    /// Some argument holds this text; without it the tool is at something else.
    #[serde(default)]
    pub argument: Option<String>,
    /// Variables that it takes its token from.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// Options that it takes its token from.
    #[serde(default)]
    pub options: Vec<String>,
    /// Only where one of these files holds the text.
    #[serde(default)]
    pub where_file: Option<FileText>,
    /// Not where one of these files holds the text: the setting that makes it work with the job token.
    #[serde(default)]
    pub unless_file: Option<FileText>,
}

/// A text in files of the repository; `*` stands for any part of a name, `**` for folders too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileText {
    pub files: Vec<String>,
    pub text: String,
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

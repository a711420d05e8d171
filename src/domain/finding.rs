//! Findings: a verdict or a condition worth telling, and the rule it is told by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::capability::Capability;
use super::verdict::Layer;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a file the user can open. Line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// The line of a place as it is written, secrets covered, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub line: String,
    /// Columns of `line` from 1: the first one meant, and the one behind the last.
    pub mark: (u32, u32),
    /// Where it ends in the file, which may be on a later line.
    pub end_line: u32,
    pub end_column: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: String,
    pub severity: Severity,
    /// The connection it is about; `None` for the run as a whole.
    pub connection: Option<String>,
    pub capability: Option<Capability>,
    pub layer: Option<Layer>,
    pub message: String,
    pub fix: Option<String>,
    pub link: Option<String>,
    pub place: Option<Place>,
    /// What stands there, where a file was read for it.
    pub excerpt: Option<Excerpt>,
}

/// One rule, read from its file under `src/findings/`. `explain`, the docs page, SARIF metadata and fixes come from it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// The question it answers, as a user would ask it.
    pub question: String,
    /// What is so and why it matters.
    pub why: String,
    /// What to do, by forge id or `any`; placeholders in braces.
    pub fix: BTreeMap<String, Remedy>,
    #[serde(default)]
    pub references: Vec<String>,
    /// The release that introduced it.
    pub since: String,
}

/// A fix in words, and the page where it is done: a key of the forge's `links`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    pub text: String,
    #[serde(default)]
    pub link: Option<String>,
}

/// All rules by id.
#[derive(Clone, Debug, Default)]
pub struct RuleBook(BTreeMap<String, Rule>);

impl RuleBook {
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self(rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect())
    }

    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.0.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.values()
    }
}

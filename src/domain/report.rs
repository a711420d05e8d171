//! The report: all that formats see.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::capability::Capability;
use super::evidence::Origin;
use super::finding::{Finding, Place, Severity};
use super::shard::Shard;
use super::since::Since;
use super::token::Kind;
use super::verdict::{Basis, Layer, Verdict};

/// Of a connection and of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Pass,
    Warn,
    Unknown,
    Fail,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Report {
    pub generated_at: Timestamp,
    pub status: Status,
    pub connections: Vec<ConnectionReport>,
    pub findings: Vec<Finding>,
    pub matrix: Option<Matrix>,
    /// What `lint` read.
    pub reading: Option<Reading>,
    /// Which part of a fleet this is, where it is not the whole.
    pub shard: Option<Shard>,
    /// How it differs from an earlier report, where one was given.
    pub since: Option<Since>,
    /// Told of the run as a whole, without judging.
    pub remarks: Vec<String>,
}

impl Report {
    /// One that has nothing to tell yet.
    pub fn at(generated_at: Timestamp) -> Self {
        Self {
            generated_at,
            status: Status::Pass,
            connections: Vec::new(),
            findings: Vec::new(),
            matrix: None,
            reading: None,
            shard: None,
            since: None,
            remarks: Vec::new(),
        }
    }
}

/// How much of the pipelines was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub files: usize,
    pub jobs: usize,
    /// Includes and scripts that are not in the repository or could not be read.
    pub not_read: usize,
    /// Calls whose address or method is known only when they run.
    pub unresolved: Vec<Place>,
}

#[derive(Clone, Debug)]
pub struct ConnectionReport {
    pub name: String,
    pub status: Status,
    pub forge: String,
    pub url: String,
    pub target: Option<String>,
    pub tenant: Option<String>,
    pub owner: Option<String>,
    pub source: String,
    pub contracts: Vec<String>,
    pub token: TokenReport,
    pub requests: u32,
    pub capabilities: Vec<CapabilityReport>,
    /// What was asked and what came back, for `-v`.
    pub trace: Vec<Origin>,
    /// Told without judging: an address that was mended, a fact worth knowing.
    pub remarks: Vec<String>,
}

/// What is known of the token itself.
#[derive(Clone, Debug, Default)]
pub struct TokenReport {
    pub kind: Option<Kind>,
    /// The kind in words, such as `project access token`.
    pub kind_title: Option<String>,
    pub id: Option<String>,
    pub name: Option<String>,
    pub user: Option<String>,
    /// `None`: nobody could say; an empty list: it has none.
    pub scopes: Option<Vec<String>>,
    pub permissions: Option<Vec<String>>,
    pub role: Option<String>,
    /// `None`: nobody could say.
    pub active: Option<bool>,
    /// A date or a time as the forge gives it; `never`; `None` when not stated.
    pub expires_at: Option<String>,
    pub days_left: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct CapabilityReport {
    pub id: Capability,
    pub title: String,
    pub verdict: Verdict,
    pub basis: Basis,
    pub layer: Option<Layer>,
    /// Contracts, or `needs`, that ask for it; empty for one that is only listed.
    pub required_by: Vec<String>,
    /// `must_not` names it.
    pub forbidden: bool,
    pub reason: String,
    pub fix: Option<String>,
    pub link: Option<String>,
    pub evidence: Vec<Origin>,
}

/// The same capabilities for several tokens.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Names of the connections, in columns.
    pub tokens: Vec<MatrixToken>,
    pub rows: Vec<MatrixRow>,
    /// The least powerful token that suffices, by its label.
    pub least: Option<String>,
    /// Why it is the least, or why none suffices.
    pub because: String,
    /// What would have to change for the job's own token to do; empty when there is none or it does.
    pub job_token_needs: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct MatrixToken {
    pub label: String,
    pub kind_title: String,
    pub suffices: Verdict,
}

#[derive(Clone, Debug)]
pub struct MatrixRow {
    pub capability: Capability,
    pub title: String,
    pub required: bool,
    pub cells: Vec<MatrixCell>,
}

#[derive(Clone, Debug)]
pub struct MatrixCell {
    pub token: String,
    pub verdict: Verdict,
    pub basis: Basis,
    pub layer: Option<Layer>,
    pub reason: String,
}

impl Report {
    /// How many connections have each status.
    pub fn counts(&self) -> BTreeMap<Status, usize> {
        let mut counts = BTreeMap::new();
        for connection in &self.connections {
            *counts.entry(connection.status).or_default() += 1;
        }
        counts
    }

    pub fn requests(&self) -> u32 {
        self.connections.iter().map(|connection| connection.requests).sum()
    }

    pub fn worst_finding(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

//! Reads back what the JSON format wrote. A report may come from anywhere: what it says is data for the formats to escape,
//! and nothing of it is quoted where it cannot be read.

use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::capability::Capability;
use crate::domain::evidence::Origin;
use crate::domain::finding::{Finding, Place, Severity};
use crate::domain::report::{CapabilityReport, ConnectionReport, Reading, Report, Status, TokenReport};
use crate::domain::shard::Shard;
use crate::domain::token::Kind;
use crate::domain::verdict::{Basis, Layer, Verdict};

const SCHEMA: &str = "hallpass.report.v1";

/// Why a file is no report that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("is damaged: it is no JSON from line {line}, column {column} on")]
    Damaged { line: usize, column: usize },
    #[error("is no report of hallpass: it does not name the schema `{SCHEMA}`")]
    NoReport,
    #[error("was written by another version of hallpass: this one reads the schema `{SCHEMA}`")]
    OtherVersion,
    #[error("is no report as the schema `{SCHEMA}` describes it: line {line}, column {column} has something else")]
    Unlike { line: usize, column: usize },
}

impl Unreadable {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "make it again; the job that wrote it may have been stopped while it was copied",
            Self::NoReport => "give files that `--format json=FILE` wrote",
            Self::OtherVersion => "use the version of hallpass that wrote it, or the newest",
            Self::Unlike { .. } => "make it again with `--format json=FILE`",
        }
    }
}

/// A report as it was written, and the rows of its matrix where `compare` wrote it.
pub struct Written {
    pub report: Report,
    pub matrix: Option<Compared>,
}

/// What a matrix cannot be made of again.
#[derive(Clone, Debug, Deserialize)]
pub struct Compared {
    #[serde(deserialize_with = "ids")]
    pub rows: Vec<Capability>,
    pub least: Option<String>,
}

/// A fleet of 20,000 connections makes less.
const LARGEST: u64 = 512 << 20;

/// The whole file, or what is wrong with it. Pipes will do.
pub fn bounded(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a folder\nhint: name the files in it".to_owned(),
        kind => format!("cannot be read: {kind}"),
    };
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| said(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(
            "is longer than 512 MiB\nhint: a report of hallpass is not; split the fleet into more shards".to_owned()
        );
    }
    Ok(bytes)
}

/// Titles are not part of a report; whoever reads it adds them.
pub fn read(bytes: &[u8]) -> Result<Written, Unreadable> {
    let head: Head = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unreadable::NoReport,
        _ => Unreadable::Damaged { line: error.line(), column: error.column() },
    })?;
    match head.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with("hallpass.report.") => return Err(Unreadable::OtherVersion),
        _ => return Err(Unreadable::NoReport),
    }
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| Unreadable::Unlike { line: error.line(), column: error.column() })?;
    Ok(document.into_written())
}

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    generated_at: Timestamp,
    status: Status,
    connections: Vec<Connection>,
    findings: Vec<Told>,
    matrix: Option<Compared>,
    reading: Option<Pipelines>,
    #[serde(default, deserialize_with = "shard")]
    shard: Option<Shard>,
    #[serde(default)]
    remarks: Vec<String>,
}

#[derive(Deserialize)]
struct Pipelines {
    files: usize,
    jobs: usize,
    not_read: usize,
}

#[derive(Deserialize)]
struct Connection {
    name: String,
    status: Status,
    forge: String,
    url: String,
    target: Option<String>,
    tenant: Option<String>,
    owner: Option<String>,
    source: String,
    contracts: Vec<String>,
    token: Token,
    requests: u32,
    capabilities: Vec<Judged>,
    #[serde(default)]
    remarks: Vec<String>,
}

#[derive(Deserialize)]
struct Token {
    kind: Option<Kind>,
    id: Option<String>,
    name: Option<String>,
    user: Option<String>,
    scopes: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    role: Option<String>,
    active: Option<bool>,
    expires_at: Option<String>,
    days_left: Option<i64>,
}

#[derive(Deserialize)]
struct Judged {
    id: Capability,
    verdict: Verdict,
    basis: Basis,
    layer: Option<Layer>,
    required_by: Vec<String>,
    #[serde(default)]
    forbidden: bool,
    reason: String,
    fix: Option<String>,
    link: Option<String>,
    evidence: Vec<Seen>,
}

#[derive(Deserialize)]
struct Seen {
    request: String,
    status: Option<u16>,
    says: String,
}

#[derive(Deserialize)]
struct Told {
    rule: String,
    severity: Severity,
    connection: Option<String>,
    capability: Option<Capability>,
    layer: Option<Layer>,
    message: String,
    fix: Option<String>,
    link: Option<String>,
    location: Option<Location>,
}

#[derive(Deserialize)]
struct Location {
    file: String,
    line: u32,
    column: u32,
}

fn ids<'de, D: serde::Deserializer<'de>>(rows: D) -> Result<Vec<Capability>, D::Error> {
    #[derive(Deserialize)]
    struct Row {
        capability: Capability,
    }
    Ok(Vec::<Row>::deserialize(rows)?.into_iter().map(|row| row.capability).collect())
}

fn shard<'de, D: serde::Deserializer<'de>>(numbers: D) -> Result<Option<Shard>, D::Error> {
    #[derive(Deserialize)]
    struct Numbers {
        index: u32,
        of: u32,
    }
    let Numbers { index, of } = Numbers::deserialize(numbers)?;
    Shard::new(index, of).map(Some).ok_or_else(|| serde::de::Error::custom("not a part of a whole"))
}

/// Only pages on the web are links; the formats show others as they are, or not at all.
fn page(link: Option<String>) -> Option<String> {
    link.filter(|link| link.starts_with("https://") || link.starts_with("http://"))
}

impl Document {
    fn into_written(self) -> Written {
        let reading = self.reading.map(|read| Reading {
            files: read.files,
            jobs: read.jobs,
            not_read: read.not_read,
            unresolved: Vec::new(),
        });
        let report = Report {
            generated_at: self.generated_at,
            status: self.status,
            connections: self.connections.into_iter().map(ConnectionReport::from).collect(),
            findings: self.findings.into_iter().map(Finding::from).collect(),
            matrix: None,
            reading,
            shard: self.shard,
            since: None,
            remarks: self.remarks,
        };
        Written { report, matrix: self.matrix }
    }
}

impl From<Connection> for ConnectionReport {
    fn from(held: Connection) -> Self {
        Self {
            name: held.name,
            status: held.status,
            forge: held.forge,
            url: held.url,
            target: held.target,
            tenant: held.tenant,
            owner: held.owner,
            source: held.source,
            contracts: held.contracts,
            token: held.token.into(),
            requests: held.requests,
            capabilities: held.capabilities.into_iter().map(CapabilityReport::from).collect(),
            trace: Vec::new(),
            remarks: held.remarks,
        }
    }
}

impl From<Token> for TokenReport {
    fn from(held: Token) -> Self {
        Self {
            kind: held.kind,
            kind_title: None,
            id: held.id,
            name: held.name,
            user: held.user,
            scopes: held.scopes,
            permissions: held.permissions,
            role: held.role,
            active: held.active,
            expires_at: held.expires_at,
            days_left: held.days_left,
        }
    }
}

impl From<Judged> for CapabilityReport {
    fn from(held: Judged) -> Self {
        Self {
            title: held.id.to_string(),
            id: held.id,
            verdict: held.verdict,
            basis: held.basis,
            layer: held.layer,
            required_by: held.required_by,
            forbidden: held.forbidden,
            reason: held.reason,
            fix: held.fix,
            link: page(held.link),
            evidence: held.evidence.into_iter().map(|seen| Origin::new(seen.request, seen.status, seen.says)).collect(),
        }
    }
}

impl From<Told> for Finding {
    fn from(held: Told) -> Self {
        Self {
            rule: held.rule,
            severity: held.severity,
            connection: held.connection,
            capability: held.capability,
            layer: held.layer,
            message: held.message,
            fix: held.fix,
            link: page(held.link),
            place: held.location.map(|at| Place { file: at.file, line: at.line.max(1), column: at.column.max(1) }),
            excerpt: None,
        }
    }
}

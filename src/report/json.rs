//! The whole report as JSON, schema `hallpass.report.v1`. Its structs are its own: what is inside may change, what is
//! written may not.

use schemars::JsonSchema;
use serde::Serialize;

use super::Options;
use super::escape::json::inert;
use crate::domain::evidence::Origin;
use crate::domain::finding::{Excerpt, Finding, Place, Severity};
use crate::domain::report::{
    CapabilityReport, ConnectionReport, Matrix, MatrixCell, MatrixRow, Reading, Report, Status, TokenReport,
};
use crate::domain::shard::Shard;
use crate::domain::since::{Change, Mark, Since};
use crate::domain::verdict::{Basis, Layer, Verdict};

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let document = Document::new(report, &options.version);
    let text = serde_json::to_string_pretty(&document).expect("plain structs with text keys always serialise");
    (inert(&text) + "\n").into_bytes()
}

/// The JSON Schema of what [`render`] writes; shipped as `schemas/report.v1.json`.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    schema.root_schema_for::<Document>().into()
}

/// A report of hallpass. Members that nobody could tell are null; an empty list means that there is none.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "hallpass report, version 1", deny_unknown_fields)]
pub(super) struct Document<'a> {
    schema: SchemaName,
    tool: Tool<'a>,
    #[schemars(extend("format" = "date-time"))]
    generated_at: String,
    status: Status,
    summary: Summary,
    connections: Vec<JsonConnection<'a>>,
    findings: Vec<JsonFinding<'a>>,
    /// The same capabilities for several tokens; only from `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix: Option<JsonMatrix<'a>>,
    /// How much of the pipelines was read; only from `lint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<JsonReading>,
    /// Which part of a fleet this is; only where it was split.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    /// How it differs from an earlier report; only with `--baseline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<JsonSince<'a>>,
    /// Told of the run as a whole.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
}

/// Changes since an earlier report. What could not be told this time is not resolved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Baseline", deny_unknown_fields)]
struct JsonSince<'a> {
    /// When the earlier report was made.
    #[schemars(extend("format" = "date-time"))]
    generated_at: String,
    /// How many findings are new; they are marked.
    new: usize,
    resolved: Vec<JsonMark<'a>>,
    added: &'a [String],
    gone: &'a [String],
    changed: Vec<JsonChange<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resolved", deny_unknown_fields)]
struct JsonMark<'a> {
    rule: &'a str,
    connection: Option<&'a str>,
    capability: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change", deny_unknown_fields)]
struct JsonChange<'a> {
    connection: &'a str,
    what: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reading", deny_unknown_fields)]
struct JsonReading {
    files: usize,
    jobs: usize,
    not_read: usize,
}

#[derive(Serialize, JsonSchema)]
enum SchemaName {
    #[serde(rename = "hallpass.report.v1")]
    V1,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Tool<'a> {
    name: &'a str,
    version: &'a str,
}

/// How many connections there are, how many of each status, and how many requests were sent.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Summary {
    connections: usize,
    pass: usize,
    warn: usize,
    fail: usize,
    unknown: usize,
    requests: u32,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Connection", deny_unknown_fields)]
struct JsonConnection<'a> {
    name: &'a str,
    status: Status,
    forge: &'a str,
    url: &'a str,
    target: Option<&'a str>,
    tenant: Option<&'a str>,
    owner: Option<&'a str>,
    /// Where the token came from, such as `env:GITLAB_TOKEN`; never the token.
    source: &'a str,
    contracts: &'a [String],
    token: JsonToken<'a>,
    requests: u32,
    capabilities: Vec<JsonCapability<'a>>,
    /// Told without judging.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
}

/// What the forge, or the token's own shape, tells about it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token", deny_unknown_fields)]
struct JsonToken<'a> {
    kind: Option<&'a str>,
    id: Option<&'a str>,
    name: Option<&'a str>,
    user: Option<&'a str>,
    scopes: Option<&'a [String]>,
    permissions: Option<&'a [String]>,
    role: Option<&'a str>,
    active: Option<bool>,
    /// A date, a time, or `never`.
    expires_at: Option<&'a str>,
    days_left: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Capability", deny_unknown_fields)]
struct JsonCapability<'a> {
    id: &'a str,
    verdict: Verdict,
    basis: Basis,
    layer: Option<Layer>,
    /// Contracts, or `needs`; empty for what is only listed.
    required_by: &'a [String],
    /// `must_not` names it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forbidden: bool,
    reason: &'a str,
    fix: Option<&'a str>,
    link: Option<&'a str>,
    evidence: Vec<JsonEvidence<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Evidence", deny_unknown_fields)]
struct JsonEvidence<'a> {
    request: &'a str,
    status: Option<u16>,
    says: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding", deny_unknown_fields)]
struct JsonFinding<'a> {
    rule: &'a str,
    severity: Severity,
    connection: Option<&'a str>,
    capability: Option<&'a str>,
    layer: Option<Layer>,
    message: &'a str,
    fix: Option<&'a str>,
    link: Option<&'a str>,
    location: Option<Location<'a>>,
    /// Was it absent from the earlier report? Only with `--baseline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
}

/// Lines and columns count from 1.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Location<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    /// Where it ends, the column behind it; only where a file was read for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Matrix", deny_unknown_fields)]
struct JsonMatrix<'a> {
    tokens: Vec<&'a str>,
    rows: Vec<JsonRow<'a>>,
    /// The least powerful token that suffices; null when none is known to.
    least: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Row", deny_unknown_fields)]
struct JsonRow<'a> {
    capability: &'a str,
    cells: Vec<JsonCell<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cell", deny_unknown_fields)]
struct JsonCell<'a> {
    token: &'a str,
    verdict: Verdict,
    basis: Basis,
    layer: Option<Layer>,
    reason: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report, version: &'a str) -> Self {
        Self {
            schema: SchemaName::V1,
            tool: Tool { name: "hallpass", version },
            generated_at: report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            status: report.status,
            summary: Summary::of(report),
            connections: report.connections.iter().map(JsonConnection::from).collect(),
            findings: report.findings.iter().map(|held| JsonFinding::of(held, report.since.as_ref())).collect(),
            matrix: report.matrix.as_ref().map(JsonMatrix::from),
            reading: report.reading.as_ref().map(JsonReading::from),
            shard: report.shard,
            baseline: report.since.as_ref().map(JsonSince::from),
            remarks: &report.remarks,
        }
    }
}

impl Summary {
    fn of(report: &Report) -> Self {
        let counts = report.counts();
        let of = |status| counts.get(&status).copied().unwrap_or(0);
        Self {
            connections: report.connections.len(),
            pass: of(Status::Pass),
            warn: of(Status::Warn),
            fail: of(Status::Fail),
            unknown: of(Status::Unknown),
            requests: report.requests(),
        }
    }
}

impl<'a> From<&'a Since> for JsonSince<'a> {
    fn from(held: &'a Since) -> Self {
        let mark = |mark: &'a Mark| JsonMark {
            rule: &mark.rule,
            connection: mark.connection.as_deref(),
            capability: mark.capability.as_deref(),
        };
        let change = |one: &'a Change| JsonChange {
            connection: &one.connection,
            what: one.what,
            before: one.before.as_deref(),
            after: one.after.as_deref(),
        };
        Self {
            generated_at: held.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            new: held.new_ones().len(),
            resolved: held.resolved.iter().map(mark).collect(),
            added: &held.added,
            gone: &held.gone,
            changed: held.changed.iter().map(change).collect(),
        }
    }
}

impl From<&Reading> for JsonReading {
    fn from(held: &Reading) -> Self {
        Self { files: held.files, jobs: held.jobs, not_read: held.not_read }
    }
}

impl<'a> From<&'a ConnectionReport> for JsonConnection<'a> {
    fn from(held: &'a ConnectionReport) -> Self {
        Self {
            name: &held.name,
            status: held.status,
            forge: &held.forge,
            url: &held.url,
            target: held.target.as_deref(),
            tenant: held.tenant.as_deref(),
            owner: held.owner.as_deref(),
            source: &held.source,
            contracts: &held.contracts,
            token: (&held.token).into(),
            requests: held.requests,
            capabilities: held.capabilities.iter().map(JsonCapability::from).collect(),
            remarks: &held.remarks,
        }
    }
}

impl<'a> From<&'a TokenReport> for JsonToken<'a> {
    fn from(held: &'a TokenReport) -> Self {
        Self {
            kind: held.kind.as_ref().map(crate::domain::token::Kind::as_str),
            id: held.id.as_deref(),
            name: held.name.as_deref(),
            user: held.user.as_deref(),
            scopes: held.scopes.as_deref(),
            permissions: held.permissions.as_deref(),
            role: held.role.as_deref(),
            active: held.active,
            expires_at: held.expires_at.as_deref(),
            days_left: held.days_left,
        }
    }
}

impl<'a> From<&'a CapabilityReport> for JsonCapability<'a> {
    fn from(held: &'a CapabilityReport) -> Self {
        Self {
            id: held.id.as_str(),
            verdict: held.verdict,
            basis: held.basis,
            layer: held.layer,
            required_by: &held.required_by,
            forbidden: held.forbidden,
            reason: &held.reason,
            fix: held.fix.as_deref(),
            link: held.link.as_deref(),
            evidence: held.evidence.iter().map(JsonEvidence::from).collect(),
        }
    }
}

impl<'a> From<&'a Origin> for JsonEvidence<'a> {
    fn from(held: &'a Origin) -> Self {
        Self { request: &held.request, status: held.status, says: &held.says }
    }
}

impl<'a> JsonFinding<'a> {
    fn of(held: &'a Finding, since: Option<&Since>) -> Self {
        Self {
            rule: &held.rule,
            severity: held.severity,
            connection: held.connection.as_deref(),
            capability: held.capability.as_ref().map(crate::domain::capability::Capability::as_str),
            layer: held.layer,
            message: &held.message,
            fix: held.fix.as_deref(),
            link: held.link.as_deref(),
            location: held.place.as_ref().map(|place| Location::of(place, held.excerpt.as_ref())),
            new: since.map(|since| since.is_new(held)),
        }
    }
}

impl<'a> Location<'a> {
    fn of(place: &'a Place, excerpt: Option<&Excerpt>) -> Self {
        Self {
            file: &place.file,
            line: place.line,
            column: place.column,
            end_line: excerpt.map(|excerpt| excerpt.end_line),
            end_column: excerpt.map(|excerpt| excerpt.end_column),
        }
    }
}

impl<'a> From<&'a Matrix> for JsonMatrix<'a> {
    fn from(held: &'a Matrix) -> Self {
        Self {
            tokens: held.tokens.iter().map(|token| token.label.as_str()).collect(),
            rows: held.rows.iter().map(JsonRow::from).collect(),
            least: held.least.as_deref(),
        }
    }
}

impl<'a> From<&'a MatrixRow> for JsonRow<'a> {
    fn from(held: &'a MatrixRow) -> Self {
        Self { capability: held.capability.as_str(), cells: held.cells.iter().map(JsonCell::from).collect() }
    }
}

impl<'a> From<&'a MatrixCell> for JsonCell<'a> {
    fn from(held: &'a MatrixCell) -> Self {
        Self { token: &held.token, verdict: held.verdict, basis: held.basis, layer: held.layer, reason: &held.reason }
    }
}

//! SARIF 2.1.0, as code scanning takes it: every result has a place, and every rule brings its own help along.

use serde::Serialize;

use super::Options;
use super::escape::json::inert;
use super::escape::{FIELD, MESSAGE, shorten, uri};
use super::fingerprint::fingerprints;
use crate::domain::finding::{Excerpt, Finding, Place, Rule, Severity};
use crate::domain::report::Report;
use crate::domain::verdict::Layer;

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [run(report, options)],
    };
    let text = serde_json::to_string_pretty(&log).expect("plain structs always serialise");
    (inert(&text) + "\n").into_bytes()
}

fn run(report: &Report, options: &Options) -> Run {
    let mut ids: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut results: Vec<SarifResult> = report
        .findings
        .iter()
        .zip(fingerprints(&report.findings))
        .map(|(finding, fingerprint)| result(finding, fingerprint, &ids, options))
        .collect();
    // The report has the most severe first.
    let left_out = results.len().saturating_sub(options.limits.results);
    results.truncate(options.limits.results);
    let notifications = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Text { text: format!("{left_out} findings are left out: more would not be taken") },
    });
    Run {
        tool: Tool {
            driver: Driver {
                name: "hallpass",
                semantic_version: options.version.clone(),
                rules: ids.iter().map(|id| descriptor(id, options)).collect(),
            },
        },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            execution_successful: true,
            end_time_utc: report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            tool_execution_notifications: notifications.into_iter().collect(),
        }],
        results,
        properties: RunProperties { status: report.status.as_str() },
    }
}

fn descriptor(id: &str, options: &Options) -> Descriptor {
    let rule = options.rules.get(id);
    Descriptor {
        id: field(id),
        short_description: rule.map(|rule| Text { text: rule.title.clone() }),
        full_description: rule.map(|rule| Text { text: rule.why.clone() }),
        help: rule.map(help),
        help_uri: rule.and_then(|rule| rule.references.first().cloned()),
        default_configuration: rule.map(|rule| Configuration { level: level(rule.severity) }),
    }
}

fn help(rule: &Rule) -> Help {
    let fixes: Vec<String> = rule.fix.iter().map(|(forge, remedy)| format!("{forge}: {}", remedy.text)).collect();
    let text = format!("{}\n{}\n{}", rule.question, rule.why, fixes.join("\n"));
    let list = fixes.join("\n- ");
    Help { text, markdown: format!("**{}**\n\n{}\n\n- {list}\n", rule.question, rule.why) }
}

fn region(place: &Place, excerpt: Option<&Excerpt>) -> Region {
    Region {
        start_line: place.line,
        start_column: Some(place.column),
        end_line: excerpt.map(|excerpt| excerpt.end_line),
        end_column: excerpt.map(|excerpt| excerpt.end_column),
    }
}

fn result(finding: &Finding, fingerprint: String, ids: &[&str], options: &Options) -> SarifResult {
    let (file, region) = match &finding.place {
        Some(place) => (place.file.as_str(), region(place, finding.excerpt.as_ref())),
        None => (options.file_of_record.as_str(), Region { start_line: 1, ..Region::default() }),
    };
    let address = uri::path(&shorten(file, FIELD));
    let base = (!address.starts_with("file:")).then_some("%SRCROOT%");
    let artifact_location = Artifact { uri: address, uri_base_id: base };
    SarifResult {
        rule_id: field(&finding.rule),
        rule_index: ids.binary_search(&finding.rule.as_str()).ok(),
        level: level(finding.severity),
        message: Text { text: message(finding) },
        locations: [Location { physical_location: PhysicalLocation { artifact_location, region } }],
        partial_fingerprints: Fingerprints { v1: fingerprint },
        properties: Properties {
            connection: finding.connection.as_deref().map(field),
            capability: finding.capability.as_ref().map(|capability| field(capability.as_str())),
            layer: finding.layer.map(Layer::as_str),
            link: finding.link.as_deref().map(field),
        },
    }
}

fn message(finding: &Finding) -> String {
    let about = finding.connection.as_ref().map_or(String::new(), |name| format!("{}: ", shorten(name, FIELD)));
    let fix = finding.fix.as_ref().map_or(String::new(), |fix| format!("\nfix: {}", shorten(fix, MESSAGE)));
    // In messages `[a](1)` is a link and braces are placeholders; a backslash takes that from them.
    let text = format!("{about}{}{fix}", shorten(&finding.message, MESSAGE));
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('{', "{{").replace('}', "}}")
}

fn field(text: &str) -> String {
    shorten(text, FIELD).into_owned()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
    properties: RunProperties,
}

#[derive(Serialize)]
struct RunProperties {
    status: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: String,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_configuration: Option<Configuration>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    end_time_utc: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "hallpass/v1")]
    v1: String,
}

#[derive(Serialize)]
struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

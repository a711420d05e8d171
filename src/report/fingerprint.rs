//! What tells one finding from the others, and stays the same from run to run.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::lines::Lines;
use crate::domain::finding::Finding;
use crate::domain::verdict::Layer;

/// One for each finding, in their order; of equal findings each has its own.
pub(super) fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let mut seen: HashMap<[&str; 5], usize> = HashMap::new();
    let each = findings.iter().map(|finding| {
        let before = seen.entry(identity(finding)).or_default();
        *before += 1;
        fingerprint(finding, *before - 1)
    });
    each.collect()
}

/// What stays the same while a finding is the same, however its lines or its words move.
fn identity(finding: &Finding) -> [&str; 5] {
    let layer = finding.layer.map_or("", Layer::as_str);
    let capability = finding.capability.as_ref().map_or("", crate::domain::capability::Capability::as_str);
    let connection = finding.connection.as_deref().unwrap_or_default();
    // Without a connection it is about a file.
    let file = finding.place.as_ref().filter(|_| connection.is_empty()).map_or("", |place| place.file.as_str());
    [&finding.rule, connection, capability, layer, file]
}

fn fingerprint(finding: &Finding, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    for part in identity(finding) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(ordinal.to_string().as_bytes());
    let mut text = String::new();
    hash.finalize().iter().for_each(|byte| text.add(format_args!("{byte:02x}")));
    text
}

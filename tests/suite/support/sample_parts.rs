//! The pieces that the fixed reports are made of.

use hallpass::domain::capability::Capability;
use hallpass::domain::evidence::Origin;
use hallpass::domain::finding::{Finding, Place, Severity};
use hallpass::domain::report::{
    CapabilityReport, ConnectionReport, MatrixCell, MatrixRow, Report, Status, TokenReport,
};
use hallpass::domain::token::Kind;
use hallpass::domain::verdict::{Basis, Layer, Verdict};

pub(super) const SELF: &str = "GET /api/v4/personal_access_tokens/self";

pub(super) fn report(status: Status, connections: Vec<ConnectionReport>, findings: Vec<Finding>) -> Report {
    Report {
        generated_at: jiff::Timestamp::from_second(1_795_186_800).expect("in range"),
        status,
        connections,
        findings,
        matrix: None,
        reading: None,
        shard: None,
        since: None,
        remarks: Vec::new(),
    }
}

pub(super) fn connection(name: &str, token: TokenReport) -> ConnectionReport {
    ConnectionReport {
        name: name.to_owned(),
        status: Status::Pass,
        forge: "gitlab".to_owned(),
        url: "https://gitlab.example.com".to_owned(),
        target: Some("my-group/my-app".to_owned()),
        tenant: None,
        owner: Some("platform-team".to_owned()),
        source: format!("env:{}_TOKEN", name.to_uppercase().replace('-', "_")),
        contracts: vec!["semantic-release".to_owned()],
        token,
        requests: 3,
        capabilities: vec![],
        trace: vec![],
        remarks: vec![],
    }
}

pub(super) fn project_token(scopes: &[&str], days: i64) -> TokenReport {
    TokenReport {
        kind: Some(Kind::named("project")),
        kind_title: Some("project access token".to_owned()),
        id: Some("4711".to_owned()),
        name: Some("release".to_owned()),
        user: Some("project_1_bot".to_owned()),
        scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        permissions: Some(vec![]),
        role: Some("developer".to_owned()),
        active: Some(true),
        expires_at: Some("2026-12-01".to_owned()),
        days_left: Some(days),
    }
}

pub(super) fn trace() -> Vec<Origin> {
    vec![
        Origin::new(SELF, Some(200), "project access token 4711"),
        Origin::new("GET /api/v4/projects/my-group%2Fmy-app", Some(200), "role developer"),
    ]
}

pub(super) fn allowed(id: &str, basis: Basis) -> CapabilityReport {
    capability(id, Verdict::Allowed, basis, None, "scope `api` and role `developer` give it")
}

pub(super) fn capability(
    id: &str,
    verdict: Verdict,
    basis: Basis,
    layer: Option<Layer>,
    reason: &str,
) -> CapabilityReport {
    CapabilityReport {
        id: Capability::new(id),
        title: format!("do {}", id.replace('.', " ")),
        verdict,
        basis,
        layer,
        required_by: vec!["semantic-release".to_owned()],
        forbidden: false,
        reason: reason.to_owned(),
        fix: None,
        link: None,
        evidence: vec![],
    }
}

pub(super) fn finding(rule: &str, severity: Severity, connection: &str, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        connection: (!connection.is_empty()).then(|| connection.to_owned()),
        capability: None,
        layer: None,
        message: message.to_owned(),
        fix: None,
        link: None,
        place: None,
        excerpt: None,
    }
}

pub(super) fn place(file: &str, line: u32, column: u32) -> Place {
    Place { file: file.to_owned(), line, column }
}

pub(super) fn row(id: &str, tokens: [&str; 3], cells: [MatrixCell; 3]) -> MatrixRow {
    let cells =
        cells.into_iter().zip(tokens).map(|(cell, token)| MatrixCell { token: token.to_owned(), ..cell }).collect();
    MatrixRow { capability: Capability::new(id), title: format!("do {id}"), required: true, cells }
}

pub(super) fn yes(basis: Basis) -> MatrixCell {
    MatrixCell { token: String::new(), verdict: Verdict::Allowed, basis, layer: None, reason: "it is held".to_owned() }
}

pub(super) fn no(layer: Layer, reason: &str) -> MatrixCell {
    MatrixCell { verdict: Verdict::Denied, layer: Some(layer), reason: reason.to_owned(), ..yes(Basis::Declared) }
}

pub(super) fn maybe(layer: Layer, reason: &str) -> MatrixCell {
    MatrixCell { verdict: Verdict::Unknown, ..no(layer, reason) }
}

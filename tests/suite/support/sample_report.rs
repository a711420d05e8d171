//! Fixed reports, one per situation that every format must tell well.

use hallpass::domain::capability::Capability;
use hallpass::domain::evidence::Origin;
use hallpass::domain::finding::{Finding, Severity};
use hallpass::domain::report::{
    CapabilityReport, ConnectionReport, Matrix, MatrixCell, MatrixRow, MatrixToken, Report, Status, TokenReport,
};
use hallpass::domain::token::Kind;
use hallpass::domain::verdict::{Basis, Layer, Verdict};

use super::sample_parts::{
    SELF, allowed, capability, connection, finding, maybe, no, place, project_token, report, row, trace, yes,
};

const TOKENS_PAGE: &str = "https://gitlab.example.com/my-group/my-app/-/settings/access_tokens";

/// Every status side by side.
pub(crate) fn mixed() -> Report {
    let (release, release_findings) = scopes_missing();
    let (expiring, expiring_findings) = expiring();
    let (dead, dead_findings) = dead();
    let (silent, silent_findings) = unreachable();
    let connections = vec![passing(), expiring, silent, release, dead];
    let findings = [expiring_findings, silent_findings, release_findings, dead_findings].concat();
    report(Status::Fail, connections, findings)
}

pub(crate) fn pass() -> Report {
    report(Status::Pass, vec![passing()], vec![])
}

pub(crate) fn only_unknown() -> Report {
    let (connection, findings) = unreachable();
    report(Status::Unknown, vec![connection], findings)
}

pub(crate) fn only_dead() -> Report {
    let (connection, findings) = dead();
    report(Status::Fail, vec![connection], findings)
}

pub(crate) fn only_missing() -> Report {
    let (mut connection, mut findings) = dead();
    let reason = "the variable `DOCS_TOKEN` is not set";
    connection.token = TokenReport { active: Some(false), kind: Some(Kind::UNKNOWN), ..TokenReport::default() };
    for capability in &mut connection.capabilities {
        capability.layer = Some(Layer::Missing);
        capability.reason = reason.into();
        capability.evidence = vec![Origin::new("env:DOCS_TOKEN", None, reason)];
    }
    findings[0].rule = "token-missing".into();
    findings[0].layer = Some(Layer::Missing);
    findings[0].message = format!("env:DOCS_TOKEN: {reason}");
    report(Status::Fail, vec![connection], findings)
}

pub(crate) fn only_failing() -> Report {
    let (connection, findings) = scopes_missing();
    report(Status::Fail, vec![connection], findings)
}

pub(crate) fn nothing_checked() -> Report {
    report(Status::Unknown, vec![], vec![])
}

/// Findings of `lint`: places, and no connection.
pub(crate) fn lint() -> Report {
    let finding = |line, message: &str| Finding {
        connection: None,
        capability: Some(Capability::new("mr.create")),
        layer: Some(Layer::Kind),
        place: Some(place(".gitlab-ci.yml", line, 7)),
        ..finding("job-token-closed-endpoint", Severity::Error, "", message)
    };
    let message = "`POST /projects/:id/merge_requests` is closed to `CI_JOB_TOKEN`";
    report(Status::Fail, vec![], vec![finding(12, message), finding(31, message)])
}

/// As many findings of each severity, all for causes of their own.
pub(crate) fn many(errors: usize, warnings: usize) -> Report {
    let one = |severity, rule: &str, index| Finding {
        place: Some(place("hallpass.yml", u32::try_from(index).unwrap_or(0) + 1, 3)),
        ..finding(rule, severity, "", &format!("cause number {index}"))
    };
    let errors = (0..errors).map(|index| one(Severity::Error, "capability-denied", index));
    let warnings = (0..warnings).map(|index| one(Severity::Warning, "scope-excess", index));
    report(Status::Fail, vec![], warnings.chain(errors).collect())
}

/// Three tokens for one tool.
pub(crate) fn compare() -> Report {
    let labels = ["env:CI_JOB_TOKEN", "env:GITLAB_TOKEN", "env:PROJECT_ACCESS_TOKEN"];
    let kinds = ["job token", "personal access token", "project access token"];
    let suffices = [Verdict::Denied, Verdict::Allowed, Verdict::Unknown];
    let tokens = (0..3)
        .map(|index| MatrixToken {
            label: labels[index].to_owned(),
            kind_title: kinds[index].to_owned(),
            suffices: suffices[index],
        })
        .collect();
    let closed = "no route of `CI_JOB_TOKEN` creates merge requests or notes";
    let doubt = "role `developer` may or may not push to the protected branch `main`; the project's settings decide";
    let rows = vec![
        row("git.clone", labels, [yes(Basis::Observed), yes(Basis::Observed), yes(Basis::Declared)]),
        row(
            "git.push",
            labels,
            [
                no(Layer::Policy, "the project does not let job tokens push"),
                yes(Basis::Declared),
                maybe(Layer::Role, doubt),
            ],
        ),
        row("mr.create", labels, [no(Layer::Kind, closed), yes(Basis::Declared), yes(Basis::Declared)]),
        row("mr.note.create", labels, [no(Layer::Kind, closed), yes(Basis::Declared), yes(Basis::Declared)]),
        row("release.create", labels, [yes(Basis::Inferred), yes(Basis::Declared), yes(Basis::Declared)]),
    ];
    let matrix = Matrix {
        tokens,
        rows,
        least: Some("env:GITLAB_TOKEN".to_owned()),
        because: "the only one known to hold all 5; `env:PROJECT_ACCESS_TOKEN` would be less powerful but `git.push` is unknown for it".to_owned(),
        job_token_needs: vec![
            "switch on `Allow Git push requests to the repository` in the project's job token settings".to_owned(),
            "let something else create merge requests: no setting opens `mr.create` to job tokens".to_owned(),
        ],
    };
    let connections = labels.iter().map(|label| ConnectionReport {
        source: (*label).to_owned(),
        name: (*label).to_owned(),
        ..passing()
    });
    Report { matrix: Some(matrix), ..report(Status::Pass, connections.collect(), vec![]) }
}

/// Every text from outside is `text`.
pub(crate) fn hostile(text: &str) -> Report {
    let (mut connection, mut findings) = scopes_missing();
    let some = || Some(text.to_owned());
    connection.name = text.into();
    connection.url = text.into();
    (connection.target, connection.tenant, connection.owner) = (some(), some(), some());
    connection.source = format!("file:{text}");
    connection.remarks = vec![text.to_owned()];
    connection.token = TokenReport {
        name: some(),
        id: some(),
        user: some(),
        role: some(),
        scopes: Some(vec![text.to_owned(), "api".to_owned()]),
        permissions: Some(vec![text.to_owned()]),
        expires_at: some(),
        ..connection.token
    };
    for capability in &mut connection.capabilities {
        capability.reason = format!("needs {text} and not {text}");
        (capability.fix, capability.link) = (some(), some());
        capability.evidence = vec![Origin::new(format!("GET /{text}"), Some(403), text)];
    }
    for finding in &mut findings {
        finding.connection = some();
        finding.message = text.into();
        (finding.fix, finding.link) = (some(), some());
        finding.place = Some(place(text, 7, 15));
    }
    findings.push(Finding {
        connection: some(),
        place: Some(place(text, 1, 1)),
        ..finding("contradiction", Severity::Warning, text, text)
    });
    Report { matrix: Some(hostile_matrix(text)), ..report(Status::Fail, vec![connection], findings) }
}

fn hostile_matrix(text: &str) -> Matrix {
    let cell = MatrixCell { token: text.to_owned(), ..no(Layer::Scope, text) };
    let row = MatrixRow {
        cells: vec![cell],
        ..row("mr.create", [text; 3], [yes(Basis::Observed), yes(Basis::Observed), yes(Basis::Observed)])
    };
    Matrix {
        tokens: vec![MatrixToken { label: text.to_owned(), kind_title: text.to_owned(), suffices: Verdict::Denied }],
        rows: vec![row],
        least: Some(text.to_owned()),
        because: text.to_owned(),
        job_token_needs: vec![text.to_owned()],
    }
}

fn passing() -> ConnectionReport {
    let listed = |id: &str, verdict, layer| CapabilityReport {
        required_by: vec![],
        ..capability(id, verdict, Basis::Declared, layer, "needs role `maintainer`; the token has `developer`")
    };
    let evidence = vec![Origin::new("GET /my-group/my-app.git/info/refs", Some(200), "git-upload-pack is served")];
    let observed = |id: &str| CapabilityReport { evidence: evidence.clone(), ..allowed(id, Basis::Observed) };
    ConnectionReport {
        status: Status::Pass,
        capabilities: vec![
            observed("git.clone"),
            allowed("git.push", Basis::Declared),
            observed("mr.list"),
            allowed("mr.create", Basis::Declared),
            CapabilityReport {
                forbidden: true,
                required_by: vec![],
                ..capability(
                    "members.manage",
                    Verdict::Denied,
                    Basis::Declared,
                    Some(Layer::Role),
                    "needs role `maintainer`",
                )
            },
            listed("package.publish", Verdict::Allowed, None),
            listed("variable.write", Verdict::Denied, Some(Layer::Role)),
        ],
        ..connection("renovate", project_token(&["api", "write_repository"], 180))
    }
}

fn expiring() -> (ConnectionReport, Vec<Finding>) {
    let name = "mirror";
    let capabilities = vec![allowed("git.clone", Basis::Observed), allowed("git.push", Basis::Observed)];
    let token = TokenReport {
        days_left: Some(6),
        expires_at: Some("2026-11-27".to_owned()),
        ..project_token(&["write_repository"], 6)
    };
    let soon = Finding {
        fix: Some("rotate the token and put the new one where `env:MIRROR_TOKEN` comes from".to_owned()),
        link: Some(TOKENS_PAGE.to_owned()),
        place: Some(place("hallpass.yml", 14, 13)),
        ..finding("token-expiring", Severity::Warning, name, "the token dies on 2026-11-27, in 6 days")
    };
    (
        ConnectionReport {
            status: Status::Warn,
            source: "env:MIRROR_TOKEN".to_owned(),
            capabilities,
            ..connection(name, token)
        },
        vec![soon],
    )
}

fn scopes_missing() -> (ConnectionReport, Vec<Finding>) {
    let name = "release-bot";
    let scope = "needs scope `api`; the token has `read_api`";
    let denied = |id: &str| CapabilityReport {
        fix: Some("make a new project access token with scope `api`; scopes of a token cannot be changed".to_owned()),
        link: Some(TOKENS_PAGE.to_owned()),
        evidence: vec![Origin::new(SELF, Some(200), "scopes: read_api")],
        ..capability(id, Verdict::Denied, Basis::Declared, Some(Layer::Scope), scope)
    };
    let refused = CapabilityReport {
        fix: Some("switch releases on in the project's settings".to_owned()),
        evidence: vec![
            Origin::new("GET /api/v4/projects/my-group%2Fmy-app/releases", Some(403), "403 Forbidden"),
            Origin::new("GET /api/v4/projects/my-group%2Fmy-app", Some(200), "releases_access_level: disabled"),
        ],
        ..capability(
            "release.create",
            Verdict::Denied,
            Basis::Observed,
            Some(Layer::Feature),
            "releases are switched off in `my-group/my-app`",
        )
    };
    let limited = CapabilityReport {
        evidence: vec![Origin::new("GET /api/v4/projects/my-group%2Fmy-app/packages", Some(429), "reset at 15:10:00Z")],
        ..capability(
            "package.publish",
            Verdict::Unknown,
            Basis::Inferred,
            Some(Layer::RateLimit),
            "the forge limits requests until 15:10:00Z",
        )
    };
    let capabilities = vec![
        allowed("git.clone", Basis::Observed),
        denied("mr.create"),
        denied("mr.note.create"),
        refused,
        allowed("mr.list", Basis::Observed),
        limited,
    ];
    let of = |id: &str, rule: &str, severity, layer, line| Finding {
        capability: Some(Capability::new(id)),
        layer: Some(layer),
        place: Some(place("hallpass.yml", line, 15)),
        ..finding(rule, severity, name, &format!("`{id}` is refused"))
    };
    let findings = vec![
        of("mr.create", "scope-missing", Severity::Error, Layer::Scope, 7),
        of("mr.note.create", "scope-missing", Severity::Error, Layer::Scope, 7),
        of("release.create", "feature-disabled", Severity::Error, Layer::Feature, 7),
        of("package.publish", "rate-limited", Severity::Warning, Layer::RateLimit, 8),
        Finding {
            place: Some(place("hallpass.yml", 6, 14)),
            fix: Some("leave out `read_registry`".to_owned()),
            ..finding(
                "scope-excess",
                Severity::Warning,
                name,
                "scope `read_registry` is needed by nothing in the contract",
            )
        },
    ];
    let held = ConnectionReport {
        status: Status::Fail,
        capabilities,
        requests: 4,
        trace: trace(),
        remarks: vec!["took `/api/v4` off the address `https://gitlab.example.com/api/v4`".to_owned()],
        ..connection(name, project_token(&["read_api", "read_registry"], 10))
    };
    (held, findings)
}

fn dead() -> (ConnectionReport, Vec<Finding>) {
    let name = "docs";
    let reason = "the token expired on 2026-11-01";
    let ids = [
        "git.clone",
        "git.push",
        "mr.list",
        "mr.create",
        "mr.note.create",
        "pipeline.trigger",
        "release.create",
        "package.publish",
        "issue.create",
    ];
    let capabilities =
        ids.iter().map(|id| capability(id, Verdict::Denied, Basis::Observed, Some(Layer::Expired), reason)).collect();
    let token = TokenReport {
        active: Some(false),
        kind: None,
        kind_title: None,
        name: None,
        id: None,
        user: None,
        role: None,
        scopes: None,
        permissions: None,
        expires_at: Some("2026-11-01".to_owned()),
        days_left: Some(-20),
    };
    let expired = Finding {
        layer: Some(Layer::Expired),
        fix: Some("make a new token; an expired one cannot be revived".to_owned()),
        link: Some(TOKENS_PAGE.to_owned()),
        place: Some(place("hallpass.yml", 20, 12)),
        ..finding("token-expired", Severity::Error, name, reason)
    };
    (
        ConnectionReport {
            status: Status::Fail,
            source: "file:/run/secrets/docs-token".to_owned(),
            capabilities,
            requests: 1,
            ..connection(name, token)
        },
        vec![expired],
    )
}

fn unreachable() -> (ConnectionReport, Vec<Finding>) {
    let name = "mirror-github";
    let reason = "no answer from `https://github.example.org` within 15 s";
    let of = |id: &str| CapabilityReport {
        evidence: vec![Origin::new("GET /user", None, "timed out")],
        ..capability(id, Verdict::Unknown, Basis::Inferred, Some(Layer::Unreachable), reason)
    };
    let token = TokenReport {
        kind: Some(Kind::named("classic")),
        kind_title: Some("classic personal access token".to_owned()),
        ..TokenReport::default()
    };
    let silent = Finding {
        layer: Some(Layer::Unreachable),
        fix: Some("look whether the runner may reach the forge, and its proxy settings".to_owned()),
        ..finding("host-unreachable", Severity::Warning, name, reason)
    };
    let held = ConnectionReport {
        status: Status::Unknown,
        forge: "github".to_owned(),
        url: "https://github.example.org".to_owned(),
        target: Some("acme/mirror".to_owned()),
        source: "env:MIRROR_TOKEN".to_owned(),
        owner: None,
        capabilities: vec![of("git.push"), of("mr.create")],
        requests: 3,
        ..connection(name, token)
    };
    (held, vec![silent])
}

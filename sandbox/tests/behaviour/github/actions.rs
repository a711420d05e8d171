//! `GITHUB_TOKEN`, and the requests that show what it may do without changing anything.

use super::*;

/// Permission, method, path, body, and what an allowed caller gets.
const IMPOSSIBLE: &[(&str, &str, &str, &str, u16)] = &[
    ("contents", "POST", "/releases/generate-notes", r#"{"tag_name":"any"}"#, 200),
    ("actions", "POST", "/actions/workflows/none-such/dispatches", r#"{"ref":"main"}"#, 404),
    ("statuses", "POST", "/statuses/0000000000000000000000000000000000000000", r#"{"state":"success"}"#, 422),
    ("issues", "PATCH", "/labels/none-such", "{}", 404),
    ("pull_requests", "POST", "/pulls", "{}", 422),
    ("deployments", "POST", "/deployments", "{}", 422),
    ("pages", "POST", "/pages/deployments/none-such/cancel", "", 404),
    ("checks", "POST", "/check-runs", "{}", 422),
    ("security_events", "PATCH", "/code-scanning/alerts/999999999", r#"{"state":null}"#, 404),
];

#[test]
fn an_impossible_write_shows_the_permission_and_changes_nothing() {
    let sandbox = github_com();
    for (permission, method, path, body, allowed) in IMPOSSIBLE {
        let status = |token| ask(&sandbox, method, token, &format!("/repos/acme/app{path}"), body).status;
        assert_eq!(status("job-write-all"), *allowed, "{permission}");
        for refused in ["job-none", "job-read-all", "job-fork"] {
            assert_eq!(status(refused), 403, "{permission} {refused}");
        }
    }
    sandbox.assert_all_planned();
}

#[test]
fn more_impossible_writes_are_for_other_tokens_than_those_of_jobs() {
    let sandbox = github_com();
    let cases = [
        ("PUT", "/actions/secrets/NONE_SUCH", "{}", 422),
        ("PATCH", "/actions/variables/NONE_SUCH", "{}", 404),
        ("PATCH", "/hooks/999999999", "{}", 404),
        ("POST", "/security-advisories", "{}", 422),
        ("PATCH", "/dependabot/alerts/999999999", "{}", 404),
        ("PATCH", "/secret-scanning/alerts/999999999", "{}", 404),
        ("PUT", "/dependabot/secrets/NONE_SUCH", "{}", 422),
        ("DELETE", "/git/refs/heads/none-such", "", 422),
    ];
    for (method, path, body, allowed) in cases {
        let path = format!("/repos/acme/app{path}");
        assert_eq!(ask(&sandbox, method, "owner", &path, body).status, allowed, "{path}");
        // Deleting a ref is a matter of contents, which a job may write.
        let job = if method == "DELETE" { 422 } else { 403 };
        assert_eq!(ask(&sandbox, method, "job-write-all", &path, body).status, job, "{path}");
    }
    sandbox.assert_all_planned();
}

#[test]
fn a_write_that_could_succeed_is_a_violation() {
    let writes = [
        ("PUT", "/contents/new.txt", ""),
        ("POST", "/git/blobs", r#"{"content":"a"}"#),
        ("POST", "/statuses/main", r#"{"state":"success"}"#),
        ("POST", "/pulls", r#"{"head":"next","base":"main"}"#),
        ("PATCH", "/labels/bug", "{}"),
        ("POST", "/actions/workflows/ci.yml/dispatches", r#"{"ref":"main"}"#),
    ];
    for (method, path, body) in writes {
        let sandbox = github_com();
        let reply = ask(&sandbox, method, "job-write-all", &format!("/repos/acme/app{path}"), body);
        assert_eq!((reply.status, sandbox.violations().len()), (501, 1), "{method} {path}");
    }
}

#[test]
fn without_a_permissions_block_the_repositorys_default_counts() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "job-default", "/repos/acme/app/branches").status, 200);
    assert_eq!(get(&sandbox, "job-default", "/repos/acme/app/issues").status, 403);
    assert_eq!(ask(&sandbox, "POST", "job-permissive", "/repos/acme/permissive/pulls", "{}").status, 422);
}

#[test]
fn the_default_itself_is_for_administrators() {
    let sandbox = github_com();
    let path = "/repos/acme/permissive/actions/permissions/workflow";
    assert_eq!(get(&sandbox, "owner", path).json()["default_workflow_permissions"], "write");
    assert_eq!(get(&sandbox, "job-permissive", path).status, 403);
    assert_eq!(get(&sandbox, "classic", path).status, 403);
}

#[test]
fn a_job_reaches_its_own_repository_only() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "job-write-all", "/repos/acme/other").status, 404);
    assert_eq!(get(&sandbox, "job-write-all", "/repos/acme/open").status, 200);
    assert_eq!(ask(&sandbox, "POST", "job-write-all", "/repos/acme/open/pulls", "{}").status, 403);
}

#[test]
fn no_job_ever_has_secrets_variables_or_administration() {
    let sandbox = github_com();
    for path in ["/actions/secrets", "/actions/variables", "/hooks", "/keys", "/actions/runners", "/traffic/views"] {
        assert_eq!(get(&sandbox, "job-write-all", &format!("/repos/acme/app{path}")).status, 403, "{path}");
    }
}

#[test]
fn a_workflow_cannot_ask_for_what_no_workflow_can_give() {
    let text = "
github:
  users: [{ id: 1, login: a }]
  repositories: [{ id: 1, path: a/b }]
  tokens: [{ name: job, kind: actions, repository: a/b, permissions: { secrets: read } }]
";
    let error = Scenario::from_yaml(text).expect_err("an error").to_string();
    assert!(error.contains("`secrets`"), "{error}");
}

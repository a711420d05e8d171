//! The forms of tokens, and what each kind reaches.

use hallpass_sandbox::github::{Level, Permissions};

use super::*;

#[test]
fn made_texts_have_the_forms_of_their_kinds() {
    let sandbox = github_com();
    let starts = [
        ("classic", "ghp_", 40),
        ("fine-grained", "github_pat_", 93),
        ("oauth", "gho_", 40),
        ("app-user", "ghu_", 40),
        ("refresh", "ghr_", 80),
        ("installation-old", "ghs_", 40),
        ("job-old", "ghs_", 40),
    ];
    for (name, prefix, length) in starts {
        let text = sandbox.token(name);
        assert!(text.starts_with(prefix) && text.len() == length, "{name}");
    }
    for name in ["installation", "job"] {
        let text = sandbox.token(name);
        assert!(text.starts_with("ghs_") && text.len() > 480 && text.matches('.').count() == 2, "{name}");
    }
    assert_eq!(ghes().token("job").len(), 40);
}

#[test]
fn a_private_repository_is_masked_from_whoever_cannot_see_it() {
    let sandbox = github_com();
    for token in ["no-scopes", "public-only", "status-only", "outsider", "fine-public", "fine-pending", "job-open"] {
        let reply = get(&sandbox, token, "/repos/acme/app");
        assert_eq!((reply.status, reply.message().as_str()), (404, "Not Found"), "{token}");
    }
    assert_eq!(nobody(&sandbox, "/repos/acme/app").status, 404);
    for token in ["classic", "oauth", "fine-grained", "app-user", "installation", "job", "job-none"] {
        assert_eq!(get(&sandbox, token, "/repos/acme/app").status, 200, "{token}");
    }
}

#[test]
fn a_public_repository_can_be_read_without_any_permission() {
    let sandbox = github_com();
    for token in ["no-scopes", "outsider", "fine-grained", "fine-pending", "job-open", "job", "narrowed"] {
        for path in ["", "/branches", "/pulls", "/issues", "/releases", "/actions/runs", "/commits/main/check-runs"] {
            assert_eq!(get(&sandbox, token, &format!("/repos/acme/open{path}")).status, 200, "{token} {path}");
        }
    }
    assert_eq!(nobody(&sandbox, "/repos/acme/open/branches").status, 200);
}

#[test]
fn a_fine_grained_token_reaches_what_was_chosen_of_its_owner() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "fine-grained", "/repos/acme/other").status, 404);
    assert_eq!(get(&sandbox, "fine-all", "/repos/acme/other").status, 200);
    assert_eq!(get(&sandbox, "fine-all", "/repos/dev-1/own").status, 404);
}

#[test]
fn a_missing_permission_is_a_403_that_names_what_would_do() {
    let sandbox = github_com();
    let reply = get(&sandbox, "fine-grained", "/repos/acme/app/issues");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Resource not accessible by personal access token"));
    assert_eq!(reply.header("x-accepted-github-permissions"), Some("issues=read"));
    let reply = get(&sandbox, "installation", "/repos/acme/app/actions/secrets");
    assert_eq!((reply.status, reply.message().as_str()), (403, "Resource not accessible by integration"));
    assert_eq!(reply.header("x-accepted-github-permissions"), Some("secrets=read"));
    let either = get(&sandbox, "job-none", "/repos/acme/app/labels");
    assert_eq!(either.header("x-accepted-github-permissions"), Some("issues=read; pull_requests=read"));
}

#[test]
fn a_permission_is_worth_as_much_as_the_role_of_its_user() {
    let sandbox = with(|world| {
        let token = world.token_mut("fine-all");
        token.user = Some("dev-2".to_owned());
        let permissions = [("contents", Level::Write), ("actions_variables", Level::Read)];
        let permissions = permissions.map(|(name, level)| (name.to_owned(), level));
        token.permissions = Some(Permissions::Each(permissions.into()));
    });
    assert_eq!(get(&sandbox, "fine-all", "/repos/acme/app/branches").status, 200);
    assert_eq!(get(&sandbox, "fine-all", "/repos/acme/app/actions/variables").status, 403);
    assert_eq!(discover(&sandbox, "fine-all", "acme/app", "git-receive-pack").status, 403);
}

#[test]
fn the_permissions_block_is_the_role_and_not_the_token() {
    let sandbox = github_com();
    let block = |token| get(&sandbox, token, "/repos/acme/app").json()["permissions"].clone();
    let writer = serde_json::json!({ "admin": false, "maintain": false, "push": true, "triage": true, "pull": true });
    assert_eq!(block("classic"), writer);
    assert_eq!(block("fine-grained"), writer);
    assert_eq!(block("reader")["push"], false);
    assert_eq!(block("job")["push"], false);
}

#[test]
fn merge_settings_are_shown_to_those_who_write_contents() {
    let sandbox = github_com();
    let shown = |token| get(&sandbox, token, "/repos/acme/app").json().get("allow_squash_merge").is_some();
    assert!(shown("classic") && shown("fine-grained") && shown("installation") && shown("job-write-all"));
    assert!(!shown("reader") && !shown("job") && !shown("narrowed"));
}

#[test]
fn a_narrowed_installation_token_has_no_more_than_it_was_given() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "narrowed", "/repos/acme/app/branches").status, 200);
    assert_eq!(get(&sandbox, "narrowed", "/repos/acme/app/pulls").status, 403);
    assert_eq!(get(&sandbox, "narrowed", "/repos/acme/other").status, 404);
    assert_eq!(get(&sandbox, "installation", "/repos/acme/other/pulls").status, 200);
}

#[test]
fn fine_grained_tokens_have_no_checks_and_no_packages() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "fine-grained", "/repos/acme/app/commits/main/check-runs").status, 403);
    assert_eq!(get(&sandbox, "fine-all", "/orgs/acme/packages/container/app").status, 403);
    assert_eq!(get(&sandbox, "owner", "/orgs/acme/packages/container/app").status, 200);
    assert_eq!(ask(&sandbox, "POST", "classic", "/repos/acme/app/check-runs", "{}").status, 403);
    assert_eq!(ask(&sandbox, "POST", "job-write-all", "/repos/acme/app/check-runs", "{}").status, 422);
    sandbox.assert_all_planned();
}

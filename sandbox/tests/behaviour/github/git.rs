//! Git's service discovery.

use super::*;

const FETCH: &str = "git-upload-pack";
const PUSH: &str = "git-receive-pack";

#[test]
fn a_good_token_fetches_and_pushes_by_its_power() {
    let sandbox = github_com();
    for (token, fetch, push) in [
        ("classic", 200, 200),
        ("oauth", 200, 200),
        ("reader", 200, 403),
        ("fine-grained", 200, 200),
        ("fine-all", 200, 403),
        ("app-user", 200, 200),
        ("installation", 200, 200),
        ("narrowed", 200, 403),
        ("job", 200, 403),
        ("job-write-all", 200, 200),
        ("job-fork", 200, 403),
        ("job-none", 403, 403),
        ("public-only", 404, 404),
        ("outsider", 404, 404),
        ("fine-pending", 404, 404),
        ("expired", 401, 401),
    ] {
        let status = |service| discover(&sandbox, token, "acme/app", service).status;
        assert_eq!((status(FETCH), status(PUSH)), (fetch, push), "{token}");
    }
    sandbox.assert_all_planned();
}

#[test]
fn the_words_of_a_refused_push_name_the_user_or_the_missing_grant() {
    let sandbox = github_com();
    let words = |token| discover(&sandbox, token, "acme/app", PUSH).text();
    assert_eq!(words("reader"), "Permission to acme/app.git denied to dev-2.");
    assert_eq!(words("job"), "Permission to acme/app.git denied to github-actions[bot].");
    assert_eq!(words("fine-all"), "Write access to repository not granted.");
    assert_eq!(words("narrowed"), "Write access to repository not granted.");
    assert_eq!(words("outsider"), "Repository not found.");
}

#[test]
fn a_wrong_token_is_refused_even_on_a_public_repository() {
    let sandbox = github_com();
    let reply = discover(&sandbox, "expired", "acme/open", FETCH);
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Basic realm=\"GitHub\"")));
    assert_eq!(send(&sandbox, "GET", &discovery("acme/open", FETCH), &[], "").status, 200);
    assert_eq!(send(&sandbox, "GET", &discovery("acme/open", PUSH), &[], "").status, 401);
    assert_eq!(send(&sandbox, "GET", &discovery("acme/app", FETCH), &[], "").status, 401);
    assert_eq!(send(&sandbox, "GET", &discovery("acme/none-such", FETCH), &[], "").status, 401);
}

#[test]
fn public_repositories_are_fetched_by_any_token_and_pushed_by_few() {
    let sandbox = github_com();
    for token in ["no-scopes", "public-only", "fine-public", "job-open"] {
        assert_eq!(discover(&sandbox, token, "acme/open", FETCH).status, 200, "{token}");
    }
    assert_eq!(discover(&sandbox, "public-only", "acme/open", PUSH).status, 200);
    for token in ["no-scopes", "fine-public", "job-open"] {
        assert_eq!(discover(&sandbox, token, "acme/open", PUSH).status, 403, "{token}");
    }
}

#[test]
fn organizations_speak_through_git_too() {
    let sandbox = github_com();
    let words = |token, path| discover(&sandbox, token, path, FETCH).text();
    assert!(words("classic", "sso-corp/app").starts_with("Resource protected by organization SAML enforcement."));
    assert!(words("classic", "walled/open").contains("IP allow list"));
    assert_eq!(
        words("classic", "strict/app"),
        "Personal access tokens (classic) are forbidden from accessing this repository."
    );
}

#[test]
fn an_archived_repository_takes_no_push() {
    let sandbox = github_com();
    assert_eq!(discover(&sandbox, "classic", "acme/archive", FETCH).status, 200);
    let push = discover(&sandbox, "classic", "acme/archive", PUSH);
    assert_eq!((push.status, push.text().as_str()), (403, "This repository was archived so it is read-only."));
}

#[test]
fn git_takes_a_bearer_token_and_any_user_name() {
    let sandbox = github_com();
    let text = sandbox.token("classic");
    for value in [format!("Bearer {text}"), basic("someone", &text), basic(&text, "")] {
        let reply = send(&sandbox, "GET", &discovery("acme/app", FETCH), &[("Authorization", &value)], "");
        assert_eq!(reply.status, 200);
        assert!(reply.text().starts_with("001e# service=git-upload-pack\n0000"));
    }
}

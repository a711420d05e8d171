//! What organizations demand of tokens.

use super::*;

#[test]
fn single_sign_on_refuses_a_token_that_is_not_authorised_and_says_where_it_can_be() {
    let sandbox = github_com();
    let reply = get(&sandbox, "classic", "/repos/sso-corp/app");
    assert_eq!(reply.status, 403);
    assert!(reply.message().starts_with("Resource protected by organization SAML enforcement."));
    let header = reply.header("x-github-sso").unwrap_or_default().to_owned();
    assert!(header.starts_with("required; url=http") && header.contains("/orgs/sso-corp/sso?"), "{header}");
    assert_eq!(get(&sandbox, "sso-classic", "/repos/sso-corp/app").status, 200);
    assert_eq!(get(&sandbox, "oauth", "/repos/sso-corp/app").status, 200);
    assert_eq!(get(&sandbox, "classic", "/repos/sso-corp/open").status, 200);
}

#[test]
fn lists_leave_out_what_single_sign_on_guards_and_say_so() {
    let sandbox = github_com();
    let reply = get(&sandbox, "classic", "/user/repos?per_page=100");
    assert_eq!(reply.header("x-github-sso"), Some("partial-results; organizations=11"));
    assert!(!reply.text().contains("sso-corp/app"));
    assert_eq!(get(&sandbox, "sso-classic", "/user/repos").header("x-github-sso"), None);
}

#[test]
fn an_address_list_hits_public_data_too_as_soon_as_a_token_is_sent() {
    let sandbox = github_com();
    let reply = get(&sandbox, "classic", "/repos/walled/open");
    assert_eq!(reply.status, 403);
    assert!(reply.message().contains("has an IP allow list enabled, and your IP address is not permitted"));
    assert_eq!(nobody(&sandbox, "/repos/walled/open").status, 200);
    assert_eq!(reply.header("x-accepted-oauth-scopes"), Some("repo"));
}

#[test]
fn a_life_that_is_too_long_is_refused_with_the_page_where_it_can_be_changed() {
    let sandbox = github_com();
    let fine = get(&sandbox, "fine-strict", "/repos/strict/app");
    assert_eq!(fine.status, 403);
    let text = fine.message();
    assert!(
        text.contains("fine-grained personal access tokens if the token's lifetime is greater than 90 days"),
        "{text}"
    );
    assert!(text.contains("/settings/personal-access-tokens/"), "{text}");
    let classic = get(&sandbox, "long-lived", "/repos/short-lived/open");
    assert!(
        classic.message().contains("personal access tokens (classic)")
            && classic.message().contains("/settings/tokens/")
    );
    assert_eq!(get(&sandbox, "oauth", "/repos/short-lived/open").status, 200);
    assert_eq!(get(&sandbox, "classic", "/repos/short-lived/open").status, 200);
}

#[test]
fn classic_tokens_can_be_forbidden() {
    let sandbox = github_com();
    let reply = get(&sandbox, "classic", "/repos/strict/app");
    assert_eq!(reply.status, 403);
    assert!(reply.message().starts_with("`strict` forbids access via a personal access token (classic)."));
    assert_eq!(get(&sandbox, "oauth", "/repos/strict/app").status, 200);
}

#[test]
fn a_token_that_waits_for_approval_looks_too_weak() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "fine-pending", "/repos/acme/app").status, 404);
    assert_eq!(get(&sandbox, "fine-pending", "/repos/acme/open").status, 200);
    assert_eq!(get(&sandbox, "fine-pending", "/user").status, 200);
}

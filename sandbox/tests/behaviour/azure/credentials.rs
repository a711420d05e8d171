//! What a credential and its scope make of a request.

use serde_json::json;

use super::*;

#[test]
fn connection_data_names_the_identity_of_every_kind_of_token() {
    let sandbox = azure();
    for (token, name) in [
        ("dev", "dev-1"),
        ("dev-short", "dev-1"),
        ("code-status", "dev-1"),
        ("entra-user", "dev-1"),
        ("entra-robot", "robot-1"),
        ("job", "app Build Service (acme)"),
        ("collection-job", "Project Collection Build Service (acme)"),
    ] {
        let reply = get(&sandbox, WHO, token);
        assert_eq!(reply.json()["authenticatedUser"]["providerDisplayName"], name, "{token}");
    }
    sandbox.assert_all_planned();
}

#[test]
fn without_the_two_headers_a_caller_is_shown_a_sign_in_page() {
    let sandbox = azure();
    for headers in [vec![], vec![("Accept", "application/json")], vec![("X-TFS-FedAuthRedirect", "Suppress")]] {
        let asked = headers
            .into_iter()
            .fold(ask(&sandbox, "GET", WHO).without_headers(), |asked, (name, value)| asked.header(name, value));
        let reply = asked.with("expired");
        assert_eq!((reply.status, reply.header("content-type")), (203, Some("text/html; charset=utf-8")));
        assert!(reply.text().contains("Sign In"));
    }
    let plain = get(&sandbox, WHO, "expired");
    assert_eq!((plain.status, plain.body.len(), plain.header("content-type")), (401, 0, None));
}

#[test]
fn a_sign_in_page_may_be_a_redirect_and_may_insist() {
    let sandbox = changed(|world| {
        world.sign_in.code = 302;
        world.sign_in.insists = true;
    });
    let reply = get(&sandbox, WHO, "revoked");
    assert_eq!(reply.status, 302);
    assert!(reply.header("location").is_some_and(|to| to.contains("/_signin?realm=dev.azure.com")));
}

#[test]
fn a_dead_bearer_gets_a_page_for_some_methods_only() {
    let sandbox = azure();
    let of = |method| {
        let target = "/acme/app/_apis/wit/workitems/1?validateOnly=true";
        ask(&sandbox, method, target).without_headers().with("entra-expired")
    };
    assert_eq!(
        (of("GET").status, of("PATCH").status, type_key(&of("PATCH")).as_str()),
        (203, 401, "InvalidIdentityException")
    );
}

#[test]
fn an_organization_may_answer_anybody_with_the_anonymous_identity() {
    let sandbox = changed(|world| world.organization_mut("acme").answers_anybody = true);
    for token in ["expired", "dev-other"] {
        let user = get(&sandbox, WHO, token).json()["authenticatedUser"].clone();
        assert_eq!(
            (&user["id"], &user["providerDisplayName"]),
            (&json!("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), &json!("Anonymous"))
        );
    }
    assert_eq!(get(&sandbox, WHO, "dev").json()["authenticatedUser"]["providerDisplayName"], "dev-1");
    assert_eq!(get(&sandbox, TEAMS, "expired").status, 401);
}

#[test]
fn a_401_offers_three_ways_in_and_names_the_tenant() {
    let sandbox = azure();
    let reply = ask(&sandbox, "GET", WHO).send();
    let offers = headers(&reply, "WWW-Authenticate");
    assert_eq!(offers.len(), 3);
    assert!(offers[0].starts_with("Bearer authorization_uri=https://login.microsoftonline.com/7cfe4c9f-"));
    assert!(offers[1].starts_with("Basic realm="));
    assert_eq!(reply.header("x-vss-resourcetenant"), Some("7cfe4c9f-829b-4857-89f9-dfa21e53e1d9"));
    assert!(reply.header("x-vss-e2eid").is_some() && reply.header("activityid").is_some());
    let refused = get(&sandbox, WHO, "expired");
    let offers = headers(&refused, "WWW-Authenticate");
    assert!(offers.len() == 1 && offers[0].starts_with("Basic realm="), "{offers:?}");
}

#[test]
fn dead_unknown_and_misplaced_tokens_look_alike() {
    let sandbox = azure();
    for token in ["expired", "revoked", "dev-other"] {
        let reply = get(&sandbox, WHO, token);
        assert_eq!((reply.status, reply.body.len(), reply.header("x-vss-userdata")), (401, 0, None), "{token}");
    }
    let unknown = ask(&sandbox, "GET", WHO).header("Authorization", "Basic OnNhbmRib3gtbm9ib2R5").send();
    assert_eq!((unknown.status, unknown.body.len()), (401, 0));
}

#[test]
fn a_personal_token_is_no_bearer() {
    assert_eq!(ask(&azure(), "GET", WHO).bearer("dev").status, 401);
}

#[test]
fn a_world_may_say_why_a_token_is_dead() {
    let sandbox = changed(|world| world.explains = true);
    let reply = get(&sandbox, WHO, "expired");
    let why = reply.header("x-tfs-serviceerror").map(str::to_owned).unwrap_or_default();
    assert!(why.contains("Personal%20Access%20Token%20used%20has%20expired"), "{why}");
}

#[test]
fn a_dead_bearer_gets_a_body_with_a_byte_order_mark() {
    let sandbox = azure();
    let reply = get(&sandbox, WHO, "entra-expired");
    assert_eq!((reply.status, type_key(&reply).as_str()), (401, "InvalidIdentityException"));
    assert!(reply.text().starts_with('\u{feff}') && reply.text().contains("TF400813"));
    assert!(reply.header("x-tfs-serviceerror").is_some_and(|text| text.starts_with("TF400813%3A")));
}

#[test]
fn a_missing_scope_is_a_401_that_names_the_identity() {
    let sandbox = azure();
    let reply = get(&sandbox, REPOSITORIES, "work-read");
    assert_eq!((reply.status, reply.body.len()), (401, 0));
    assert!(reply.header("x-vss-userdata").is_some_and(|data| data.ends_with(":dev-1@example.test")));
    let silent = changed(|world| world.names_identity = false);
    assert_eq!(get(&silent, REPOSITORIES, "work-read").header("x-vss-userdata"), None);
}

#[test]
fn scopes_hold_the_ones_inside_them() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, REPOSITORIES, "code-write").status, 200);
    // Code holds hooks, hooks hold the profile: listing projects proves nothing about projects.
    assert_eq!(get(&sandbox, "/acme/_apis/projects", "code-read").status, 200);
    assert_eq!(get(&sandbox, TEAMS, "code-read").status, 401);
    assert_eq!(get(&sandbox, TEAMS, "git-zen").status, 200);
    assert_eq!(get(&sandbox, "/acme/_apis/projects", "code-status").status, 401);
}

#[test]
fn a_token_of_one_organization_is_not_for_another() {
    let sandbox = azure();
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev-other").status, 200);
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev").status, 401);
    assert_eq!(get(&sandbox, "/other/_apis/connectionData", "dev-global").status, 200);
}

#[test]
fn global_tokens_all_stop_on_one_day() {
    let at = |now: &str| {
        let mut scenario = Scenario::named("azure").expect("shipped");
        scenario.now = now.parse().expect("a time");
        get(&Sandbox::start(scenario), WHO, "dev-global").status
    };
    assert_eq!((at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00:00Z")), (200, 401));
}

#[test]
fn an_identity_without_a_place_in_the_organization_is_told_so() {
    let sandbox = azure();
    let reply = get(&sandbox, WHO, "outsider");
    assert_eq!((reply.status, type_key(&reply).as_str()), (401, "UnauthorizedRequestException"));
    assert!(reply.text().contains("TF400813: The user 'outsider-1'"));
}

#[test]
fn policies_and_first_sign_in_have_their_codes() {
    let sandbox = azure();
    let fenced = get(&sandbox, "/fenced/_apis/connectionData", "fenced");
    assert_eq!((fenced.status, type_key(&fenced).as_str()), (403, "VssServiceException"));
    assert!(fenced.text().contains("VS403463: The conditional access policy"));
    assert!(get(&sandbox, WHO, "newcomer").text().contains("TF401444"));
}

#[test]
fn an_organization_without_entra_takes_personal_tokens_only() {
    let sandbox = azure();
    let refused = get(&sandbox, "/lonely/_apis/connectionData", "entra-user");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-vss-resourcetenant"), Some("00000000-0000-0000-0000-000000000000"));
    assert_eq!(get(&sandbox, "/lonely/_apis/connectionData", "dev-lonely").status, 200);
}

#[test]
fn only_a_users_own_sign_in_lists_personal_tokens() {
    let sandbox = azure();
    let list = |token| ask(&sandbox, "GET", "/acme/_apis/tokens/pats").at("vssps.dev.azure.com").with(token);
    let body = list("entra-user").json();
    let tokens = body["patTokens"].as_array().cloned().unwrap_or_default();
    let global = tokens.iter().find(|token| token["displayName"] == "dev-global").expect("listed");
    assert_eq!((&global["targetAccounts"], &global["token"]), (&json!(null), &json!(null)));
    let dev = tokens.iter().find(|token| token["displayName"] == "dev").expect("listed");
    assert_eq!((&dev["scope"], &dev["validTo"]), (&json!("app_token"), &json!("2027-09-30T00:00:00Z")));
    assert!(tokens.iter().all(|token| token["displayName"] != "expired"));
    assert_eq!(list("dev").status, 401);
    assert_eq!(list("job").status, 401);
    assert_eq!(list("entra-robot").status, 401);
}

#[test]
fn tokens_have_the_form_of_their_kind() {
    let sandbox = azure();
    let long = sandbox.token("dev");
    assert_eq!((long.len(), &long[52..60], &long[76..80]), (84, "JQQJ99CJ", "AZDO"));
    assert_eq!(&sandbox.token("dev-global")[58..60], "CA");
    let short = sandbox.token("dev-short");
    assert!(short.len() == 52 && short.chars().all(|letter| matches!(letter, 'a'..='z' | '2'..='7')));
    assert_eq!(sandbox.token("job").split('.').count(), 3);
}

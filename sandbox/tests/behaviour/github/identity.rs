//! Who is asking, and what the headers tell.

use super::*;

#[test]
fn a_bad_token_is_a_401_of_the_same_words_whatever_is_wrong_with_it() {
    let sandbox = github_com();
    for token in ["expired", "revoked", "refresh"] {
        let reply = get(&sandbox, token, "/rate_limit");
        assert_eq!((reply.status, reply.message().as_str()), (401, "Bad credentials"), "{token}");
        assert_eq!(reply.header("x-oauth-scopes"), None);
    }
    let headers = [&HEADERS[..], &[("Authorization", "Bearer ghp_nothing")]].concat();
    assert_eq!(send(&sandbox, "GET", "/api/v3/repos/acme/open", &headers, "").status, 401);
}

#[test]
fn every_kind_of_token_may_ask_for_its_limits() {
    let sandbox = github_com();
    for (token, limit) in [
        ("classic", 5000),
        ("fine-grained", 5000),
        ("oauth", 5000),
        ("app-user", 5000),
        ("installation", 5000),
        ("job", 1000),
    ] {
        let reply = get(&sandbox, token, "/rate_limit");
        assert_eq!((reply.status, &reply.json()["rate"]["limit"]), (200, &serde_json::json!(limit)), "{token}");
        assert_eq!(reply.header("x-ratelimit-limit"), Some(limit.to_string().as_str()));
    }
    assert_eq!(nobody(&sandbox, "/rate_limit").json()["rate"]["limit"], 60);
}

#[test]
fn scopes_are_stated_for_tokens_that_have_scopes_and_for_no_others() {
    let sandbox = github_com();
    let scopes = |token| get(&sandbox, token, "/").header("x-oauth-scopes").map(str::to_owned);
    assert_eq!(scopes("classic").as_deref(), Some("read:org, repo, workflow"));
    assert_eq!(scopes("no-scopes").as_deref(), Some(""));
    assert_eq!(scopes("oauth").as_deref(), Some("gist, repo"));
    for token in ["fine-grained", "app-user", "installation", "job"] {
        assert_eq!(scopes(token), None, "{token}");
    }
}

#[test]
fn scopes_come_with_a_refusal_too() {
    let reply = get(&github_com(), "public-only", "/repos/acme/app/hooks");
    assert_eq!((reply.status, reply.header("x-oauth-scopes")), (404, Some("public_repo")));
    assert_eq!(reply.header("x-accepted-oauth-scopes"), Some("admin:repo_hook, read:repo_hook, repo, write:repo_hook"));
}

#[test]
fn the_end_of_a_personal_token_is_told_in_both_layouts() {
    let sandbox = github_com();
    let end =
        |token| get(&sandbox, token, "/rate_limit").header("github-authentication-token-expiration").map(str::to_owned);
    assert_eq!(end("classic").as_deref(), Some("2027-01-31 00:00:00 UTC"));
    assert_eq!(end("fine-grained").as_deref(), Some("2027-01-31 20:00:00 +0200"));
    assert_eq!((end("owner"), end("job"), end("installation")), (None, None, None));
}

#[test]
fn an_installation_is_nobody() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "classic", "/user").json()["login"], "dev-1");
    assert_eq!(get(&sandbox, "app-user", "/user").json()["login"], "dev-1");
    for token in ["job", "installation"] {
        let reply = get(&sandbox, token, "/user");
        assert_eq!(
            (reply.status, reply.message().as_str()),
            (403, "Resource not accessible by integration"),
            "{token}"
        );
    }
    assert_eq!(nobody(&sandbox, "/user").status, 401);
}

#[test]
fn an_installation_lists_the_repositories_it_reaches() {
    let sandbox = github_com();
    let names = |token| {
        let body = get(&sandbox, token, "/installation/repositories?per_page=100").json();
        let all = body["repositories"].as_array().cloned().unwrap_or_default();
        all.iter().map(|it| it["full_name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("job"), ["acme/app"]);
    assert_eq!(names("narrowed"), ["acme/app"]);
    assert!(names("installation").len() > 3);
    assert_eq!(get(&sandbox, "classic", "/installation/repositories").status, 403);
}

#[test]
fn only_an_app_user_token_lists_installations_with_their_permissions() {
    let sandbox = github_com();
    let body = get(&sandbox, "app-user", "/user/installations").json();
    assert_eq!(body["installations"][0]["permissions"]["pull_requests"], "write");
    assert_eq!(get(&sandbox, "classic", "/user/installations").status, 403);
    assert_eq!(get(&sandbox, "job", "/user/installations").status, 403);
}

#[test]
fn the_app_itself_comes_with_a_web_token() {
    let sandbox = github_com();
    assert_eq!(get(&sandbox, "app-jwt", "/app").json()["slug"], "acme-bot");
    assert_eq!(get(&sandbox, "app-jwt", "/repos/acme/app/installation").json()["id"], 3101);
    assert_eq!(get(&sandbox, "installation", "/app").status, 401);
}

#[test]
fn minting_a_token_would_change_something() {
    let sandbox = github_com();
    ask(&sandbox, "POST", "app-jwt", "/app/installations/3101/access_tokens", "{}");
    assert_eq!(sandbox.violations().len(), 1);
}

#[test]
fn a_token_travels_in_any_of_four_ways() {
    let sandbox = github_com();
    let text = sandbox.token("classic");
    for value in [format!("Bearer {text}"), format!("token {text}"), basic("any", &text), basic(&text, "x-oauth-basic")]
    {
        let headers = [&HEADERS[..], &[("Authorization", value.as_str())]].concat();
        assert_eq!(send(&sandbox, "GET", "/api/v3/user", &headers, "").status, 200);
    }
    let record = format!("{:?}", sandbox.requests());
    assert!(!record.contains(&text), "{record}");
    let shown: Vec<String> = sandbox.requests().into_iter().map(|seen| seen.presented).collect();
    assert_eq!(shown, ["bearer", "token", "basic:any", "basic:<classic>"]);
}

#[test]
fn a_request_without_a_user_agent_is_refused_before_anything_else() {
    let sandbox = github_com();
    let reply = send(&sandbox, "GET", "/api/v3/rate_limit", &[], "");
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("Request forbidden by administrative rules."));
}

#[test]
fn an_api_version_that_does_not_exist_is_refused() {
    let sandbox = github_com();
    let status = |version| {
        let headers = [&HEADERS[..], &[("X-GitHub-Api-Version", version)]].concat();
        send(&sandbox, "GET", "/api/v3/rate_limit", &headers, "").status
    };
    assert_eq!((status("2022-11-28"), status("2026-03-10"), status("2020-01-01")), (200, 200, 400));
}

#[test]
fn the_answer_carries_the_scenarios_date_and_an_id() {
    let reply = get(&github_com(), "classic", "/rate_limit");
    assert_eq!(reply.header("date"), Some("Fri, 20 Nov 2026 12:00:00 GMT"));
    assert!(reply.header("x-github-request-id").is_some());
}

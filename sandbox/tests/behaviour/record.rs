//! What the sandbox remembers, its clock, its root and its limits.

use std::io::{Read, Write};

use hallpass_sandbox::{RateLimit, Sandbox, Scenario, TokenText, UNKNOWN_TOKEN};

use crate::support::*;

#[test]
fn a_request_is_recorded_by_the_name_of_its_token() {
    let sandbox = gitlab_19();
    api(&sandbox, "dev", "/user?x=1");
    git(&sandbox, "acme/app", "git-upload-pack", "gitlab-ci-token", "job");
    anonymous(&sandbox, "/projects/204");
    let seen = sandbox.requests();
    let shown: Vec<_> = seen.iter().map(|it| (it.token.as_deref(), it.presented.as_str(), it.status)).collect();
    let expected =
        [(Some("dev"), "private-token", 200), (Some("job"), "basic:gitlab-ci-token", 200), (None, "none", 200)];
    assert_eq!(shown, expected);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("GET", "/api/v4/user?x=1"));
}

#[test]
fn no_token_text_is_ever_recorded() {
    let sandbox = gitlab_19();
    let token = sandbox.token("dev");
    send(&sandbox, "GET", &format!("/api/v4/user?private_token={token}"), &[], "");
    send(&sandbox, "GET", "/api/v4/user?private_token=sandbox-unknown-text", &[], "");
    let record = format!("{:?}", sandbox.requests());
    assert!(!record.contains(&token) && !record.contains("sandbox-unknown-text"), "{record}");
    assert!(record.contains("private_token=<dev>") && record.contains(&format!("private_token=<{UNKNOWN_TOKEN}>")));
}

#[test]
fn an_unplanned_request_gets_501_and_fails_the_check() {
    let sandbox = gitlab_19();
    let reply = api(&sandbox, "dev", "/projects/201/something_else");
    assert_eq!(reply.status, 501);
    assert!(reply.text().contains("unplanned"));
    assert_eq!(sandbox.unplanned().len(), 1);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sandbox.assert_all_planned())).is_err());
}

#[test]
fn the_date_is_the_scenarios() {
    let reply = api(&gitlab_19(), "dev", "/user");
    assert_eq!(reply.header("date"), Some("Fri, 20 Nov 2026 12:00:00 GMT"));
}

#[test]
fn a_relative_root_is_part_of_the_address_and_of_nothing_else() {
    let sandbox = changed(|scenario| scenario.root = "/gitlab".to_owned());
    assert!(sandbox.url().ends_with("/gitlab"));
    assert_eq!(api(&sandbox, "dev", "/user").status, 200);
    assert_eq!(sandbox.requests()[0].target, "/api/v4/user");
}

#[test]
fn a_request_outside_of_the_root_is_unplanned() {
    let sandbox = changed(|scenario| scenario.root = "/gitlab".to_owned());
    let mut stream = connect(&sandbox).expect("a connection");
    stream.write_all(b"GET /api/v4/user HTTP/1.1\r\nConnection: close\r\n\r\n").expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    assert_eq!(reply(&bytes).map(|reply| reply.status), Some(501));
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn rate_limits_count_down_to_429() {
    let limit = RateLimit { limit: 600, remaining: 1, resets_in_seconds: 30, name: "throttle".to_owned() };
    let sandbox = changed(|scenario| scenario.rate_limit = Some(limit));
    let first = api(&sandbox, "dev", "/user");
    assert_eq!((first.status, first.header("ratelimit-remaining")), (200, Some("0")));
    let second = api(&sandbox, "dev", "/user");
    assert_eq!((second.status, second.header("retry-after")), (429, Some("30")));
}

#[test]
fn requests_at_the_same_time_are_counted() {
    let sandbox = changed(|scenario| scenario.latency_ms = 150);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| api(&sandbox, "dev", "/user"));
        }
    });
    assert_eq!(sandbox.peak_in_flight(), 4);
}

#[test]
fn one_connection_carries_several_requests() {
    let sandbox = gitlab_19();
    let mut stream = connect(&sandbox).expect("a connection");
    for _ in 0..3 {
        stream.write_all(b"GET /api/v4/projects/204 HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        let mut bytes = Vec::new();
        let answer = loop {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).expect("more of the answer");
            bytes.extend(&piece[..count]);
            let whole = |reply: &Reply| reply.header("content-length") == Some(reply.body.len().to_string().as_str());
            if let Some(answer) = reply(&bytes).filter(whole) {
                break answer;
            }
        };
        assert_eq!(answer.status, 200);
    }
    assert_eq!(sandbox.requests().len(), 3);
}

#[test]
fn a_chunked_body_is_read() {
    let sandbox = gitlab_19();
    let mut stream = connect(&sandbox).expect("a connection");
    let head = format!(
        "POST /api/v4/projects/201/releases HTTP/1.1\r\nPRIVATE-TOKEN: {}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{{\"nam\r\n7\r\ne\":\"x\"}}\r\n0\r\n\r\n",
        sandbox.token("dev")
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    assert_eq!(reply(&bytes).map(|reply| reply.text()), Some(r#"{"error":"tag_name is missing"}"#.to_owned()));
}

#[test]
fn tokens_have_the_form_of_their_time() {
    assert!(gitlab_19().token("job").starts_with("glcbt-ey"));
    assert_eq!(gitlab_18_2().token("job"), "glcbt-sandbox-job");
    assert!(gitlab_19().token("dev").contains(".01."));
    let mut scenario = Scenario::named("gitlab-19").expect("shipped");
    scenario.gitlab.token_mut("owner").text = Some(TokenText::Literal("sandbox-text".to_owned()));
    assert_eq!(Sandbox::start(scenario).token("owner"), "sandbox-text");
}

//! Things that go wrong on purpose.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use hallpass_sandbox::{Fault, FaultPlan};

use crate::support::*;

#[test]
fn a_fault_for_the_first_requests_lets_the_others_through() {
    let failing = Fault::Status { code: 503, headers: BTreeMap::new(), body: String::new() };
    let sandbox = changed(|scenario| scenario.faults = vec![FaultPlan::first(2, "/api/v4/user", failing)]);
    let status = || api(&sandbox, "dev", "/user").status;
    assert_eq!([status(), status(), status()], [503, 503, 200]);
    assert_eq!(sandbox.requests().iter().map(|seen| seen.status).collect::<Vec<_>>(), [503, 503, 200]);
}

#[test]
fn a_429_comes_with_or_without_a_time_to_wait() {
    let with = api(&with_fault(Fault::TooManyRequests { retry_after: Some("2".to_owned()) }), "dev", "/user");
    assert_eq!((with.status, with.header("retry-after")), (429, Some("2")));
    assert_eq!(
        api(&with_fault(Fault::TooManyRequests { retry_after: None }), "dev", "/user").header("retry-after"),
        None
    );
}

#[test]
fn a_sign_in_page_may_pass_for_success() {
    let reply = api(&with_fault(Fault::SignInPage { code: 203 }), "dev", "/user");
    assert_eq!((reply.status, reply.header("content-type")), (203, Some("text/html; charset=utf-8")));
}

#[test]
fn a_redirect_leads_elsewhere() {
    let to = "http://127.0.0.1:9/stolen".to_owned();
    let reply = api(&with_fault(Fault::Redirect { code: 307, to: to.clone() }), "dev", "/user");
    assert_eq!((reply.status, reply.header("location")), (307, Some(to.as_str())));
}

#[test]
fn a_reset_comes_before_the_answer_or_in_the_middle_of_it() {
    for fault in [Fault::ResetBeforeReply, Fault::ResetInBody] {
        let sandbox = with_fault(fault.clone());
        let token = sandbox.token("dev");
        let error = try_send(&sandbox, "GET", "/api/v4/user", &[("PRIVATE-TOKEN", &token)], "").expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{fault:?}");
    }
}

#[test]
fn a_truncated_body_is_shorter_than_announced() {
    let reply = api(&with_fault(Fault::TruncatedBody), "dev", "/user");
    let announced: usize = reply.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    assert!(!reply.body.is_empty() && reply.body.len() < announced);
}

#[test]
fn a_silent_server_answers_nothing_and_still_stops() {
    let sandbox = with_fault(Fault::Silent);
    let mut stream = connect(&sandbox).expect("a connection");
    stream.write_all(request(&sandbox, "GET", "/api/v4/user", &[], "").as_bytes()).expect("sent");
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let kind = stream.read(&mut [0; 1]).expect_err("nothing").kind();
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind:?}");
    assert_eq!(sandbox.requests()[0].status, 0);
    drop(sandbox);
}

#[test]
fn an_endless_body_goes_on_until_the_client_leaves() {
    let sandbox = with_fault(Fault::EndlessBody);
    let mut stream = connect(&sandbox).expect("a connection");
    stream.write_all(request(&sandbox, "GET", "/api/v4/user", &[], "").as_bytes()).expect("sent");
    let mut bytes = vec![0; 4 << 20];
    stream.read_exact(&mut bytes).expect("four mebibytes and more");
}

#[test]
fn a_slow_answer_drips() {
    let sandbox = with_fault(Fault::SlowDrip { interval_ms: 200 });
    let mut stream = connect(&sandbox).expect("a connection");
    stream.write_all(request(&sandbox, "GET", "/api/v4/user", &[], "").as_bytes()).expect("sent");
    let mut bytes = [0; 64];
    assert_eq!(stream.read(&mut bytes).expect("a byte"), 1);
}

#[test]
fn a_late_answer_is_late_and_whole() {
    let sandbox = with_fault(Fault::Latency { ms: 120 });
    let start = Instant::now();
    assert_eq!(api(&sandbox, "dev", "/user").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn a_gzip_bomb_is_marked_as_gzip() {
    let reply = api(&with_fault(Fault::GzipBomb { mib: 64 }), "dev", "/user");
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.starts_with(&[0x1f, 0x8b]) && reply.body.len() < 1 << 20);
}

#[test]
fn bodies_can_be_wrong_in_every_way() {
    let text = |fault| api(&with_fault(fault), "dev", "/user").text();
    assert!(serde_json::from_str::<serde_json::Value>(&text(Fault::InvalidJson)).is_err());
    assert_eq!(text(Fault::EmptyBody), "");
    assert!(text(Fault::DeepNesting { depth: 500 }).starts_with("[[[["));
    assert_eq!(text(Fault::DeepNesting { depth: 500 }).len(), 1000);
}

#[test]
fn a_header_block_can_be_huge() {
    let reply = api(&with_fault(Fault::HugeHeaders { bytes: 512 * 1024 }), "dev", "/user");
    assert!(reply.status == 200 && reply.head.len() > 512 * 1024);
}

#[test]
fn a_wrong_content_type_and_added_headers_keep_the_answer() {
    let reply = api(&with_fault(Fault::WrongContentType { content_type: "text/html".to_owned() }), "dev", "/user");
    assert_eq!((reply.header("content-type"), &reply.json()["id"]), (Some("text/html"), &serde_json::json!(101)));
    let headers = BTreeMap::from([("Set-Cookie".to_owned(), "_gitlab_session=x".to_owned())]);
    let reply = api(&with_fault(Fault::AddHeaders { headers }), "dev", "/user");
    assert_eq!(reply.header("set-cookie"), Some("_gitlab_session=x"));
}

#[test]
fn bytes_that_are_no_http_and_half_a_head_and_nothing_at_all() {
    for fault in [Fault::NotHttp, Fault::HalfHead, Fault::CloseWithoutReply] {
        let sandbox = with_fault(fault.clone());
        let token = sandbox.token("dev");
        let result = try_send(&sandbox, "GET", "/api/v4/user", &[("PRIVATE-TOKEN", &token)], "");
        assert_eq!(result.expect_err("no answer").kind(), ErrorKind::InvalidData, "{fault:?}");
    }
}

#[test]
fn a_fault_that_nothing_met_can_be_told() {
    let sandbox = changed(|scenario| scenario.faults = vec![FaultPlan::always("/nowhere", Fault::Silent)]);
    assert_eq!(api(&sandbox, "dev", "/user").status, 200);
    assert_eq!(sandbox.unused_faults().len(), 1);
}

#[test]
fn a_fault_that_stands_in_for_an_answer_plans_its_request() {
    let sandbox = changed(|scenario| scenario.faults = vec![FaultPlan::always("/api/v4/new", Fault::EmptyBody)]);
    assert_eq!(api(&sandbox, "dev", "/new").status, 200);
    sandbox.assert_all_planned();
    let late = changed(|scenario| scenario.faults = vec![FaultPlan::always("*", Fault::Latency { ms: 1 })]);
    api(&late, "dev", "/new");
    assert_eq!(late.unplanned().len(), 1);
}

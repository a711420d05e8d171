//! Statuses, pages and lost connections.

use std::collections::BTreeMap;

use hallpass_sandbox::{Fault, FaultPlan, RateLimit, Scenario};

use super::{SELF, hurried, nothing_is_known, one_is_not_known, together};
use crate::support::hallpass::Scene;

fn status(code: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault::Status { code, headers, body: body.to_owned() }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const HTML: (&str, &str) = ("Content-Type", "text/html");

#[test]
fn a_401_that_is_not_gitlabs_is_no_refusal() {
    for fault in [status(401, &[HTML], "<html>Sign in</html>"), status(401, &[], ""), status(401, &[], "Unauthorized")]
    {
        nothing_is_known(fault, "unusable-answer");
    }
}

#[test]
fn n_14_a_401_is_asked_for_exactly_once() {
    let scene = Scene::broken(vec![FaultPlan::always("*", status(401, &[JSON], r#"{"message":"401 Unauthorized"}"#))]);
    let ran = hurried(&scene);
    ran.exits(1).judges("mr.list", "denied rejected observed");
    assert_eq!(scene.forge.requests().len(), 1);
}

#[test]
fn a_403_that_is_not_gitlabs_is_no_refusal() {
    for fault in
        [status(403, &[HTML], "<html>Blocked by the proxy</html>"), status(403, &[], ""), status(403, &[JSON], "{}")]
    {
        nothing_is_known(fault.clone(), "unusable-answer");
        one_is_not_known(fault);
    }
}

#[test]
fn n_16_git_that_refuses_without_a_word_may_have_banned_the_address() {
    let scene = Scene::broken(vec![FaultPlan::always("/acme/app.git/info/refs", status(403, &[], "Forbidden\n"))]);
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("git.clone")["verdict"], "unknown");
    assert_eq!(ran.capability("git.clone")["layer"], "network-policy");
    let asked = scene.forge.requests().iter().filter(|seen| seen.target.contains("info/refs")).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_404_that_is_not_gitlabs_is_no_refusal() {
    for fault in [status(404, &[HTML], "<html>Not Found</html>"), status(404, &[], "")] {
        nothing_is_known(fault.clone(), "unusable-answer");
        one_is_not_known(fault);
    }
}

#[test]
fn n_08_a_429_with_a_short_wait_is_waited_for() {
    let wait = Fault::TooManyRequests { retry_after: Some("1".to_owned()) };
    let scene = Scene::broken(vec![FaultPlan::first(1, SELF, wait)]);
    let ran = hurried(&scene);
    ran.exits(0).judges("mr.list", "allowed - observed");
    assert!(ran.took >= std::time::Duration::from_secs(1), "{:?}", ran.took);
}

#[test]
fn n_09_a_429_with_a_long_wait_is_not_waited_for() {
    let wait = Fault::TooManyRequests { retry_after: Some("86400".to_owned()) };
    let scene = Scene::broken(vec![FaultPlan::always("*", wait)]);
    let ran = hurried(&scene);
    ran.exits(3).finds("rate-limited", &["86400"]).judges("mr.list", "unknown rate-limit inferred");
    assert!(ran.took < std::time::Duration::from_secs(20), "{:?}", ran.took);
    assert_eq!(scene.forge.requests().len(), 1);
}

#[test]
fn n_10_a_429_with_a_wait_that_nobody_can_read() {
    together(["-5", "1e9", "999999999999999999999999999999", "", "((((((("], |wait| {
        nothing_is_known(Fault::TooManyRequests { retry_after: Some(wait.to_owned()) }, "rate-limit");
    });
}

#[test]
fn n_11_a_429_without_any_header() {
    nothing_is_known(Fault::TooManyRequests { retry_after: None }, "rate-limit");
}

#[test]
fn a_429_for_one_question_only() {
    one_is_not_known(Fault::TooManyRequests { retry_after: Some("86400".to_owned()) });
}

#[test]
fn n_15_a_403_of_a_spent_quota_is_no_refusal() {
    let json = r#"{"message":"403 Forbidden"}"#;
    nothing_is_known(status(403, &[JSON, ("RateLimit-Remaining", "0")], json), "rate-limit");
    nothing_is_known(status(403, &[JSON, ("Retry-After", "3600")], json), "rate-limit");
}

#[test]
fn a_quota_that_runs_out_in_the_middle() {
    let rate_limit = Some(RateLimit { limit: 600, remaining: 2, resets_in_seconds: 60, name: "throttle".to_owned() });
    let scene = Scene::of(Scenario { rate_limit, ..Scenario::named("gitlab-19").unwrap() });
    let ran = hurried(&scene);
    ran.exits(3);
    for capability in ["mr.list", "git.clone"] {
        assert_eq!(ran.capability(capability)["verdict"], "unknown", "{capability}");
    }
}

#[test]
fn n_12_two_503_and_then_an_answer() {
    let scene = Scene::broken(vec![FaultPlan::first(2, SELF, status(503, &[("Retry-After", "0")], ""))]);
    hurried(&scene).exits(0).judges("mr.list", "allowed - observed");
    assert_eq!(scene.forge.requests().iter().filter(|seen| seen.target == SELF).count(), 3);
}

#[test]
fn n_13_a_forge_that_keeps_failing() {
    for code in [500, 502, 503, 504, 522] {
        nothing_is_known(status(code, &[("Retry-After", "0")], "oh no"), "unreachable");
    }
    one_is_not_known(status(500, &[("Retry-After", "0")], "oh no"));
}

#[test]
fn n_13_a_forge_that_keeps_failing_is_asked_three_times() {
    let scene = Scene::broken(vec![FaultPlan::always("*", status(500, &[("Retry-After", "0")], ""))]);
    hurried(&scene).exits(3);
    assert_eq!(scene.forge.requests().len(), 3);
}

#[test]
fn statuses_that_no_forge_should_give() {
    for code in [204, 206, 299, 418, 451] {
        let scene = Scene::broken(vec![FaultPlan::always("*", status(code, &[], ""))]).lax();
        let ran = hurried(&scene);
        ran.exits(3);
        for capability in ["mr.list", "mr.create", "git.clone"] {
            assert_eq!(ran.capability(capability)["verdict"], "unknown", "{code} {capability}");
        }
    }
}

#[test]
fn n_18_a_sign_in_page_with_200_is_no_success() {
    nothing_is_known(Fault::SignInPage { code: 200 }, "unusable-answer");
    one_is_not_known(Fault::SignInPage { code: 200 });
}

#[test]
fn n_19_a_sign_in_page_with_203_is_no_success() {
    nothing_is_known(Fault::SignInPage { code: 203 }, "unusable-answer");
    one_is_not_known(Fault::SignInPage { code: 203 });
    one_is_not_known(status(203, &[JSON], "[]"));
}

#[test]
fn git_that_answers_with_a_page_is_no_success() {
    let scene = Scene::broken(vec![FaultPlan::always("/acme/app.git/info/refs", Fault::SignInPage { code: 200 })]);
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("git.clone")["verdict"], "unknown");
}

#[test]
fn n_06_a_server_that_stays_silent() {
    together([true, false], |everywhere| {
        if everywhere {
            nothing_is_known(Fault::Silent, "unreachable");
        } else {
            one_is_not_known(Fault::Silent);
        }
    });
}

#[test]
fn n_06_a_server_that_sends_a_byte_now_and_then() {
    nothing_is_known(Fault::SlowDrip { interval_ms: 300 }, "unreachable");
}

#[test]
fn n_07_a_body_without_end() {
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::EndlessBody)]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
}

#[test]
fn n_07_a_body_that_unpacks_to_a_gibibyte() {
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::GzipBomb { mib: 1024 })]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
}

#[test]
fn n_07_headers_of_a_mebibyte() {
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::HugeHeaders { bytes: 1 << 20 })]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
}

#[test]
fn n_20_connections_that_are_lost() {
    let faults =
        [Fault::ResetBeforeReply, Fault::ResetInBody, Fault::CloseWithoutReply, Fault::HalfHead, Fault::TruncatedBody];
    together(faults.clone(), |fault| nothing_is_known(fault, "unreachable"));
    together(faults, one_is_not_known);
}

#[test]
fn bytes_that_are_no_http() {
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::NotHttp)]).lax();
    let ran = hurried(&scene);
    ran.exits(3);
    assert_eq!(ran.capability("mr.list")["verdict"], "unknown");
}

#[test]
fn n_22_cookies_are_not_sent_back() {
    // The sandbox cannot tell; that the run goes on undisturbed can be seen, and the transport's own tests see the rest.
    let headers = BTreeMap::from([("Set-Cookie".to_owned(), "_gitlab_session=abc; Path=/".to_owned())]);
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::AddHeaders { headers })]);
    hurried(&scene).exits(0);
}

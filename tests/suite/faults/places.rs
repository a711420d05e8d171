//! Redirects, which are never followed, and hosts that are not there.

use std::net::TcpListener;

use hallpass_sandbox::{Fault, FaultPlan};

use super::{hurried, one_is_not_known, together};
use crate::support::hallpass::Scene;

#[test]
fn n_01_a_redirect_to_another_host_brings_it_no_request() {
    together([301, 302, 303, 307, 308], |code| {
        let other = Scene::named("gitlab-19");
        let to = format!("{}/api/v4/personal_access_tokens/self", other.url());
        let scene = Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code, to })]);
        for token in ["dev", "job", "oauth", "deploy"] {
            let call = scene.checking(&scene.token(token), "acme/app", &["mr.list", "git.clone"]);
            let user: &[&str] = if token == "deploy" { &["--username", "gitlab+deploy-token-1"] } else { &[] };
            let ran = call.args(user).go();
            assert_ne!(ran.status, Some(0), "{code} {token}");
            assert_eq!(ran.capability("git.clone")["verdict"], "unknown", "{code} {token}");
        }
        assert!(other.forge.requests().is_empty(), "{:?}", other.forge.requests());
    });
}

#[test]
fn n_02_a_chain_of_redirects_ends_at_its_first_link() {
    let last = Scene::named("gitlab-19");
    let middle = Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 302, to: last.url() })]);
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 302, to: middle.url() })]);
    hurried(&scene).exits(3);
    assert!(middle.forge.requests().is_empty() && last.forge.requests().is_empty());
}

#[test]
fn n_04_a_redirect_on_the_same_host_is_told_and_not_followed() {
    let scene =
        Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 301, to: "/gitlab/api/v4".to_owned() })]);
    hurried(&scene).exits(3).finds("answer-unusable", &["/gitlab/api/v4"]);
    assert_eq!(scene.forge.requests().len(), 1);
}

#[test]
fn a_redirect_for_one_question_only() {
    for code in [301, 302, 307] {
        one_is_not_known(Fault::Redirect { code, to: "https://elsewhere.invalid/sign_in".to_owned() });
    }
}

#[test]
fn a_redirect_whose_place_holds_a_token_does_not_tell_it() {
    let token = Scene::named("gitlab-19").token("dev");
    let to = format!("https://elsewhere.invalid/?private_token={token}");
    hurried(&Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 302, to })])).exits(3);
    let to = format!("https://dev:{token}@elsewhere.invalid/");
    hurried(&Scene::broken(vec![FaultPlan::always("*", Fault::Redirect { code: 302, to })])).exits(3);
}

#[test]
fn n_05_a_port_where_nobody_listens_and_a_name_that_nobody_has() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let scene = Scene::named("gitlab-19");
    together([format!("http://{free}"), "http://no-such-host.invalid".to_owned()], |url| {
        let args = [
            "check",
            "--token-env",
            "TOKEN",
            "--target",
            "acme/app",
            "--needs",
            "mr.list",
            "--format",
            "json",
            "--url",
            &url,
        ];
        let call = scene.plain_run(&args).args(&["--allow-http", &url, "--timeout", "1", "--deadline", "2"]);
        let ran = call.env("TOKEN", scene.token("dev")).go();
        ran.exits(3).judges("mr.list", "unknown unreachable inferred").finds("host-unreachable", &[]);
    });
}

#[test]
fn plain_http_needs_a_word() {
    let scene = Scene::named("gitlab-19");
    let args = [
        "check",
        "--token-env",
        "TOKEN",
        "--target",
        "acme/app",
        "--needs",
        "mr.list",
        "--format",
        "json",
        "--url",
        &scene.url(),
    ];
    let ran = scene.plain_run(&args).env("TOKEN", scene.token("dev")).go();
    ran.exits(2).complains("unencrypted");
    assert!(scene.forge.requests().is_empty());
}

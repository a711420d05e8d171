//! The sandbox's GitHub against the official description of GitHub's API: Prism stands between and judges both sides.

use hallpass::wiring::Library;
use hallpass_sandbox::{Sandbox, Scenario};

use crate::support::hallpass::{Call, Scene};
use crate::support::prism::Prism;
use crate::support::sandbox_routes::{ask, routes};

/// Those who are refused, each in another way. Every route is asked by one of them, which is enough for a shape.
const OTHERS: [Option<&str>; 4] = [Some("expired"), Some("job-none"), Some("no-scopes"), None];

#[test]
fn every_answer_of_the_sandbox_is_one_that_github_describes() {
    let sandbox = Sandbox::start(Scenario::named("github.com").unwrap());
    let Some(prism) = Prism::before(&sandbox.url()) else { return };
    let mut judged = 0;
    let routes = routes();
    let reads = routes.iter().filter(|route| route.method == "GET" || route.has("evaluates"));
    for (route, other) in reads.zip(OTHERS.iter().cycle()) {
        let path = route.example();
        let body = if route.method == "GET" { "" } else { r#"{"tag_name":"v2.0.0"}"# };
        for token in [Some(route.token()), *other] {
            let text = token.map(|name| sandbox.token(name));
            let (status, answer) = ask(&prism.url(), &route.method, &path, text.as_deref(), body);
            assert!(token == *other || status == 200, "{} {path}: {status} {answer}", route.method);
            judged += 1;
        }
    }
    assert_eq!(prism.complaints(), Vec::<String>::new());
    let passed = sandbox.requests().iter().filter(|seen| seen.target.starts_with("/api/v3")).count();
    assert_eq!(passed, judged, "every request passed");
    assert!(judged > 130, "{judged}");
}

/// What hallpass asks for each capability, and what it is answered. Requests that cannot succeed are wrong on purpose
/// and stay out.
#[test]
fn every_request_of_hallpass_is_one_that_github_describes() {
    let scene = Scene::named("github.com").lax();
    let Some(prism) = Prism::before(&scene.url()) else { return };
    let library = Library::read().unwrap();
    let rows = &library.forge("github").unwrap().catalogue().rows;
    let needs: Vec<String> = rows.keys().map(|capability| format!("--needs={}", capability.as_str())).collect();
    let url = format!("--url={}", prism.url());
    let plain = format!("--allow-http={}", prism.url());
    for (token, target) in [
        ("classic", "acme/app"),
        ("owner", "acme/app"),
        ("no-scopes", "acme/app"),
        ("expired", "acme/app"),
        ("fine-grained", "acme/app"),
        ("installation", "acme/app"),
        ("narrowed", "acme/app"),
        ("app-user", "acme/app"),
        ("oauth", "acme/app"),
        ("job-read-all", "acme/app"),
        ("sso-classic", "sso-corp/app"),
        ("public-only", "acme/open"),
    ] {
        let given =
            ["check", "--forge=github", "--token-env=TOKEN", "--target", target, "--probe=dry-run", &plain, &url];
        let call = scene.plain_run(&given).args(&["--format=json"]);
        let ran = needs.iter().fold(call, Call::arg).env("TOKEN", scene.token(token)).go();
        assert!(ran.json()["summary"]["requests"].as_u64().unwrap() > 0, "{token}");
        assert_eq!(prism.complaints(), Vec::<String>::new(), "{token}");
    }
    assert!(scene.forge.unplanned().iter().all(|seen| seen.target == "/marker"), "{:#?}", scene.forge.unplanned());
    assert!(scene.forge.violations().is_empty());
    let seen = scene.forge.requests().len();
    assert!(seen > 200, "only {seen} requests");
}

#[test]
fn a_wrong_request_is_complained_of() {
    let sandbox = Sandbox::start(Scenario::named("github.com").unwrap());
    let Some(prism) = Prism::before(&sandbox.url()) else { return };
    let token = sandbox.token("owner");
    ask(&prism.url(), "POST", "/repos/acme/app/releases/generate-notes", Some(&token), r#"{"tag":"v2.0.0"}"#);
    let complaints = prism.complaints();
    assert!(complaints.iter().any(|complaint| complaint.contains("tag_name")), "{complaints:?}");
}

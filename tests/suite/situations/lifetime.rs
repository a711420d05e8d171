//! How long a token lives, and what its owner demands of that.

use hallpass_sandbox::Scenario;

use crate::support::hallpass::{Ran, Scene};

/// `check` of the token under the `expiry` of a configuration.
fn under(token: &str, expiry: &str) -> Ran {
    let scene = Scene::named("gitlab-19");
    let clause = format!("expiry: {expiry}");
    scene.configure(&["target: acme/app", "token: { env: BOT_TOKEN }", "needs: [mr.list]", &clause]);
    scene.run(&["check", "--format", "json"]).env("BOT_TOKEN", scene.token(token)).go()
}

#[test]
fn a_token_that_is_going_to_expire_is_told_with_its_line() {
    let ran = under("last-day", "{ warn: 30d }");
    ran.exits(0).finds("token-expiring", &["2026-11-21"]);
    let finding = ran.finding("token-expiring");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["location"]["file"], "hallpass.yml");
    assert!(finding["location"]["line"].as_u64().unwrap() >= 9, "{finding:#}");
    assert_eq!(ran.json()["status"], "warn");
}

#[test]
fn a_token_that_ends_within_the_days_that_fail() {
    let ran = under("last-day", "{ warn: 30d, fail: 7d }");
    ran.exits(1).finds("token-expiring", &["2026-11-21"]);
    assert_eq!(ran.finding("token-expiring")["severity"], "error");
}

#[test]
fn a_token_that_has_long_to_live_is_left_alone() {
    let ran = under("project-bot", "{ warn: 30d, fail: 7d }");
    ran.exits(0);
    assert!(!ran.rules().iter().any(|rule| rule.starts_with("token-")), "{:?}", ran.rules());
}

#[test]
fn t_01_a_token_dies_at_the_start_of_its_day() {
    under("expired", "{ warn: 30d }").exits(1).finds("token-expired", &["expired"]);
    assert_eq!(under("last-day", "{ warn: 1d }").token()["days_left"], 0);
}

#[test]
fn a_token_that_never_expires() {
    let ran = under("endless", "{ warn: 30d }");
    ran.exits(0);
    assert_eq!(ran.token()["expires_at"], "never");
    under("endless", "{ required: true }").exits(1).finds("token-no-expiry", &["never"]);
}

#[test]
fn a_token_that_lives_longer_than_allowed() {
    let ran = under("project-bot", "{ max: 30d }");
    ran.finds("token-lifetime-too-long", &["30"]);
    assert_eq!(ran.finding("token-lifetime-too-long")["severity"], "warning");
    ran.exits(0);
}

#[test]
fn a_personal_token_in_a_pipeline_is_a_warning() {
    let scene = Scene::named("gitlab-19");
    let args = ["check", "--token-env", "BOT_TOKEN", "--needs", "mr.list", "--format", "json"];
    let run =
        |token: &str| scene.run(&args).job("job", "acme/app", 201, "19.3.0").env("BOT_TOKEN", scene.token(token)).go();
    let ran = run("owner");
    ran.exits(0).finds("token-personal-in-ci", &["`owner-1`"]);
    assert!(!run("project-bot").rules().contains(&"token-personal-in-ci".to_owned()));
    // On one's own machine it is what it is for.
    assert!(!scene.check("owner", "acme/app", &["mr.list"]).rules().contains(&"token-personal-in-ci".to_owned()));
}

#[test]
fn t_06_the_clock_of_the_forge_counts_and_the_difference_is_told() {
    let now = "2026-11-20T13:00:00Z".parse().unwrap();
    let scene = Scene::of(Scenario { now, ..Scenario::named("gitlab-19").unwrap() });
    let args = ["check", "--token-env", "TOKEN", "--target", "acme/app", "--url", &scene.url(), "--needs", "mr.list"];
    scene.run(&args).env("TOKEN", scene.token("dev")).go().exits(0).says("clock");
    let ran = scene.check("dev", "acme/app", &["mr.list"]);
    assert_eq!(ran.exits(0).token()["days_left"], 71);
}

#[test]
fn t_03_an_expiry_that_nobody_can_read_is_not_never() {
    for date in ["\"2027-02-29\"", "\"\"", "20270131", "\"soon\""] {
        let body = format!(
            r#"{{"id":1,"name":"x","scopes":["api"],"user_id":101,"active":true,"revoked":false,"expires_at":{date}}}"#
        );
        let scene = Scene::answering("/api/v4/personal_access_tokens/self", 200, &body);
        scene.configure(&["target: acme/app", "token: { env: T }", "needs: [mr.list]", "expiry: { required: true }"]);
        let ran = scene.run(&["check", "--format", "json"]).env("T", scene.token("dev")).go();
        assert_ne!(ran.token()["expires_at"], "never", "{date}");
        assert!(!ran.rules().contains(&"token-no-expiry".to_owned()), "{date}: {:?}", ran.rules());
        assert!(!ran.rules().is_empty(), "{date}: nothing was told");
    }
}

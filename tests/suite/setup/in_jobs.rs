//! Inside CI jobs, where Git often has a token before any helper is asked.

use std::fs;

use super::{fill, home, repository, text, well};
use crate::support::git_server::{Plan, Right};
use crate::support::helper::Home;

/// A checkout as GitLab Runner leaves it.
fn checkout(url: &str) -> Home {
    let home = home().in_job(url, "canary-job");
    repository(&home);
    let host = url.trim_start_matches("https://");
    well(&home.git(&["remote", "add", "origin", &format!("{url}/group/app.git")]));
    well(&home.git(&["config", &format!("url.https://gitlab-ci-token:canary-job@{host}.insteadOf"), url]));
    home
}

#[test]
fn the_runners_rewrite_is_named_and_left() {
    let home = checkout("https://a.test");
    let before = text(&home.work().join(".git/config"));
    let ran = home.hallpass(&["setup"]);
    well(&ran);
    assert!(ran.text().contains("  https://a.test"), "the platform's own origin: {}", ran.text());
    assert!(
        ran.stderr.contains("without asking anybody: `insteadOf` in ") && ran.stderr.contains("--take-over"),
        "{}",
        ran.stderr
    );
    assert_eq!(text(&home.work().join(".git/config")), before);
    let url = home.git(&["ls-remote", "--get-url", "origin"]).text();
    assert!(url.contains("gitlab-ci-token"), "not asked to");
}

#[test]
fn on_demand_the_rewrite_is_put_out_of_force_and_undone() {
    let server = Plan::new()
        .account("gitlab-ci-token", "canary-job", Right::Read)
        .account("hallpass", "canary-work", Right::Write)
        .start();
    server.repository("group/app.git");
    let url = server.url("");
    let url = url.trim_end_matches('/');
    let home = checkout(url).trusting(&server).with("WORK_TOKEN", "canary-work");
    fs::remove_file(home.home().join(".gitconfig")).unwrap();
    home.configure(&format!(
        "version: 1\nconnections:\n  work: {{ forge: gitlab, url: '{url}', token: {{ env: WORK_TOKEN }} }}\n"
    ));
    well(&home.hallpass(&["setup"]));
    well(&home.git(&["ls-remote", "origin"]));
    assert_eq!(server.seen().last().unwrap().shown().unwrap().0, "gitlab-ci-token");
    let ran = home.hallpass(&["setup", "--take-over"]);
    well(&ran);
    assert!(ran.text().contains("put out of force: `insteadOf`"), "{}", ran.text());
    server.forget();
    well(&home.git(&["ls-remote", "origin"]));
    assert!(
        server.seen().iter().filter_map(crate::support::git_server::Seen::shown).all(|(user, _)| user == "hallpass")
    );
    let again = home.hallpass(&["setup", "--take-over"]);
    assert!(again.text().contains("nothing to change"), "{}", again.text());
    well(&home.hallpass(&["setup", "--undo"]));
    server.forget();
    well(&home.git(&["ls-remote", "origin"]));
    assert_eq!(server.seen().last().unwrap().shown().unwrap().0, "gitlab-ci-token");
}

#[test]
fn e05_a_header_left_by_a_checkout_is_named_and_ended_on_demand() {
    let server = Plan::new().account("hallpass", "canary-work", Right::Read).start();
    server.repository("group/app.git");
    let url = server.url("");
    let url = url.trim_end_matches('/');
    let home = home().trusting(&server).with("WORK_TOKEN", "canary-work");
    home.configure(&format!(
        "version: 1\nconnections:\n  work: {{ forge: gitlab, url: '{url}', token: {{ env: WORK_TOKEN }} }}\n"
    ));
    fs::remove_file(home.home().join(".gitconfig")).unwrap();
    repository(&home);
    well(&home.git(&["remote", "add", "origin", &format!("{url}/group/app.git")]));
    well(&home.git(&["config", &format!("http.{url}/.extraheader"), "AUTHORIZATION: basic Y2FuYXJ5OmNhbmFyeQ=="]));
    let ran = home.hallpass(&["setup"]);
    well(&ran);
    assert!(
        ran.stderr.contains("`http.extraHeader` in ") && ran.stderr.contains("persist-credentials"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("Y2Fu"));
    // The user's file comes before the repository's.
    let ran = home.hallpass(&["setup", "--take-over"]);
    assert!(ran.stderr.contains("`http.extraHeader` in "), "{}", ran.stderr);
    let ran = home.hallpass(&["setup", "--local", "--take-over"]);
    well(&ran);
    assert!(ran.text().contains("put out of force: `http.extraHeader`"), "{}", ran.text());
    well(&home.git(&["ls-remote", "origin"]));
    assert!(
        server.seen().iter().filter_map(crate::support::git_server::Seen::shown).all(|(user, _)| user == "hallpass")
    );
}

#[test]
fn r02_the_jobs_own_token_answers_after_setup() {
    let home = home().in_job("https://a.test", "canary-job");
    well(&home.hallpass(&["setup"]));
    let filled = fill(&home, "", "https://a.test/group/app.git");
    assert_eq!(filled.value("username").as_deref(), Some("gitlab-ci-token"));
    assert_eq!(fill(&home, "", "https://gitlab.com/group/app.git").value("password"), None);
}

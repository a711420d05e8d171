//! Real Git does what the diagnosis says, against a real server.

use super::before::json;
use crate::support::git_server::{GitServer, Plan, Right, Seen};
use crate::support::helper::{Home, PROGRAM};

const TOKENS: [(&str, &str); 5] = [
    ("hallpass", "canary-hallpass"),
    ("gitlab-ci-token", "canary-runner"),
    ("header", "canary-header"),
    ("netrc", "canary-netrc"),
    ("stored", "canary-stored"),
];

fn server() -> GitServer {
    let plan = TOKENS.iter().fold(Plan::new(), |plan, (user, token)| plan.account(user, token, Right::Read));
    let server = plan.start();
    server.repository("group/app.git");
    server
}

/// A home whose hallpass is asked after `git credential-store`.
fn home(server: &GitServer) -> Home {
    let home = Home::configured(&format!(
        "version: 1\nconnections:\n  bot:\n    forge: gitlab\n    url: {}\n    username: hallpass\n    token: {{ env: BOT }}\n",
        server.url("").trim_end_matches('/')
    ));
    let home = home.trusting(server).with("BOT", "canary-hallpass");
    home.helped_by(&["store", &format!("{PROGRAM} credential")]);
    home.git(&["init", "-q"]);
    home
}

/// Who answers by the diagnosis, and who was accepted when Git fetched. Netrc is not bound to a port, so `127.0.0.1`.
#[track_caller]
fn agree(home: &Home, server: &GitServer, sort: &str, user: &str) {
    let address = server.url("group/app.git");
    let seen = json(&home.hallpass(&["doctor", "--offline", "--format", "json", &address]));
    let way = &seen["ways"][0];
    let link = way["chain"].as_array().unwrap().iter().find(|link| link["name"] == way["answer"]).unwrap();
    assert_eq!(link["sort"], sort, "{seen:#}");
    server.forget();
    let ran = home.git(&["ls-remote", &address]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let last = server.seen().iter().rev().find_map(Seen::shown).map(|(user, _)| user);
    assert_eq!(last.as_deref(), Some(user));
}

#[test]
fn git_takes_the_first_that_answers_and_so_says_the_doctor() {
    let server = server();
    let home = home(&server);
    let origin = server.url("").trim_end_matches('/').to_owned();
    agree(&home, &server, "hallpass", "hallpass");

    home.write(".git-credentials", format!("{}\n", origin.replace("://", "://stored:canary-stored@")));
    agree(&home, &server, "helper", "stored");

    let rewrite = format!("url.{}.insteadOf", origin.replace("://", "://gitlab-ci-token:canary-runner@"));
    home.git(&["config", &rewrite, &origin]);
    agree(&home, &server, "address", "gitlab-ci-token");

    let key = format!("http.{origin}/.extraheader");
    home.git(&["config", &key, "Authorization: Basic aGVhZGVyOmNhbmFyeS1oZWFkZXI="]);
    agree(&home, &server, "header", "header");
}

#[test]
fn an_account_in_netrc_goes_before_helpers_and_after_the_address() {
    let server = server();
    let home = home(&server);
    home.write(".netrc", "machine 127.0.0.1 login netrc password canary-netrc\n");
    agree(&home, &server, "netrc", "netrc");
    let origin = server.url("").trim_end_matches('/').to_owned();
    let rewrite = format!("url.{}.insteadOf", origin.replace("://", "://gitlab-ci-token:canary-runner@"));
    home.git(&["config", &rewrite, &origin]);
    agree(&home, &server, "address", "gitlab-ci-token");
}

#[test]
fn the_way_out_of_the_runners_rewrite_works_with_git() {
    let server = server();
    let home = home(&server);
    let origin = server.url("").trim_end_matches('/').to_owned();
    let rewrite = format!("url.{}.insteadOf", origin.replace("://", "://gitlab-ci-token:canary-runner@"));
    home.git(&["config", &rewrite, &origin]);
    let address = server.url("group/app.git");
    let seen = json(&home.hallpass(&["doctor", "--offline", "--format", "json", &address]));
    let fix = seen["report"]["findings"][0]["fix"].as_str().unwrap();
    let (ours, by_hand) = fix.split_once(", or by hand: ").unwrap();
    let settings = std::fs::read(home.home().join(".gitconfig")).unwrap();
    assert_eq!(home.shell(by_hand, b"").status, 0, "{by_hand}");
    agree(&home, &server, "hallpass", "hallpass");
    home.write(".gitconfig", settings);
    agree(&home, &server, "address", "gitlab-ci-token");
    let words: Vec<&str> = ours.split(' ').skip(1).collect();
    let ran = home.hallpass(&words);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    agree(&home, &server, "hallpass", "hallpass");
}

/// The certificate is the one that Git was told to trust; the forge is not known, so nothing but Git's own discovery.
#[test]
fn at_an_unknown_forge_gits_own_discovery_tells() {
    let server = server();
    let home = home(&server);
    home.configure("version: 1\nconnections: {}\n");
    let origin = server.url("").trim_end_matches('/').to_owned();
    let address = server.url("group/app.git");
    let verdicts = |home: &Home| {
        let ran = home.hallpass(&["doctor", "--format", "json", &address]);
        let seen = json(&ran);
        let empty = Vec::new();
        let capabilities = seen["report"]["connections"][0]["capabilities"].as_array().unwrap_or(&empty).clone();
        let told =
            |one: &serde_json::Value| format!("{} {} {}", one["id"], one["verdict"], one["layer"]).replace('"', "");
        (ran.status, capabilities.iter().map(told).collect::<Vec<_>>(), seen)
    };
    let (status, told, seen) = verdicts(&home);
    assert_eq!((status, told.len()), (1, 0), "{seen:#}");
    assert_eq!(seen["report"]["findings"][0]["rule"], "token-missing");

    home.write(".git-credentials", format!("{}\n", origin.replace("://", "://stored:canary-stored@")));
    let (status, told, seen) = verdicts(&home);
    assert_eq!(told, ["git.clone allowed null", "git.push denied permission"], "{seen:#}");
    assert_eq!(status, 0);

    home.write(".git-credentials", format!("{}\n", origin.replace("://", "://stored:canary-stale@")));
    let (status, told, seen) = verdicts(&home);
    assert_eq!((status, told), (1, vec!["git.clone denied rejected".to_owned()]), "{seen:#}");
    assert_eq!(seen["report"]["findings"][0]["rule"], "token-rejected");
}

#[test]
fn where_everybody_may_fetch_git_asks_nobody() {
    let server = Plan::new().public().start();
    server.repository("group/app.git");
    let home = home(&server);
    home.configure("version: 1\nconnections: {}\n");
    let ran = home.hallpass(&["doctor", "--format", "json", &server.url("group/app.git")]);
    let seen = json(&ran);
    assert_eq!((&seen["ways"][0]["public"], ran.status), (&true.into(), 0), "{seen:#}");
}

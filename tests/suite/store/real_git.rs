//! Real Git, whose user types a token once.

use super::Keeper;
use crate::support::git_server::{GitServer, Plan, Right, Seen};
use crate::support::helper::{PROGRAM, Ran};

const WRITER: &str = "canary-writer-token";

fn server(token: &str) -> GitServer {
    let server = Plan::new().account("me", token, Right::Write).start();
    server.repository("group/app.git");
    server
}

/// A user of the server's Git who types this when asked.
fn typing(store: &'static str, server: &GitServer, token: &str) -> Keeper {
    let mut keeper = Keeper::new(store);
    let home = keeper.home.trusting(server);
    home.helped_by(&[&format!("!{PROGRAM} credential --store {store}")]);
    keeper.home = home;
    types(&mut keeper, token);
    keeper
}

/// From now on nothing else is typed, and `typed` has a line for each question.
fn types(keeper: &mut Keeper, token: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let typed = keeper.home.home().join("typed");
    let script = format!(
        "#!/bin/sh\necho \"$1\" >>'{}'\ncase \"$1\" in Username*) echo me;; *) echo '{token}';; esac\n",
        typed.display()
    );
    let path = keeper.home.write("askpass", script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    keeper.home.set("GIT_ASKPASS", path);
}

fn questions(keeper: &Keeper) -> usize {
    std::fs::read_to_string(keeper.home.home().join("typed")).unwrap_or_default().lines().count()
}

fn ask(keeper: &Keeper, server: &GitServer) -> Ran {
    keeper.home.git(&["ls-remote", &server.url("group/app.git")])
}

#[test]
fn what_is_typed_once_is_not_asked_again_and_what_is_refused_is_erased() {
    for store in ["file", "plain"] {
        let server = server(WRITER);
        let mut keeper = typing(store, &server, WRITER);
        for _ in 0..2 {
            let ran = ask(&keeper, &server);
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            assert!(!ran.stderr.contains("hallpass"), "{}", ran.stderr);
        }
        assert_eq!(questions(&keeper), 2, "user name and password, once");

        let host = server.url("").trim_end_matches('/').trim_start_matches("https://").to_owned();
        assert_eq!(keeper.token(&host).as_deref(), Some(WRITER));
        let wrong = format!("protocol=https\nhost={host}\nusername=me\npassword=canary-revoked\n");
        keeper.run("store", &wrong).quietly();
        types(&mut keeper, "canary-still-wrong");
        assert_ne!(ask(&keeper, &server).status, 0);
        assert_eq!(keeper.token(&host), None, "the refused one is erased, and what was typed was refused too");
        types(&mut keeper, WRITER);
        assert_eq!(ask(&keeper, &server).status, 0);
        assert_eq!(keeper.token(&host).as_deref(), Some(WRITER));
        let shown: Vec<_> = server.seen().iter().filter_map(Seen::shown).collect();
        assert!(shown.iter().any(|(user, token)| user == "me" && token == "canary-revoked"));
    }
}

#[test]
fn a_failed_sign_in_is_not_kept() {
    let server = server(WRITER);
    let keeper = typing("file", &server, "canary-wrong");
    assert_ne!(ask(&keeper, &server).status, 0);
    assert!(!keeper.folder().exists());
}

//! The steps that Git's authors ask of every helper that keeps things, taken by `git credential fill`, `approve` and
//! `reject` of every Git at hand: each test names what such a helper must do.

use super::Keeper;
use crate::support::git_server;
use crate::support::helper::PROGRAM;

/// A home in which only the helper and a typist who is never at a loss know passwords.
struct Desk {
    keeper: Keeper,
}

impl Desk {
    fn new(store: &'static str, path: &std::ffi::OsStr) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let mut keeper = Keeper::new(store);
        keeper.home.helped_by(&[&format!("!{PROGRAM} credential --store {store}")]);
        let script = "#!/bin/sh\necho \"asked: $1\" >&2\ncase \"$1\" in\nUsername*) echo typed-username;;\n\
                      *) echo typed-password;;\nesac\n";
        let typist = keeper.home.write("typist", script);
        std::fs::set_permissions(&typist, std::fs::Permissions::from_mode(0o755)).unwrap();
        keeper.home.set("GIT_ASKPASS", typist);
        keeper.home.set("GIT_CONFIG_NOSYSTEM", "1");
        keeper.home.set("PATH", path);
        Self { keeper }
    }

    fn git(&self, verb: &str, more: &[&str], lines: &str) -> (String, String) {
        let ran = self.keeper.home.git_in("", &[more, &["credential", verb]].concat(), lines.as_bytes());
        assert_eq!(ran.status, 0, "{verb} {lines}: {}", ran.stderr);
        (ran.text(), ran.stderr)
    }

    #[track_caller]
    fn silently(&self, verb: &str, lines: &str) {
        assert_eq!(self.git(verb, &["-c", "credential.useHttpPath=true"], lines), <_>::default(), "{verb} {lines}");
    }

    #[track_caller]
    fn approve(&self, lines: &str) {
        self.silently("approve", lines);
    }

    #[track_caller]
    fn reject(&self, lines: &str) {
        self.silently("reject", lines);
    }

    /// The helper knows: the request comes back with these lines, and nobody is asked.
    #[track_caller]
    fn knows(&self, request: &str, more: &str) {
        let (said, asked) = self.git("fill", &["-c", "credential.useHttpPath=true"], request);
        assert_eq!((sorted(&said), asked.as_str()), (sorted(&format!("{request}{more}")), ""), "{request}");
    }

    /// The helper says nothing on either stream, so Git asks the typist this many questions.
    #[track_caller]
    fn asks(&self, request: &str, questions: usize) {
        let (said, asked) = self.git("fill", &["-c", "credential.useHttpPath=true"], request);
        assert!(said.contains("password=typed-password\n"), "{request}: {said}");
        assert_eq!(asked.lines().count(), questions, "{asked}");
        assert!(asked.lines().all(|line| line.starts_with("asked: ")), "{asked}");
    }

    fn understands(&self, capability: &str) -> bool {
        let ran = self.keeper.home.git(&["credential", "capability"]);
        ran.text().contains(&format!("capability {capability}\n"))
    }
}

/// Git has an order of its own.
fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// With every store that needs no desktop, for every Git that is installed here.
fn desks() -> Vec<Desk> {
    let own = git_server::path();
    let mut paths = vec![own];
    if std::path::Path::new("/usr/bin/git").is_file() {
        paths.push("/usr/bin:/bin".into());
    }
    paths.iter().flat_map(|path| ["file", "plain"].map(|store| Desk::new(store, path))).collect()
}

const HOST: &str = "protocol=https\nhost=example.com\n";

fn user(name: &str) -> String {
    format!("{HOST}username={name}\n")
}

#[test]
fn what_is_approved_is_known_for_this_protocol_host_and_user_alone() {
    for desk in desks() {
        desk.asks(HOST, 2);
        desk.approve(&format!("{HOST}username=me\npassword=canary-1\n"));
        desk.knows(HOST, "username=me\npassword=canary-1\n");
        desk.knows(&user("me"), "password=canary-1\n");
        desk.asks("protocol=http\nhost=example.com\n", 2);
        desk.asks("protocol=https\nhost=other.example\n", 2);
        desk.asks(&user("other"), 1);
    }
}

#[test]
fn a_path_that_git_sends_is_part_of_the_question() {
    for desk in desks() {
        let path = |path: &str| format!("protocol=http\nhost=path.example\npath={path}\n");
        desk.approve(&format!("{}username=me\npassword=canary-1\n", path("foo.git")));
        desk.knows(&path("foo.git"), "username=me\npassword=canary-1\n");
        desk.asks(&path("bar.git"), 2);
    }
}

#[test]
fn what_is_approved_later_takes_the_place_of_what_was_before() {
    for desk in desks() {
        for password in ["canary-1", "canary-2"] {
            desk.approve(&format!("{}password={password}\n", user("me")));
            desk.knows(&user("me"), &format!("password={password}\n"));
        }
        desk.reject(&format!("{}password=canary-2\n", user("me")));
        desk.asks(&user("me"), 1);
    }
}

#[test]
fn a_host_is_forgotten_with_all_its_users_and_a_user_alone() {
    for desk in desks() {
        let both = || {
            desk.approve(&format!("{}password=canary-1\n", user("one")));
            desk.approve(&format!("{}password=canary-2\n", user("two")));
        };
        both();
        desk.knows(&user("one"), "password=canary-1\n");
        desk.knows(&user("two"), "password=canary-2\n");
        desk.reject(&user("one"));
        desk.asks(&user("one"), 1);
        desk.knows(&user("two"), "password=canary-2\n");
        both();
        desk.reject(HOST);
        desk.asks(HOST, 2);
    }
}

#[test]
fn a_password_other_than_the_rejected_one_stays() {
    for desk in desks() {
        desk.approve(&format!("{}password=canary-1\n", user("me")));
        desk.reject(&format!("{}password=canary-2\n", user("me")));
        desk.knows(&user("me"), "password=canary-1\n");
    }
}

#[test]
fn p19_an_account_without_name_and_password_is_kept() {
    for desk in desks() {
        desk.approve("protocol=https\nhost=sso.example\nusername=\npassword=\n");
        desk.knows("protocol=https\nhost=sso.example\n", "username=\npassword=\n");
    }
}

#[test]
fn p11_a_header_of_any_length_names_no_host() {
    for desk in desks() {
        let victim = "protocol=https\nhost=victim.example\n";
        desk.approve(&format!("{victim}username=me\npassword=canary-1\n"));
        // Up to the longest line that Git's own tests are told to try, and around the sizes of usual buffers.
        for length in [1024, 4096, 8192, 65_520, 65_536] {
            let filling = "a".repeat(length - 23);
            let header = format!("wwwauth[]=basic realm={filling}host=victim.example\n");
            desk.asks(&format!("protocol=https\nhost=rogue.example\n{header}"), 2);
            // Older Gits do not pass it on and say nothing of it.
            let (said, asked) = desk.git("fill", &[], &format!("{victim}{header}"));
            assert!(said.contains("password=canary-1\n") && asked.is_empty(), "{length}: {asked}");
        }
    }
}

#[test]
fn an_end_and_a_refresh_token_are_kept_and_replaced() {
    for desk in desks().iter().filter(|desk| desk.understands("authtype")) {
        let lines = |password: &str, end: &str| format!("password={password}\npassword_expiry_utc={end}\n");
        for (password, end) in [("canary-1", "9999999998"), ("canary-2", "9999999999")] {
            desk.approve(&format!("{}{}", user("me"), lines(password, end)));
            desk.knows(&user("me"), &lines(password, end));
        }
        desk.reject(&format!("{}password=canary-2\n", user("me")));
        desk.asks(&user("me"), 1);
        let refreshed = "password=canary-3\noauth_refresh_token=canary-4\n";
        desk.approve(&format!("{}{refreshed}", user("you")));
        desk.knows(&user("you"), refreshed);
    }
}

#[test]
fn an_authorization_header_is_kept_for_its_user_and_those_who_take_one() {
    for desk in desks().iter().filter(|desk| desk.understands("authtype")) {
        let host = "capability[]=authtype\nprotocol=https\nhost=git.example\n";
        let header = |token: &str| format!("authtype=Bearer\ncredential={token}\n");
        desk.approve(&format!("{host}{}", header("canary-1")));
        desk.knows(host, &header("canary-1"));
        desk.asks("protocol=https\nhost=git.example\n", 2);
        let named = |name: &str| format!("{host}username={name}\n");
        desk.approve(&format!("{}{}", named("me"), header("canary-2")));
        desk.knows(&named("me"), &header("canary-2"));
        desk.asks(&named("you"), 1);
    }
}

#[test]
fn p20_what_is_for_the_moment_is_not_kept() {
    for desk in desks().iter().filter(|desk| desk.understands("authtype")) {
        let host = "capability[]=authtype\nprotocol=https\nhost=git.example\n";
        desk.approve(&format!("{host}ephemeral=1\nauthtype=Bearer\ncredential=canary-1\n"));
        desk.asks(host, 2);
        desk.approve(&format!("{host}ephemeral=1\nusername=me\npassword=canary-1\n"));
        desk.asks(host, 2);
    }
}

#[test]
fn what_is_kept_for_a_time_is_gone_after_it() {
    for mut desk in desks() {
        let store = desk.keeper.store;
        desk.keeper.home.helped_by(&[&format!("!{PROGRAM} credential --store {store} --lifetime 1s")]);
        // Git has a clock of its own, which is behind this one.
        desk.keeper.home.set("HALLPASS_NOW", "2199-01-01T00:00:00Z");
        desk.approve(&format!("{}password=canary-1\n", user("me")));
        let (said, asked) = desk.git("fill", &[], &user("me"));
        assert!(said.contains("password=canary-1\n") && asked.is_empty(), "{said}{asked}");
        desk.keeper.home.set("HALLPASS_NOW", "2199-01-01T00:00:02Z");
        desk.asks(&user("me"), 1);
    }
}

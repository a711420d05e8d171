//! Real Git against a real server: what people type, and what the server sees.

use crate::support::git_server::{GitServer, Plan, Right, Seen};
use crate::support::helper::{Home, PROGRAM, Ran, link};

const WRITER: &str = "canary-writer-token";
const READER: &str = "canary-reader-token";
const JOB: &str = "canary-job-token";
const STALE: &str = "canary-stale-token";

pub(super) fn server() -> GitServer {
    let plan = Plan::new().account("hallpass", WRITER, Right::Write).account("hallpass", READER, Right::Read).account(
        "gitlab-ci-token",
        JOB,
        Right::Write,
    );
    let server = plan.start();
    server.repository("group/app.git");
    server
}

/// One connection to this server, whose token is in `BOT`.
pub(super) fn configuration(server: &GitServer) -> String {
    format!(
        "version: 1\nconnections:\n  bot:\n    forge: gitlab\n    url: {}\n    token: {{ env: BOT }}\n",
        server.url("").trim_end_matches('/')
    )
}

fn bot(server: &GitServer, token: &str) -> Home {
    Home::configured(&configuration(server)).trusting(server).with("BOT", token)
}

#[track_caller]
pub(super) fn works(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("hallpass:"), "{}", ran.stderr);
}

/// The accounts that were shown, in their order, without repetitions.
pub(super) fn shown(server: &GitServer) -> Vec<(String, String)> {
    let mut shown: Vec<_> = server.seen().iter().filter_map(Seen::shown).collect();
    shown.dedup();
    shown
}

fn account(user: &str, token: &str) -> (String, String) {
    (user.to_owned(), token.to_owned())
}

fn clone(home: &Home, server: &GitServer) -> Ran {
    home.git(&["clone", "-q", &server.url("group/app.git"), "app"])
}

/// Commits this file and pushes it.
fn push(home: &Home, content: &[u8]) -> Ran {
    std::fs::write(home.work().join("app/file"), content).unwrap();
    works(&home.git_in("app", &["add", "file"], b""));
    works(&home.git_in("app", &["commit", "-q", "-m", "more"], b""));
    home.git_in("app", &["push", "-q", "origin", "main"], b"")
}

#[test]
fn a_writer_clones_fetches_and_pushes() {
    let server = server();
    let home = bot(&server, WRITER);
    works(&clone(&home, &server));
    works(&push(&home, b"new"));
    works(&home.git_in("app", &["fetch", "-q"], b""));
    assert_eq!(shown(&server), [account("hallpass", WRITER)]);
    assert!(server.seen()[0].authorization.is_none(), "Git asks without a token first");
}

#[test]
fn a_reader_clones_and_its_push_is_refused_once() {
    let server = server();
    let home = bot(&server, READER);
    works(&clone(&home, &server));
    server.forget();
    let refused = push(&home, b"new");
    assert_eq!(refused.status, 128);
    assert!(refused.stderr.contains("403"), "{}", refused.stderr);
    let forbidden = server.seen().iter().filter(|seen| seen.status == 403).count();
    assert_eq!(forbidden, 1);
}

#[test]
fn git_calls_it_by_name_by_path_and_as_a_command() {
    let server = server();
    let mut home = bot(&server, READER);
    let folder = home.home();
    let path = link(&folder);
    let paths = std::env::join_paths(
        std::iter::once(folder).chain(std::env::split_paths(&home.variables[std::ffi::OsStr::new("PATH")])),
    );
    home.set("PATH", paths.unwrap());
    for helper in ["hallpass", path.to_str().unwrap(), &format!("!{PROGRAM} credential --store none")] {
        home.helped_by(&[helper]);
        works(&home.git(&["ls-remote", "-q", &server.url("group/app.git")]));
    }
    assert_eq!(server.seen().iter().filter(|seen| seen.status == 200).count(), 6);
}

#[test]
fn a_job_needs_no_configuration() {
    let server = server();
    let home = Home::new().trusting(&server).in_job(server.url("").trim_end_matches('/'), JOB);
    works(&clone(&home, &server));
    works(&push(&home, b"new"));
    assert_eq!(shown(&server), [account("gitlab-ci-token", JOB)]);
}

#[test]
fn a_push_too_large_for_one_request_works() {
    let server = server();
    let home = Home::new().trusting(&server).in_job(server.url("").trim_end_matches('/'), JOB);
    works(&clone(&home, &server));
    // Nothing that Git could make smaller.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..6_000_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    works(&push(&home, &noise));
    let posts = server.seen().into_iter().filter(|seen| seen.path.ends_with("/git-receive-pack"));
    assert_eq!(posts.count(), 2, "a small one first, to see whether it is let in");
}

#[test]
fn a_stale_token_is_followed_by_the_jobs_own_inside_one_command() {
    let server = server();
    let home = bot(&server, STALE).in_job(server.url("").trim_end_matches('/'), JOB);
    if !home.git(&["credential", "capability"]).text().contains("capability state") {
        println!("skipped: this Git does not ask again");
        return;
    }
    let log = home.home().join("log");
    let recorder = format!("!f() {{ echo $1 >>{0}; cat >>{0}; }}; f", log.display());
    home.helped_by(&[&format!("!{PROGRAM} credential"), &recorder]);
    for round in 0..3 {
        server.forget();
        match round {
            0 => works(&clone(&home, &server)),
            1 => works(&home.git_in("app", &["fetch", "-q"], b"")),
            _ => works(&push(&home, b"new")),
        }
        let expected = [account("hallpass", STALE), account("gitlab-ci-token", JOB)];
        assert_eq!(shown(&server), expected, "round {round}");
        let refused = server.seen().iter().filter(|seen| seen.status == 401).count();
        assert_eq!(refused, 2, "each failed sign-in counts against the address");
    }
    let told = std::fs::read_to_string(log).unwrap();
    assert!(told.contains("store\n") && !told.contains("erase\n"), "{told}");
    assert!(!told.contains(STALE), "{told}");
}

#[test]
fn a_stale_token_alone_is_shown_once_and_rejected() {
    let server = server();
    let home = bot(&server, STALE);
    let log = home.home().join("log");
    let recorder = format!("!f() {{ echo $1 >>{0}; cat >/dev/null; }}; f", log.display());
    home.helped_by(&[&format!("!{PROGRAM} credential"), &recorder]);
    let refused = clone(&home, &server);
    assert_eq!(refused.status, 128);
    assert!(refused.stderr.contains("Authentication failed"), "{}", refused.stderr);
    assert_eq!(server.seen().iter().filter(|seen| seen.authorization.is_some()).count(), 1);
    assert_eq!(std::fs::read_to_string(log).unwrap(), "erase\n");
}

#[test]
fn no_cache_keeps_the_jobs_own_token() {
    let server = server();
    let home = Home::new().trusting(&server).in_job(server.url("").trim_end_matches('/'), JOB);
    let log = home.home().join("log");
    let recorder = format!("!f() {{ test $1 = get || echo $1 >>{0}; cat >>{0}; }}; f", log.display());
    home.helped_by(&[&format!("!{PROGRAM} credential"), &recorder]);
    works(&clone(&home, &server));
    let told = std::fs::read_to_string(log).unwrap();
    if home.git(&["credential", "capability"]).text().contains("capability authtype") {
        assert!(told.contains("store\n") && told.contains("ephemeral=1\n"), "{told}");
    }
}

#[test]
fn several_schemes_do_not_change_the_answer() {
    let plan = Plan::new().challenges(&["Bearer realm=\"x\"", "Basic realm=\"x\"", "TFS-Federated"]);
    let server = plan.account("hallpass", READER, Right::Read).start();
    server.repository("group/app.git");
    let home = bot(&server, READER);
    works(&clone(&home, &server));
    assert_eq!(shown(&server), [account("hallpass", READER)]);
}

#[test]
fn the_path_chooses_where_git_sends_it() {
    let server = server();
    server.repository("group/app-evil.git");
    let origin = server.url("").trim_end_matches('/').to_owned();
    let connection = |name: &str, target: &str, variable: &str| {
        format!(
            "  {name}:\n    forge: gitlab\n    url: {origin}\n    target: {target}\n    token: {{ env: {variable} }}\n"
        )
    };
    let text = format!(
        "version: 1\nconnections:\n{}{}",
        connection("app", "group/app", "APP"),
        connection("group", "group", "GROUP")
    );
    let home = Home::configured(&text).trusting(&server).with("APP", WRITER).with("GROUP", READER);
    let ask = |path: &str| home.git(&["-c", "credential.useHttpPath=true", "ls-remote", "-q", &server.url(path)]);
    works(&ask("group/app.git"));
    works(&ask("group/app-evil.git"));
    assert_eq!(shown(&server), [account("hallpass", WRITER), account("hallpass", READER)]);
    let unsure = home.git(&["ls-remote", "-q", &server.url("group/app.git")]);
    assert_eq!(unsure.status, 128);
    assert!(unsure.stderr.contains("useHttpPath true"), "{}", unsure.stderr);
}

/// Git 2.39 offers no capability and says nothing of the server's challenges. Debian 12 has it.
#[test]
fn an_older_git_clones_fetches_and_pushes_and_erases_what_is_refused() {
    const OLDER: &str = "/usr/bin/git";
    let server = server();
    let mut home = Home::new().trusting(&server).in_job(server.url("").trim_end_matches('/'), JOB);
    let rest = home.variables[std::ffi::OsStr::new("PATH")].clone();
    let first = std::iter::once("/usr/bin".into()).chain(std::env::split_paths(&rest));
    home.set("PATH", std::env::join_paths(first).unwrap());
    if home.git(&["credential", "capability"]).status == 0 {
        println!("skipped: {OLDER} is not older than 2.46, or not there");
        return;
    }
    works(&clone(&home, &server));
    works(&push(&home, b"new"));
    works(&home.git_in("app", &["fetch", "-q"], b""));
    assert_eq!(shown(&server), [account("gitlab-ci-token", JOB)]);

    // It does not ask a second time, so the first answer decides; it is told to whom it was refused.
    home.configure(&configuration(&server));
    home.set("BOT", STALE);
    let log = home.home().join("log");
    let recorder = format!("!f() {{ echo $1 >>{0}; cat >>{0}; }}; f", log.display());
    home.helped_by(&[&format!("!{PROGRAM} credential"), &recorder]);
    server.forget();
    let refused = home.git_in("app", &["fetch", "-q"], b"");
    assert_eq!(refused.status, 128, "{}", refused.stderr);
    assert!(refused.stderr.contains("Authentication failed"), "{}", refused.stderr);
    assert_eq!(shown(&server), [account("hallpass", STALE)]);
    assert!(std::fs::read_to_string(&log).unwrap().starts_with("erase\n"));

    // The account that may read and not write meets a 403, of which no Git tells a helper.
    home.set("BOT", READER);
    server.forget();
    drop(std::fs::remove_file(&log));
    let refused = push(&home, b"newer");
    assert_eq!(refused.status, 128);
    assert!(refused.stderr.contains("403"), "{}", refused.stderr);
    assert!(!log.exists() || !std::fs::read_to_string(&log).unwrap().contains("erase"));
}

//! Submodules: on foreign hosts, which must see nothing, and many at once.

use std::collections::BTreeSet;

use super::real_git::{configuration, server, shown, works};
use crate::support::git_server::{GitServer, Plan, Right};
use crate::support::helper::{Home, Ran};

const JOB: &str = "canary-job-token";
const READER: &str = "canary-reader-token";

/// A job of `server` whose environment is full of tokens, as those of real jobs are.
fn job(server: &GitServer) -> Home {
    let ours = format!("{}\n", configuration(server));
    let home = Home::configured(&ours).trusting(server).in_job(server.url("").trim_end_matches('/'), JOB);
    ["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITLAB_TOKEN", "SYSTEM_ACCESSTOKEN"]
        .into_iter()
        .fold(home, |home, name| home.with(name, "canary-of-another-place"))
        .with("BOT", READER)
}

/// Both authorities in one file.
fn trust_both(home: &mut Home, one: &GitServer, other: &GitServer) {
    let both = [one.ca(), other.ca()].map(|path| std::fs::read_to_string(path).unwrap()).concat();
    let path = home.write("both.pem", both);
    home.set("GIT_SSL_CAINFO", path);
}

fn clone_with_modules(home: &Home, server: &GitServer, more: &[&str]) -> Ran {
    let url = server.url("group/whole.git");
    let mut arguments = vec!["clone", "-q", "--recurse-submodules"];
    arguments.extend(more);
    arguments.extend([url.as_str(), "whole"]);
    home.git(&arguments)
}

fn with_foreign_module(ours: &GitServer, foreign: &GitServer) {
    foreign.repository("lib.git");
    let module = ("lib".to_owned(), foreign.url("lib.git"), foreign.head("lib.git"));
    ours.repository_with("group/whole.git", &[module]);
}

#[test]
fn h14_a_public_foreign_host_sees_no_token() {
    let (ours, foreign) = (server(), Plan::new().public().start());
    with_foreign_module(&ours, &foreign);
    let mut home = job(&ours);
    trust_both(&mut home, &ours, &foreign);
    works(&clone_with_modules(&home, &ours, &[]));
    assert!(home.work().join("whole/lib/README").exists());
    assert!(foreign.seen().iter().all(|seen| seen.authorization.is_none()), "{:?}", foreign.seen());
    assert!(!shown(&ours).is_empty());
}

#[test]
fn h14_a_foreign_host_that_asks_for_a_token_gets_none() {
    let (ours, foreign) = (server(), Plan::new().start());
    with_foreign_module(&ours, &foreign);
    let mut home = job(&ours);
    trust_both(&mut home, &ours, &foreign);
    let ran = clone_with_modules(&home, &ours, &[]);
    assert_ne!(ran.status, 0);
    assert!(ran.stderr.contains("terminal prompts disabled") && !ran.stderr.contains("hallpass:"), "{}", ran.stderr);
    assert!(!foreign.seen().is_empty());
    assert!(foreign.seen().iter().all(|seen| seen.authorization.is_none()), "{:?}", foreign.seen());
}

/// As many as K-05 asks for, and as many at once.
const MODULES: usize = 50;
const AT_ONCE: &str = "16";

/// A repository with many submodules on one server, and whoever may read them.
fn with_many_modules() -> (GitServer, Home) {
    let server = Plan::new().account("gitlab-ci-token", JOB, Right::Read).start();
    server.repository("group/lib.git");
    let head = server.head("group/lib.git");
    let modules: Vec<_> = (0..MODULES)
        .map(|number| {
            let path = format!("group/lib-{number}.git");
            server.copy("group/lib.git", &path);
            (format!("lib-{number}"), server.url(&path), head.clone())
        })
        .collect();
    server.repository_with("group/whole.git", &modules);
    let home = Home::new().trusting(&server).in_job(server.url("").trim_end_matches('/'), JOB);
    (server, home)
}

#[test]
fn k05_many_submodules_at_once() {
    let (server, home) = with_many_modules();
    works(&clone_with_modules(&home, &server, &["--jobs", AT_ONCE]));
    works(&home.git_in("whole", &["fetch", "-q", "--recurse-submodules=yes", "--jobs", AT_ONCE], b""));
    let served: BTreeSet<_> =
        server.seen().into_iter().filter(|seen| seen.status == 200).map(|seen| seen.path).collect();
    let fetched = served.iter().filter(|path| path.ends_with(".git/git-upload-pack")).count();
    assert_eq!(fetched, MODULES + 1);
    assert_eq!(shown(&server), [("gitlab-ci-token".to_owned(), JOB.to_owned())]);
}

#[cfg(target_os = "linux")]
#[test]
fn k05_fifty_at_once_take_no_more_memory_than_fifty_small_processes() {
    let home = Home::configured("version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n")
        .with("BOT", "canary");
    // Each of them may have 64 MiB of address space at most, code and libraries included, and stack and heap of 4 MiB.
    let script = "for i in $(seq 50); do (ulimit -v 65536 -d 4096 -s 4096; exec \"$0\" credential get \
                  <request >answer-$i 2>&1) & done; wait; cat answer-*";
    std::fs::write(home.work().join("request"), "protocol=https\nhost=gitlab.com\n").unwrap();
    let ran = home.shell(script, "");
    assert_eq!(ran.text(), "username=hallpass\npassword=canary\n".repeat(50));
}

//! The host that we compare is the host that Git connects to: addresses on which Git and URL libraries do not agree,
//! taken apart by real Git and by us.

use std::io::Cursor;

use hallpass::protocol::Request;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::helper::{Home, PROGRAM};

/// The addresses of security.md 1.2 and their kin, and whether a token bound to `https://gitlab.com` may go there.
const ADDRESSES: &[(&str, bool)] = &[
    ("https://gitlab.com/a", true),
    ("https://gitlab.com:443/a", true),
    ("https://GitLab.com/a/b.git", true),
    ("https://evil.org\\@gitlab.com/a", true),
    ("https://gitlab.com/%2e%2e/a", true),
    ("https://gitlab.com?a/b", true),
    ("https://gitlab.com#@evil.org/a", true),
    ("https://git%6cab.com/a", true),
    ("https://user@gitlab.com/a", true),
    ("https://us%40er@gitlab.com/a", true),
    ("https://gitlab.com\\.evil.org/a", false),
    ("https:///gitlab.com/a", false),
    ("https://git\tlab.com/a", false),
    ("https://gitlab\u{3002}com/a", false),
    ("https://\u{ff47}itlab.com/a", false),
    ("https://git\u{200b}lab.com/a", false),
    ("https://git\u{ad}lab.com/a", false),
    ("https://127.1/", false),
    ("https://0x7f000001/", false),
    ("https://2130706433/", false),
    ("https://a@b@gitlab.com/a", false),
    ("https://gitlab.com:0443/", false),
    ("https://gitlab.com:/", false),
    ("https://gitlab.com%2f@evil.org/", false),
    ("https://gitlab.com%00.evil.org/", false),
    // Git decodes the host before anybody sees it.
    ("https://gitlab.com%3a443/", true),
    ("https://evil.org/gitlab.com", false),
    ("https://gitlab.com.evil.org/", false),
    ("https://gitlab.com@evil.org/", false),
    ("https://user:gitlab.com@evil.org/", false),
    ("https://git%6cab.com:443/", false),
    ("https://[::1]/", false),
    ("http://gitlab.com/a", false),
    ("https:gitlab.com/a", false),
];

/// What Git tells a helper about this address, or `None` where it tells nothing.
fn told(home: &Home, arguments: &[&str], stdin: &str) -> Option<Vec<u8>> {
    let log = home.home().join("log");
    drop(std::fs::remove_file(&log));
    home.helped_by(&[&format!("!f() {{ test $1 = get && cat >{} || cat >/dev/null; }}; f", log.display())]);
    home.git_in("", arguments, stdin.as_bytes());
    std::fs::read(log).ok()
}

fn home() -> Home {
    let mut home = Home::configured("version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n")
        .with("BOT", "canary")
        .with("GIT_CONFIG_NOSYSTEM", "1")
        .with("GIT_TERMINAL_PROMPT", "0");
    // No address leads anywhere.
    home.set("https_proxy", "http://127.0.0.1:9");
    home.set("http_proxy", "http://127.0.0.1:9");
    home
}

const FILL: &[&str] = &["-c", "credential.useHttpPath=true", "credential", "fill"];

fn read(text: &[u8]) -> Option<Request> {
    let request = Request::read(&mut Cursor::new(text)).ok()?;
    let Request { protocol, host, path, username, password: _, .. } = request;
    Some(Request { protocol, host, path, username, ..Request::default() })
}

/// Both readings of an address: ours of `url`, and that of what Git makes of it.
fn both(home: &Home, address: &str) -> (Option<Request>, Option<Request>) {
    let stdin = format!("url={address}\n");
    (read(stdin.as_bytes()), told(home, FILL, &stdin).and_then(|text| read(&text)))
}

#[test]
fn an_address_is_taken_apart_as_git_takes_it_apart() {
    let home = home();
    for (address, _) in ADDRESSES.iter().filter(|(address, _)| !address.contains('\t')) {
        // With both a name and a password Git has no question.
        if address.contains("user:") {
            continue;
        }
        let (ours, gits) = both(&home, address);
        assert_eq!(ours, gits, "{address}");
    }
}

#[test]
fn a_token_goes_where_git_goes_and_nowhere_else() {
    let home = home();
    for (address, expected) in ADDRESSES {
        home.helped_by(&[&format!("!{PROGRAM} credential")]);
        let ran = home.git_in("", FILL, format!("url={address}\n").as_bytes());
        assert_eq!(ran.text().contains("password=canary"), *expected, "{address}: {}", ran.text());
    }
}

#[test]
fn a_remote_is_taken_apart_in_the_same_way() {
    let home = home();
    let base = ["-c", "http.proactiveAuth=basic", "-c", "credential.useHttpPath=true", "ls-remote"];
    if told(&home, &[&base[..], &["https://gitlab.com/a"]].concat(), "").is_none() {
        println!("skipped: this Git does not ask before it is refused");
        return;
    }
    for (address, _) in ADDRESSES.iter().filter(|(address, _)| address.starts_with("https://")) {
        let Some(text) = told(&home, &[&base[..], &[*address]].concat(), "") else { continue };
        let heard = Request::read(&mut Cursor::new(&text));
        let fill = told(&home, FILL, &format!("url={address}\n")).unwrap_or_default();
        let filled = Request::read(&mut Cursor::new(&fill));
        let host = |request: Result<Request, _>| request.map(|request| request.host);
        assert_eq!(host(heard), host(filled), "{address}");
    }
}

#[test]
fn odd_addresses_are_taken_apart_as_git_takes_them_apart() {
    let home = home();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() });
    let address = "https?(://|:/|:)([a-c]|%6[1-9a-fg]|%00|%2[ef]|[.@:/\\\\?#%\u{3002}]|443){0,14}";
    let run = runner.run(&address, |address| {
        let (ours, gits) = both(&home, &address);
        // With a password in the address Git has no question, and what it says to no helper cannot be compared.
        let asked = gits.is_some() || !address.contains('@');
        prop_assert!(!asked || ours == gits, "{}: {:?} and {:?}", address, ours, gits);
        Ok(())
    });
    run.unwrap();
}

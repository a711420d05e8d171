//! Where tokens come from, and which files may say so.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::helper::Home;

const ASK: &str = "protocol=https\nhost=gitlab.com\n";

fn from(source: &str) -> String {
    format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, token: {source} }}\n")
}

#[test]
fn p18_a_file_holds_one_line() {
    let home = Home::configured(&from("{ file: '~/token' }"));
    for content in ["canary", "canary\n", "canary\r\n"] {
        home.write("token", content);
        assert_eq!(home.get(ASK).value("password").unwrap(), "canary");
    }
    for content in ["canary\ncanary\n", "canary\rcanary", "canary\n\n", "\ncanary"] {
        home.write("token", content);
        let ran = home.get(ASK);
        assert!(ran.says_nothing().stderr.ends_with("holds more than one line\n"), "{}", ran.stderr);
    }
    home.write("token", "canary\0canary");
    assert!(home.get(ASK).says_nothing().stderr.ends_with("holds a NUL byte\n"));
    home.write("token", " \n");
    assert!(home.get(ASK).says_nothing().stderr.ends_with("is empty\n"));
}

#[cfg(unix)]
#[test]
fn p23_half_a_token_and_a_failure_is_nothing() {
    let home = Home::configured(&from("{ command: [/bin/sh, -c, 'printf canary-half; exit 1'] }"));
    let told = "hallpass: `bot` is not used: the command `/bin/sh` ended with status 1\n";
    assert_eq!(home.get(ASK).says_nothing().stderr, told);
}

#[cfg(unix)]
#[test]
fn x09_a_command_sees_little_and_its_words_are_dropped() {
    let script = "echo canary-loud >&2; test -z \"$SECRET\" && echo canary-whole && cat";
    let home = Home::configured(&from(&format!("{{ command: [/bin/sh, -c, '{script}'] }}"))).with("SECRET", "canary-x");
    let ran = home.get(ASK);
    assert_eq!(ran.value("password").unwrap(), "canary-whole");
    ran.quietly();
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_fills_is_given_up() {
    let home = Home::configured(&from("{ file: '~/pipe' }"));
    assert_eq!(home.shell("mkfifo \"$HOME/pipe\"", "").status, 0);
    let start = Instant::now();
    assert!(home.get(ASK).says_nothing().stderr.ends_with("gave nothing within 2 seconds\n"));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_file_of_the_work_tree_says_nothing_to_the_helper() {
    let home = Home::new().with("BOT", "canary");
    fs::create_dir(home.work().join(".git")).unwrap();
    let path = home.work().join("hallpass.yml");
    fs::write(&path, from("{ env: BOT }")).unwrap();
    home.get(ASK).says_nothing().quietly();
    // Nor does it when it is named: whoever may push may have written it.
    let home = home.with("HALLPASS_CONFIG", &path);
    assert!(home.get(ASK).says_nothing().stderr.contains("names a file of the repository"));
    let home = home.with("HALLPASS_CONFIG", "hallpass.yml");
    assert!(home.get(ASK).says_nothing().stderr.contains("names a file of the repository"));
}

#[cfg(unix)]
#[test]
fn a_link_into_the_work_tree_is_a_file_of_the_work_tree() {
    let home = Home::new().with("BOT", "canary");
    fs::create_dir(home.work().join(".git")).unwrap();
    let path = home.work().join("hallpass.yml");
    fs::write(&path, from("{ env: BOT }")).unwrap();
    let link = home.home().join("link.yml");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let home = home.with("HALLPASS_CONFIG", link);
    assert!(home.get(ASK).says_nothing().stderr.contains("names a file of the repository"));
}

#[test]
fn a_named_file_takes_the_place_of_the_users() {
    let home = Home::configured(&from("{ env: USERS }")).with("USERS", "canary-users").with("NAMED", "canary-named");
    assert_eq!(home.get(ASK).value("password").unwrap(), "canary-users");
    let named = home.write("named.yml", from("{ env: NAMED }"));
    let home = home.with("HALLPASS_CONFIG", named);
    assert_eq!(home.get(ASK).value("password").unwrap(), "canary-named");
    let home = home.with("HALLPASS_CONFIG", "");
    assert_eq!(home.get(ASK).value("password").unwrap(), "canary-users");
    let home = home.with("HALLPASS_CONFIG", "none.yml");
    assert_eq!(home.get(ASK).says_nothing().stderr, "hallpass: none.yml:1:1: there is no such file\n");
}

#[test]
fn what_is_wrong_with_a_file_is_one_line_without_its_words() {
    let broken = [
        ("version: 1\nconnections: [canary]\n", ":2:14: "),
        ("version: 2\n", ":1:10: "),
        ("canary", ":1:1: "),
        ("version: 1\nconnections:\n  bot: { forge: nothing, token: { env: A } }\n  x: { forge: gitlab }\n", ":"),
        ("version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: glpat-canarycanarycanary } }\n", ":3:"),
    ];
    for (text, place) in broken {
        let home = Home::configured(text);
        let ran = home.get(ASK);
        let ran = ran.says_nothing();
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("config.yml{place}")), "{}", ran.stderr);
    }
}

#[test]
fn contracts_and_rules_are_no_business_of_the_helper() {
    let text = "version: 1\nconnections:\n  bot:\n    forge: gitlab\n    contract: [nobody-knows-this]\n    \
                needs: [no.such]\n    token: { env: BOT }\n\
                ignore:\n  - { rule: no-such-rule, reason: x }\n";
    let home = Home::configured(text).with("BOT", "canary");
    assert_eq!(home.get(ASK).quietly().value("password").unwrap(), "canary");
}

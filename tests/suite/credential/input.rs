//! Input and output that cannot stand in a text file: bytes, floods, closed streams, terminals.

use std::fs;

use crate::support::helper::{Home, PROGRAM};

use super::transcripts::runner_acts_on;

const ANSWER: &str = "username=hallpass\npassword=canary-bot\n";

fn home() -> Home {
    let text = "version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n  \
                path: { forge: gitlab, url: 'https://path.example', target: group, token: { env: BOT } }\n";
    Home::configured(text).with("BOT", "canary-bot")
}

fn ask(more: &[u8]) -> Vec<u8> {
    [b"protocol=https\nhost=gitlab.com\n", more].concat()
}

#[test]
fn p10_a_path_that_is_not_text_is_a_path() {
    let home = home();
    assert_eq!(home.get(ask(b"path=gr\xFFup/\xC3\x28.git\n")).text(), ANSWER);
    let path = |path: &[u8]| home.get([b"protocol=https\nhost=path.example\npath=", path, b"\n"].concat());
    assert_eq!(path(b"group/\xFF\xFE.git").text(), ANSWER);
    path(b"gro\xFFup/x.git").says_nothing().quietly();
}

#[test]
fn a_user_name_and_a_host_that_are_not_text_match_nothing_else() {
    let home = home();
    let ran = home.get(ask(b"username=\xFF\xFE\n"));
    assert_eq!(ran.stdout, b"username=\xFF\xFE\npassword=canary-bot\n");
    home.get(b"protocol=https\nhost=gitlab.com\xFF\n").says_nothing().quietly();
}

#[test]
fn p11_a_long_header_changes_nothing() {
    let home = home();
    for length in [1001, 1023, 1024, 4095, 4096, 65_535, 65_536] {
        let end = "host=victim.example";
        let header = format!("wwwauth[]={}{end}\n", "a".repeat(length - end.len()));
        let ran = home.get(ask(header.as_bytes()));
        assert_eq!(ran.text(), ANSWER, "{length}");
        ran.quietly();
        let foreign = format!("protocol=https\nhost=other.example\n{header}");
        home.get(foreign).says_nothing().quietly();
    }
}

#[test]
fn p12_a_line_beyond_the_limit_is_refused() {
    let home = home();
    assert_eq!(home.get(ask(format!("path={}\n", "a".repeat(65_531)).as_bytes())).text(), ANSWER);
    for line in ["path=", "unknown=", "", "wwwauth[]="] {
        let ran = home.get(ask(format!("{line}{}\n", "a".repeat(70_000)).as_bytes()));
        assert_eq!(ran.says_nothing().stderr, "hallpass: a line of the request is longer than 64 KiB\n");
    }
    let ran = home.get(ask(format!("path={}\n", "a".repeat(65_532)).as_bytes()));
    assert_eq!(ran.says_nothing().stderr, "hallpass: a line of the request is longer than 64 KiB\n");
}

#[test]
fn a_request_beyond_the_limit_is_refused() {
    let ran = home().get(ask("unknown=0123456789abcdef\n".repeat(50_000).as_bytes()));
    assert_eq!(ran.says_nothing().stderr, "hallpass: the request is larger than 1 MiB\n");
}

#[cfg(target_os = "linux")]
#[test]
fn p12_endless_input_ends_at_once_and_memory_stays_small() {
    let home = home();
    for source in ["/dev/zero", "yes a=b |", "yes |"] {
        let script = match source.strip_suffix('|') {
            Some(program) => format!("{program} | (ulimit -v 200000; exec \"$0\" credential get)"),
            None => format!("ulimit -v 200000; exec \"$0\" credential get <{source}"),
        };
        let ran = home.shell(&script, "");
        assert_eq!((ran.status, ran.text().as_str()), (0, ""), "{source}");
        assert!(ran.stderr.starts_with("hallpass: "), "{}", ran.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn p24_an_answer_that_nobody_hears_is_an_error() {
    let home = home();
    for to in [">&-", ">/dev/full"] {
        let ran = home.shell(&format!("\"$0\" credential get {to}; exit $?"), ask(b""));
        assert_ne!(ran.status, 0, "{to}");
        assert_eq!(ran.stderr, "hallpass: the answer could not be written\n", "{to}");
        let ran = home.shell(&format!("\"$0\" credential capability {to}; exit $?"), "");
        assert_ne!(ran.status, 0, "{to}");
    }
    let ran = home.shell("(sleep 1; \"$0\" credential get; echo $? >&2) | exec true", ask(b""));
    assert_eq!(ran.stderr, "hallpass: the answer could not be written\n1\n");
    // Where there is nothing to say, nobody has to hear it.
    let ran = home.shell("\"$0\" credential get >&-; exit $?", "protocol=https\nhost=other.example\n");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let ran = home.shell("\"$0\" credential get >/dev/null; exit $?", ask(b""));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn the_helper_does_without_a_working_directory_a_home_and_its_streams() {
    let mut home = home();
    let gone = home.work().join("gone");
    fs::create_dir(&gone).unwrap();
    let script = format!("cd {0} && rmdir {0} && exec \"$0\" credential get", gone.display());
    assert_eq!(home.shell(&script, ask(b"")).text(), ANSWER);
    let ran = home.shell("exec \"$0\" credential get 2>&-", ask(b"x\n"));
    assert_eq!((ran.status, ran.text().as_str()), (0, ""));
    let ran = home.shell("exec \"$0\" credential get <&-", "");
    assert_eq!((ran.status, ran.text().as_str()), (0, ""));
    home.variables.clear();
    home.get(ask(b"")).says_nothing().quietly();
}

#[test]
fn p25_long_tokens_pass_unchanged() {
    for length in [520, 4096] {
        let token: String = "canary.Az09-_".chars().cycle().take(length).collect();
        let ran = home().with("BOT", &token).get(ask(b""));
        assert_eq!(ran.text(), format!("username=hallpass\npassword={token}\n"));
    }
}

#[cfg(unix)]
#[test]
fn x02_a_token_that_is_not_text_is_named_and_not_shown() {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = std::ffi::OsString::from_vec(b"canary\xFF".to_vec());
    let ran = home().with("BOT", bytes).get(ask(b""));
    let told = "hallpass: `bot` is not used: the variable `BOT` holds bytes that are not UTF-8 text\n";
    assert_eq!(ran.says_nothing().stderr, told);
}

#[test]
fn x10_no_runner_finds_a_command_in_what_is_said() {
    let names =
        ["::error::x", "a ##[error]x", "##vso[task.setvariable variable=a]b", "a\n::error::x", "section_start:1:a\r"];
    for name in names {
        let home = home().with("GITHUB_ACTIONS", "true").with("HALLPASS_CONFIG", format!("/nowhere/{name}"));
        let ran = home.get(ask(b""));
        assert!(ran.says_nothing().stderr.contains("there is no such file"));
        assert!(!runner_acts_on(&ran.stderr), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn u03_at_a_terminal_one_line_explains_and_nothing_waits() {
    let mut home = home();
    home.set("SHELL", "/bin/sh");
    let script = format!("command -v script >/dev/null || exit 77; script -qec '{PROGRAM} credential get' /dev/null");
    let ran = home.shell(&script, "protocol=https\nhost=gitlab.com\n\n");
    if ran.status == 77 {
        println!("skipped: `script` is not installed");
        return;
    }
    let seen = ran.text().replace('\r', "");
    assert_eq!(seen.matches("hallpass: Git calls this").count(), 1, "{seen}");
    assert!(seen.contains(ANSWER), "{seen}");
}

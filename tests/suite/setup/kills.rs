//! Setup and migration that are killed: whenever that is, every token is in at least one place, no file is half written,
//! and what was recorded can be undone.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{gitconfig, home, text, well};
use crate::support::helper::{Home, PROGRAM};
use crate::support::parts;

/// The calls that change what is on the disk.
const CHANGING: &str =
    "write,fsync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,ftruncate";
const BEFORE: &str = "[user]\n\tname = me\n[url \"https://me:canary-url@b.test/\"]\n\tinsteadOf = b:\n";
const CREDENTIALS: &str = "https://me:canary-one@a.test\n# mine\nhttps://you:canary-two@a.test\n";

fn prepared() -> (Home, PathBuf) {
    let home = home();
    fs::write(gitconfig(&home), BEFORE).unwrap();
    let credentials = home.write(".git-credentials", CREDENTIALS);
    (home, credentials)
}

fn words() -> [&'static str; 5] {
    ["setup", "--migrate", "--yes", "--store", "plain"]
}

/// Runs by way of `strace` with these options, which are about the main thread alone. Did it end well?
fn traced(home: &Home, options: &[&str]) -> bool {
    let mut command = Command::new("strace");
    command.args(["-qq"]).args(options).arg(PROGRAM).args(words());
    command.env_clear().envs(&home.variables).current_dir(home.work());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

/// Each such call of a whole run, and the how manieth of its kind it is.
fn calls() -> Vec<(String, usize)> {
    let (home, _) = prepared();
    let trace = home.home().join("trace");
    assert!(traced(&home, &["-o", trace.to_str().unwrap(), "-e", &format!("trace={CHANGING}")]));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    for name in text(&trace).lines().filter_map(|line| Some(line.split_once('(')?.0.to_owned())) {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        calls.push((name, *count));
    }
    calls
}

#[test]
fn s04_killed_at_any_change_nothing_is_lost_or_half_written() {
    if !parts::programs(&["strace"]) {
        return;
    }
    let calls = calls();
    assert!(calls.len() > 20, "{calls:?}");
    for (call, nth) in calls {
        let when = format!("at {call} number {nth}");
        let (home, credentials) = prepared();
        let inject = format!("inject={call}:signal=KILL:when={nth}");
        let survived = traced(&home, &["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
        assert!(!survived, "not killed {when}");
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let store = read(home.home().join(".local/share/hallpass/credentials"));
        let (config, left) = (read(gitconfig(&home)), read(credentials.clone()));
        for token in ["canary-one", "canary-two"] {
            assert!(left.contains(token) || store.contains(token), "killed {when}: {token}");
        }
        assert!(config.contains("canary-url") || store.contains("canary-url"), "killed {when}");
        assert!(config.starts_with("[user]\n\tname = me\n[url \"https://me"), "killed {when}: {config}");
        assert!([CREDENTIALS, "# mine\n"].contains(&left.as_str()), "killed {when}: {left}");
        // As after a killed Git, a lock may be left.
        for lock in [".gitconfig.lock", ".git-credentials.lock", ".local/share/hallpass/setup.json.lock"] {
            drop(fs::remove_file(home.home().join(lock)));
        }
        well(&home.hallpass(&words()));
        assert_eq!(text(&credentials), "# mine\n", "killed {when}");
        well(&home.hallpass(&["setup", "--undo"]));
        assert_eq!(text(&gitconfig(&home)), BEFORE.replace("me:canary-url@", "me@"), "killed {when}");
    }
}

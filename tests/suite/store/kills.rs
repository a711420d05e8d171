//! Writers that are killed (S-04). Whenever that is: old or new content, and the next call works.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Keeper;
use crate::support::helper::PROGRAM;
use crate::support::parts;

/// Starts to store this token for `gitlab.com`, by way of another program.
fn start(keeper: &Keeper, by: &[String], token: &str) -> Child {
    let mut words: Vec<String> = by.to_vec();
    words.extend([PROGRAM.to_owned(), "credential".to_owned()]);
    words.extend(keeper.words("store"));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().envs(&keeper.home.variables).current_dir(keeper.home.work());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let request = format!("protocol=https\nhost=gitlab.com\nusername=me\npassword={token}\n");
    // It may be dead before it reads that.
    drop(child.stdin.take().unwrap().write_all(request.as_bytes()));
    child
}

/// The old token or the new one, never neither.
#[track_caller]
fn is_whole(keeper: &Keeper, old: &mut String, new: &str, when: &str) -> bool {
    let held = keeper.get("gitlab.com").quietly().value("password");
    assert!(held.as_ref() == Some(old) || held.as_deref() == Some(new), "killed {when}: {held:?}");
    let changed = held.as_deref() == Some(new);
    *old = held.unwrap();
    changed
}

#[test]
fn s04_killed_at_random_moments_a_store_is_whole() {
    let keeper = Keeper::new("file");
    let mut old = "canary-first".to_owned();
    keeper.store("gitlab.com", &old).quietly();
    let clock = std::time::Instant::now();
    keeper.store("gitlab.com", "canary-second").quietly();
    let whole = clock.elapsed();
    old.replace_range(.., "canary-second");
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..1000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let wait = whole.mul_f64(f64::from(u32::try_from(random >> 40).unwrap()) / f64::from(1_u32 << 24));
        let new = format!("canary-{round}");
        let mut child = start(&keeper, &[], &new);
        std::thread::sleep(wait.min(Duration::from_secs(1)));
        child.kill().unwrap();
        child.wait().unwrap();
        is_whole(&keeper, &mut old, &new, &format!("after {wait:?}"));
    }
    keeper.store("gitlab.com", "canary-last").quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-last"));
    assert_eq!(keeper.files(), ["credentials.age", "credentials.age.lock"]);
}

/// Kills at the first call of each kind, then at the second of each, and so on, until nothing is killed any more: that is
/// every call, since each is the nth of its kind.
#[test]
fn s04_killed_at_any_system_call_a_store_is_whole() {
    if !parts::programs(&["strace"]) {
        return;
    }
    for first in [true, false] {
        let keeper = Keeper::new("file");
        let mut old = "canary-old".to_owned();
        if !first {
            keeper.store("gitlab.com", "canary-first").quietly();
        }
        let calls = calls(&keeper);
        keeper.store("gitlab.com", &old).quietly();
        assert!(calls.len() > 60, "{}", calls.len());
        let mut killed = 0;
        for (place, (call, nth)) in calls.iter().enumerate() {
            if first {
                // As if nothing had ever been kept.
                drop(std::fs::remove_dir_all(keeper.folder()));
                drop(std::fs::remove_file(keeper.identity()));
            }
            let new = format!("canary-{place}");
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let by = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
            let status = start(&keeper, &by.map(str::to_owned), &new).wait().unwrap();
            killed += usize::from(!status.success());
            let when = format!("at {call} number {nth}");
            if first {
                let held = keeper.get("gitlab.com").quietly().value("password");
                assert!(held.is_none() || held.as_deref() == Some(&*new), "killed {when}: {held:?}");
                // The next one needs no hand's help.
                keeper.store("gitlab.com", "canary-next").quietly();
                assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-next"), "killed {when}");
            } else {
                is_whole(&keeper, &mut old, &new, &when);
            }
        }
        assert!(killed * 10 > calls.len() * 9, "{killed} of {}", calls.len());
        keeper.store("gitlab.com", "canary-last").quietly();
        assert_eq!(keeper.files(), ["credentials.age", "credentials.age.lock"]);
    }
}

/// Every system call of storing something, and the how manieth of its kind it is.
fn calls(keeper: &Keeper) -> Vec<(String, usize)> {
    let trace = keeper.home.home().join("trace");
    let by = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap()].map(str::to_owned);
    assert!(start(keeper, &by, "canary-traced").wait().unwrap().success());
    let mut counts = std::collections::BTreeMap::new();
    let text = std::fs::read_to_string(trace).unwrap();
    let names = text.lines().filter_map(|line| {
        let call = line.split_once(' ')?.1.trim_start();
        let (name, _) = call.split_once('(')?;
        (name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')).then_some(name)
    });
    let mut calls = Vec::new();
    for name in names.filter(|name| *name != "execve") {
        let count = counts.entry(name.to_owned()).or_insert(0_usize);
        *count += 1;
        calls.push((name.to_owned(), *count));
    }
    calls
}

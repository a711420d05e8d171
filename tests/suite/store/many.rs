//! Many at once (R24).

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Keeper, entry, opened, query};
use crate::support::helper::PROGRAM;

#[test]
fn k01_of_500_at_once_500_are_kept() {
    let keeper = Keeper::new("file");
    let mut children: Vec<_> = (0..500)
        .map(|number| {
            let mut command = Command::new(PROGRAM);
            command.env_clear().envs(&keeper.home.variables).current_dir(keeper.home.work());
            command.arg("credential").args(keeper.words("store"));
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let request = format!("protocol=https\nhost=h{number}.test\nusername=me\npassword=canary-{number}\n");
            child.stdin.as_mut().unwrap().write_all(request.as_bytes()).unwrap();
            child
        })
        .collect();
    // Each of them waits for the end of its input.
    for child in &mut children {
        drop(child.stdin.take());
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store = opened("file", &keeper.home.home());
    for number in 0..500 {
        let found = store.find(&query(&format!("h{number}.test"))).unwrap();
        assert_eq!(found.token.expose(), format!("canary-{number}"));
    }
    assert_eq!(keeper.files(), ["credentials.age", "credentials.age.lock"]);
}

#[test]
fn k04_readers_see_whole_stores_while_writers_write() {
    for keeper in Keeper::both() {
        let home = keeper.home.home();
        opened(keeper.store, &home).keep(&entry("gitlab.com", "token")).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let store = opened(keeper.store, &home);
                        let mut count = 0;
                        while !done.load(Ordering::Relaxed) || count == 0 {
                            assert_eq!(store.find(&query("gitlab.com")).unwrap().token.expose(), "token");
                            count += 1;
                        }
                    })
                })
                .collect();
            let store = opened(keeper.store, &home);
            for number in 0..100 {
                store.keep(&entry(&format!("h{number}.test"), &"x".repeat(number * 20))).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            for reader in readers {
                reader.join().unwrap();
            }
        });
    }
}

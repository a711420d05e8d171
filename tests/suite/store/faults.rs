//! A store whose surroundings fail it (S-05, S-06, S-07).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Keeper;
use crate::support::parts;

const STDIN: &str = "protocol=https\nhost=b.test\nusername=me\npassword=canary-2\n";

/// Another program that holds the lock until it is killed.
fn holder(keeper: &Keeper) -> Child {
    let script = "exec 9>>\"$0\"; flock 9; echo locked; exec sleep 600";
    let lock = keeper.folder().join("credentials.age.lock");
    let mut child = Command::new("/bin/sh").args(["-c", script]).arg(lock).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    assert_eq!(line, "locked\n");
    child
}

#[test]
fn s05_the_lock_of_a_killed_writer_is_free_at_once() {
    if !parts::programs(&["flock"]) {
        return;
    }
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let mut held = holder(&keeper);
    // Readers never wait for writers.
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
    held.kill().unwrap();
    held.wait().unwrap();
    let start = Instant::now();
    keeper.store("b.test", "canary-2").quietly();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(keeper.token("b.test").as_deref(), Some("canary-2"));
}

#[test]
fn a_writer_that_does_not_end_is_waited_for_five_seconds() {
    if !parts::programs(&["flock"]) {
        return;
    }
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let mut held = holder(&keeper);
    let start = Instant::now();
    let ran = keeper.store("b.test", "canary-2");
    let took = start.elapsed();
    held.kill().unwrap();
    held.wait().unwrap();
    assert!(ran.says_nothing().stderr.contains("another program holds"), "{}", ran.stderr);
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(20), "{took:?}");
    assert_eq!(keeper.token("b.test"), None);
}

/// The old content is whole, nothing is left over, and the next call works.
#[track_caller]
fn is_unharmed(keeper: &Keeper, before: &[u8], stderr: &str, why: &str) {
    assert!(stderr.contains("nothing is stored: ") && stderr.contains(why), "{stderr}");
    assert_eq!(fs::read(keeper.path()).unwrap(), before);
    assert_eq!(keeper.files().len(), 2, "{:?}", keeper.files());
    keeper.store("b.test", "canary-2").quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
}

#[test]
fn s06_where_no_file_may_grow_the_old_content_stays() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        let before = fs::read(keeper.path()).unwrap();
        let words = keeper.words("store").join(" ");
        let script = format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" credential {words}");
        let ran = keeper.home.shell(&script, STDIN);
        is_unharmed(&keeper, &before, &ran.says_nothing().stderr, "the system allows no larger file");
    }
}

#[test]
fn s06_on_a_full_disk_the_old_content_stays() {
    for keeper in Keeper::both() {
        fs::create_dir_all(keeper.folder()).unwrap();
        let folder = keeper.folder();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"]).arg(&folder).output();
        if !mount.is_ok_and(|mount| mount.status.success()) {
            println!("skipped: no disk can be mounted here");
            return;
        }
        let disk = Mounted(folder);
        keeper.store("gitlab.com", "canary-1").quietly();
        let before = fs::read(keeper.path()).unwrap();
        // Until nothing more fits.
        let filler = disk.0.join("filler");
        let mut size = 128 * 1024;
        let mut file = fs::File::create(&filler).unwrap();
        while size > 0 {
            if std::io::Write::write_all(&mut file, &vec![0; size]).is_err() {
                size /= 2;
            }
        }
        drop(file);
        let ran = keeper.store("b.test", "canary-2");
        fs::remove_file(filler).unwrap();
        is_unharmed(&keeper, &before, &ran.says_nothing().stderr, "the disk is full");
        drop(disk);
    }
}

struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn s07_without_a_place_of_its_own_the_helper_answers_from_elsewhere() {
    let config = "version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n";
    for store in ["file", "plain"] {
        let mut keeper = Keeper::new(store);
        let path = keeper.home.write("config.yml", config);
        keeper.home.set("HALLPASS_CONFIG", path);
        keeper.home.set("BOT", "canary-bot");
        let expect = |keeper: &Keeper, why: &str| {
            assert_eq!(keeper.get("gitlab.com").quietly().value("password").as_deref(), Some("canary-bot"));
            let ran = keeper.store("b.test", "canary-2");
            assert!(ran.says_nothing().stderr.contains(why), "{}", ran.stderr);
        };
        keeper.home.variables.remove(std::ffi::OsStr::new("HOME"));
        expect(&keeper, "there is no home folder to keep a store in; `HOME` is not set");
        // Where nobody, not even root, can make a folder.
        keeper.home.set("HOME", "/proc");
        expect(&keeper, "nothing is stored: `/proc/.local/share/hallpass/credentials");
        keeper.get("b.test").says_nothing().quietly();
    }
}

#[test]
fn s07_a_user_whom_the_system_does_not_know_can_keep_things() {
    if !parts::programs(&["setpriv"]) {
        return;
    }
    let keeper = Keeper::new("file");
    let home = keeper.home.home().join("another");
    fs::create_dir(&home).unwrap();
    if std::os::unix::fs::chown(&home, Some(54_321), Some(54_321)).is_err() {
        println!("skipped: only root can become another user");
        return;
    }
    let program = keeper.home.home().join("hallpass");
    fs::copy(crate::support::helper::PROGRAM, &program).unwrap();
    for folder in [keeper.home.home(), keeper.home.home().parent().unwrap().to_owned()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |verb: &str, stdin: &str| {
        let script = format!(
            "cd /; HOME='{}' exec setpriv --reuid=54321 --regid=54321 --clear-groups '{}' credential {}",
            home.display(),
            program.display(),
            keeper.words(verb).join(" ")
        );
        keeper.home.shell(&script, stdin)
    };
    run("store", STDIN).says_nothing().quietly();
    assert_eq!(run("get", "protocol=https\nhost=b.test\n").value("password").as_deref(), Some("canary-2"));
}

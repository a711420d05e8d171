//! Stores that were damaged, or that are not for us (S-09, S-10, S-11, S-14).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use hallpass::app::ports::Miss;

use super::{Keeper, entry, opened, query};

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Neither read nor written.
#[track_caller]
fn is_left_alone(keeper: &Keeper, why: &str) {
    let before = fs::read(keeper.path()).unwrap();
    let erase = || keeper.run("erase", "protocol=https\nhost=gitlab.com\n");
    for ran in [keeper.get("gitlab.com"), keeper.store("gitlab.com", "canary-new"), erase()] {
        ran.says_nothing();
        assert!(ran.stderr.contains(why) && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    }
    assert_eq!(fs::read(keeper.path()).unwrap(), before);
    assert_eq!(keeper.files().len(), 2, "{:?}", keeper.files());
}

#[test]
fn s09_any_flipped_bit_and_any_cut_is_noticed_and_nothing_written_over() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        let (home, path) = (keeper.home.home(), keeper.path());
        let store = opened(keeper.store, &home);
        let good = fs::read(&path).unwrap();
        let is_damaged = |bytes: &[u8], also_written: bool, what: &str| {
            write(&path, bytes);
            assert!(matches!(store.find(&query("gitlab.com")), Err(Miss::Failed(_))), "{what}");
            if also_written {
                assert!(matches!(store.keep(&entry("b.test", "token")), Err(Miss::Failed(_))), "{what}");
                assert_eq!(fs::read(&path).unwrap(), bytes, "{what}");
            }
        };
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            is_damaged(&bytes, bit % 29 == 0, &format!("{} bit {bit}", keeper.store));
        }
        for length in 0..good.len() {
            is_damaged(&good[..length], length % 7 == 0, &format!("{} length {length}", keeper.store));
        }
        is_damaged(&[&good[..], b"\0"].concat(), true, "one more byte");
        is_left_alone(&keeper, "left as it is");
        write(&path, &good);
        assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
    }
}

#[test]
fn s10_another_identity_opens_nothing_and_changes_nothing() {
    let (keeper, other) = (Keeper::new("file"), Keeper::new("file"));
    keeper.store("gitlab.com", "canary-1").quietly();
    other.store("gitlab.com", "canary-2").quietly();
    let own = fs::read(keeper.identity()).unwrap();
    write(&keeper.identity(), &fs::read(other.identity()).unwrap());
    is_left_alone(&keeper, "was made with another identity");
    fs::remove_file(keeper.identity()).unwrap();
    is_left_alone(&keeper, "cannot be opened without its identity");
    assert!(!keeper.identity().exists(), "a new identity would hide that the old one is lost");
    write(&keeper.identity(), b"not a key\n");
    is_left_alone(&keeper, "holds neither an age key nor an SSH key");
    write(&keeper.identity(), &own);
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
}

/// The head of an age file with a passphrase that takes 2^30 rounds to try.
const HARD: &[u8] = b"age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 30\n\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef";

#[test]
fn s11_endless_work_is_refused_before_it_begins() {
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let good = fs::read(keeper.path()).unwrap();
    let start = Instant::now();
    write(&keeper.path(), HARD);
    is_left_alone(&keeper, "locked with a passphrase of its own");
    write(&keeper.path(), &good);
    write(&keeper.identity(), HARD);
    is_left_alone(&keeper, "takes too much work to try");
    // 2^30 rounds are a terabyte.
    let script = format!("ulimit -v 2000000; exec \"$0\" credential {}", keeper.words("get").join(" "));
    let ran = keeper.home.shell(&script, "protocol=https\nhost=gitlab.com\n");
    assert!(ran.says_nothing().stderr.contains("takes too much work to try"), "{}", ran.stderr);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn s14_a_newer_format_is_named_and_kept_as_it_is() {
    let keeper = Keeper::new("plain");
    keeper.store("gitlab.com", "canary-1").quietly();
    let newer = fs::read_to_string(keeper.path()).unwrap().replace("hallpass-store=1", "hallpass-store=2");
    write(&keeper.path(), newer.as_bytes());
    is_left_alone(&keeper, "was written by a newer hallpass, in format 2");

    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let good = fs::read(keeper.path()).unwrap();
    write(&keeper.path(), &[b"age-encryption.org/v2\n", &good[22..]].concat());
    is_left_alone(&keeper, "in a way that this version does not know");
}

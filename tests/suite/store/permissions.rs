//! Who may touch a store (R20).

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use super::Keeper;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Nothing is answered or changed, and one line says why.
#[track_caller]
fn is_refused(keeper: &Keeper, path: &Path, why: &str) {
    let before = fs::read(path).ok();
    for ran in [keeper.get("gitlab.com"), keeper.store("gitlab.com", "canary-new")] {
        ran.says_nothing();
        assert!(ran.stderr.contains(why) && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    }
    assert_eq!(fs::read(path).ok(), before);
}

#[test]
fn s01_whatever_the_umask_folder_and_files_are_for_their_owner_alone() {
    for umask in ["000", "022", "077"] {
        for keeper in Keeper::both() {
            let script = format!("umask {umask}; exec \"$0\" credential {}", keeper.words("store").join(" "));
            let stdin = "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\n";
            keeper.home.shell(&script, stdin).says_nothing().quietly();
            assert_eq!(mode(&keeper.folder()), 0o700);
            for name in keeper.files() {
                assert_eq!(mode(&keeper.folder().join(&name)), 0o600, "{name}");
            }
            if keeper.store == "file" {
                assert_eq!((mode(&keeper.identity()), mode(keeper.identity().parent().unwrap())), (0o600, 0o700));
            }
            assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
        }
    }
}

#[test]
fn s02_a_file_that_others_can_read_or_write_is_not_used_and_the_remedy_told() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        for open in [0o644, 0o660, 0o606, 0o640, 0o620] {
            set_mode(&keeper.path(), open);
            is_refused(&keeper, &keeper.path(), &format!("`chmod 600 {}`", keeper.path().display()));
        }
        set_mode(&keeper.path(), 0o600);
        assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
        set_mode(&keeper.folder(), 0o770);
        is_refused(&keeper, &keeper.path(), "`chmod go-w ");
    }
}

#[test]
fn s02_an_open_identity_is_not_used() {
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    set_mode(&keeper.identity(), 0o644);
    is_refused(&keeper, &keeper.path(), &format!("`chmod 600 {}`", keeper.identity().display()));
}

#[test]
fn s03_what_belongs_to_another_user_is_not_used() {
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let owner = fs::metadata(keeper.path()).unwrap().uid();
    if owner != 0 {
        println!("skipped: only root can give a file away");
        return;
    }
    for path in [keeper.path(), keeper.folder(), keeper.identity(), keeper.folder().join("credentials.age.lock")] {
        chown(&path, Some(54_321), None).unwrap();
        if path.ends_with("credentials.age.lock") {
            keeper.store("gitlab.com", "canary-new").says_nothing();
        } else {
            is_refused(&keeper, &keeper.path(), "it belongs to another user");
        }
        chown(&path, Some(owner), None).unwrap();
        assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
    }
}

#[test]
fn s08_a_link_is_followed_once_and_stays() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        let vault = keeper.home.home().join("vault");
        fs::create_dir(&vault).unwrap();
        set_mode(&vault, 0o700);
        fs::rename(keeper.path(), vault.join("real")).unwrap();
        symlink(vault.join("real"), keeper.path()).unwrap();
        keeper.store("b.test", "canary-2").quietly();
        assert!(keeper.path().is_symlink());
        assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
        assert_eq!(keeper.token("b.test").as_deref(), Some("canary-2"));

        set_mode(&vault.join("real"), 0o644);
        is_refused(&keeper, &vault.join("real"), "others can read or write it");
        set_mode(&vault.join("real"), 0o600);
        set_mode(&vault, 0o777);
        is_refused(&keeper, &vault.join("real"), "others can change what is in it");
        set_mode(&vault, 0o700);

        fs::remove_file(vault.join("real")).unwrap();
        is_refused(&keeper, &keeper.path(), "is a link to a file that does not exist");
        assert!(keeper.path().is_symlink());
    }
}

#[test]
fn what_is_no_regular_file_is_not_used_and_not_waited_for() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        fs::remove_file(keeper.path()).unwrap();
        fs::create_dir(keeper.path()).unwrap();
        is_refused(&keeper, &keeper.path(), "it is not a regular file");
        fs::remove_dir(keeper.path()).unwrap();
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(keeper.path()).status();
        assert!(made.unwrap().success());
        for ran in [keeper.get("gitlab.com"), keeper.store("gitlab.com", "canary-new")] {
            ran.says_nothing();
            assert!(ran.stderr.contains("it is not a regular file"), "{}", ran.stderr);
        }
    }
}

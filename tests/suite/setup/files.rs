//! Which file is written, and what is left of it after `--undo`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{gitconfig, home, repository, text, values, well};

#[test]
fn undo_leaves_every_byte_as_it_was() {
    for before in [
        &b"[user]\n\tname = me\n"[..],
        b"[user]\n\tname = me",
        b"# only a comment",
        b"\xef\xbb\xbf[user]\r\n\tname = me\r\n",
        b"[user]\n\tname = gr\xfcn\n\n\n",
        b"[credential \"https://a.test\"]\n\tusername = me\n[core]\n",
        b"",
    ] {
        let home = home();
        fs::write(gitconfig(&home), before).unwrap();
        fs::set_permissions(gitconfig(&home), fs::Permissions::from_mode(0o640)).unwrap();
        well(&home.hallpass(&["setup", "https://a.test", "https://b.test"]));
        well(&home.hallpass(&["setup", "https://c.test"]));
        assert_ne!(fs::read(gitconfig(&home)).unwrap(), before);
        well(&home.hallpass(&["setup", "--undo"]));
        assert_eq!(fs::read(gitconfig(&home)).unwrap(), before);
        assert_eq!(fs::metadata(gitconfig(&home)).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[test]
fn a_file_that_setup_made_goes_with_undo() {
    let home = home();
    well(&home.hallpass(&["setup", "https://a.test"]));
    assert!(gitconfig(&home).exists());
    well(&home.hallpass(&["setup", "--undo"]));
    assert!(!gitconfig(&home).exists());
    let again = home.hallpass(&["setup", "--undo"]);
    well(&again);
    assert!(again.stderr.contains("wrote nothing"), "{}", again.stderr);
}

#[test]
fn undo_leaves_what_somebody_changed_since() {
    let home = home();
    well(&home.hallpass(&["setup", "https://a.test", "https://b.test"]));
    // Git puts this into the section that setup made.
    well(&home.git(&["config", "--global", "credential.https://a.test.username", "me"]));
    well(&home.git(&["config", "--global", "--unset-all", "credential.https://b.test.helper"]));
    well(&home.git(&["config", "--global", "credential.https://b.test.helper", "mine"]));
    well(&home.git(&["config", "--global", "user.name", "me"]));
    let ran = home.hallpass(&["setup", "--undo"]);
    well(&ran);
    assert_eq!(values(&home, "credential.https://a.test.username"), ["me"]);
    assert!(values(&home, "credential.https://a.test.helper").is_empty());
    assert_eq!(values(&home, "credential.https://b.test.helper"), ["mine"]);
    assert_eq!(values(&home, "user.name"), ["me"]);
    assert!(ran.text().contains("as far as") && ran.text().contains("took it out before"), "{}", ran.text());
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let home = home();
    fs::write(gitconfig(&home), "[url \"https://me:canary@c.test/\"]\n\tinsteadOf = https://c.test/").unwrap();
    let before = text(&gitconfig(&home));
    let ran = home.hallpass(&["setup", "https://a.test", "--dry-run"]);
    well(&ran);
    assert!(ran.text().starts_with("--- "), "{}", ran.text());
    assert!(ran.text().contains("+[credential \"https://a.test\"]\n+\thelper = /"), "{}", ran.text());
    assert_eq!(text(&gitconfig(&home)), before);
    assert!(!home.home().join(".local").exists());
    well(&home.hallpass(&["setup", "https://a.test"]));
    let undo = home.hallpass(&["setup", "--undo", "--dry-run"]);
    well(&undo);
    assert!(undo.text().contains("-[credential \"https://a.test\"]"), "{}", undo.text());
    let added: Vec<_> =
        ran.text().lines().filter(|line| line.starts_with("+\t")).map(|line| line[1..].to_owned()).collect();
    assert!(added.iter().all(|line| text(&gitconfig(&home)).contains(line)), "as it was shown");
    let again = home.hallpass(&["setup", "https://a.test", "--dry-run"]);
    assert!(again.text().is_empty() && again.stderr.contains("nothing would change"), "{}", again.stderr);
}

#[test]
fn a_link_stays_a_link() {
    let home = home();
    let real = home.write("dotfiles-gitconfig", "[user]\n\tname = me\n");
    symlink(&real, gitconfig(&home)).unwrap();
    well(&home.hallpass(&["setup", "https://a.test"]));
    assert!(gitconfig(&home).is_symlink());
    assert!(text(&real).contains("https://a.test"));
    well(&home.hallpass(&["setup", "--undo"]));
    assert_eq!(text(&real), "[user]\n\tname = me\n");
}

#[test]
fn a_locked_or_read_only_file_is_left_and_told() {
    let home = home();
    fs::write(gitconfig(&home), "[user]\n\tname = me\n").unwrap();
    let lock = home.write(".gitconfig.lock", "");
    let ran = home.hallpass(&["setup", "https://a.test"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("is locked") && ran.stderr.contains(".gitconfig.lock"), "{}", ran.stderr);
    fs::remove_file(lock).unwrap();
    fs::set_permissions(gitconfig(&home), fs::Permissions::from_mode(0o444)).unwrap();
    let ran = home.hallpass(&["setup", "https://a.test"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("can only be read"), "{}", ran.stderr);
    assert_eq!(text(&gitconfig(&home)), "[user]\n\tname = me\n");
    let undo = home.hallpass(&["setup", "--undo"]);
    assert!(undo.stderr.contains("wrote nothing"), "a failed setup is not recorded: {}", undo.stderr);
}

#[test]
fn a_broken_configuration_is_left_and_told() {
    let home = home();
    for broken in ["[user\nname = me\n", "[user]\n\tname = me \\"] {
        fs::write(gitconfig(&home), broken).unwrap();
        let ran = home.hallpass(&["setup", "https://a.test"]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert_eq!(text(&gitconfig(&home)), broken);
    }
}

#[test]
fn the_users_file_is_the_one_that_git_would_write() {
    let home = home();
    fs::create_dir_all(home.home().join(".config/git")).unwrap();
    let xdg = home.home().join(".config/git/config");
    fs::write(&xdg, "").unwrap();
    well(&home.hallpass(&["setup", "https://a.test"]));
    assert!(text(&xdg).contains("https://a.test") && !gitconfig(&home).exists());
    let named = home.home().join("named");
    let home = home.with("GIT_CONFIG_GLOBAL", &named);
    well(&home.hallpass(&["setup", "https://b.test"]));
    assert!(text(&named).contains("https://b.test"));
}

#[test]
fn the_repositorys_the_systems_and_any_other_file_can_be_written() {
    let home = home();
    repository(&home);
    well(&home.git(&["remote", "add", "origin", "https://a.test/group/app.git"]));
    well(&home.git(&["remote", "add", "ssh", "git@b.test:group/app.git"]));
    let local = home.work().join(".git/config");
    let before = text(&local);
    let ran = home.hallpass_at(crate::support::helper::PROGRAM.as_ref(), "", &["setup", "--local"], b"");
    well(&ran);
    assert!(text(&local).contains("[credential \"https://a.test\"]") && !text(&local).contains("gitlab.com"));
    well(&home.hallpass(&["setup", "--local", "--undo"]));
    assert_eq!(text(&local), before);

    let system = home.home().join("system");
    let home = home.with("GIT_CONFIG_SYSTEM", &system);
    well(&home.hallpass(&["setup", "--system", "https://a.test"]));
    assert!(text(&system).contains("https://a.test"));

    let file = home.home().join("extra");
    let words = ["setup", "--file", file.to_str().unwrap(), "https://a.test"];
    well(&home.hallpass(&words));
    let first = text(&file);
    well(&home.hallpass(&words));
    assert_eq!(text(&file), first);
    well(&home.git(&["config", "--global", "include.path", file.to_str().unwrap()]));
    assert_eq!(values(&home, "credential.https://a.test.helper").len(), 1);
    well(&home.hallpass(&["setup", "--file", file.to_str().unwrap(), "--undo"]));
    assert!(!file.exists());
}

#[test]
fn helpers_in_an_included_file_are_seen() {
    let home = home();
    home.write("included", "[credential]\n\thelper = store\n");
    fs::write(gitconfig(&home), "[include]\n\tpath = included\n").unwrap();
    let ran = home.hallpass(&["setup", "https://a.test"]);
    well(&ran);
    assert!(ran.text().contains("then `store`"), "{}", ran.text());
    let helpers = values(&home, "credential.https://a.test.helper");
    assert_eq!((helpers.len(), helpers[0].as_str(), helpers[2].as_str()), (3, "", "store"));
}

#[test]
fn outside_a_repository_and_without_a_home_one_is_told() {
    let ran = home().hallpass(&["setup", "--local"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no Git repository"), "{}", ran.stderr);
    let mut homeless = home();
    homeless.variables.remove(std::ffi::OsStr::new("HOME"));
    let ran = homeless.hallpass(&["setup", "https://a.test"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`HOME` is not set"), "{}", ran.stderr);
}

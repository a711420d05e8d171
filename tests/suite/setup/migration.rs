//! `setup --migrate`: tokens in plain text go into the store, and nothing is lost on the way.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::{fill, gitconfig, home, repository, text, values, well};
use crate::support::helper::{Home, PROGRAM, Ran};

const MOVE: [&str; 5] = ["setup", "--migrate", "--yes", "--store", "file"];

fn moved(home: &Home) -> Ran {
    home.hallpass(&MOVE)
}

fn password(home: &Home, url: &str) -> Option<String> {
    fill(home, "", url).value("password")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_git_stored_is_moved_and_answered_from_the_store() {
    let home = home();
    fs::write(gitconfig(&home), "[credential]\n\thelper = store\n").unwrap();
    let file = home.write(
        ".git-credentials",
        "https://me:canary%2Fone@a.test\n# kept as it is\nhttp://me:canary-two@a.test\nhttps://you:canary-three@b.test:8443\n",
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = moved(&home);
    well(&ran);
    assert!(ran.text().contains("2 tokens moved into the store"), "{}", ran.text());
    assert!(ran.stderr.contains(":3 stays: it is for plain `http`"), "{}", ran.stderr);
    assert_eq!(text(&file), "# kept as it is\nhttp://me:canary-two@a.test\n");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(password(&home, "https://a.test/x").as_deref(), Some("canary/one"));
    assert_eq!(password(&home, "https://b.test:8443/x").as_deref(), Some("canary-three"));
    // What worked is handed to every helper: none of those that are left writes it into a plain file again.
    let approved = "protocol=https\nhost=a.test\nusername=me\npassword=canary/one\n\n";
    well(&home.git_in("", &["credential", "approve"], approved.as_bytes()));
    assert!(!text(&file).contains("@a.test\n#") && !text(&file).contains("canary%2fone"));
    assert!(!text(&home.home().join(".local/share/hallpass/setup.json")).contains("canary"));
}

#[test]
fn an_empty_file_goes_unless_it_is_linked() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    fs::create_dir_all(home.home().join(".config/git")).unwrap();
    let real = home.write("real-credentials", "https://me:canary@b.test\n");
    let linked = home.home().join(".config/git/credentials");
    symlink(&real, &linked).unwrap();
    well(&moved(&home));
    assert!(!file.exists());
    assert!(linked.is_symlink());
    assert_eq!(text(&real), "");
}

#[test]
fn netrc_entries_are_moved_for_the_places_that_setup_is_about() {
    let home = home();
    let before =
        "# mine\nmachine a.test login me password canary-a\nmachine other.test\n\tlogin me\n\tpassword canary-o\n";
    let file = home.write(".netrc", before);
    let ran = home.hallpass(&["setup", "--migrate", "--yes", "--store", "file", "https://a.test"]);
    well(&ran);
    assert!(ran.stderr.contains(":3 stays: setup is not about its host"), "{}", ran.stderr);
    assert_eq!(text(&file), "# mine\nmachine other.test\n\tlogin me\n\tpassword canary-o\n");
    assert_eq!(password(&home, "https://a.test/x").as_deref(), Some("canary-a"));
}

#[test]
fn tokens_leave_the_addresses_of_remotes_and_rewrites() {
    let home = home();
    repository(&home);
    well(&home.git(&["remote", "add", "origin", "https://me:canary-a@a.test/group/app.git"]));
    well(&home.git(&["remote", "add", "hub", "https://canary-b:x-oauth-basic@b.test/group/app.git"]));
    well(&home.git(&["remote", "add", "plain", "https://c.test/group/app.git"]));
    fs::write(
        gitconfig(&home),
        "# canary-comment\n[url \"https://oauth2:canary-d@d.test/\"] # mine\n\tinsteadOf = git@d.test:\n",
    )
    .unwrap();
    let ran = moved(&home);
    well(&ran);
    assert_eq!(values(&home, "remote.origin.url"), ["https://me@a.test/group/app.git"]);
    assert_eq!(values(&home, "remote.hub.url"), ["https://b.test/group/app.git"]);
    let config = text(&gitconfig(&home));
    assert!(
        config.starts_with("# canary-comment\n[url \"https://oauth2@d.test/\"] # mine\n\tinsteadOf = git@d.test:\n"),
        "{config}"
    );
    assert!(!text(&home.work().join(".git/config")).contains("canary"));
    assert_eq!(fill(&home, "", "https://a.test/group/app.git").value("password").as_deref(), Some("canary-a"));
    let hub = fill(&home, "", "https://b.test/group/app.git");
    assert_eq!(
        (hub.value("username").as_deref(), hub.value("password").as_deref()),
        (Some("canary-b"), Some("x-oauth-basic"))
    );
    assert_eq!(password(&home, "https://d.test/x").as_deref(), Some("canary-d"));
    // Undoing setup does not bring tokens back into plain text, and finds its own lines all the same.
    well(&home.hallpass(&["setup", "--undo"]));
    assert_eq!(
        text(&gitconfig(&home)),
        "# canary-comment\n[url \"https://oauth2@d.test/\"] # mine\n\tinsteadOf = git@d.test:\n"
    );
}

#[test]
fn a_dry_run_shows_stars_and_changes_nothing() {
    let home = home();
    repository(&home);
    well(&home.git(&["remote", "add", "origin", "https://me:canary-a@a.test/group/app.git"]));
    let credentials = home.write(".git-credentials", "https://me:canary-b@b.test\n");
    let netrc = home.write(".netrc", "machine gitlab.com\n\tlogin me\n\tpassword canary-c\n");
    let ran = home.hallpass(&["setup", "--migrate", "--dry-run", "--store", "file"]);
    well(&ran);
    for shown in [
        "-https://***@b.test",
        "-\tpassword ***",
        "-\turl = https://***@a.test/group/app.git",
        "+[credential \"https://b.test\"]",
    ] {
        assert!(ran.text().contains(shown), "{shown}: {}", ran.text());
    }
    assert!(text(&credentials).contains("canary-b") && text(&netrc).contains("canary-c"));
    assert!(
        !home.home().join(".local").exists() && !home.home().join(".config").exists() && !gitconfig(&home).exists()
    );
}

#[test]
fn without_a_terminal_somebody_must_have_said_yes() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    let ran = home.hallpass(&["setup", "--migrate", "--store", "file"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("1 token would be moved") && ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert!(file.exists() && !gitconfig(&home).exists());
}

/// As at a terminal, with this typed.
fn typing(home: &Home, typed: &str) -> (std::process::ExitCode, String) {
    let variables: hallpass::wiring::Variables =
        home.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let clock = hallpass::wiring::SystemClock::new(&variables);
    let mut process = hallpass::cli::Process {
        program: PROGRAM.into(),
        executable: Some(PROGRAM.into()),
        arguments: ["setup", "--migrate", "--store", "file"].map(Into::into).to_vec(),
        variables,
        directory: Some(home.work()),
        stdin: Box::new(std::io::Cursor::new(typed.to_owned())),
        stdin_is_terminal: true,
        stdout: &mut out,
        stderr: &mut err,
        clock: &clock,
        terminal: None,
        stderr_is_terminal: false,
        interrupted: None,
    };
    let status = hallpass::cli::run(&mut process);
    (status, String::from_utf8([out, err].concat()).unwrap())
}

#[test]
fn at_a_terminal_one_is_asked() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    for refusal in ["n\n", "\n", "", "yessir\n"] {
        let (status, said) = typing(&home, refusal);
        assert_eq!(status, std::process::ExitCode::SUCCESS);
        assert!(said.contains("Move 1 token into the store") && said.contains("nothing was changed"), "{said}");
        assert!(file.exists() && !gitconfig(&home).exists());
    }
    let (status, said) = typing(&home, "y\n");
    assert_eq!(status, std::process::ExitCode::SUCCESS, "{said}");
    assert!(said.contains("1 token moved") && !said.contains("canary"), "{said}");
    assert!(!file.exists());
}

#[test]
fn in_ci_nothing_is_moved_without_a_store() {
    let home = home().with("CI", "true");
    home.write(".git-credentials", "https://me:canary@a.test\n");
    let ran = home.hallpass(&["setup", "--migrate", "--yes"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("name one, as in `--store file`"), "{}", ran.stderr);
}

#[test]
fn a_jobs_own_token_is_not_moved() {
    let home = home().in_job("https://a.test", "canary-job");
    repository(&home);
    well(&home.git(&["config", "url.https://gitlab-ci-token:canary-job@a.test.insteadOf", "https://a.test"]));
    let before = text(&home.work().join(".git/config"));
    let ran = moved(&home);
    assert!(ran.stderr.contains("own token, which ends with the job"), "{}", ran.stderr);
    assert_eq!(text(&home.work().join(".git/config")), before);
}

#[test]
fn a_place_whose_connection_runs_a_command_is_moved_all_the_same() {
    let home = home();
    home.configure(
        "version: 1\nconnections:\n  own: { forge: gitlab, url: https://a.test, token: { command: [/bin/false] } }\n",
    );
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    well(&moved(&home));
    assert!(!file.exists());
}

#[test]
fn another_token_of_the_account_stays_where_it_is() {
    let home = home();
    let stored = "protocol=https\nhost=a.test\nusername=me\npassword=canary-newer\n\n";
    home.helper(&["--store", "file", "store"], stored).says_nothing();
    let file = home.write(
        ".git-credentials",
        "https://me:canary-older@a.test\nhttps://you:canary-x@a.test\nhttps://you:canary-y@a.test\n",
    );
    let ran = moved(&home);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains(":1 stays: another token of this account"), "{}", ran.stderr);
    assert_eq!(text(&file), "https://me:canary-older@a.test\nhttps://you:canary-y@a.test\n");
    let named = |user: &str| {
        let request = format!("protocol=https\nhost=a.test\nusername={user}\n\n");
        home.git_in("", &["credential", "fill"], request.as_bytes()).value("password")
    };
    assert_eq!(named("me").as_deref(), Some("canary-newer"));
    assert_eq!(named("you").as_deref(), Some("canary-x"), "the one that Git used");
}

#[test]
fn a_store_that_cannot_keep_leaves_everything() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    fs::create_dir_all(home.home().join(".local/share")).unwrap();
    let damaged = home.home().join(".local/share/hallpass");
    fs::create_dir(&damaged).unwrap();
    fs::set_permissions(&damaged, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(damaged.join("credentials.age"), "damaged").unwrap();
    fs::set_permissions(damaged.join("credentials.age"), fs::Permissions::from_mode(0o600)).unwrap();
    let ran = moved(&home);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert_eq!(text(&file), "https://me:canary@a.test\n");
    assert_eq!(text(&damaged.join("credentials.age")), "damaged");
}

#[test]
fn a_file_that_cannot_be_cleaned_up_is_told_and_its_token_is_in_the_store() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary@a.test\n");
    home.write(".git-credentials.lock", "");
    let ran = moved(&home);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("is locked"), "{}", ran.stderr);
    assert_eq!(text(&file), "https://me:canary@a.test\n");
    assert_eq!(password(&home, "https://a.test/x").as_deref(), Some("canary"));
    fs::remove_file(home.home().join(".git-credentials.lock")).unwrap();
    well(&moved(&home));
    assert!(!file.exists(), "the second time");
}

#[test]
fn only_the_named_places_are_moved() {
    let home = home();
    let file = home.write(".git-credentials", "https://me:canary-a@a.test\nhttps://me:canary-b@b.test\n");
    let words = [&MOVE[..], &["https://b.test"]].concat();
    well(&home.hallpass_at(Path::new(PROGRAM), "", &words, b""));
    assert_eq!(text(&file), "https://me:canary-a@a.test\n");
}

//! Other helpers beside hallpass.

use std::fs;

use super::{fill, gitconfig, home, repository, text, values, well};
use crate::support::helper::Home;

/// A home with these lines, and a token for `https://a.test`.
fn with(lines: &str) -> Home {
    let home = home().with("WORK_TOKEN", "canary-work");
    home.configure(
        "version: 1\nconnections:\n  work: { forge: gitlab, url: https://a.test, token: { env: WORK_TOKEN } }\n",
    );
    fs::write(gitconfig(&home), lines).unwrap();
    home
}

const THEIRS: &str = "https://me:canary-theirs@a.test\n";

#[test]
fn hallpass_is_asked_first_and_the_others_stay_and_are_named() {
    let home = with("[credential]\n\thelper = store\n\thelper = cache --timeout=60\n");
    home.write(".git-credentials", THEIRS);
    assert_eq!(fill(&home, "", "https://a.test/x").value("password").as_deref(), Some("canary-theirs"));
    let ran = home.hallpass(&["setup", "https://a.test"]);
    well(&ran);
    assert!(ran.text().contains("https://a.test, then `store` and `cache`"), "{}", ran.text());
    assert!(ran.stderr.contains("`store` writes"), "{}", ran.stderr);
    assert_eq!(fill(&home, "", "https://a.test/x").value("password").as_deref(), Some("canary-work"));
    let home = home.with("WORK_TOKEN", "");
    assert_eq!(
        fill(&home, "", "https://a.test/x").value("password").as_deref(),
        Some("canary-theirs"),
        "it is asked behind"
    );
}

#[test]
fn replace_leaves_the_others_out_for_these_places_alone() {
    let home = with("[credential]\n\thelper = store\n").with("WORK_TOKEN", "");
    home.write(".git-credentials", format!("{THEIRS}https://me:canary-theirs@b.test\n"));
    let ran = home.hallpass(&["setup", "https://a.test", "--replace"]);
    well(&ran);
    assert!(ran.text().contains("no longer `store`"), "{}", ran.text());
    assert_eq!(fill(&home, "", "https://a.test/x").value("password"), None);
    assert_eq!(fill(&home, "", "https://b.test/x").value("password").as_deref(), Some("canary-theirs"));
}

#[test]
fn a_second_setup_changes_nothing() {
    for lines in ["", "[user]\n\tname = me", "[credential]\n\thelper = store\n"] {
        let home = with(lines);
        for words in [&["setup"][..], &["setup", "--replace"], &["setup", "https://dev.azure.com", "c.test"]] {
            well(&home.hallpass(words));
            let first = text(&gitconfig(&home));
            let again = home.hallpass(words);
            well(&again);
            assert!(again.text().contains("nothing to change"), "{}", again.text());
            assert_eq!(text(&gitconfig(&home)), first);
        }
        well(&home.hallpass(&["setup", "--undo"]));
        assert_eq!(text(&gitconfig(&home)), lines);
    }
}

#[test]
fn other_options_take_the_place_of_the_older_ones() {
    let home = with("[user]\n\tname = me\n");
    well(&home.hallpass(&["setup", "https://a.test"]));
    well(&home.hallpass(&["setup", "https://a.test", "--store", "none"]));
    let helpers = values(&home, "credential.https://a.test.helper");
    assert_eq!(helpers.len(), 1, "{helpers:?}");
    assert!(helpers[0].ends_with("credential --store none"));
    well(&home.hallpass(&["setup", "--undo"]));
    assert_eq!(text(&gitconfig(&home)), "[user]\n\tname = me\n");
}

#[test]
fn r15_a_line_of_shell_is_neither_shown_nor_copied() {
    let home = with("[credential]\n\thelper = \"!f() { echo username=x; echo password=canary; }; f\"\n");
    let shown = home.hallpass(&["setup", "https://a.test", "--dry-run"]);
    assert_eq!(shown.status, 1, "{}", shown.stderr);
    let ran = home.hallpass(&["setup", "https://a.test"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("`a line of shell` before hallpass") && ran.stderr.contains("--replace"),
        "{}",
        ran.stderr
    );
    assert_eq!(text(&gitconfig(&home)).matches("canary").count(), 1);
    assert!(!text(&home.home().join(".local/share/hallpass/setup.json")).contains("canary"));
    well(&home.hallpass(&["setup", "https://a.test", "--replace"]));
    assert_eq!(fill(&home, "", "https://a.test/x").value("password").as_deref(), Some("canary-work"));
}

#[test]
fn what_a_later_file_says_is_told_and_local_is_later_still() {
    let home = with("");
    repository(&home);
    well(&home.git(&["config", "credential.https://a.test.helper", ""]));
    let ran = home.hallpass(&["setup", "https://a.test"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("does not ask hallpass") && ran.stderr.contains("--local"), "{}", ran.stderr);
    well(&home.hallpass(&["setup", "--local", "https://a.test"]));
    assert_eq!(fill(&home, "", "https://a.test/x").value("password").as_deref(), Some("canary-work"));
}

#[test]
fn the_path_is_asked_for_where_tokens_differ_by_it() {
    let home = home().with("ONE", "canary-one").with("TWO", "canary-two");
    home.configure(
        "version: 1\nconnections:\n  one: { forge: gitlab, url: https://a.test, target: group/one, token: { env: ONE } }\n  \
         two: { forge: gitlab, url: https://a.test, target: group/two, token: { env: TWO } }\n  \
         plain: { forge: gitlab, url: https://b.test, token: { env: ONE } }\n",
    );
    let ran = home.hallpass(&[
        "setup",
        "https://a.test",
        "https://b.test",
        "https://dev.azure.com",
        "https://org.visualstudio.com",
    ]);
    well(&ran);
    let path = |origin: &str| values(&home, &format!("credential.{origin}.useHttpPath"));
    for origin in ["https://a.test", "https://dev.azure.com", "https://org.visualstudio.com"] {
        assert_eq!(path(origin), ["true"], "{origin}");
    }
    assert!(path("https://b.test").is_empty());
    for (project, token) in [("one", "canary-one"), ("two", "canary-two")] {
        let filled = fill(&home, "", &format!("https://a.test/group/{project}.git"));
        assert_eq!(filled.value("password").as_deref(), Some(token));
    }
}

#[test]
fn places_are_named_in_any_way_and_wrong_ones_are_refused() {
    let home = home();
    well(&home.hallpass(&["setup", "a.test", "https://b.test:8443/group/app.git"]));
    assert_eq!(values(&home, "credential.https://a.test.helper").len(), 1);
    assert_eq!(values(&home, "credential.https://b.test:8443.helper").len(), 1);
    for (place, said) in
        [("http://c.test", "unencrypted"), ("https://c..test", "host name"), ("ftp://c.test", "https://")]
    {
        let ran = home.hallpass(&["setup", place]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = home.hallpass(&["setup", "https://me:canary@c.test"]);
    assert_eq!(ran.status, 2);
}

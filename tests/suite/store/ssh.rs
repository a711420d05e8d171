//! SSH keys as identities, made by the real `ssh-keygen`.

use std::fs;
use std::process::Command;

use super::Keeper;
use crate::support::helper::Ran;
use crate::support::parts;

/// A keeper with a new SSH key, where one can be made.
fn keeper(kind: &[&str], passphrase: &str) -> Option<Keeper> {
    if !parts::programs(&["ssh-keygen"]) {
        return None;
    }
    let keeper = Keeper::new("file");
    let key = keeper.home.home().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-N", passphrase, "-t"]).args(kind).arg("-f").arg(&key).status();
    assert!(made.unwrap().success());
    Some(keeper.with(&["--identity", key.to_str().unwrap()]))
}

#[test]
fn an_ed25519_and_an_rsa_key_open_what_they_sealed() {
    for kind in [&["ed25519"][..], &["rsa", "-b", "2048"]] {
        let Some(keeper) = keeper(kind, "") else { return };
        keeper.store("gitlab.com", "canary-1").says_nothing().quietly();
        keeper.store("b.test", "canary-2").says_nothing().quietly();
        assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
        assert!(!keeper.identity().exists());
        // Nobody else's key does.
        fs::write(keeper.home.home().join("key"), "").unwrap();
        assert!(keeper.get("gitlab.com").says_nothing().stderr.contains("holds neither"));
    }
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let Some(keeper) = keeper(&["ecdsa"], "") else { return };
    let ran = keeper.store("gitlab.com", "canary-1");
    assert!(ran.says_nothing().stderr.contains("is not an SSH key of type ed25519 or rsa"), "{}", ran.stderr);
    assert!(!keeper.path().exists());
}

#[test]
fn an_identity_that_does_not_exist_is_not_made() {
    let keeper = Keeper::new("file").with(&["--identity", "/nowhere/key"]);
    assert!(keeper.store("gitlab.com", "canary-1").says_nothing().stderr.contains("`/nowhere/key` does not exist"));
    keeper.get("gitlab.com").says_nothing().quietly();
}

#[test]
fn a_key_with_a_passphrase_opens_for_somebody_who_can_be_asked() {
    let Some(keeper) = keeper(&["ed25519", "-a", "1"], "open sesame") else { return };
    // The first sealing needs the public half alone.
    keeper.store("gitlab.com", "canary-1").says_nothing().quietly();
    let refused = keeper.get("gitlab.com");
    assert!(refused.says_nothing().stderr.contains("has a passphrase, and nobody can be asked"), "{}", refused.stderr);
    if !parts::programs(&["script"]) {
        return;
    }
    let get = |passphrase: &str, variable: &str| -> Ran {
        let words = keeper.words("get").join(" ");
        let inner =
            format!("printf 'protocol=https\\nhost=gitlab.com\\n' | {variable} \"$HALLPASS\" credential {words}");
        let home = &keeper.home;
        fs::write(home.home().join("inner"), inner).unwrap();
        let script = format!(
            "export HALLPASS=\"$0\"; (sleep 1; printf '{passphrase}\\n'; sleep 1) | \
             script -qec \"/bin/sh '{}'\" /dev/null",
            home.home().join("inner").display()
        );
        home.shell(&script, "")
    };
    let opened = get("open sesame", "");
    assert!(opened.text().contains("Passphrase for `"), "{}", opened.text());
    assert!(opened.text().contains("password=canary-1"), "{}", opened.text());
    assert!(!opened.text().contains("open sesame"), "the passphrase was shown");
    assert!(get("wrong", "").text().contains("the passphrase was wrong"));
    for variable in ["CI=true", "GIT_TERMINAL_PROMPT=0"] {
        let silent = get("open sesame", variable);
        assert!(!silent.text().contains("Passphrase for"), "{}", silent.text());
    }
}

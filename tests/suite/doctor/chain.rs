//! The helpers, in Git's order.

use super::before::{diagnosis, home, json, told};
use crate::support::helper::PROGRAM;

const ADDRESS: &str = "https://gitlab.example.com/group/app.git";

#[test]
fn helpers_of_others_are_named_and_not_run() {
    let home = home(&[]);
    let ran = home.home().join("ran");
    home.helped_by(&[
        &format!("!touch {}; echo password=canary", ran.display()),
        "cache",
        "no-such-helper",
        "hallpass",
    ]);
    let seen = diagnosis(&home, &[ADDRESS]);
    let chain = seen["ways"][0]["chain"].as_array().unwrap();
    let states: Vec<_> =
        chain.iter().map(|link| (link["name"].as_str().unwrap(), link["state"].as_str().unwrap())).collect();
    let expected = [("touch", "unknown"), ("cache", "unknown"), ("no-such-helper", "absent"), ("hallpass", "absent")];
    assert_eq!(states, expected);
    assert!(!ran.exists());
    assert!(told(&seen, "helper-missing").contains("`no-such-helper` in ~/.gitconfig"));
}

#[test]
fn others_are_asked_with_the_word_for_it_and_only_the_user_is_shown() {
    let home = home(&[]);
    let give = "!f() { cat >/dev/null; echo username=somebody; echo password=canary-other; }; f";
    home.helped_by(&["!f() { cat >/dev/null; }; f", give, &format!("{PROGRAM} credential")]);
    let seen = diagnosis(&home, &["--ask", ADDRESS]);
    let way = &seen["ways"][0];
    let states: Vec<_> = way["chain"].as_array().unwrap().iter().map(|link| link["state"].as_str().unwrap()).collect();
    assert_eq!((states.as_slice(), &way["chain"][1]["user"]), (&["empty", "has", "has"][..], &"somebody".into()));
    assert_eq!((&way["answer"], &way["certainty"]), (&"a line of shell".into(), &"by".into()));
    let without = diagnosis(&home, &[ADDRESS]);
    assert_eq!(
        (&without["ways"][0]["answer"], &without["ways"][0]["certainty"]),
        (&"hallpass".into(), &"perhaps".into())
    );
}

#[test]
fn what_the_plain_store_of_git_holds_is_looked_up_in_its_file() {
    let home = home(&[]);
    home.write(".git-credentials", "https://you:canary-a@other.example.com\nhttps://me:canary-b@gitlab.example.com\n");
    home.helped_by(&["store", &format!("{PROGRAM} credential")]);
    let seen = diagnosis(&home, &[ADDRESS]);
    let link = &seen["ways"][0]["chain"][0];
    assert_eq!((&link["name"], &link["state"], &link["user"]), (&"store".into(), &"has".into(), &"me".into()));
    assert!(told(&seen, "token-literal").contains("~/.git-credentials holds a token for this host"));
    let other = diagnosis(&home, &["https://third.example.com/a"]);
    assert_eq!((&other["ways"][0]["chain"][0]["state"], told(&other, "token-literal").as_str()), (&"empty".into(), ""));
    let file = home.write("more", "https://us:canary-c@gitlab.example.com\n");
    home.helped_by(&[&format!("store --file={}", file.display())]);
    assert_eq!(diagnosis(&home, &[ADDRESS])["ways"][0]["chain"][0]["user"], "us");
}

#[test]
fn what_hallpass_keeps_is_listed_with_its_end_and_by_the_options_of_the_helper() {
    let home = home(&[]);
    let file = home.home().join("kept");
    let words = ["--store", "plain", "--file", file.to_str().unwrap(), "store"];
    for (user, end) in [("me", "4102444800"), ("you", "1795180000")] {
        let input = format!(
            "protocol=https\nhost=git.example.com\nusername={user}\npassword=canary-{user}\npassword_expiry_utc={end}\n\n"
        );
        assert_eq!(home.helper(&words, input).status, 0);
    }
    home.helped_by(&[&format!("{PROGRAM} credential --store plain --file {}", file.display())]);
    let later = home.with("HALLPASS_NOW", "2026-11-21T12:00:00Z");
    let seen = diagnosis(&later, &["https://git.example.com/a"]);
    let kept: Vec<_> = seen["kept"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["user"].as_str().unwrap(), &one["dead"], &one["given"]))
        .collect();
    assert_eq!(kept, [("you", &true.into(), &false.into()), ("me", &false.into(), &true.into())], "{seen:#}");
    assert_eq!(
        seen["ways"][0]["chain"][0]["says"][0],
        "gives what Git handed over to be kept, until 2100-01-01T00:00:00Z"
    );
    assert!(told(&seen, "token-expired").contains("for the user `you` that has ended"));
}

#[test]
fn of_several_accounts_the_one_that_is_given_is_named() {
    let home = home(&[]);
    let file = home.home().join("kept");
    for user in ["me", "you"] {
        let input = format!("protocol=https\nhost=git.example.com\nusername={user}\npassword=canary-{user}\n\n");
        assert_eq!(home.helper(&["--store", "plain", "--file", file.to_str().unwrap(), "store"], input).status, 0);
    }
    home.helped_by(&[&format!("{PROGRAM} credential --store plain --file {}", file.display())]);
    let told_of = |address: &str| told(&diagnosis(&home, &[address]), "credential-conflict");
    let told = told_of("https://git.example.com/a");
    assert!(told.contains("keeps 2 accounts") && told.contains("the one of the user `you`"), "{told}");
    assert_eq!(told_of("https://me@git.example.com/a"), "");
}

#[test]
fn a_token_that_has_ended_is_not_the_answer_and_the_reason_is_told() {
    let home = home(&[]).with("BOT", "");
    let seen = diagnosis(&home, &[ADDRESS]);
    assert_eq!(seen["ways"][0]["certainty"], "nobody");
    assert_eq!(seen["ways"][0]["chain"][0]["says"][0], "`bot` is not used: the variable `BOT` is empty");
    assert!(told(&seen, "token-missing").contains("hallpass setup https://gitlab.example.com"));
    let ran = home.hallpass(&["doctor", "--offline", "--format", "json", ADDRESS]);
    assert_eq!((ran.status, json(&ran)["report"]["status"].as_str()), (1, Some("fail")));
}

#[test]
fn the_user_that_git_asks_for_decides() {
    let home = home(&[]);
    home.configure(
        "version: 1\nconnections:\n  one: { forge: gitlab, url: 'https://gitlab.example.com', username: one, token: { env: BOT } }\n  \
         two: { forge: gitlab, url: 'https://gitlab.example.com', username: two, token: { env: BOT } }\n",
    );
    let seen = diagnosis(&home, &[ADDRESS]);
    let says = seen["ways"][0]["chain"][0]["says"][0].as_str().unwrap();
    assert!(says.contains("several connections answer"), "{says}");
    home.git(&["config", "credential.https://gitlab.example.com.username", "two"]);
    let seen = diagnosis(&home, &[ADDRESS]);
    assert_eq!(seen["ways"][0]["chain"][0]["says"][0], "gives connection `two`, env:BOT");
    assert_eq!((&seen["ways"][0]["user"], &seen["ways"][0]["chain"][0]["user"]), (&"two".into(), &"two".into()));
    let named = diagnosis(&home, &["https://one@gitlab.example.com/group/app"]);
    assert_eq!(named["ways"][0]["chain"][0]["says"][0], "gives connection `one`, env:BOT");
}

#[test]
fn paths_are_told_where_git_tells_them() {
    let home = home(&[("credential.https://gitlab.example.com.useHttpPath", "true")]);
    home.configure(
        "version: 1\nconnections:\n  a: { forge: gitlab, url: 'https://gitlab.example.com', target: group/app, token: { env: BOT } }\n  \
         b: { forge: gitlab, url: 'https://gitlab.example.com', target: group/other, token: { env: BOT } }\n",
    );
    let says = |path: &str| {
        let seen = diagnosis(&home, &[&format!("https://gitlab.example.com/{path}")]);
        seen["ways"][0]["chain"][0]["says"][0].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(says("group/app.git"), "gives connection `a`, env:BOT");
    assert_eq!(says("group/other"), "gives connection `b`, env:BOT");
    assert_eq!(says("group/third"), "");
}

#[test]
fn hallpass_is_known_by_every_name() {
    let home = home(&[]);
    let folder = home.home();
    #[cfg(unix)]
    let linked = crate::support::helper::link(&folder);
    for line in [format!("{PROGRAM} credential"), format!("!{PROGRAM} credential"), linked.display().to_string()] {
        home.helped_by(&[&line]);
        let seen = diagnosis(&home, &[ADDRESS]);
        assert_eq!(
            (&seen["ways"][0]["answer"], &seen["ways"][0]["chain"][0]["sort"]),
            (&"hallpass".into(), &"hallpass".into()),
            "{line}"
        );
    }
}

#[test]
fn without_git_the_files_are_read_and_that_is_told() {
    let home = home(&[]).with("PATH", "/nowhere");
    let seen = diagnosis(&home, &[ADDRESS]);
    assert_eq!(seen["ways"][0]["answer"], "hallpass");
    assert!(seen["notes"][0].as_str().unwrap().starts_with("Git itself could not be asked"), "{seen:#}");
}

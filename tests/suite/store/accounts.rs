//! What is kept, found and forgotten, by way of the program (R9, P-15, P-19 to P-22).

use super::Keeper;

#[track_caller]
fn answer(keeper: &Keeper, request: &str) -> String {
    keeper.run("get", request).quietly().text()
}

const REQUEST: &str = "protocol=https\nhost=gitlab.com\n";

#[test]
fn every_part_of_an_account_comes_back() {
    for keeper in Keeper::both() {
        let stored = "protocol=https\nhost=gitlab.com:8443\npath=group/proj.git\nusername=me\npassword=canary-1\n\
                      password_expiry_utc=1900000000\noauth_refresh_token=canary-again\n";
        keeper.run("store", stored).says_nothing().quietly();
        let expected = "username=me\npassword=canary-1\npassword_expiry_utc=1900000000\n\
                        oauth_refresh_token=canary-again\n";
        let host = "protocol=https\nhost=gitlab.com:8443\n";
        assert_eq!(answer(&keeper, host), expected);
        assert_eq!(answer(&keeper, &format!("{host}path=group/proj.git\n")), expected);
        assert_eq!(answer(&keeper, &format!("{host}path=group/other.git\n")), "");
        assert_eq!(answer(&keeper, &format!("{host}username=you\n")), "");
        assert_eq!(answer(&keeper, REQUEST), "");
        assert_eq!(answer(&keeper, "protocol=http\nhost=gitlab.com:8443\n"), "");
    }
}

#[test]
fn what_was_stored_for_http_is_given_for_http_alone() {
    let keeper = Keeper::new("plain");
    keeper.run("store", "protocol=http\nhost=a.test\nusername=me\npassword=canary-1\n").quietly();
    assert!(answer(&keeper, "protocol=http\nhost=a.test\n").contains("password=canary-1\n"));
    assert_eq!(answer(&keeper, "protocol=https\nhost=a.test\n"), "");
    assert_eq!(answer(&keeper, "protocol=https\nhost=a.test:80\n"), "");
}

#[test]
fn p10_a_path_need_not_be_text() {
    let keeper = Keeper::new("file");
    let request = |end: &[u8]| [b"protocol=https\nhost=a.test\npath=gr\xFFup/p\n", end].concat();
    let words = keeper.words("store");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    keeper.home.helper(&words, request(b"username=me\npassword=canary-1\n")).says_nothing().quietly();
    let words: Vec<String> = keeper.words("get");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(keeper.home.helper(&words, request(b"")).value("password").as_deref(), Some("canary-1"));
}

#[test]
fn p15_a_header_is_given_to_those_who_take_one() {
    let keeper = Keeper::new("file");
    let offer = "capability[]=authtype\n";
    keeper.run("store", &format!("{offer}{REQUEST}authtype=Bearer\ncredential=canary-1\n")).quietly();
    assert_eq!(
        answer(&keeper, &format!("{offer}{REQUEST}")),
        "capability[]=authtype\nauthtype=Bearer\ncredential=canary-1\n"
    );
    assert_eq!(answer(&keeper, REQUEST), "");
    let named = format!("{REQUEST}username=bot\n");
    keeper.run("store", &format!("{offer}{named}authtype=Bearer\ncredential=canary-2\n")).quietly();
    assert_eq!(
        answer(&keeper, &format!("{offer}{named}")),
        "capability[]=authtype\nusername=bot\nauthtype=Bearer\ncredential=canary-2\n"
    );
    assert_eq!(answer(&keeper, REQUEST), "username=bot\npassword=canary-2\n");
    keeper.run("erase", &format!("{offer}{named}authtype=Bearer\ncredential=canary-old\n")).quietly();
    assert_ne!(answer(&keeper, REQUEST), "");
    keeper.run("erase", &format!("{offer}{named}authtype=Bearer\ncredential=canary-2\n")).quietly();
    assert_eq!(answer(&keeper, REQUEST), "");
}

#[test]
fn p19_an_empty_account_is_one_too() {
    let keeper = Keeper::new("file");
    keeper.run("store", &format!("{REQUEST}username=\npassword=\n")).says_nothing().quietly();
    assert_eq!(answer(&keeper, REQUEST), "username=\npassword=\n");
}

#[test]
fn p20_what_is_incomplete_dead_or_for_the_moment_is_not_kept() {
    let keeper = Keeper::new("file");
    for stdin in [
        "protocol=https\nhost=gitlab.com\nusername=me\n",
        "protocol=https\nhost=gitlab.com\npassword=canary-1\n",
        "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\npassword_expiry_utc=1\n",
        "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\nephemeral=1\n",
        "protocol=https\nusername=me\npassword=canary-1\n",
        "host=gitlab.com\nusername=me\npassword=canary-1\n",
        "protocol=https\nhost=\nusername=me\npassword=canary-1\n",
        "protocol=https\nhost=gitlab.com.\nusername=me\npassword=canary-1\n",
        "protocol=ssh\nhost=gitlab.com\nusername=me\npassword=canary-1\n",
        "",
    ] {
        keeper.run("store", stdin).says_nothing().quietly();
    }
    for expiry in ["soon", "-1", "99999999999999999999", "1.5", ""] {
        let ran =
            keeper.run("store", &format!("{REQUEST}username=me\npassword=canary-1\npassword_expiry_utc={expiry}\n"));
        assert_eq!(ran.says_nothing().stderr, "hallpass: nothing is stored: its expiry is no time\n");
    }
    assert!(!keeper.folder().exists());
}

#[test]
fn p21_p22_what_is_erased_is_what_equals_the_request() {
    for keeper in Keeper::both() {
        keeper.store("gitlab.com", "canary-1").quietly();
        keeper.store("b.test", "canary-2").quietly();
        for kept in [
            "protocol=https\n",
            "host=gitlab.com\n",
            "",
            "protocol=http\nhost=gitlab.com\n",
            "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-old\n",
            "protocol=https\nhost=gitlab.com\nusername=you\npassword=canary-1\n",
            "protocol=https\nhost=gitlab.com\npath=group\nusername=me\npassword=canary-1\n",
            "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\noauth_refresh_token=canary-other\n",
        ] {
            keeper.run("erase", kept).says_nothing().quietly();
            assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"), "{kept}");
        }
        keeper.run("erase", REQUEST).says_nothing().quietly();
        assert_eq!(keeper.token("gitlab.com"), None);
        assert_eq!(keeper.token("b.test").as_deref(), Some("canary-2"));
    }
}

#[test]
fn a_lifetime_ends_what_is_kept_and_is_not_prolonged_by_use() {
    let mut keeper = Keeper::new("file").with(&["--lifetime", "1h"]);
    keeper.store("gitlab.com", "canary-1").quietly();
    let given = keeper.get("gitlab.com").text();
    // 2026-11-20T13:00:00Z
    assert_eq!(given, "username=me\npassword=canary-1\npassword_expiry_utc=1795179600\n");
    keeper.home.set("HALLPASS_NOW", "2026-11-20T12:59:59Z");
    // Git hands back what it was given after each success, with its end or, before 2.41, without.
    keeper.run("store", &format!("{REQUEST}{given}")).quietly();
    keeper.store("gitlab.com", "canary-1").quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
    keeper.home.set("HALLPASS_NOW", "2026-11-20T13:00:00Z");
    assert_eq!(keeper.get("gitlab.com").says_nothing().stderr, "");
}

#[test]
fn what_git_hands_back_unchanged_is_not_written_again() {
    let keeper = Keeper::new("file");
    keeper.store("gitlab.com", "canary-1").quietly();
    let before = std::fs::read(keeper.path()).unwrap();
    keeper.store("gitlab.com", "canary-1").quietly();
    assert_eq!(std::fs::read(keeper.path()).unwrap(), before);
    keeper.store("gitlab.com", "canary-2").quietly();
    assert_ne!(std::fs::read(keeper.path()).unwrap(), before);
}

#[test]
fn what_hallpass_supplies_is_not_kept_and_not_erased() {
    let mut keeper = Keeper::new("file");
    keeper.home.configure(
        "version: 1\nconnections:\n  bot: { forge: gitlab, token: { env: BOT } }\n  \
         tool: { forge: gitlab, url: https://b.test, token: { command: [/bin/false] } }\n",
    );
    keeper.home.set("BOT", "canary-bot");
    keeper.store("gitlab.com", "canary-bot").says_nothing().quietly();
    keeper.store("b.test", "canary-1").says_nothing().quietly();
    assert!(!keeper.folder().exists());
    keeper.run("erase", REQUEST).says_nothing().quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-bot"));
    // Typed by somebody where the configured one was refused.
    keeper.store("gitlab.com", "canary-typed").says_nothing().quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-bot"));
    keeper.home.variables.remove(std::ffi::OsStr::new("BOT"));
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-typed"));
}

#[test]
fn a_connection_can_name_the_store_as_its_source() {
    let keeper = Keeper::new("file");
    keeper.home.configure("version: 1\nconnections:\n  me: { forge: gitlab, username: me, token: store }\n");
    let ran = keeper.get("gitlab.com");
    assert_eq!(ran.says_nothing().stderr, "hallpass: `me` is not used: nothing is stored for https://gitlab.com\n");
    keeper.store("gitlab.com", "canary-1").quietly();
    keeper.run("store", &format!("{REQUEST}username=you\npassword=canary-2\n")).quietly();
    assert_eq!(keeper.token("gitlab.com").as_deref(), Some("canary-1"));
}

#[test]
fn in_ci_nothing_is_kept_unless_a_store_is_named() {
    let keeper = Keeper::new("file");
    let home = keeper.home.with("CI", "true");
    let stdin = "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\n";
    home.helper(&["store"], stdin).says_nothing().quietly();
    assert!(!home.home().join(".local").exists() && !home.home().join(".config").exists());
    home.helper(&["--store", "file", "store"], stdin).says_nothing().quietly();
    assert_eq!(home.helper(&["--store=file", "get"], REQUEST).value("password").as_deref(), Some("canary-1"));
    home.get(REQUEST).says_nothing().quietly();
}

#[test]
fn where_no_keyring_answers_the_encrypted_file_keeps() {
    let home = crate::support::helper::Home::new();
    let stdin = "protocol=https\nhost=gitlab.com\nusername=me\npassword=canary-1\n";
    home.helper(&["store"], stdin).says_nothing().quietly();
    let bytes = std::fs::read(home.home().join(".local/share/hallpass/credentials.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n") && !bytes.windows(6).any(|part| part == b"canary"));
    assert_eq!(home.get(REQUEST).quietly().value("password").as_deref(), Some("canary-1"));
}

#[test]
fn p25_long_tokens_come_back_whole() {
    for keeper in Keeper::both() {
        let token = "canary.-_".repeat(455);
        keeper.store("gitlab.com", &token).quietly();
        assert_eq!(keeper.token("gitlab.com"), Some(token));
    }
}

#[test]
fn the_other_commands_read_the_store_too() {
    let home = crate::support::helper::Home::configured(
        "version: 1\nconnections:\n  me: { forge: gitlab, username: me, token: { store: true } }\n",
    );
    let inspect = || home.shell("exec \"$0\" inspect --offline --connection me --format json", "");
    assert!(inspect().text().contains("nothing is stored for https://gitlab.com"), "{}", inspect().text());
    home.helper(&["store"], "protocol=https\nhost=gitlab.com\nusername=me\npassword=glpat-canary12345678901\n");
    let told = inspect();
    assert!(!told.text().contains("nothing is stored") && told.text().contains("\"source\": \"store\""));
    assert!(!told.text().contains("canary") && !told.stderr.contains("canary"));
}

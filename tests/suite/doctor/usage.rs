//! What can be typed, and what is not repeated.

use super::before::{diagnosis, home, told};
use crate::support::helper::Home;

#[test]
fn without_an_address_the_remote_is_meant() {
    let nowhere = Home::new();
    let ran = nowhere.hallpass(&["doctor"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with("error: which address is meant?\nhint: "), "{}", ran.stderr);
    let home = home(&[("remote.up.url", "https://gitlab.example.com/a/b")]);
    assert_eq!(diagnosis(&home, &[])["remote"], "up");
    assert_eq!(home.hallpass(&["doctor", "down"]).status, 2);
}

#[test]
fn x05_a_password_or_token_in_the_address_is_refused_and_not_echoed() {
    for address in
        ["https://me:canary@gitlab.example.com/a", "https://canary-glpat-0123456789abcdef@gitlab.example.com/a"]
    {
        let ran = home(&[]).hallpass(&["doctor", "--offline", address]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
    }
}

#[test]
fn what_is_not_over_http_is_told_to_be_so() {
    let ran = home(&[]).hallpass(&["doctor", "--offline", "git@gitlab.example.com:group/app.git"]);
    assert_eq!(ran.status, 0, "{}", ran.text());
    assert!(ran.text().contains("this is not HTTP(S): Git asks no helper"), "{}", ran.text());
}

#[test]
fn the_repositorys_configuration_is_none_of_its_business() {
    let home = home(&[]);
    std::fs::write(
        home.work().join("hallpass.yml"),
        "version: 1\nconnections:\n  evil: { forge: gitlab, url: 'https://gitlab.example.com', token: { env: BOT } }\n",
    )
    .unwrap();
    let seen = diagnosis(&home, &["https://gitlab.example.com/group/app"]);
    assert_eq!(seen["ways"][0]["chain"][0]["says"][0], "gives connection `bot`, env:BOT");
    let ran = home.hallpass(&["doctor", "--config", "hallpass.yml", "https://gitlab.example.com/a"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("HALLPASS_CONFIG"), "{}", ran.stderr);
}

#[test]
fn the_json_follows_the_shipped_schema_and_the_schema_its_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/doctor.v1.json");
    let fresh = format!("{:#}\n", hallpass::report::doctor::schema());
    #[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text == fresh, "schemas/doctor.v1.json is stale; run with UPDATE_SCHEMAS=1 and review the difference");
    let shipped: serde_json::Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&shipped).unwrap();
    let home = home(&[("remote.origin.url", "https://oauth2:canary@gitlab.example.com/group/app.git")]);
    let seen = diagnosis(&home, &[]);
    let errors: Vec<String> = validator.iter_errors(&seen).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn every_format_tells_the_findings_and_no_secret() {
    let home = home(&[
        ("remote.origin.url", "https://oauth2:canary-remote@gitlab.example.com/group/app.git"),
        ("http.https://gitlab.example.com/.extraheader", "Authorization: Basic Y2FuYXJ5OmNhbmFyeS1oZWFkZXI="),
        ("url.https://x:canary-rewrite@other.example.com/.insteadOf", "other:"),
        ("credential.helper", "!echo password=canary-shell"),
    ]);
    home.write(".netrc", "machine gitlab.example.com login me password canary-netrc\n");
    home.write(".git-credentials", "https://me:canary-store@gitlab.example.com\n");
    for format in ["human", "json", "github", "gitlab", "junit", "markdown"] {
        for more in [&[][..], &["-v"], &["--ask"]] {
            let words: Vec<&str> = ["doctor", "--offline", "--format", format].iter().chain(more).copied().collect();
            let ran = home.hallpass(&words);
            assert_eq!(ran.status, 0, "{format}: {}{}", ran.text(), ran.stderr);
            assert!(format == "junit" || ran.text().contains("helper-bypassed"), "{format}: {}", ran.text());
        }
    }
}

#[test]
fn x05_a_user_name_that_may_be_a_token_is_not_shown() {
    let home = home(&[("remote.origin.url", "https://canary0123456789abcdef@gitlab.example.com/group/app.git")]);
    home.write(".netrc", "machine other.example.com login canary0123456789abcdef password x-oauth-basic\n");
    let seen = diagnosis(&home, &[]);
    assert_eq!(seen["address"], "https://***@gitlab.example.com/group/app.git");
    assert!(told(&seen, "token-in-url").contains("remote.origin.url"), "{seen:#}");
    assert_eq!(
        diagnosis(&home, &["https://other.example.com/a"])["ways"][0]["chain"][0]["user"],
        serde_json::Value::Null
    );
    assert_eq!(diagnosis(&home, &["https://me@gitlab.example.com/a"])["address"], "https://me@gitlab.example.com/a");
}

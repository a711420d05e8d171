//! What answers before any helper: headers, addresses, `.netrc`, and rewrites. Every place holds a canary.

use serde_json::Value;

use crate::support::helper::{Home, PROGRAM, Ran};

const ADDRESS: &str = "https://gitlab.example.com/group/app.git";

/// A home with hallpass as the only helper, and these settings in the work tree's own configuration.
pub(super) fn home(settings: &[(&str, &str)]) -> Home {
    let home = Home::configured(
        "version: 1\nconnections:\n  bot:\n    forge: gitlab\n    url: https://gitlab.example.com\n    token: { env: BOT }\n",
    );
    let home = home.with("BOT", "canary-bot-token").with("GIT_CONFIG_NOSYSTEM", "1");
    home.helped_by(&[&format!("{PROGRAM} credential")]);
    home.git(&["init", "-q"]);
    for (key, value) in settings {
        assert_eq!(home.git(&["config", "--add", key, value]).status, 0, "{key}");
    }
    home
}

pub(super) fn diagnosis(home: &Home, words: &[&str]) -> Value {
    let words: Vec<&str> = ["doctor", "--offline", "--format", "json"].iter().chain(words).copied().collect();
    let ran = home.hallpass(&words);
    json(&ran)
}

#[track_caller]
pub(super) fn json(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", ran.text(), ran.stderr))
}

/// Messages and fixes of a rule.
pub(super) fn told(diagnosis: &Value, rule: &str) -> String {
    let findings = diagnosis["report"]["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == rule);
    let text =
        |one: &Value| format!("{}\n{}\n", one["message"].as_str().unwrap(), one["fix"].as_str().unwrap_or_default());
    findings.map(text).collect()
}

#[track_caller]
fn says(diagnosis: &Value, rule: &str, words: &[&str]) {
    let told = told(diagnosis, rule);
    assert!(
        !told.is_empty() && words.iter().all(|word| told.contains(word)),
        "no {words:?} in {told:?}: {diagnosis:#}"
    );
}

#[test]
fn where_nothing_is_in_the_way_hallpass_answers_and_says_with_what() {
    let diagnosis = diagnosis(&home(&[]), &[ADDRESS]);
    let way = &diagnosis["ways"][0];
    assert_eq!((&way["answer"], &way["certainty"]), (&"hallpass".into(), &"by".into()));
    assert_eq!(way["chain"][0]["says"][0], "gives connection `bot`, env:BOT");
    assert_eq!(diagnosis["report"]["findings"], serde_json::json!([]));
}

#[test]
fn inside_a_gitlab_job_the_runners_rewrite_is_named_with_a_way_out() {
    let rewrite = ("url.https://gitlab-ci-token:canary-job@gitlab.example.com.insteadOf", "https://gitlab.example.com");
    let home = home(&[rewrite]).in_job("https://gitlab.example.com", "canary-job");
    let seen = diagnosis(&home, &[ADDRESS]);
    let way = &seen["ways"][0];
    assert_eq!(way["address"], "https://gitlab-ci-token:***@gitlab.example.com/group/app.git");
    assert_eq!((&way["answer"], &way["chain"][0]["user"]), (&"the address itself".into(), &"gitlab-ci-token".into()));
    says(
        &seen,
        "helper-bypassed",
        &["`hallpass` is not asked", "GitLab Runner", "url.https://gitlab-ci-token:***@", ".git/config"],
    );
    let fix = "git config --global url.https://gitlab.example.com/.insteadOf https://gitlab.example.com/";
    says(&seen, "helper-bypassed", &[fix]);
    // The fix is done, by a shell as it is shown, and helps.
    assert_eq!(home.shell(fix, b"").status, 0);
    let seen = diagnosis(&home, &[ADDRESS]);
    assert_eq!((&seen["ways"][0]["answer"], told(&seen, "helper-bypassed").as_str()), (&"hallpass".into(), ""));
}

#[test]
fn a_rewrite_that_is_as_long_as_the_host_is_outdone_by_the_whole_address() {
    let home =
        home(&[("url.https://a:canary@gitlab.example.com/group/.insteadOf", "https://gitlab.example.com/group/")]);
    let seen = diagnosis(&home, &[ADDRESS]);
    let fix = format!("git config --global url.{ADDRESS}.insteadOf {ADDRESS}");
    says(&seen, "helper-bypassed", &[&fix]);
    assert_eq!(home.shell(&fix, b"").status, 0);
    assert_eq!(diagnosis(&home, &[ADDRESS])["ways"][0]["answer"], "hallpass");
}

#[test]
fn a_helper_that_a_runner_puts_in_place_of_the_others_is_named() {
    let helper = "!f() { echo username=gitlab-ci-token; echo password=canary; }; f";
    let home = home(&[
        ("credential.https://gitlab.example.com.helper", ""),
        ("credential.https://gitlab.example.com.helper", helper),
        ("credential.https://gitlab.example.com.username", "gitlab-ci-token"),
    ]);
    let seen = diagnosis(&home, &[ADDRESS]);
    let way = &seen["ways"][0];
    assert_eq!((&way["dropped"][0]["name"], &way["chain"][0]["name"]), (&"hallpass".into(), &"a line of shell".into()));
    assert_eq!((&way["user"], &way["certainty"]), (&"gitlab-ci-token".into(), &"not-known".into()));
    says(&seen, "helper-bypassed", &["`hallpass` from ~/.gitconfig is not asked", "without a value", "hallpass setup"]);
}

#[test]
fn e05_a_header_that_a_checkout_left_is_a_conflict() {
    let basic = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Y2FuYXJ5LWNhbmFyeQ==";
    let home = home(&[("http.https://gitlab.example.com/.extraheader", basic)]);
    let seen = diagnosis(&home, &[ADDRESS]);
    assert_eq!(seen["ways"][0]["answer"], "http.https://gitlab.example.com/.extraheader");
    let key = "http.https://gitlab.example.com/.extraheader";
    says(&seen, "credential-conflict", &[key, ".git/config", "`hallpass`"]);
    says(&seen, "helper-bypassed", &[key, "--unset-all"]);
    let fix = told(&seen, "credential-conflict").lines().nth(1).unwrap().to_owned();
    assert_eq!(home.shell(&fix, b"").status, 0);
    assert_eq!(diagnosis(&home, &[ADDRESS])["ways"][0]["answer"], "hallpass");
}

#[test]
fn other_headers_and_headers_for_other_hosts_are_nobodys_answer() {
    let home = home(&[
        ("http.extraheader", "X-Trace: canary"),
        ("http.https://github.com/.extraheader", "AUTHORIZATION: basic Y2FuYXJ5OmNhbmFyeQ=="),
    ]);
    assert_eq!(diagnosis(&home, &[ADDRESS])["ways"][0]["answer"], "hallpass");
}

#[test]
fn a_token_in_a_remotes_address_is_found_and_taken_out_by_the_fix() {
    let home = home(&[("remote.origin.url", "https://oauth2:canary-old@gitlab.example.com/group/app.git")]);
    let seen = diagnosis(&home, &[]);
    assert_eq!(
        (&seen["remote"], &seen["address"]),
        (&"origin".into(), &"https://oauth2:***@gitlab.example.com/group/app.git".into())
    );
    assert_eq!(seen["ways"][0]["answer"], "the address itself");
    let fix = format!("git remote set-url origin {ADDRESS}");
    says(&seen, "token-in-url", &["remote.origin.url", &fix]);
    says(&seen, "helper-bypassed", &["the address holds user name and token", &fix]);
    assert_eq!(home.shell(&fix, b"").status, 0);
    assert_eq!(diagnosis(&home, &["origin"])["ways"][0]["answer"], "hallpass");
}

#[test]
fn what_goes_elsewhere_is_named_too() {
    let home = home(&[
        ("remote.backup.pushurl", "https://me:canary@backup.example.com/app"),
        ("url.https://x:canary@other.example.com/.insteadOf", "other:"),
    ]);
    let seen = diagnosis(&home, &[ADDRESS]);
    says(&seen, "token-in-url", &["remote.backup.pushurl", "set-url --push backup https://backup.example.com/app"]);
    says(&seen, "token-in-url", &["url.https://***:***@other.example.com"]);
}

#[test]
fn an_account_in_netrc_goes_first() {
    let home = home(&[]);
    home.write(".netrc", "machine gitlab.example.com login me password canary-netrc\n");
    let seen = diagnosis(&home, &[ADDRESS]);
    let link = &seen["ways"][0]["chain"][0];
    assert_eq!((&link["sort"], &link["user"], &link["place"]), (&"netrc".into(), &"me".into(), &"~/.netrc".into()));
    says(&seen, "helper-bypassed", &["~/.netrc", "`hallpass` is not asked"]);
    says(&seen, "token-literal", &["~/.netrc", "hallpass setup --migrate"]);
    assert_eq!(diagnosis(&home, &["https://other.example.com/a"])["ways"][0]["chain"][0]["name"], "hallpass");
}

#[test]
fn fetching_and_pushing_may_go_different_ways() {
    let home = home(&[("url.ssh://git@gitlab.example.com/.pushInsteadOf", "https://gitlab.example.com/")]);
    let seen = diagnosis(&home, &[ADDRESS]);
    let ways: Vec<_> = seen["ways"].as_array().unwrap().iter().map(|way| (&way["uses"], &way["over_http"])).collect();
    assert_eq!(ways, [(&"fetch".into(), &true.into()), (&"push".into(), &false.into())]);
    assert_eq!(seen["ways"][1]["rewrite"]["key"], "pushInsteadOf");
}

#[test]
fn o_a_command_to_copy_runs_nothing_that_a_configuration_holds() {
    let home =
        home(&[("remote.a;touch ran'$(touch ran).url", "https://x:canary@gitlab.example.com/$(touch ran)`touch ran`")]);
    let seen = diagnosis(&home, &[]);
    let fix = told(&seen, "token-in-url").lines().nth(1).unwrap().to_owned();
    home.shell(&fix, b"");
    assert!(!home.work().join("ran").exists(), "{fix}");
    let address = home.git(&["remote", "get-url", "a;touch ran'$(touch ran)"]).text();
    assert!(address.starts_with("https://gitlab.example.com/$(touch"), "{fix}: {address}");
}

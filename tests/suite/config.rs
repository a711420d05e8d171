//! Configuration files, good and broken. Each broken one is `tests/cases/config/<name>.yml` with everything that is said
//! about it in `<name>.txt`; the names begin with the hostile case they stand for. A missing `.txt` is written and the
//! test fails, so that somebody looks at it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use hallpass::config::find::Trust;
use hallpass::config::{ConfigErrors, Configuration, ForgeWords, Input, Vocabulary, embedded, load, read};
use hallpass::domain::capability::Capability;
use hallpass::domain::catalogue::Catalogue;
use hallpass::domain::connection::SourceSpec;
use hallpass::domain::contract::Contract;
use hallpass::domain::expiry::ExpiryPolicy;
use hallpass::domain::finding::Place;
use hallpass::source::env::Variables;

const ROWS: &str =
    "capability,method,path,scopes,permission,role_private,role_public,routes,feature,effect,probe,since,\
role_note,note
git.push,POST,/x,write_repository | api,none,30,30,none,,write,git,,,
members.manage,POST,/x,api,none,40,40,none,,write,none,,,
mr.create,POST,/x,api,none,30,30,none,,write,role,,,
mr.list,GET,/x,api | read_api,none,15,0,lookup,,read,itself,,,
mr.note.create,POST,/x,api,none,15,0,none,,write,role,,,
";

fn sample(forge: &str) -> Catalogue {
    let about = format!(
        "
forge: {forge}
title: {forge}
read_at: 18.10
read_on: 2026-11-01
source: https://docs.example/
roles: {{ reporter: 20, developer: 30, maintainer: 40 }}
kinds:
  personal: {{ title: personal access token, power: scopes, rank: 90, personal: true }}
  project: {{ title: project access token, power: scopes, rank: 50 }}
  job: {{ title: job token, power: routes, rank: 10, of_a_job: true }}
scopes:
  api: {{ opens: everything, weight: 100, implies: [read_api] }}
  read_api: {{ opens: reading, weight: 10 }}
  write_repository: {{ opens: pushing, weight: 20 }}
links: {{}}
target_paths: [/x]
usual: [mr.create]
"
    );
    let rows = if forge == "github" { ROWS.replace("mr.note.create,", "checks.create,") } else { ROWS.to_owned() };
    embedded::catalogue(&about, &rows, "").unwrap()
}

static GITLAB: LazyLock<Catalogue> = LazyLock::new(|| sample("gitlab"));
static GITHUB: LazyLock<Catalogue> = LazyLock::new(|| sample("github"));
static CONTRACTS: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let contract = |forges: &str, aliases: &str| {
        format!(
            "title: a tool\naliases: {aliases}\nconfidence: documented\nforges: {forges}\n\
             source: {{ repository: https://example.org, path: README.md, read_on: 2026-11-01 }}\n"
        )
    };
    let release = contract("{ gitlab: { capabilities: [git.push] }, github: { capabilities: [git.push] } }", "[sr]");
    let zen = contract("{ gitlab: { capabilities: [mr.note.create] } }", "[]");
    embedded::contracts(&[("semantic-release.yml", &release), ("git-zen.yml", &zen)]).unwrap()
});

fn tidy_root(path: &str) -> (String, Option<String>) {
    match path.strip_suffix("/api/v4") {
        Some(root) => (root.to_owned(), Some("`/api/v4` was taken off the address".to_owned())),
        None => (path.to_owned(), None),
    }
}

fn forge<'a>(id: &'a str, url: &str, own_token: &'a str, catalogue: &'a Catalogue) -> ForgeWords<'a> {
    ForgeWords { id, url: url.to_owned(), own_token, tidy_root: &tidy_root, catalogue: Some(catalogue) }
}

fn check(text: &str, shown: &str) -> Result<Configuration, ConfigErrors> {
    let vocabulary = Vocabulary {
        forges: vec![
            forge("gitlab", "https://gitlab.com", "CI_JOB_TOKEN", &GITLAB),
            forge("github", "https://github.com", "GITHUB_TOKEN", &GITHUB),
        ],
        contracts: Some(&CONTRACTS),
        plain_http: &[],
        rules: Some(vec!["token-no-expiry", "scope-missing"]),
    };
    let variables = [
        ("CI_SERVER_URL", "https://gitlab.example.com"),
        ("CI_PROJECT_PATH", "group/app"),
        ("HOME", "/home/me"),
        ("DEPLOY_TOKEN", "canary"),
        ("SNEAKY", "glpat-canarycanarycanary"),
    ];
    let environment: Variables = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let input = Input { text, shown, folder: Path::new("/repo"), trust: Trust::Repository };
    load(&input, &vocabulary, &environment)
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/config")
}

/// Everything that is said about a broken file.
fn complaints(name: &str) -> String {
    let shown = format!("{name}.yml");
    let text = read::text(&folder().join(&shown), &shown).map_err(ConfigErrors::from);
    text.and_then(|text| check(&text, &shown)).expect_err("this file is broken").to_string()
}

fn broken(name: &str) {
    let told = complaints(name) + "\n";
    let path = folder().join(format!("{name}.txt"));
    let Ok(expected) = std::fs::read_to_string(&path) else {
        std::fs::write(&path, &told).unwrap();
        panic!("{name}.txt was missing and has been written; look at it");
    };
    assert_eq!(told, expected, "{name}");
    assert!(!told.to_lowercase().contains("canary"), "a value is repeated");
}

macro_rules! broken {
    ($($name:ident)*) => {
        $(#[test] fn $name() { broken(stringify!($name)); })*
        const BROKEN: &[&str] = &[$(stringify!($name)),*];
    };
}

broken! {
    addresses
    c01_alias_bomb
    c03_repeated_key
    c04_tab
    c05_unknown_keys
    c06_wrong_types
    c09_old_booleans
    c10_empty
    c10_only_comments
    c10_two_documents
    c11_literal_token
    c12_version_absent
    c12_version_fraction
    c12_version_huge
    c12_version_newer
    c12_version_text
    c13_alias_to_itself
    c13_alias_to_nothing
    c13_merge_key
    c13_undeclared_tag
    c13_unknown_tag
    c15_variables
    c16_two_connections_with_one_name
    commands
    contradictions
    expiry
    h13_wildcard_host
    ignores
    long_texts
    names
    not_a_mapping
    syntax_bracket
    syntax_colon
    syntax_directive
    syntax_indentation
    syntax_quote
    targets
    token_sources
    unknown_words
    x05_secret_in_address
}

#[test]
fn every_broken_file_is_tried() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|name| name.strip_suffix(".yml").map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names, BROKEN);
}

#[test]
fn no_complaint_is_a_sentence_with_a_full_stop_or_begins_in_upper_case() {
    for name in BROKEN {
        let text = read::text(&folder().join(format!("{name}.yml")), name).unwrap_or_default();
        for error in check(&text, name).unwrap_err().0 {
            let texts = std::iter::once(&error.message).chain(&error.hint);
            for text in texts.filter(|text| !text.ends_with("...")) {
                assert!(!text.ends_with('.') && !text.starts_with(char::is_uppercase), "{name}: {text}");
            }
        }
    }
}

fn quick(text: &str) -> String {
    let start = Instant::now();
    let told = check(text, "f.yml").unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    told
}

#[test]
fn c02_a_hundred_thousand_opening_brackets_end_at_the_depth_limit() {
    for (text, column) in [("[".repeat(100_000), 33), ("{a: ".repeat(100_000), 129)] {
        assert_eq!(quick(&text), format!("f.yml:1:{column}: nested deeper than 32 levels"));
    }
    let blocks: Vec<String> = (0..200).map(|depth| " ".repeat(depth) + "a:\n").collect();
    assert!(quick(&blocks.concat()).ends_with("nested deeper than 32 levels"));
}

#[test]
fn c01_anchors_within_anchors_are_counted_in_full() {
    let list = format!("a: &a [{}]\n", vec!["x"; 2000].join(", "));
    let aliases: Vec<String> = (0..10).map(|number| format!("b{number}: *a\n")).collect();
    assert!(quick(&(list + &aliases.concat())).contains("more than 10000 values"));
}

pub(crate) const FULL: &str = include_str!("../cases/config-good/full.yml");

fn good(text: &str) -> Configuration {
    check(text, "hallpass.yml").unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_full_file_becomes_connections() {
    let configuration = good(FULL);
    let connection = configuration.connection("release-bot").unwrap();
    assert_eq!(connection.base.to_string(), "https://gitlab.example.com");
    assert_eq!(connection.target.as_deref(), Some("group/app"));
    assert_eq!(connection.source, SourceSpec::Env("RELEASE_BOT_TOKEN".to_owned()));
    let contracts: Vec<&str> = connection.contracts.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(contracts, ["semantic-release", "acme-bot"]);
    assert_eq!(connection.needs, [Capability::new("git.push"), Capability::new("mr.create")]);
    assert_eq!(connection.must_not, [Capability::new("members.manage")]);
    assert_eq!(connection.expiry, ExpiryPolicy { warn: 28, fail: 7, max: Some(365), required: true });
    assert_eq!(connection.owner.as_deref(), Some("platform-team"));
    assert_eq!(connection.remarks, ["`/api/v4` was taken off the address"]);
    assert_eq!(connection.ca_file.as_deref(), Some(Path::new("/repo/ca.pem")));
    assert!(connection.default && !connection.insecure);
    let ignored = &configuration.ignores[0];
    assert_eq!(
        (ignored.rule.as_str(), ignored.until.unwrap().to_string()),
        ("token-no-expiry", "2027-01-31".to_owned())
    );
}

#[test]
fn every_source_has_its_form() {
    let configuration = good(FULL);
    let source = |name: &str| configuration.connection(name).unwrap().source.clone();
    let command = ["pass", "show", "bot"].map(str::to_owned).to_vec();
    let keyring = |account: Option<&str>| SourceSpec::Keyring {
        service: "hallpass".to_owned(),
        account: account.map(str::to_owned),
    };
    assert_eq!(source("by-file"), SourceSpec::File("/home/me/token".into()));
    assert_eq!(source("by-relative-file"), SourceSpec::File("/repo/secrets/token".into()));
    assert_eq!(source("by-command"), SourceSpec::Command(command));
    assert_eq!(source("by-keyring"), keyring(None));
    assert_eq!(source("by-keyring-account"), keyring(Some("me")));
    let origin = configuration.connection("by-store").unwrap().base.origin.clone();
    assert_eq!(source("by-store"), SourceSpec::Store { origin, user: None });
    assert_eq!(source("by-job"), SourceSpec::Job("GITHUB_TOKEN".to_owned()));
    assert_eq!(configuration.connection("by-job").unwrap().base.to_string(), "https://github.com");
}

#[test]
fn clauses_keep_their_places() {
    let configuration = good(FULL);
    let places = &configuration.connection("release-bot").unwrap().places;
    let place = |line, column| Place { file: "hallpass.yml".to_owned(), line, column };
    assert_eq!(places.connection, Some(place(4, 3)));
    assert_eq!(places.clause("url"), Some(place(6, 10)));
    assert_eq!(places.clause("contract"), Some(place(9, 16)));
    assert_eq!(places.needs[&Capability::new("mr.create")], place(10, 23));
    assert_eq!(places.clause("nothing"), Some(place(4, 3)));
}

#[test]
fn own_contracts_come_before_built_in_ones_of_the_same_name() {
    let text = "version: 1
connections:
  bot: { forge: gitlab, token: job, contract: semantic-release }
contracts:
  semantic-release: { gitlab: { capabilities: [mr.list], scopes: [api], role: developer, kinds: [project] } }
";
    let configuration = good(text);
    let (_, section) = &configuration.connections[0].contracts[0];
    assert_eq!(section.capabilities, [Capability::new("mr.list")]);
    assert_eq!(section.role.as_deref(), Some("developer"));
}

#[test]
fn other_names_of_a_contract_and_of_a_capability_are_known() {
    let configuration =
        good("version: 1\nconnections: { bot: { forge: gitlab, token: job, contract: sr, needs: [pr.list] } }\n");
    assert_eq!(configuration.connections[0].contracts[0].0, "semantic-release");
    assert_eq!(configuration.connections[0].needs, [Capability::new("mr.list")]);
}

#[test]
fn c08_a_byte_order_mark_and_windows_line_ends_are_fine() {
    let text = format!("\u{FEFF}{}", FULL.replace('\n', "\r\n"));
    let text = read::decode(text.into_bytes(), "hallpass.yml").unwrap();
    assert_eq!(good(&text), good(FULL));
}

#[test]
fn an_alias_repeats_a_value_and_stands_where_it_is_written() {
    let text = "version: 1
connections:
  a: { forge: gitlab, token: &source { env: A }, needs: &needs [mr.list] }
  b:
    forge: github
    token: *source
    needs: *needs
";
    let configuration = good(text);
    assert_eq!(configuration.connections[1].source, SourceSpec::Env("A".to_owned()));
    assert_eq!(configuration.connections[1].places.clause("token").unwrap().line, 6);
}

#[test]
fn the_smallest_file_names_no_connection() {
    assert!(good("version: 1\n").connections.is_empty());
    assert!(good("version: 1\nconnections:\n").connections.is_empty());
}

#[test]
fn a_limit_that_fails_early_moves_the_usual_warning_along() {
    let text = "version: 1\nconnections: { bot: { forge: gitlab, token: job, expiry: { fail: 60d } } }\n";
    assert_eq!(good(text).connections[0].expiry.warn, 60);
}

#[test]
fn without_a_vocabulary_words_are_taken_as_they_come() {
    let gitlab = ForgeWords { catalogue: None, ..forge("gitlab", "https://gitlab.com", "CI_JOB_TOKEN", &GITLAB) };
    let vocabulary = Vocabulary { forges: vec![gitlab], contracts: None, plain_http: &[], rules: None };
    let text = "version: 1
connections: { bot: { forge: gitlab, token: store, contract: anything, needs: [new.thing] } }
ignore: [{ rule: new-rule, reason: why, capability: new.thing }]
";
    let input = Input { text, shown: "f.yml", folder: Path::new("/"), trust: Trust::User };
    let configuration = load(&input, &vocabulary, &Variables::default()).unwrap();
    assert!(configuration.connections[0].contracts.is_empty());
    assert_eq!(configuration.connections[0].needs.len(), 1);
}

#[test]
fn plain_http_is_agreed_to_by_the_file_or_by_naming_the_origin() {
    let origin = [hallpass::domain::origin::Origin::parse("http://git.test:8080").unwrap()];
    let load_with = |plain_http| {
        let forges =
            vec![ForgeWords { catalogue: None, ..forge("gitlab", "https://gitlab.com", "CI_JOB_TOKEN", &GITLAB) }];
        let vocabulary = Vocabulary { forges, contracts: None, plain_http, rules: None };
        let text =
            "version: 1\nconnections: { bot: { forge: gitlab, url: 'http://git.test:8080', token: { env: T } } }\n";
        let input = Input { text, shown: "f.yml", folder: Path::new("/"), trust: Trust::User };
        load(&input, &vocabulary, &Variables::default())
    };
    assert!(load_with(&[]).is_err());
    assert_eq!(load_with(&origin).unwrap().connections.len(), 1);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[-a-z0-9:{}\\[\\]&*!|>'\"%#,?~ \n\t\\\\$]{0,200}") {
        drop(check(&text, "f.yml"));
        drop(check(&format!("version: 1\nconnections:\n  bot:\n    forge: gitlab\n    token: {text}\n"), "f.yml"));
    }

    #[test]
    fn a_value_that_is_refused_is_not_repeated(value in "[a-z]{3}CANARY[ -~]{0,30}") {
        let quoted = value.replace('\'', "''");
        for key in ["forge", "url", "target", "token", "contract", "needs", "expiry", "insecure", "owner", "ca_file"] {
            let text = format!("version: 1\nconnections: {{ bot: {{ {key}: '{quoted}', '{quoted}': 1 }} }}\n");
            let told = check(&text, "f.yml").unwrap_err().to_string();
            // Single plain words are named, so that a typing error can be found; anything else never is.
            let word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            assert!(word || !told.contains(&value), "{key}");
        }
    }
}

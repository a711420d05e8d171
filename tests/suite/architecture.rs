//! What the folders promise, kept true: who may name whom, who alone uses which crate, that each folder of data matches
//! its list, and that no file grows past reading.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hallpass::provider::FORGES;
use hallpass::report::FORMATS;
use hallpass::source::REGISTRY;
use hallpass::store::REGISTRY as PLACES;
use hallpass::{contracts, findings};

const LONGEST_FILE: usize = 450;

const MAY_NAME: &[(&str, &[&str])] = &[
    ("main", &["cli", "wiring"]),
    ("cli", &["app", "domain", "wiring"]),
    ("app", &["domain"]),
    ("domain", &[]),
    ("config", &["app::ports", "domain"]),
    ("http", &["app::ports", "domain"]),
    ("source", &["app::ports", "domain"]),
    ("store", &["app::ports", "domain"]),
    // One forge does not know another.
    (
        "provider",
        &["app::ports", "domain", "provider::json", "provider::pasting", "provider::path", "provider::telling"],
    ),
    ("report", &["domain"]),
    ("git", &["domain"]),
    ("legacy", &["domain", "protocol::address"]),
    ("textfile", &[]),
    ("pipeline", &["domain"]),
    ("protocol", &[]),
    ("contracts", &[]),
    ("findings", &[]),
    (
        "wiring",
        &[
            "app",
            "config",
            "contracts",
            "domain",
            "findings",
            "git",
            "http",
            "legacy",
            "pipeline",
            "protocol",
            "provider",
            "report",
            "source",
            "store",
            "textfile",
        ],
    ),
];

/// What the domain may not do: read, ask, wait or print.
const NOT_IN_DOMAIN: &[&str] = &[
    "std::fs",
    "std::env",
    "std::io",
    "std::process",
    "std::net::Tcp",
    "std::net::Udp",
    "ToSocketAddrs",
    "tokio",
    "reqwest",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "Instant::now",
    "println",
    "async ",
    "serde_yaml",
    "git2",
];

/// A crate, and the only places that use it.
const ONLY_IN: &[(&str, &str)] = &[
    ("reqwest", "http"),
    ("tokio", "http"),
    ("rustls", "http"),
    ("hyper", "http"),
    ("serde_yaml", "config pipeline"),
    ("git2", "git"),
    ("csv", "config"),
    ("clap", "cli"),
    ("indicatif", "cli"),
    ("quick_junit", "report"),
    ("tree_sitter", "pipeline"),
    ("tree_sitter_bash", "pipeline"),
    ("age", "store"),
    ("dbus_secret_service", "store"),
    ("keyring_core", "store"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

struct File {
    path: String,
    module: String,
    /// Without comments and without the tests at its end.
    code: String,
    lines: usize,
}

fn files_below(folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            let module = path.split(['/', '.']).next().unwrap().to_owned();
            let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let code =
                shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            files.push(File { path, module, code, lines: text.lines().count() });
        }
    }
}

fn files() -> Vec<File> {
    let mut files = Vec::new();
    files_below(&root(), &mut files);
    assert!(files.len() > 50, "the source was not found");
    files
}

/// Everything named behind `crate::`, as `a` or `a::b`, braces resolved.
fn named(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (start, prefix) in code.match_indices("crate::").chain(code.match_indices("hallpass::")) {
        if !code[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            paths("", &code[start + prefix.len()..], &mut named);
        }
    }
    named
}

fn paths(before: &str, rest: &str, named: &mut BTreeSet<String>) {
    let word: String = rest.chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
    let after = &rest[word.len()..];
    if !word.is_empty() {
        let path = if before.is_empty() { word } else { format!("{before}::{word}") };
        match after.strip_prefix("::") {
            Some(deeper) if before.is_empty() => paths(&path, deeper, named),
            _ => _ = named.insert(path),
        }
    } else if let Some(inside) = after.strip_prefix('{') {
        let mut depth = 0;
        let end = inside.find(|next| {
            depth += i32::from(next == '{') - i32::from(next == '}');
            depth < 0
        });
        let mut depth = 0;
        let parts = inside[..end.unwrap()].split(|next| {
            depth += i32::from(next == '{') - i32::from(next == '}');
            depth == 0 && next == ','
        });
        parts.for_each(|part| paths(before, part.trim_start(), named));
    } else {
        named.insert(before.to_owned());
    }
}

#[test]
fn modules_name_only_those_they_may() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.module != "lib") {
        let (_, allowed) = MAY_NAME
            .iter()
            .find(|(module, _)| *module == file.module)
            .unwrap_or_else(|| panic!("`{}` is not in the table", file.module));
        for path in named(&file.code) {
            let below = |whole: &str| path == whole || path.starts_with(&format!("{whole}::"));
            let own = file.module != "provider" && below(&file.module);
            if !own && !allowed.iter().any(|allowed| below(allowed)) {
                wrong.push(format!("{} names {path}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_is_pure_and_each_heavy_crate_has_one_user() {
    let mut wrong = Vec::new();
    for file in files() {
        let uses = |word: &str| {
            file.code
                .match_indices(word)
                .any(|(at, _)| !file.code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
        };
        if file.module == "domain" {
            wrong.extend(NOT_IN_DOMAIN.iter().filter(|word| uses(word)).map(|word| format!("{}: {word}", file.path)));
        }
        let others = ONLY_IN.iter().filter(|(_, homes)| !homes.split(' ').any(|home| home == file.module));
        wrong.extend(
            others.filter(|(user, _)| uses(&format!("{user}::"))).map(|(user, _)| format!("{}: {user}", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<_> = files().into_iter().filter(|file| file.lines > LONGEST_FILE).map(|file| file.path).collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines: {long:?}");
}

/// Names in a folder, endings off, without those that are no entries.
fn listed(folder: &str, not_entries: &[&str]) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    names.filter(|name| !not_entries.contains(&name.as_str())).collect()
}

#[test]
fn each_folder_matches_its_list() {
    let set = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(listed("findings", &["mod"]), set(&mut findings::FILES.iter().map(|(id, _)| *id)));
    assert_eq!(listed("contracts", &["mod"]), set(&mut contracts::FILES.iter().map(|(id, _)| *id)));
    let helpers = [
        "mod",
        "advice",
        "annotations",
        "digest",
        "doctor",
        "escape",
        "fingerprint",
        "lines",
        "read",
        "since",
        "write",
    ];
    assert_eq!(listed("report", &helpers), FORMATS.iter().map(|format| format.name.replace('-', "_")).collect());
    assert_eq!(listed("source", &["mod", "line"]), set(&mut REGISTRY.iter().map(|entry| entry.name)));
    let helpers =
        ["mod", "book_file", "chain", "content", "guard", "identity", "system_keyring", "terminal", "vault_file"];
    assert_eq!(listed("store", &helpers), set(&mut PLACES.iter().map(|place| place.name)));
    // A module has no hyphen in its name.
    let forges: BTreeSet<String> = FORGES.iter().map(|entry| entry.id.replace('-', "_")).collect();
    assert_eq!(listed("provider", &["mod", "json", "pasting", "path", "telling"]), forges);
}

#[test]
fn paths_behind_crate_are_found() {
    let code = "use crate::{a, b::{c, d}};\nuse crate::e::f::g; crate::h(); crate::i::{j, k::{l}}; mycrate::no";
    let found: Vec<String> = named(code).into_iter().collect();
    assert_eq!(found, ["a", "b::c", "b::d", "e::f", "h", "i::j", "i::k"]);
}

//! The scripts that make a release, with a script in the place of the program, which is large.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::git_server;

const HALLPASS: &str = env!("CARGO_BIN_EXE_hallpass");
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn script(at: &Path, name: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(at.join("release").join(name));
    command.args(arguments).env_clear().env("PATH", git_server::path()).env("SOURCE_DATE_EPOCH", "1767225600");
    command.output().unwrap()
}

#[track_caller]
fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

#[track_caller]
fn refused(output: &Output, said: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains(said), "{text}");
}

/// A stand-in for the program: it calls it.
fn stand_in(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.join("hallpass");
    let helper = "case $0 in *git-credential-hallpass*) set -- credential \"$@\" ;; esac";
    fs::write(&file, format!("#!/bin/sh\n{helper}\nexec {HALLPASS} \"$@\"\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

fn archive(folder: &Path, target: &str, out: &str) -> PathBuf {
    let binary = stand_in(folder).display().to_string();
    let out = folder.join(out).display().to_string();
    PathBuf::from(well(&script(root(), "archive", &[&binary, target, &out, HALLPASS])))
}

#[test]
fn an_archive_has_the_program_its_manual_and_its_completions_and_they_work() {
    let folder = tempfile::tempdir().unwrap();
    for (target, ending) in [("x86_64-unknown-linux-musl", "tar.gz"), ("x86_64-pc-windows-msvc", "zip")] {
        let archive = archive(folder.path(), target, "out");
        let name = format!("hallpass-{VERSION}-{target}");
        assert_eq!(archive.file_name().unwrap().to_str().unwrap(), format!("{name}.{ending}"));
        let said = well(&script(root(), "smoke", &[archive.to_str().unwrap()]));
        assert_eq!(said, format!("{name}: hallpass {VERSION}"));
    }
}

#[test]
fn the_same_input_makes_the_same_archive() {
    let folder = tempfile::tempdir().unwrap();
    for target in ["aarch64-apple-darwin", "aarch64-pc-windows-msvc"] {
        let [first, second] = ["first", "second"].map(|out| fs::read(archive(folder.path(), target, out)).unwrap());
        assert!(first == second, "{target}");
    }
}

#[test]
fn a_broken_archive_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), "x86_64-unknown-linux-musl", "out");
    let renamed = folder.path().join("hallpass-9.9.9-x86_64-unknown-linux-musl.tar.gz");
    fs::copy(archive, &renamed).unwrap();
    refused(&script(root(), "smoke", &[renamed.to_str().unwrap()]), "has no folder");
    refused(&script(root(), "archive", &["/no/such/file", "t", folder.path().to_str().unwrap()]), "is no file");
}

/// A copy of what the scripts change, under Git.
struct Tree(tempfile::TempDir);

const TARGETS: [&str; 6] = [
    "aarch64-apple-darwin.tar.gz",
    "aarch64-pc-windows-msvc.zip",
    "aarch64-unknown-linux-musl.tar.gz",
    "x86_64-apple-darwin.tar.gz",
    "x86_64-pc-windows-msvc.zip",
    "x86_64-unknown-linux-musl.tar.gz",
];

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for folder in ["release", "templates"] {
            fs::create_dir(tree.path(folder)).unwrap();
        }
        let scripts = ["release/pins", "release/compare"];
        let files = ["Cargo.toml", "templates/tokens.yml", ".gitlab-ci-template.yml", ".azure-pipelines-template.yml"];
        for file in scripts.iter().chain(&files) {
            fs::copy(root().join(file), tree.path(file)).unwrap();
        }
        fs::write(tree.path(".gitignore"), "/dist/\n").unwrap();
        tree.git(&["init", "-q", "-b", "main"]);
        tree.commit();
        tree
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        let mut command = Command::new("git");
        command.current_dir(self.0.path()).args(arguments).env_clear().env("PATH", git_server::path());
        well(&command.envs(who.map(|name| (name, "a@b"))).env("HOME", self.0.path()).output().unwrap())
    }

    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "a commit"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The files of a release, and their digests.
    fn release(&self) -> PathBuf {
        let dist = self.path("dist");
        fs::create_dir_all(&dist).unwrap();
        for target in TARGETS {
            fs::write(dist.join(format!("hallpass-{VERSION}-{target}")), target).unwrap();
        }
        let mut command = Command::new("sh");
        command.current_dir(&dist).args(["-c", "sha256sum hallpass-*[pz] > SHA256SUMS"]);
        well(&command.output().unwrap());
        dist
    }

    fn yaml(&self, name: &str) -> Value {
        serde_yaml::from_str(&fs::read_to_string(self.path(name)).unwrap()).unwrap()
    }
}

#[test]
fn r25_the_digests_of_a_release_are_pinned_wherever_it_is_downloaded() {
    let tree = Tree::new();
    let dist = tree.release();
    let sums = dist.join("SHA256SUMS");
    // Twice: the second time over pins that are there.
    for _ in 0..2 {
        well(&script(tree.0.path(), "pins", &[sums.to_str().unwrap()]));
    }
    let wanted = fs::read_to_string(&sums).unwrap();
    assert_eq!(fs::read_to_string(tree.path("action/SHA256SUMS")).unwrap(), wanted);
    assert_eq!(fs::read_to_string(tree.path("action/VERSION")).unwrap(), format!("{VERSION}\n"));
    let of = |target: &str| wanted.lines().find(|line| line.ends_with(target)).unwrap()[..64].to_owned();
    let template = fs::read_to_string(tree.path(".gitlab-ci-template.yml")).unwrap();
    assert_eq!(template, fs::read_to_string(tree.path("templates/tokens.yml")).unwrap());
    let spec: Value = serde_yaml::from_str(template.split("\n---\n").next().unwrap()).unwrap();
    let inputs = &spec["spec"]["inputs"];
    assert_eq!(inputs["version"]["default"], VERSION);
    assert_eq!(inputs["sha256-x86-64"]["default"], of("x86_64-unknown-linux-musl.tar.gz"));
    assert_eq!(inputs["sha256-arm64"]["default"], of("aarch64-unknown-linux-musl.tar.gz"));
    let azure = tree.yaml(".azure-pipelines-template.yml");
    let default = |name: &str| {
        let parameters = azure["parameters"].as_array().unwrap();
        parameters.iter().find(|one| one["name"] == name).unwrap()["default"].clone()
    };
    assert_eq!((default("version"), default("checksums")), (VERSION.into(), wanted.into()));
}

#[test]
fn digests_that_are_missing_or_too_many_are_not_pinned() {
    let tree = Tree::new();
    let sums = tree.release().join("SHA256SUMS");
    let whole = fs::read_to_string(&sums).unwrap();
    let before = fs::read_to_string(tree.path("templates/tokens.yml")).unwrap();
    let mut lines: Vec<&str> = whole.lines().collect();
    let digest = "0".repeat(64);
    let other = format!("{digest}  other");
    lines.push(&other);
    for (text, said) in [
        (whole.lines().skip(1).collect::<Vec<_>>().join("\n"), "there is no digest of"),
        (lines.join("\n"), "there are other lines"),
        (whole.replace(VERSION, "9.9.9"), "there is no digest of"),
    ] {
        fs::write(&sums, text).unwrap();
        refused(&script(tree.0.path(), "pins", &[sums.to_str().unwrap()]), said);
        assert!(!tree.path("action").exists());
        assert_eq!(fs::read_to_string(tree.path("templates/tokens.yml")).unwrap(), before);
    }
}

#[test]
fn only_the_draft_that_the_tag_pins_is_published() {
    let tree = Tree::new();
    let built = tree.git(&["rev-parse", "HEAD"]);
    let dist = tree.release();
    well(&script(tree.0.path(), "pins", &[dist.join("SHA256SUMS").to_str().unwrap()]));
    let pinned = tree.commit();
    let tag = format!("v{VERSION}");
    let compare = |tag: &str, built: &str| script(tree.0.path(), "compare", &[tag, built, dist.to_str().unwrap()]);
    assert_eq!(well(&compare(&tag, &built)), format!("the draft is what {tag} pins"));
    refused(&compare("v9.9.9", &built), "is not that of version");
    fs::write(dist.join("more"), "").unwrap();
    refused(&compare(&tag, &built), "a file of its own: more");
    fs::remove_file(dist.join("more")).unwrap();
    let archive = dist.join(format!("hallpass-{VERSION}-{}", TARGETS[0]));
    fs::write(&archive, "another").unwrap();
    refused(&compare(&tag, &built), "not the one in its SHA256SUMS");
    fs::write(&archive, TARGETS[0]).unwrap();
    fs::write(tree.path("Cargo.toml"), fs::read_to_string(tree.path("Cargo.toml")).unwrap() + "\n").unwrap();
    tree.commit();
    refused(&compare(&tag, &built), "Cargo.toml was changed after");
    tree.git(&["reset", "-q", "--hard", &pinned]);
    let sums = fs::read_to_string(tree.path("action/SHA256SUMS")).unwrap();
    fs::write(tree.path("action/SHA256SUMS"), sums.replacen('0', "1", 1)).unwrap();
    refused(&compare(&tag, &built), "other digests");
}

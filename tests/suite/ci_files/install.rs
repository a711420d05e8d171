//! Where the action takes hallpass from: a release pinned in its own revision, from its own repository or a mirror.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::runner::{Done, Job};
use super::{HALLPASS, HOSTILE};
use crate::support::parts;
use crate::support::raw_server::{Act, RawServer, answer};

const VERSION: &str = "9.8.7";
const LINUX: &str = "hallpass-9.8.7-x86_64-unknown-linux-musl.tar.gz";

/// A program that tells that it was run.
const STAND_IN: &str = "#!/bin/sh\n[ \"$1\" = --version ] || echo \"ran with $*\"\necho run >> \"$HOME/runs\"\n";

/// A job with the action fetched, and a folder on which archives are made.
struct Place {
    job: Job,
    action: PathBuf,
}

impl Place {
    fn new() -> Self {
        let job = Job::new();
        let action = job.fetched();
        Self { job, action }
    }

    /// Pins these archives: their names and digests.
    fn pins(self, archives: &[(&str, &Path)]) -> Self {
        let mut lines = String::new();
        for (name, path) in archives {
            let output = Command::new("sha256sum").arg(path).output().unwrap();
            let _ = writeln!(lines, "{}  {name}", &String::from_utf8(output.stdout).unwrap()[..64]);
        }
        std::fs::write(self.action.join("action/SHA256SUMS"), lines).unwrap();
        std::fs::write(self.action.join("action/VERSION"), format!("{VERSION}\n")).unwrap();
        self
    }

    /// An archive as a release has it, with this program in it.
    fn archive(&self, name: &str, program: &[u8]) -> PathBuf {
        let folder = self.job.path("made").join(name).join(name.trim_end_matches(".tar.gz"));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("hallpass");
        std::fs::write(&file, program).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let archive = folder.with_file_name(name);
        let mut tar = Command::new("tar");
        tar.args(["-I", "gzip -1", "-cf"]).arg(&archive).arg("-C").arg(folder.parent().unwrap());
        assert!(tar.arg(folder.file_name().unwrap()).status().unwrap().success());
        archive
    }

    /// The stand-in, pinned for the system of the job.
    fn with_stand_in() -> (Self, Vec<u8>) {
        let place = Self::new();
        let archive = place.archive(LINUX, STAND_IN.as_bytes());
        let bytes = std::fs::read(&archive).unwrap();
        (place.pins(&[(LINUX, &archive)]), bytes)
    }

    fn goes(&mut self, with: &[(&str, &str)]) -> Done {
        let action = self.action.clone();
        self.job.uses(&action, with, &[])
    }

    /// How often what was installed has been run.
    fn runs(&self) -> usize {
        std::fs::read_to_string(self.job.path("home/runs")).map_or(0, |text| text.lines().count())
    }
}

fn file(bytes: &[u8]) -> Act {
    let head = format!("HTTP/1.1 200 Fine\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", bytes.len());
    Act::Send([head.as_bytes(), bytes].concat())
}

/// A server behind TLS that answers everything with this, trusted by the job.
fn serving(act: Act, job: &mut Job) -> RawServer {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let trusted = job.path("ca.pem");
    std::fs::write(&trusted, certificate.pem()).unwrap();
    job.set("CURL_CA_BUNDLE", trusted.display().to_string());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    RawServer::tls(certificate.der().clone(), key, act)
}

#[track_caller]
fn assert_refused(place: &Place, done: &Done, why: &str) {
    assert_eq!((done.status, done.output("status"), place.runs()), (2, "error", 0), "{}", done.log);
    assert!(done.annotations().iter().any(|(_, message)| message.contains(why)), "{}", done.log);
}

/// The binary that these tests are about, through a real archive.
#[test]
fn the_pinned_release_is_fetched_compared_and_run() {
    let place = Place::new();
    let small = place.job.path("small");
    let stripped =
        Command::new("strip").arg("-o").arg(&small).arg(HALLPASS).status().is_ok_and(|status| status.success());
    let program = std::fs::read(if stripped { small } else { HALLPASS.into() }).unwrap();
    let archive = place.archive(LINUX, &program);
    let bytes = std::fs::read(&archive).unwrap();
    let mut place = place.pins(&[(LINUX, &archive)]);
    let server = serving(file(&bytes), &mut place.job);
    let mirror = format!("{}/a mirror", server.url()).replace(' ', "%20") + "/";
    let done = place.goes(&[("mirror", &mirror)]).exits(2).says("`GITHUB_SERVER_URL` is not set");
    assert!(done.log.contains(&format!("hallpass {}", env!("CARGO_PKG_VERSION"))), "{}", done.log);
    assert_eq!(server.seen()[0].line, format!("GET /a%20mirror/{LINUX} HTTP/1.1"));
    assert!(Path::new(done.output("binary")).starts_with(place.job.path("temp")));
}

#[test]
fn e_07_the_next_job_on_the_machine_needs_no_network() {
    let (mut place, bytes) = Place::with_stand_in();
    let server = serving(file(&bytes), &mut place.job);
    let mirror = server.url();
    for _ in 0..2 {
        place.goes(&[("mirror", &mirror)]).exits(0).says("ran with check --format=github");
    }
    assert_eq!(server.seen().len(), 1);
    let kept = place.job.path(&format!("tools/hallpass/{VERSION}/{LINUX}"));
    assert_eq!(std::fs::read(&kept).unwrap(), bytes);

    // What somebody changed there is fetched anew.
    std::fs::write(&kept, b"changed").unwrap();
    place.goes(&[("mirror", &mirror)]).exits(0);
    assert_eq!((server.seen().len(), std::fs::read(&kept).unwrap()), (2, bytes));
}

#[test]
fn e_08_what_has_another_digest_is_not_run_or_kept() {
    let (mut place, _) = Place::with_stand_in();
    let other = place.archive("other.tar.gz", b"#!/bin/sh\ntouch planted\n");
    let server = serving(file(&std::fs::read(other).unwrap()), &mut place.job);
    let mirror = server.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "not the release that this revision");
    assert!(!place.job.path("work/planted").exists() && !place.job.path("tools/hallpass").exists());
}

#[test]
fn without_a_mirror_it_comes_from_the_actions_own_repository_and_no_token_goes_along() {
    let (mut place, bytes) = Place::with_stand_in();
    let server = serving(file(&bytes), &mut place.job);
    place.job.set("GITHUB_SERVER_URL", server.url());
    place.job.set("GITHUB_TOKEN", "canary");
    std::fs::write(place.job.path("home/.netrc"), "machine 127.0.0.1 login me password canary\n").unwrap();
    std::fs::write(place.job.path("home/.curlrc"), "user = me:canary\ninsecure\n").unwrap();
    place.goes(&[]).exits(0);
    let seen = server.seen();
    assert_eq!(seen[0].line, format!("GET /my-org/hallpass/releases/download/v{VERSION}/{LINUX} HTTP/1.1"));
    assert_eq!(seen[0].header("authorization"), None);
}

#[test]
fn a_server_that_is_not_trusted_gives_nothing() {
    let (mut place, bytes) = Place::with_stand_in();
    let server = serving(file(&bytes), &mut place.job);
    place.job.set("CURL_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt");
    let mirror = server.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "could not be downloaded");
}

#[test]
fn only_https_is_spoken_also_after_a_redirect() {
    let (mut place, bytes) = Place::with_stand_in();
    let plain = RawServer::always(file(&bytes));
    let mirror = plain.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "no plain https:// address");
    let location = format!("Location: {}/x", plain.url());
    let server = serving(answer(302, &[&location], ""), &mut place.job);
    let mirror = server.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "could not be downloaded");
    assert_eq!((server.seen().len(), plain.connections()), (1, 0));
}

#[test]
fn r16_an_account_in_the_address_of_the_mirror_is_refused_and_not_shown() {
    let (mut place, _) = Place::with_stand_in();
    for mirror in ["https://me:canary@127.0.0.1:1", "https://127.0.0.1:1/?token=canary"] {
        let done = place.goes(&[("mirror", mirror)]);
        assert_refused(&place, &done, "no plain https:// address");
        assert!(!done.log.contains("canary"));
    }
}

#[test]
fn e_03_a_mirror_with_shell_text_is_data() {
    for hostile in HOSTILE {
        let (mut place, _) = Place::with_stand_in();
        for mirror in [hostile.to_owned(), format!("https://127.0.0.1:1/{hostile}")] {
            let done = place.goes(&[("mirror", &mirror)]);
            assert_refused(&place, &done, "no plain https:// address");
            assert!(!place.job.path("work/planted").exists(), "{mirror}");
        }
    }
}

#[test]
fn a_system_without_a_pinned_archive_is_named() {
    let (mut place, _) = Place::with_stand_in();
    for (system, processor, named) in [
        ("Windows", "ARM64", "for Windows on ARM64"),
        ("macOS", "X64", "for macOS on X64"),
        ("Linux", "X86", "for Linux on X86"),
        ("Linux::error::owned\n::error::owned", "X64", "for Linuxerrorownederrorowned on X64"),
    ] {
        place.job.set("RUNNER_OS", system);
        place.job.set("RUNNER_ARCH", processor);
        let done = place.goes(&[("mirror", "https://127.0.0.1:1")]);
        assert_refused(&place, &done, named);
        assert!(done.annotations()[0].1.contains("from-source: true"));
    }
}

#[test]
fn each_system_takes_its_own_archive() {
    for (system, processor, triple) in [
        ("Linux", "ARM64", "aarch64-unknown-linux-musl"),
        ("Linux", "X64", "x86_64-unknown-linux-gnu"),
        ("macOS", "ARM64", "aarch64-apple-darwin"),
        ("macOS", "X64", "x86_64-apple-darwin"),
    ] {
        let place = Place::new();
        let name = format!("hallpass-{VERSION}-{triple}.tar.gz");
        let archive = place.archive(&name, STAND_IN.as_bytes());
        let other = place.archive("hallpass-9.8.7-riscv64.tar.gz", b"#!/bin/sh\nexit 9\n");
        let mut place = place.pins(&[("hallpass-9.8.7-riscv64.tar.gz", &other), (&name, &archive)]);
        let server = serving(file(&std::fs::read(archive).unwrap()), &mut place.job);
        place.job.set("RUNNER_OS", system);
        place.job.set("RUNNER_ARCH", processor);
        let mirror = server.url();
        place.goes(&[("mirror", &mirror)]).exits(0);
        assert_eq!(server.seen()[0].line, format!("GET /{name} HTTP/1.1"));
    }
}

#[test]
fn on_windows_the_archive_is_a_zip() {
    if !parts::programs(&["unzip", "python3"]) {
        return;
    }
    let place = Place::new();
    let name = "hallpass-9.8.7-x86_64-pc-windows-msvc.zip";
    let folder = place.job.path("made");
    std::fs::create_dir_all(folder.join("in")).unwrap();
    std::fs::write(folder.join("in/hallpass.exe"), STAND_IN).unwrap();
    // Without the bit that makes a file a program: Windows has none.
    let mut python = Command::new("python3");
    let archive = folder.join(name);
    python.args(["-m", "zipfile", "-c"]).arg(&archive).arg("in/hallpass.exe").current_dir(&folder);
    assert!(python.status().unwrap().success());
    let mut place = place.pins(&[(name, &archive)]);
    let server = serving(file(&std::fs::read(archive).unwrap()), &mut place.job);
    place.job.set("RUNNER_OS", "Windows");
    let mirror = server.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "could not be started");
    assert!(done.log.contains("hallpass.exe"), "{}", done.log);
}

#[test]
fn e_11_what_the_system_does_not_run_is_said_to_be_that() {
    let place = Place::new();
    let archive = place.archive(LINUX, b"\x7fELF, but no program");
    let mut place = place.pins(&[(LINUX, &archive)]);
    let server = serving(file(&std::fs::read(archive).unwrap()), &mut place.job);
    let mirror = server.url();
    let done = place.goes(&[("mirror", &mirror)]);
    assert_refused(&place, &done, "mounted noexec");
}

#[test]
fn an_action_that_does_not_know_where_it_is_from_says_so() {
    let (mut place, _) = Place::with_stand_in();
    // As for `uses: ./folder`.
    let elsewhere = place.job.path("work/copy");
    std::fs::rename(&place.action, &elsewhere).unwrap();
    let text = std::fs::read_to_string(elsewhere.join("action.yml")).unwrap();
    std::fs::write(elsewhere.join("action.yml"), text.replace("${{ github.action_repository }}", "")).unwrap();
    place.action = elsewhere;
    let done = place.goes(&[]);
    assert_refused(&place, &done, "which repository this action is from");
}

#[test]
fn provenance_is_verified_on_demand_and_stops_where_it_cannot_be() {
    let (mut place, bytes) = Place::with_stand_in();
    let server = serving(file(&bytes), &mut place.job);
    let mirror = server.url();
    let with = [("mirror", mirror.as_str()), ("provenance", "true")];
    let gh = place.job.path("bin/gh");
    for (status, works) in [(1, false), (0, true)] {
        std::fs::write(&gh, format!("#!/bin/sh\necho \"gh $*\"\nexit {status}\n")).unwrap();
        std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).unwrap();
        let done = place.goes(&with).says("gh attestation verify").says("--repo my-org/hallpass");
        if works {
            assert_eq!(done.status, 0, "{}", done.log);
        } else {
            assert_refused(&place, &done, "provenance could not be verified");
        }
    }
}

#[test]
fn where_nothing_is_pinned_and_where_told_it_builds_its_own_source() {
    let (mut place, _) = Place::with_stand_in();
    let from_source = [("from-source", "true")];
    place.goes(&from_source).exits(2).says("`GITHUB_SERVER_URL` is not set");
    std::fs::write(place.action.join("action/SHA256SUMS"), "\n").unwrap();
    let done = place.goes(&[]).exits(2).says("pins no release of hallpass").says("`GITHUB_SERVER_URL` is not set");
    assert_eq!(done.output("status"), "error");
    let cargo = std::fs::read_to_string(place.job.path("cargo.log")).unwrap();
    let source = format!("--manifest-path {}/action/../Cargo.toml", place.action.display());
    assert!(cargo.lines().count() == 2 && cargo.contains("build --locked --release"), "{cargo}");
    assert!(cargo.contains(&source), "{cargo}");
}

/// What this very revision pins is whole: one version, and for each archive a digest.
#[test]
fn the_list_of_this_revision_is_well_formed() {
    let version = include_str!("../../../action/VERSION").trim();
    assert!(!version.is_empty() && !version.starts_with('v'));
    for line in include_str!("../../../action/SHA256SUMS").lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
        assert!(name.starts_with(&format!("hallpass-{version}-")), "{line}");
    }
}

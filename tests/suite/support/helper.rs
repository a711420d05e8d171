//! The helper as Git runs it, and Git as people run it: each with a home of its own and no variable of ours.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hallpass::domain::redact::encodings;
use tempfile::TempDir;

use super::git_server::{self, GitServer};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_hallpass");
/// What every token of these tests holds, and no other text may.
pub(crate) const CANARY: &str = "canary";

/// A home, a folder to stand in, and variables.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) variables: BTreeMap<OsString, OsString>,
}

/// What a process left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The value of this key in the answer.
    pub(crate) fn value(&self, key: &str) -> Option<String> {
        let start = format!("{key}=");
        self.text().lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
    }

    #[track_caller]
    pub(crate) fn says_nothing(&self) -> &Self {
        assert_eq!((self.text().as_str(), self.status), ("", 0), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn quietly(&self) -> &Self {
        assert_eq!(self.stderr, "");
        self
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let mut home = Self { variables: BTreeMap::new(), folder };
        home.set("HOME", home.home());
        home.set("PATH", git_server::path());
        home.set("HALLPASS_NOW", "2026-11-20T12:00:00Z");
        home
    }

    /// With this file as the user's configuration.
    pub(crate) fn configured(text: &str) -> Self {
        let home = Self::new();
        home.configure(text);
        home
    }

    pub(crate) fn configure(&self, text: &str) {
        let folder = self.home().join(".config/hallpass");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.yml"), text).unwrap();
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.set(name, value);
        self
    }

    /// The variables of a GitLab job of this server.
    pub(crate) fn in_job(self, url: &str, token: &str) -> Self {
        self.with("GITLAB_CI", "true").with("CI_SERVER_URL", url).with("CI_JOB_TOKEN", token)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.variables).current_dir(self.work());
        command
    }

    /// Runs `hallpass credential` with these words.
    pub(crate) fn helper(&self, words: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
        let mut command = self.command(PROGRAM);
        command.arg("credential").args(words);
        let ran = run(command, stdin.as_ref());
        assert!(!ran.stderr.contains(CANARY), "a token on standard error: {}", ran.stderr);
        ran
    }

    /// Runs hallpass by a path, in a folder below the one we stand in. No canary is on either stream, in any encoding.
    #[track_caller]
    pub(crate) fn hallpass_at(&self, program: &Path, folder: &str, words: &[&str], stdin: &[u8]) -> Ran {
        let mut command = self.command(program);
        command.current_dir(self.work().join(folder)).args(words);
        let ran = run(command, stdin);
        for form in encodings(CANARY.as_bytes()) {
            let hit = |bytes: &[u8]| bytes.windows(form.len()).any(|window| window == form);
            assert!(!hit(&ran.stdout) && !hit(ran.stderr.as_bytes()), "{}\n{}", ran.text(), ran.stderr);
        }
        ran
    }

    #[track_caller]
    pub(crate) fn hallpass(&self, words: &[&str]) -> Ran {
        self.hallpass_at(Path::new(PROGRAM), "", words, b"")
    }

    pub(crate) fn get(&self, stdin: impl AsRef<[u8]>) -> Ran {
        self.helper(&["get"], stdin)
    }

    /// A shell, for what only a shell can do. `$0` is hallpass.
    pub(crate) fn shell(&self, script: &str, stdin: impl AsRef<[u8]>) -> Ran {
        let mut command = self.command("/bin/sh");
        command.args(["-c", script, PROGRAM]);
        run(command, stdin.as_ref())
    }

    /// Makes Git trust this server and ask hallpass about everything.
    pub(crate) fn trusting(mut self, server: &GitServer) -> Self {
        self.set("GIT_SSL_CAINFO", server.ca());
        self.set("GIT_CONFIG_NOSYSTEM", "1");
        self.set("GIT_TERMINAL_PROMPT", "0");
        for who in ["AUTHOR", "COMMITTER"] {
            self.set(&format!("GIT_{who}_NAME"), "a");
            self.set(&format!("GIT_{who}_EMAIL"), "a@b");
        }
        self.helped_by(&[&format!("!{PROGRAM} credential")]);
        self
    }

    /// The helpers that Git asks, in this order.
    pub(crate) fn helped_by(&self, helpers: &[&str]) {
        let mut text = "[credential]\n".to_owned();
        for helper in helpers {
            let _ = writeln!(text, "\thelper = \"{helper}\"");
        }
        fs::write(self.home().join(".gitconfig"), text).unwrap();
    }

    /// Runs Git in a folder below the one we stand in.
    pub(crate) fn git_in(&self, folder: &str, arguments: &[&str], stdin: &[u8]) -> Ran {
        let mut command = self.command("git");
        command.current_dir(self.work().join(folder)).args(arguments);
        run(command, stdin)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Ran {
        self.git_in("", arguments, b"")
    }
}

fn run(mut command: Command, stdin: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started");
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // A helper that has heard enough closes its end.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::of(output)
}

/// A link to hallpass under the name that Git calls it by.
#[cfg(unix)]
pub(crate) fn link(folder: &Path) -> PathBuf {
    let path = folder.join("git-credential-hallpass");
    std::os::unix::fs::symlink(PROGRAM, &path).unwrap();
    path
}

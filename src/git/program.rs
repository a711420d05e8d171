//! The program `git` as a child process.
//!
//! It is started without a shell from the place the caller found it in, and has ten seconds. It sees the variables that
//! bear on its configuration and no others, unless the caller wants it to be as it always is.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);
const MOST: u64 = 8 * 1024 * 1024;

/// Where things are, for finding files and programs.
const PLAIN: &[&str] = &[
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "LANG",
    "TMPDIR",
    "SystemRoot",
    "SystemDrive",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "TEMP",
    "TMP",
];

/// Where Git is, and what it is given.
#[derive(Clone)]
pub struct Program {
    pub path: PathBuf,
    /// All variables of this process.
    pub variables: Vec<(OsString, OsString)>,
    pub directory: PathBuf,
}

/// Why Git gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("cannot be started")]
    Start,
    #[error("took longer than 10 seconds")]
    Slow,
    #[error("broke off")]
    Broken,
}

/// What Git said on standard output, and whether it was content.
pub struct Answered {
    pub well: bool,
    pub output: Zeroizing<Vec<u8>>,
}

impl Program {
    /// Runs Git with what bears on its configuration.
    pub fn ask(&self, arguments: &[&str]) -> Result<Answered, Trouble> {
        self.run(arguments, &[], b"", |name| {
            let git = name.starts_with("GIT_") && !is_trace(name);
            git || PLAIN.iter().any(|plain| name.eq_ignore_ascii_case(plain))
        })
    }

    /// Asks one helper, as the user's own Git would: it sees all variables. Nobody is prompted. The helper's line may hold
    /// a secret, so it goes by the environment and not by an argument.
    pub fn ask_helper(&self, line: &str, request: &[u8]) -> Result<Answered, Trouble> {
        let more = [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS", ""),
            ("GCM_INTERACTIVE", "never"),
            ("GIT_CONFIG_PARAMETERS", ""),
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "credential.helper"),
            ("GIT_CONFIG_VALUE_0", ""),
            ("GIT_CONFIG_KEY_1", "credential.helper"),
            ("GIT_CONFIG_VALUE_1", line),
        ];
        self.run(&["credential", "fill"], &more, request, |name| !is_trace(name))
    }

    fn run(
        &self,
        arguments: &[&str],
        more: &[(&str, &str)],
        input: &[u8],
        passes: impl Fn(&str) -> bool,
    ) -> Result<Answered, Trouble> {
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().current_dir(&self.directory);
        command.envs(self.variables.iter().filter(|(name, _)| name.to_str().is_some_and(&passes)).cloned());
        command.envs(more.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|_| Trouble::Start)?;
        let end = Instant::now() + PATIENCE;
        let answer = converse(&mut child, input, end);
        if answer.is_err() {
            drop(child.kill());
            drop(child.wait());
        }
        answer
    }
}

/// Git's own tracing would write what we must not.
fn is_trace(name: &str) -> bool {
    name.starts_with("GIT_TRACE") || name == "GIT_CURL_VERBOSE"
}

fn converse(child: &mut Child, input: &[u8], end: Instant) -> Result<Answered, Trouble> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not listen is no fault of the input's.
        let _ = stdin.write_all(input);
    }
    let stdout = child.stdout.take().ok_or(Trouble::Broken)?;
    let (sender, receiver) = mpsc::channel();
    // A grandchild may hold the pipe open for ever; a thread left behind ends with the process.
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = stdout.take(MOST).read_to_end(&mut bytes);
        drop(sender.send(read.map(|_| bytes)));
    });
    let left = end.saturating_duration_since(Instant::now());
    let output = receiver.recv_timeout(left).map_err(|_| Trouble::Slow)?.map_err(|_| Trouble::Broken)?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Answered { well: status.success(), output }),
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            Ok(None) => return Err(Trouble::Slow),
            Err(_) => return Err(Trouble::Broken),
        }
    }
}

//! What a process is given, handed on as values: nothing in here is asked of the system a second time.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;

use crate::app::ports::{Clock, Environment};
use crate::wiring::Variables;

pub struct Process<'a> {
    /// The name we were called by.
    pub program: OsString,
    /// The file that runs.
    pub executable: Option<PathBuf>,
    /// Without the program's own name.
    pub arguments: Vec<OsString>,
    pub variables: Variables,
    /// The working directory; `None` where it is gone.
    pub directory: Option<PathBuf>,
    pub stdin: Box<dyn Read>,
    /// Somebody types.
    pub stdin_is_terminal: bool,
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
    pub clock: &'a dyn Clock,
    /// Is standard output a terminal, and how wide?
    pub terminal: Option<u16>,
    /// Somebody reads what is on standard error.
    pub stderr_is_terminal: bool,
    /// The exit status of a run that a signal ended.
    pub interrupted: Option<u8>,
}

impl Process<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name)
    }

    /// Asks whoever sits at the terminal. Nothing but a yes is one.
    pub(super) fn agrees(&mut self, question: &str) -> bool {
        let _ = write!(self.stderr, "{question} [y/N] ");
        let _ = self.stderr.flush();
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < 16 && matches!(self.stdin.read(&mut byte), Ok(1)) && byte != *b"\n" {
            line.push(byte[0]);
        }
        matches!(String::from_utf8_lossy(&line).trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

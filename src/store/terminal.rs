//! Asking for a passphrase: at the terminal itself, since Git has our standard input.

use age::secrecy::SecretString;

/// May somebody be asked? Not in CI, and not where Git says so (R22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    Silent,
    Asked,
}

impl Terminal {
    /// `None` where nobody can be asked or nothing was said.
    pub(super) fn ask(self, place: &str) -> Option<SecretString> {
        if self == Self::Silent {
            return None;
        }
        passphrase(&format!("Passphrase for {place}: "))
    }

    pub(super) fn may_ask(self) -> bool {
        self == Self::Asked && has_terminal()
    }
}

#[cfg(unix)]
fn terminal() -> Option<std::fs::File> {
    std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty").ok()
}

#[cfg(unix)]
fn has_terminal() -> bool {
    terminal().is_some()
}

#[cfg(unix)]
fn passphrase(prompt: &str) -> Option<SecretString> {
    use std::io::{BufRead as _, Read as _, Write as _};

    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    use zeroize::Zeroizing;

    const LONGEST: u64 = 1024;

    let mut terminal = terminal()?;
    let before = tcgetattr(&terminal).ok()?;
    let mut quiet = before.clone();
    quiet.local_modes -= LocalModes::ECHO;
    terminal.write_all(prompt.as_bytes()).ok()?;
    tcsetattr(&terminal, OptionalActions::Flush, &quiet).ok()?;
    let mut line = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or_default()));
    let read = std::io::BufReader::new(terminal.try_clone().ok()?.take(LONGEST)).read_line(&mut line);
    let _ = tcsetattr(&terminal, OptionalActions::Flush, &before);
    let _ = terminal.write_all(b"\n");
    let said = line.trim_end_matches(['\n', '\r']);
    (read.is_ok() && !said.is_empty()).then(|| SecretString::from(said.to_owned()))
}

#[cfg(not(unix))]
fn has_terminal() -> bool {
    false
}

#[cfg(not(unix))]
fn passphrase(_: &str) -> Option<SecretString> {
    None
}

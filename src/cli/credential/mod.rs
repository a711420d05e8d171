//! Git's credential helper: `hallpass credential VERB`, or called as `git-credential-hallpass`.
//!
//! It fails softly. Whatever is wrong, nothing is printed on standard output and Git goes on without us; what the user
//! should know is one line on standard error. Commands for CI runners are never printed, on either stream.

mod keeping;
mod surroundings;
mod words;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use super::process::Process;
use crate::app::answer::{Answer, Ask, Given, Turn};
use crate::app::keep::keep;
use crate::app::ports::{Miss, Store};
use crate::domain::connection::Connection;
use crate::domain::entry::Form;
use crate::domain::origin::Origin;
use crate::domain::token::Token;
use crate::wiring::{ANNOUNCEMENT, Proof, Reply, Request, Secret, Stage, log_text, stdout_was_closed};
pub(super) use surroundings::Surroundings;
use words::{Heard, Verb};
pub(super) use words::{Options, options};

/// Marks what we asked Git to hand back among what other helpers did.
const MARK: &str = "hallpass:";
/// More than any request.
const REST: u64 = 1024 * 1024;

/// The exit status, or `None` where this invocation is not Git's but somebody's who wants another command or help.
pub(super) fn run(process: &mut Process<'_>) -> Option<u8> {
    let by_name = Path::new(&process.program).file_stem().is_some_and(|name| name == "git-credential-hallpass");
    let words = match process.arguments.split_first() {
        _ if by_name => &process.arguments[..],
        Some((command, words)) if command == "credential" => words,
        _ => return None,
    };
    let status = match words::read(words) {
        Heard::Verb(Verb::Get, options) => get(&options, process),
        Heard::Verb(Verb::Store, options) => store(&options, process),
        Heard::Verb(Verb::Erase, options) => erase(&options, process),
        Heard::Verb(Verb::Capability, _) => say(ANNOUNCEMENT.as_bytes(), process),
        // It may mean anything.
        Heard::Verb(Verb::Unknown, _) => listen(process),
        Heard::Unclear(why) => {
            note(why, process);
            listen(process)
        }
        Heard::Help => {
            if by_name {
                process.arguments.insert(0, "credential".into());
            }
            return None;
        }
    };
    Some(status)
}

/// What the helper knows of its surroundings, for those who put it into Git's configuration.
pub(super) struct Known<'a> {
    surroundings: Surroundings<'a>,
    options: Options,
}

impl<'a> Known<'a> {
    /// With the options that the helper is to be started with.
    pub(super) fn look(process: &'a Process<'_>, options: &[OsString]) -> Result<Self, &'static str> {
        let words: Vec<OsString> = options.iter().cloned().chain(["get".into()]).collect();
        match words::read(&words) {
            Heard::Verb(_, options) => Ok(Self { surroundings: Surroundings::look(process), options }),
            Heard::Unclear(why) => Err(why),
            Heard::Help => Err("these options cannot be used"),
        }
    }

    /// Every connection of the user's and the system's files.
    pub(super) fn connections(&self) -> Result<Vec<Connection>, String> {
        self.surroundings.files().map(|files| files.into_iter().flatten().collect())
    }

    /// Where the platform is that this process is a job of.
    pub(super) fn platform(&self) -> Option<&Origin> {
        self.surroundings.platform()
    }

    /// Is it the token that a platform gave to this job?
    pub(super) fn is_the_jobs(&self, token: &Token) -> bool {
        self.surroundings.is_the_jobs(token)
    }

    pub(super) fn store(&self) -> Result<Box<dyn Store>, Miss> {
        self.surroundings.store(&self.options)
    }

    /// The store that was named; `none` where nothing is kept unless one is.
    pub(super) fn chosen(&self) -> Option<&'static str> {
        self.options.chosen().or(self.surroundings.in_ci().then_some("none"))
    }
}

/// Hears the caller out: one that is cut off may take it for an error.
fn listen(process: &mut Process<'_>) -> u8 {
    let _ = std::io::copy(&mut process.stdin.by_ref().take(REST), &mut std::io::sink());
    0
}

fn get(options: &Options, process: &mut Process<'_>) -> u8 {
    if process.stdin_is_terminal {
        note(
            "Git calls this and hands lines such as `host=gitlab.com` over; an empty line or Ctrl-D ends them",
            process,
        );
    }
    let Some(request) = hear(process) else { return 0 };
    let offered = request.offered;
    let Some(ask) = ask(request) else { return 0 };
    let Answer { given, notes } = Surroundings::look(process).answer(&ask, options);
    for text in notes {
        note(&text, process);
    }
    let Some(given) = given else { return 0 };
    match reply(given).bytes(offered) {
        Ok(bytes) => say(&bytes, process),
        Err(unwritable) => {
            note(&format!("nothing is answered: {unwritable}"), process);
            0
        }
    }
}

fn store(options: &Options, process: &mut Process<'_>) -> u8 {
    let Some(request) = hear(process) else { return 0 };
    let kept = keeping::entry(request).map_err(str::to_owned).and_then(|entry| {
        let Some((entry, ask)) = entry else { return Ok(()) };
        let surroundings = Surroundings::look(process);
        if surroundings.supplies(&ask, &entry.token)? {
            return Ok(());
        }
        let store = surroundings.store(options).map_err(|miss| miss.to_string())?;
        keep(store.as_ref(), entry, options.lifetime, process.clock.now()).map_err(|miss| miss.to_string())
    });
    if let Err(why) = kept {
        note(&format!("nothing is stored: {why}"), process);
    }
    0
}

fn erase(options: &Options, process: &mut Process<'_>) -> u8 {
    let Some(query) = hear(process).and_then(keeping::query) else { return 0 };
    let forgotten = Surroundings::look(process).store(options).and_then(|store| store.forget(&query));
    // Where there is no store, nothing is left to forget.
    if let Err(Miss::Failed(why)) = forgotten {
        note(&format!("nothing is erased: {why}"), process);
    }
    0
}

/// The request, where it is one. Why it is not has been said then.
fn hear(process: &mut Process<'_>) -> Option<Request> {
    Request::read(process.stdin.as_mut()).map_err(|refused| note(&refused.to_string(), process)).ok()
}

/// What the request is about. Without a whole origin it is about nothing (R5).
fn ask(request: Request) -> Option<Ask> {
    let Request {
        protocol,
        host,
        path,
        username,
        state,
        offered,
        // Given along when Git wants something kept or forgotten.
        password: _,
        password_expiry_utc: _,
        oauth_refresh_token: _,
        authtype: _,
        credential: _,
        ephemeral: _,
        // Every token here is for Basic authentication, whatever else the server offers.
        wwwauth: _,
    } = request;
    let (protocol, host) = (protocol?, host?);
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let origin = Origin::from_protocol(text(&protocol)?, text(&host)?).ok()?;
    Some(Ask {
        origin,
        path: path.filter(|path| !path.is_empty()),
        username: username.filter(|username| !username.is_empty()),
        turn: state.iter().rev().find_map(|state| turn(text(state)?)),
        asks_again: offered.state,
        headers: offered.authtype,
    })
}

fn turn(state: &str) -> Option<Turn> {
    let state = state.strip_prefix(MARK)?;
    let (number, named) = match state.strip_suffix(":named") {
        Some(number) => (number, true),
        None => (state, false),
    };
    Some(Turn { candidate: number.parse().ok()?, named })
}

/// User name and password, except where somebody stored a header: also to callers that would take the whole `Authorization` header: Git leaves such a header out
/// of the request that it sends before a large push, which ends there (seen with 2.47). See `docs/decisions/`.
fn reply(given: Given) -> Reply {
    let Given { username, token, form, expires, refresh, ephemeral, next } = given;
    let secret = |token: &Token| Secret::new(token.expose().as_bytes().to_vec());
    let state = |Turn { candidate, named }: Turn| format!("{MARK}{candidate}{}", if named { ":named" } else { "" });
    Reply {
        proof: match form {
            Form::Password => Proof::Password { username: username.unwrap_or_default(), password: secret(&token) },
            Form::Header(authtype) => Proof::Header { username, authtype, credential: secret(&token) },
        },
        expires: expires.map(jiff::Timestamp::as_second),
        refresh: refresh.as_ref().map(secret),
        ephemeral,
        stage: next.map(|next| Stage { state: state(next) }),
    }
}

/// Writes once. Where nobody can hear it, that is an error, the only one there is.
fn say(bytes: &[u8], process: &mut Process<'_>) -> u8 {
    let said = process.stdout.write_all(bytes).and_then(|()| process.stdout.flush());
    if said.is_ok() && !stdout_was_closed() {
        return 0;
    }
    note("the answer could not be written", process);
    1
}

fn note(text: &str, process: &mut Process<'_>) {
    // One write: many helpers may be talking at once.
    let _ = process.stderr.write_all(format!("hallpass: {}\n", log_text(text)).as_bytes());
}

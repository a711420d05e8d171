//! Git's credential helper: `hallpass credential VERB`, or called as `git-credential-hallpass`.
//!
//! It fails softly. Whatever is wrong, nothing is printed on standard output and Git goes on without us; what the user
//! should know is one line on standard error. Commands for CI runners are never printed, on either stream.

mod surroundings;
mod words;

use std::io::Read as _;
use std::path::Path;

use super::process::Process;
use crate::app::answer::{Answer, Ask, Given, Turn};
use crate::domain::origin::Origin;
use crate::wiring::{ANNOUNCEMENT, Proof, Reply, Request, Secret, Stage, log_text, stdout_was_closed};
use surroundings::Surroundings;
use words::{Heard, Verb};

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
        Heard::Verb(Verb::Get) => get(process),
        Heard::Verb(Verb::Capability) => say(ANNOUNCEMENT.as_bytes(), process),
        // Nothing is kept, so nothing is to be forgotten either. What is not known yet may mean anything.
        Heard::Verb(Verb::Store | Verb::Erase | Verb::Unknown) => listen(process),
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

/// Hears the caller out: one that is cut off may take it for an error.
fn listen(process: &mut Process<'_>) -> u8 {
    let _ = std::io::copy(&mut process.stdin.by_ref().take(REST), &mut std::io::sink());
    0
}

fn get(process: &mut Process<'_>) -> u8 {
    if process.stdin_is_terminal {
        note(
            "Git calls this and hands lines such as `host=gitlab.com` over; an empty line or Ctrl-D ends them",
            process,
        );
    }
    let request = match Request::read(process.stdin.as_mut()) {
        Ok(request) => request,
        Err(refused) => {
            note(&refused.to_string(), process);
            return 0;
        }
    };
    let offered = request.offered;
    let Some(ask) = ask(request) else { return 0 };
    let Answer { given, notes } = Surroundings::look(process).answer(&ask);
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

/// User name and password, also to callers that would take the whole `Authorization` header: Git leaves such a header out
/// of the request that it sends before a large push, which ends there (seen with 2.47). See `docs/decisions/`.
fn reply(given: Given) -> Reply {
    let Given { username, token, expires, ephemeral, next } = given;
    let state = |Turn { candidate, named }: Turn| format!("{MARK}{candidate}{}", if named { ":named" } else { "" });
    Reply {
        proof: Proof::Password { username, password: Secret::new(token.expose().as_bytes().to_vec()) },
        expires: expires.map(jiff::Timestamp::as_second),
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

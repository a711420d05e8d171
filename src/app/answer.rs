//! What Git's credential helper answers: request, connection, source, reply. Synchronous, and quick.
//!
//! Candidates for an origin are, in this order: the one configured connection that the request is about, what Git handed
//! over to be kept, then the platform's own token where the job runs on that origin. The first that gives a token is the answer; when Git can ask
//! again inside one command, it is told so, and the next candidate waits for that (see [`Turn`]).

use jiff::Timestamp;

use super::ports::{GitAsk, GitSubject, GitUser, Glance, Miss, Source, Store};
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::entry::{Entry, Form, Query};
use crate::domain::origin::{Origin, Scheme};
use crate::domain::token::Token;

/// A request, as far as the choice depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub origin: Origin,
    /// As Git sent it: without its first slash, and not necessarily text.
    pub path: Option<Vec<u8>>,
    pub username: Option<Vec<u8>>,
    /// Which of the candidates; `None` on the first time.
    pub turn: Option<Turn>,
    /// Git will ask again if what it gets is refused.
    pub asks_again: bool,
    /// Git takes the whole `Authorization` header.
    pub headers: bool,
}

/// What Git hands back to us when it asks again inside one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Candidates before this one were refused by the server.
    pub candidate: usize,
    /// The first request named a user. Later ones always do: Git keeps the name that it was answered.
    pub named: bool,
}

/// What is handed to Git.
#[derive(Clone, Debug)]
pub struct Given {
    /// There is one beside every password.
    pub username: Option<Vec<u8>>,
    pub token: Token,
    pub form: Form,
    pub expires: Option<Timestamp>,
    pub refresh: Option<Token>,
    /// Made for the moment: no other helper is to keep it.
    pub ephemeral: bool,
    /// There is another candidate, should this one be refused.
    pub next: Option<Turn>,
}

/// The answer, and what the user should know about it: nothing for ordinary hits and misses.
#[derive(Debug, Default)]
pub struct Answer {
    pub given: Option<Given>,
    pub notes: Vec<String>,
}

/// Where answers come from.
pub struct Means<'a> {
    /// The connections of each configuration file, the nearest file first.
    pub files: &'a [Vec<Connection>],
    /// The token of the job one runs in.
    pub platform: Option<&'a Connection>,
    pub glance: &'a dyn Fn(&Connection, &Token) -> Glance,
    /// What a request is about in the words of this connection, where its forge has words of its own for that.
    pub subject: &'a dyn Fn(&Connection, &GitAsk<'_>) -> Option<GitSubject>,
    /// Does this origin serve many owners? As `Offhand::shared_origin`.
    pub is_shared: &'a dyn Fn(&Origin) -> bool,
    pub source: &'a dyn Source,
    pub store: &'a dyn Store,
    pub now: Timestamp,
}

/// What may answer.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Connection(&'a Connection),
    /// What the store holds.
    Kept,
}

/// One that may answer, and what it has.
#[derive(Debug)]
pub struct Step {
    /// `None`: what the store holds.
    pub connection: Option<Connection>,
    /// Why there is nothing, where that is worth a word.
    pub outcome: Result<Given, Option<String>>,
}

impl Means<'_> {
    /// Everybody who may answer the first time Git asks, in order, for people who want to know.
    pub fn explain(&self, ask: &Ask) -> Result<Vec<Step>, String> {
        let username = ask.username.as_deref();
        let step = |candidate| Step {
            connection: match candidate {
                Candidate::Connection(connection) => Some(connection.clone()),
                Candidate::Kept => None,
            },
            outcome: self.offer(candidate, ask, username),
        };
        Ok(self.candidates(ask, username)?.into_iter().map(step).collect())
    }

    pub fn answer(&self, ask: &Ask) -> Answer {
        let mut answer = Answer::default();
        let named = ask.turn.map_or(ask.username.is_some(), |turn| turn.named);
        let username = ask.username.as_deref().filter(|_| named);
        let candidates = match self.candidates(ask, username) {
            Ok(candidates) => candidates,
            Err(note) => {
                answer.notes.push(note);
                return answer;
            }
        };
        let first = ask.turn.map_or(0, |turn| turn.candidate);
        for (place, candidate) in candidates.iter().enumerate().skip(first) {
            match self.offer(*candidate, ask, username) {
                Ok(mut given) => {
                    if ask.asks_again {
                        given.next = self.after(place, &candidates, &given, ask, username, named);
                    }
                    answer.given = Some(given);
                    break;
                }
                Err(note) => answer.notes.extend(note),
            }
        }
        if self.is_nameless(ask, username) && answer.given.is_none() && self.knows(&ask.origin) {
            answer.notes.push(format!(
                "{0} serves many organizations, and Git named none: `git config credential.{0}.useHttpPath true`, or put the \
                 organization in front of the host as user name",
                ask.origin
            ));
        }
        answer
    }

    fn candidates(&self, ask: &Ask, username: Option<&[u8]>) -> Result<Vec<Candidate<'_>>, String> {
        let chosen = self.choose(ask, username)?;
        let own = self.platform.filter(|own| self.serves(own, ask, username)).map(Candidate::Connection);
        let kept = chosen.is_none_or(|chosen| !is_kept(chosen)) && !self.is_nameless(ask, username);
        let kept = kept.then_some(Candidate::Kept);
        Ok(chosen.map(Candidate::Connection).into_iter().chain(kept).chain(own).collect())
    }

    /// On an origin that serves many owners: does nothing tell which one is meant?
    fn is_nameless(&self, ask: &Ask, username: Option<&[u8]>) -> bool {
        ask.path.is_none() && username.is_none() && (self.is_shared)(&ask.origin)
    }

    /// Is anything configured for this origin?
    fn knows(&self, origin: &Origin) -> bool {
        self.files.iter().flatten().chain(self.platform).any(|connection| connection.base.origin == *origin)
    }

    /// The next candidate that has another token to give. The store is asked for nothing while a connection answers: a
    /// keyring is slow, and one configured something else on purpose.
    fn after(
        &self,
        place: usize,
        candidates: &[Candidate<'_>],
        given: &Given,
        ask: &Ask,
        username: Option<&[u8]>,
        named: bool,
    ) -> Option<Turn> {
        let next = candidates.iter().enumerate().skip(place + 1);
        let mut able = next.filter(|(_, next)| {
            matches!(next, Candidate::Connection(_))
                && self.offer(**next, ask, username).is_ok_and(|next| !next.token.is(&given.token))
        });
        able.next().map(|(candidate, _)| Turn { candidate, named })
    }

    fn offer(&self, candidate: Candidate<'_>, ask: &Ask, username: Option<&[u8]>) -> Result<Given, Option<String>> {
        match candidate {
            Candidate::Connection(connection) if is_kept(connection) => {
                let told = |what: &str| Some(format!("`{}` is not used: {what}", connection.name));
                if let Some(barred) = &connection.barred {
                    return Err(told(&barred.why));
                }
                let stated = connection.username.as_deref().map(str::as_bytes);
                if stated.is_some() && username.is_some() && stated != username {
                    return Err(None);
                }
                self.kept(ask, stated.or(username)).map_err(|miss| told(&miss.to_string()))
            }
            Candidate::Connection(connection) => self.give(connection, username),
            // Nothing there, or no such store here, is what most requests find.
            Candidate::Kept => self.kept(ask, username).map_err(|miss| match miss {
                Miss::Absent(_) | Miss::NotMine => None,
                Miss::Unavailable(what) | Miss::Failed(what) => Some(what),
            }),
        }
    }

    /// What was handed over for exactly this scheme, host and port.
    fn kept(&self, ask: &Ask, user: Option<&[u8]>) -> Result<Given, Miss> {
        let query = Query {
            path: ask.path.clone(),
            user: user.map(<[u8]>::to_vec),
            headers: ask.headers,
            ..Query::of(ask.origin.clone())
        };
        let Entry { origin: _, path: _, user, token, expires, refresh, form } = self.store.find(&query)?;
        let form = if ask.headers { form } else { Form::Password };
        Ok(Given { username: user, token, form, expires, refresh, ephemeral: false, next: None })
    }

    /// Does hallpass itself get this token, or may it, from what was configured for this request? Commands are not run to
    /// find out.
    pub fn supplies(&self, ask: &Ask, token: &Token) -> bool {
        let username = ask.username.as_deref();
        let all = self.files.iter().flatten().chain(self.platform);
        let all = all.filter(|connection| self.serves(connection, ask, username));
        all.into_iter().any(|connection| match &connection.source {
            SourceSpec::Store { .. } => false,
            SourceSpec::Command(_) => true,
            spec => self.source.find(spec).is_ok_and(|own| own.is(token)),
        })
    }

    /// The one configured connection that the request is about: the longest path wins, then the nearest file, then the
    /// user's name, then the one marked `default`. What is still two is nobody's answer.
    fn choose(&self, ask: &Ask, username: Option<&[u8]>) -> Result<Option<&Connection>, String> {
        let all = self.files.iter().enumerate().flat_map(|(file, connections)| {
            let reaching = move |connection| Some((self.reach(connection, ask, username)?, file, connection));
            connections.iter().filter_map(reaching)
        });
        let fits = |name: &str| username.is_none_or(|username| username == name.as_bytes());
        let mut able: Vec<(usize, usize, &Connection)> =
            all.filter(|(.., connection)| connection.username.as_deref().is_none_or(fits)).collect();
        let Some(reach) = able.iter().map(|(reach, ..)| *reach).max() else { return Ok(None) };
        able.retain(|(held, ..)| *held == reach);
        let nearest = able.iter().map(|(_, file, _)| *file).min().unwrap_or_default();
        let mut able: Vec<&Connection> =
            able.into_iter().filter(|(_, file, _)| *file == nearest).map(|(.., connection)| connection).collect();
        keep_some(&mut able, |connection| username.is_some() && connection.username.is_some());
        keep_some(&mut able, |connection| connection.default);
        match able[..] {
            [only] => Ok(Some(only)),
            _ if ask.path.is_some() => Err(format!(
                "several connections answer for this path on {0}; mark one with `default: true`, or put the user name \
                 into the address",
                ask.origin
            )),
            _ => Err(format!(
                "several connections answer for {0} and Git sent no path; mark one with `default: true`, or \
                 `git config credential.{0}.useHttpPath true`",
                ask.origin
            )),
        }
    }

    fn serves(&self, connection: &Connection, ask: &Ask, username: Option<&[u8]>) -> bool {
        self.reach(connection, ask, username).is_some()
    }

    /// How much of the path the connection names, or `None` where it is about something else. Without a path from Git it
    /// may be about anything on its origin.
    fn reach(&self, connection: &Connection, ask: &Ask, username: Option<&[u8]>) -> Option<usize> {
        if connection.base.origin != ask.origin {
            return None;
        }
        let parts = [connection.base.root.trim_matches('/'), connection.target.as_deref().unwrap_or_default()];
        let named = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let path = ask.path.as_deref().map(repository);
        if path == Some(None) {
            return (named.is_empty() && !(self.is_shared)(&ask.origin)).then_some(0);
        }
        let path = path.flatten();
        let as_it_comes = || path.map_or(GitSubject::Anything, |path| GitSubject::Path(path.to_vec()));
        let below = |path: &[u8], above: &[u8]| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        match (self.subject)(connection, &GitAsk { path, user: username }).unwrap_or_else(as_it_comes) {
            GitSubject::Nothing => None,
            GitSubject::Anything => Some(0),
            GitSubject::Below(above) => below(named.as_bytes(), &above).then_some(0),
            GitSubject::Path(_) if named.is_empty() => Some(0),
            GitSubject::Path(path) => below(&path, named.as_bytes()).then_some(named.len()),
        }
    }

    /// The token of this candidate with all that goes along, or why there is none. An ordinary miss has no reason.
    fn give(&self, connection: &Connection, asked: Option<&[u8]>) -> Result<Given, Option<String>> {
        let told = |what: &str| Some(format!("`{}` is not used: {what}", connection.name));
        if let Some(barred) = &connection.barred {
            return Err(told(&barred.why));
        }
        if connection.base.origin.scheme_of() == Scheme::Http && !connection.insecure {
            return Err(told("it would travel unencrypted over `http`"));
        }
        let own = matches!(connection.source, SourceSpec::Job(_));
        let token = self.source.find(&connection.source).map_err(|miss| match miss {
            // Outside its jobs, or where a job was given none, the platform has nothing.
            Miss::Absent(_) if own => None,
            miss => told(&miss.to_string()),
        })?;
        let Glance { user, expires } = (self.glance)(connection, &token);
        if let Some(end) = expires.filter(|end| *end <= self.now) {
            return Err(told(&format!("its token from {} ended at {end}", connection.source.label())));
        }
        let stated = connection.username.as_deref();
        let username = match user {
            GitUser::Exactly(name) => name.as_bytes(),
            GitUser::Any(usual) => stated.map(str::as_bytes).or(asked).unwrap_or(usual.as_bytes()),
            GitUser::ItsOwn => stated.map(str::as_bytes).or(asked).ok_or_else(|| {
                told("Git needs the user name of a deploy token; add it as `username` or to the address")
            })?,
        };
        if asked.is_some_and(|asked| asked != username) {
            return Err(None);
        }
        let username = Some(username.to_owned());
        Ok(Given { username, token, form: Form::Password, expires, refresh: None, ephemeral: own, next: None })
    }
}

/// Keeps those that it holds for, unless it holds for none.
fn keep_some(connections: &mut Vec<&Connection>, holds: impl Fn(&Connection) -> bool) {
    if connections.len() > 1 && connections.iter().any(|connection| holds(connection)) {
        connections.retain(|connection| holds(connection));
    }
}

fn is_kept(connection: &Connection) -> bool {
    matches!(connection.source, SourceSpec::Store { .. })
}

/// The path without the endings that Git and Git LFS put on. A path that servers would rewrite names nothing.
fn repository(path: &[u8]) -> Option<&[u8]> {
    const LFS: &[u8] = b"/info/lfs";
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let lfs = path.windows(LFS.len()).position(|window| window == LFS);
    let lfs = lfs.filter(|at| matches!(path.get(at + LFS.len()), None | Some(b'/')));
    let path = &path[..lfs.unwrap_or(path.len())];
    let path = path.strip_suffix(b".git").unwrap_or(path);
    let odd = |segment: &[u8]| matches!(segment, b"" | b"." | b"..");
    (!path.split(|byte| *byte == b'/').any(odd)).then_some(path)
}

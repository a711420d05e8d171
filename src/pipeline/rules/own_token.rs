//! What the acts of a GitHub job ask of its own token, and what the job's file gives it.

use std::collections::{BTreeMap, BTreeSet};

use super::Ground;
use crate::domain::catalogue::{PermissionWays, Row};
use crate::domain::job_permissions::{Grade, Held, held};
use crate::domain::parts::{Action, Need};
use crate::domain::token::Kind;
use crate::pipeline::github::FORGE;
use crate::pipeline::github::endpoint::{Address, address};
use crate::pipeline::github::words::is_own_token;
use crate::pipeline::model::{
    Act, ActionRun, ClientRun, ClientToken, GitRun, GitVerb, How, Job, Part, Permissions, Request, Value, split_once,
};
use crate::pipeline::text::Span;

/// Permissions that are all needed.
pub(super) type Way = Vec<(String, Grade)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ways {
    /// None is needed.
    Free,
    /// No permission opens it to this token. To others these do, where that is known.
    Closed(Option<String>),
    /// Any of these.
    Named(Vec<Way>),
    Unknown,
}

/// One thing that is done with the job's own token.
pub(super) struct Asked {
    /// What it is, for messages.
    pub(super) what: String,
    pub(super) ways: Ways,
    pub(super) sure: bool,
    pub(super) span: Span,
    pub(super) around: Span,
}

const ACTIONS: &str = "actions";
pub(super) const IDENTITY: &str = "id-token";

/// Everything in the job that is surely done with its own token.
pub(super) fn asked(job: &Job, ground: &Ground<'_>) -> Vec<Asked> {
    job.acts.iter().flat_map(|act| of_act(act, job, ground)).collect()
}

fn of_act(act: &Act, job: &Job, ground: &Ground<'_>) -> Vec<Asked> {
    match act {
        Act::Request(request) if carries_own(request) && request.program != "git" => {
            let Address::Rest(path) = address(&request.url.value) else { return Vec::new() };
            let Some(method) = &request.method else { return Vec::new() };
            let rows = rows_of(&path, method, ground);
            let what = match rows.first() {
                Some(row) => format!("`{method} {}`", row.path.split('?').next().unwrap_or_default()),
                None => format!("`{method} {}`", path.shown()),
            };
            let ways = of_rows(&rows);
            vec![Asked { what, ways, sure: true, span: request.url.span, around: request.span }]
        }
        Act::Git(run) if pushes_with_own(run) => {
            let ways = Ways::Named(vec![vec![("contents".to_owned(), Grade::Write)]]);
            vec![Asked { what: "this push".to_owned(), ways, sure: true, span: run.span, around: run.span }]
        }
        Act::Client(run) if is_own_client(run) => {
            let Some(command) = ground.parts.command(run.program, &run.words) else { return Vec::new() };
            let has = |option: &String| run.arguments.iter().any(|word| word.head() == option);
            if command.without.iter().any(has) {
                return Vec::new();
            }
            let what = format!("`{}`", command.words);
            let ways = of_command(run, ground);
            vec![Asked { what, ways, sure: true, span: run.span, around: run.span }]
        }
        Act::Action(run) => of_action(run, job, ground),
        _ => Vec::new(),
    }
}

fn of_action(run: &ActionRun, job: &Job, ground: &Ground<'_>) -> Vec<Asked> {
    let mut all = Vec::new();
    for action in ground.parts.actions(&run.name).filter(|action| applies(action, run)) {
        let own = takes_own(action, run, job);
        for need in &action.needs {
            // What identifies the job is asked for without any token.
            if !own && need.0.iter().all(|(key, _)| key != IDENTITY) {
                continue;
            }
            let ways = Ways::Named(ways_of(need));
            let what = format!("`{}`", run.name);
            all.push(Asked { what, ways, sure: action.sure, span: run.span, around: run.span });
        }
    }
    all
}

fn ways_of(need: &Need) -> Vec<Way> {
    need.0.iter().map(|one| vec![one.clone()]).collect()
}

/// What a command of the client needs.
pub(super) fn of_command(run: &ClientRun, ground: &Ground<'_>) -> Ways {
    let Some(command) = ground.parts.command(run.program, &run.words) else { return Ways::Unknown };
    if let Some(need) = command.needs.first() {
        return Ways::Named(ways_of(need));
    }
    let catalogue = ground.catalogue(FORGE);
    let rows: Vec<&Row> = command.does.iter().filter_map(|capability| catalogue.row(capability)).collect();
    if rows.is_empty() { Ways::Free } else { of_rows(&rows) }
}

/// Capabilities that a call is. A file below the workflows is a matter of its own.
pub(super) fn rows_of<'g>(
    path: &crate::pipeline::github::endpoint::Path,
    method: &str,
    ground: &Ground<'g>,
) -> Vec<&'g Row> {
    let rows = path.rows(method, ground.catalogue(FORGE));
    let of_workflows = |row: &&Row| row.capability.as_str() == "workflow_file.push";
    if path.is_workflow_file() {
        return rows.into_iter().filter(of_workflows).collect();
    }
    rows.into_iter().filter(|row| !of_workflows(row)).collect()
}

/// Several rows of one call are several things that it may be; the easiest counts.
pub(super) fn of_rows(rows: &[&Row]) -> Ways {
    let kind = Kind::named(ACTIONS);
    let mut named: Vec<Way> = Vec::new();
    let mut closed = None;
    for row in rows {
        match row.permission.for_kind(&kind) {
            PermissionWays::Any => return Ways::Free,
            PermissionWays::Closed => closed = Some(opens_it_to_others(row)),
            PermissionWays::Unstated | PermissionWays::Named { sure: false, .. } => return Ways::Unknown,
            PermissionWays::Named { ways, sure: true } => {
                for way in ways {
                    let graded = way.iter().map(|name| {
                        let (key, grade) = name.split_once('=')?;
                        Some((key.to_owned(), Grade::named(grade)?))
                    });
                    match graded.collect::<Option<Way>>() {
                        Some(way) if !named.contains(&way) => named.push(way),
                        Some(_) => {}
                        None => return Ways::Unknown,
                    }
                }
            }
        }
    }
    match closed {
        _ if !named.is_empty() => Ways::Named(named),
        Some(needed) => Ways::Closed(needed),
        None => Ways::Unknown,
    }
}

/// `` the permission `secrets: write` ``
fn opens_it_to_others(row: &Row) -> Option<String> {
    let PermissionWays::Named { ways, .. } = &row.permission.general else { return None };
    let names = ways.first()?.iter().map(|name| format!("`{}`", name.replace('=', ": ")));
    Some(format!("the permission {}", names.collect::<Vec<_>>().join(" with ")))
}

/// Is the job's own token the one that this request is made with?
pub(super) fn carries_own(request: &Request) -> bool {
    let signs_in = |how: &How| matches!(how, How::Bearer | How::Scheme("token") | How::Basic { .. } | How::Tool(_));
    request.tokens.iter().any(|token| signs_in(&token.how) && is_own_token(&token.value))
        && request.tokens.iter().filter(|token| signs_in(&token.how)).all(|token| is_own_token(&token.value))
}

/// Requests with the token to an address, or by a method, that nobody knows beforehand.
pub(super) fn unresolved(job: &Job) -> Vec<Span> {
    let requests = job.acts.iter().filter_map(|act| match act {
        Act::Request(request) if request.program != "git" && carries_own(request) => Some(request),
        _ => None,
    });
    let open = |request: &&Request| match address(&request.url.value) {
        Address::Unknown => true,
        Address::Rest(_) => request.method.is_none(),
        Address::GraphQl | Address::Elsewhere => false,
    };
    requests.filter(open).map(|request| request.span).collect()
}

pub(super) fn is_own_client(run: &ClientRun) -> bool {
    !run.elsewhere && matches!(&run.token, ClientToken::Given(presented) if is_own_token(&presented.value))
}

/// Is the push made with the job's own token, as an address or an earlier step gave it?
pub(super) fn pushes_with_own(run: &GitRun) -> bool {
    if run.verb != GitVerb::Push {
        return false;
    }
    let left = !run.own_sign_in && run.left.as_deref().is_some_and(is_own_token);
    let Some(remote) = &run.remote else {
        return left && run.named.as_ref().is_none_or(|word| word.text().as_deref() == Some("origin"));
    };
    if let Some(password) = password(remote) {
        return is_own_token(&password);
    }
    let of_server = match remote.first() {
        Some(Part::Text(text)) => text.starts_with("https://github.com/"),
        Some(Part::Variable(name)) => name == "GITHUB_SERVER_URL",
        _ => false,
    };
    left && of_server
}

/// What stands between the user's name and the host of an address.
fn password(address: &Value) -> Option<Value> {
    let (before, _) = split_once(address, '@')?;
    let (_, rest) = split_once(&before, ':')?;
    if let Some((_, password)) = split_once(&rest, ':') {
        return Some(password);
    }
    // A token alone, without a user's name.
    let mut value = rest;
    if let Some(Part::Text(text)) = value.first_mut() {
        *text = text.trim_start_matches('/').to_owned();
    }
    value.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    Some(value)
}

/// Do the inputs say that this entry is about the step? What they leave open: no.
pub(in crate::pipeline) fn applies(action: &Action, run: &ActionRun) -> bool {
    let given = |name: &String| run.inputs.get(name).map(|(value, _)| value).filter(|value| !value.is_empty());
    let wanted = action.only_if.iter().all(|(name, values)| given(name).is_some_and(|value| surely_is(value, values)));
    let unwanted = action.not_if.iter().any(|(name, values)| given(name).is_some_and(|value| may_be(value, values)));
    wanted && !unwanted
}

fn surely_is(value: &Value, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| match (wanted.as_str(), wanted.strip_suffix('*')) {
        ("*", _) => true,
        (_, Some(start)) => matches!(value.first(), Some(Part::Text(text)) if text.trim_start().starts_with(start)),
        (text, None) => matches!(value.as_slice(), [Part::Text(held)] if held.trim() == text),
    })
}

pub(super) fn may_be(value: &Value, wanted: &[String]) -> bool {
    surely_is(value, wanted) || !matches!(value.as_slice(), [Part::Text(_)])
}

/// Is the job's own token the one that the action gets? Where several are named, all of them are.
pub(in crate::pipeline) fn takes_own(action: &Action, run: &ActionRun, job: &Job) -> bool {
    let token = &action.token;
    if token.git {
        return run.left.as_deref().is_some_and(is_own_token);
    }
    if let Some(registry) = &token.registry {
        return signed_in_with_own(registry, run, job);
    }
    let inputs = token.inputs.iter().filter_map(|name| run.inputs.get(name).map(|(value, _)| value));
    let variables = token.variables.iter().filter_map(|name| {
        let set = run.environment.iter().find(|(held, ..)| held == name);
        set.map(|(_, value, _)| value)
    });
    let given: Vec<&Value> = inputs.chain(variables).filter(|value| !value.is_empty()).collect();
    if given.is_empty() { token.own } else { given.iter().all(|value| is_own_token(value)) }
}

/// Did an earlier step sign in to the registry with the job's own token, and none with another?
fn signed_in_with_own(registry: &str, run: &ActionRun, job: &Job) -> bool {
    let before = job.acts.iter().take_while(|act| !matches!(act, Act::Action(other) if other == run));
    let mut passwords = before.filter_map(|act| match act {
        Act::Action(other) if other.name.eq_ignore_ascii_case("docker/login-action") => {
            let (named, _) = other.inputs.get("registry")?;
            surely_is(named, &[registry.to_owned()]).then(|| other.inputs.get("password").map(|(value, _)| value))
        }
        _ => None,
    });
    let first = passwords.next().flatten();
    first.is_some_and(|value| is_own_token(value))
        && passwords.all(|value| value.is_some_and(|value| is_own_token(value)))
}

/// What the job's token holds of each key, where files say it.
pub(super) fn held_by<'g>(permissions: &Permissions, ground: &Ground<'g>) -> Held<'g> {
    let keys = &ground.catalogue(FORGE).about.job_permissions;
    let mut all = held(&permissions.given, keys);
    for caller in &permissions.callers {
        let most = held(&caller.given, keys);
        all = all.into_iter().filter_map(|(key, grade)| Some((key, grade.min(*most.get(key)?)))).collect();
    }
    all
}

pub(super) fn is_met(way: &Way, held: &Held<'_>) -> bool {
    way.iter().all(|(key, grade)| held.get(key.as_str()).is_some_and(|have| have >= grade))
}

/// The most that a job could do with its own token.
#[derive(Debug, Default)]
pub(super) struct Power {
    /// Anything at all.
    pub(super) all: bool,
    pub(super) keys: BTreeMap<String, Grade>,
}

impl Power {
    fn add(&mut self, key: &str, grade: Grade) {
        let held = self.keys.entry(key.to_owned()).or_insert(grade);
        *held = (*held).max(grade);
    }

    fn add_ways(&mut self, ways: &Ways) {
        match ways {
            Ways::Free | Ways::Closed(_) => {}
            Ways::Unknown => self.all = true,
            Ways::Named(ways) => ways.iter().flatten().for_each(|(key, grade)| self.add(key, *grade)),
        }
    }

    pub(super) fn of(job: &Job, ground: &Ground<'_>) -> Self {
        let mut power = Self::default();
        for act in &job.acts {
            power.take(act, ground);
        }
        power
    }

    fn take(&mut self, act: &Act, ground: &Ground<'_>) {
        match act {
            Act::Opaque(opaque) => {
                self.all |= opaque.token;
                self.add(IDENTITY, Grade::Write);
                if opaque.git {
                    self.add("contents", Grade::Write);
                }
            }
            Act::Request(request) => self.take_request(request, ground),
            Act::Git(_) => self.add("contents", Grade::Write),
            Act::Client(run) => {
                let own = match &run.token {
                    ClientToken::Given(presented) => {
                        is_own_token(&presented.value) || presented.value.contains(&Part::Unknown)
                    }
                    ClientToken::NotSeen => true,
                    ClientToken::Missing => false,
                };
                if own {
                    self.add_ways(&of_command(run, ground));
                }
            }
            Act::Action(run) => {
                let entries: Vec<&Action> = ground.parts.actions(&run.name).collect();
                self.all |= entries.is_empty() || entries.iter().any(|action| action.anything);
                for need in entries.iter().flat_map(|action| action.needs.iter().chain(&action.may)) {
                    self.add_ways(&Ways::Named(ways_of(need)));
                }
            }
            Act::Call(run) => match &run.asks {
                crate::domain::connection::Given::All(_) => self.all = true,
                crate::domain::connection::Given::Each(each) => {
                    for (key, grade) in each {
                        if let Some(grade) = Grade::named(grade) {
                            self.add(key, grade);
                        }
                    }
                }
            },
            // Behind a request that cannot be followed stands an opaque act too.
            Act::Tool(_) | Act::Unset(..) | Act::Open(_) => {}
        }
    }

    fn take_request(&mut self, request: &Request, ground: &Ground<'_>) {
        let may_carry =
            request.tokens.iter().any(|token| is_own_token(&token.value) || token.value.contains(&Part::Unknown));
        if request.program == "git" {
            self.add("contents", Grade::Write);
            return;
        }
        if !may_carry && request.program != "gh" {
            return;
        }
        match (address(&request.url.value), &request.method) {
            (Address::Rest(path), Some(method)) => {
                let ways = of_rows(&rows_of(&path, method, ground));
                let reads = matches!(method.as_str(), "GET" | "HEAD");
                // What is read without a row may be any key's.
                if ways == Ways::Unknown && reads {
                    let keys: BTreeSet<&String> = ground.catalogue(FORGE).about.job_permissions.keys().collect();
                    keys.into_iter().filter(|key| *key != IDENTITY).for_each(|key| self.add(key, Grade::Read));
                } else {
                    self.add_ways(&ways);
                }
            }
            (Address::Elsewhere, _)
                if request.program != "gh" && !request.tokens.iter().any(|token| is_own_token(&token.value)) => {}
            _ => self.all = true,
        }
    }
}

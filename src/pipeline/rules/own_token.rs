//! What the acts of a GitHub job ask of its own token, and what the job's file gives it.

use super::Ground;
use super::step_action::{applies, takes_own};
use crate::domain::catalogue::{PermissionWays, Row};
use crate::domain::job_permissions::{Grade, Held, held};
use crate::domain::parts::Need;
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

pub(super) fn ways_of(need: &Need) -> Vec<Way> {
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

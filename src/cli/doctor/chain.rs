//! The helpers that Git asks, in their order: hallpass by what its own `get` would answer, the others by name.

use super::foreign;
use super::ways::{link, origin};
use super::{Bearer, Secret, View};
use crate::app::answer::{Ask, Given, Step};
use crate::app::ports::Miss;
use crate::cli::credential::{Options, options};
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::diagnosis::{Kept, Link, Sort, State};
use crate::domain::helper_line::{helper_name, is_hallpass, words};
use crate::wiring::git::{Address, Helper, Helps};

pub(super) struct Walk {
    pub(super) found: Vec<(Link, Option<Bearer>)>,
    pub(super) dropped: Vec<Link>,
    pub(super) kept: Vec<Kept>,
}

pub(super) fn walk(address: &Address, view: &View<'_>) -> Walk {
    let chain = view.configuration.helpers(address);
    let mut kept = Vec::new();
    let found = chain.asked.iter().map(|helper| one(helper, address, view, &mut kept)).collect();
    let dropped = chain.dropped.iter().map(|helper| named(helper, State::Unknown, view)).collect();
    if !chain.asked.iter().any(|helper| is_hallpass(helper.line().expose())) {
        kept = in_store(address, &Options::default(), None, view).unwrap_or_default();
    }
    Walk { found, dropped, kept }
}

fn named(helper: &Helper, state: State, view: &View<'_>) -> Link {
    let line = helper.line().expose();
    let sort = if is_hallpass(line) { Sort::Hallpass } else { Sort::Helper };
    link(sort, helper_name(line), view.place(&helper.place), state)
}

fn one(helper: &Helper, address: &Address, view: &View<'_>, kept: &mut Vec<Kept>) -> (Link, Option<Bearer>) {
    let mut link = named(helper, State::Unknown, view);
    if let Some(only) = &helper.only_for {
        link.says.push(format!("for {only}"));
    }
    match foreign::program(helper, view) {
        foreign::Found::At(path) => link.program = Some(view.shown(&path)),
        foreign::Found::Nowhere => {
            link.state = State::Absent;
            link.fix = fix_absent(&link);
            return (link, None);
        }
        foreign::Found::Unclear => {}
    }
    let bearer = if link.sort == Sort::Hallpass {
        hallpass(helper, &mut link, address, view, kept)
    } else {
        foreign::look(helper, &mut link, address, view)
    };
    (link, bearer)
}

fn fix_absent(link: &Link) -> Option<String> {
    (link.sort == Sort::Hallpass).then(|| "hallpass setup writes the path at which it is installed now".to_owned())
}

/// What Git would send, as our own `get` reads it.
fn ask(address: &Address, view: &View<'_>) -> Option<Ask> {
    let user = address.told_user();
    let configured = || Some(view.configuration.credential_username(address)?.text()?.as_bytes().to_vec());
    let path = Some(address.told_path()).filter(|path| !path.is_empty() && view.configuration.use_http_path(address));
    let username = user.or_else(configured).filter(|user| !user.is_empty());
    Some(Ask { origin: origin(address)?, path, username, turn: None, asks_again: true, headers: true })
}

fn hallpass(
    helper: &Helper,
    link: &mut Link,
    address: &Address,
    view: &View<'_>,
    kept: &mut Vec<Kept>,
) -> Option<Bearer> {
    link.state = State::Empty;
    let Some(options) = own_options(helper) else {
        link.says.push("its options are not understood, so it answers nothing".to_owned());
        return None;
    };
    let Some(ask) = ask(address, view) else {
        link.says.push("it answers for plain host names only, and this is none".to_owned());
        return None;
    };
    let (steps, why) = match view.hallpass.explain(&ask, &options) {
        Ok(told) => told,
        Err(why) => {
            link.says.push(why);
            *kept = in_store(address, &options, None, view).unwrap_or_default();
            return None;
        }
    };
    let given = steps.iter().find_map(|step| Some((step, step.outcome.as_ref().ok()?)));
    let from_store = given.filter(|(step, _)| is_store(step)).map(|(_, given)| given);
    match in_store(address, &options, from_store, view) {
        Ok(entries) => *kept = entries,
        Err(Miss::Failed(what)) => link.says.push(what),
        Err(_) => {}
    }
    link.says.extend(steps.iter().filter_map(|step| told(step, given.map(|(step, _)| step))));
    link.says.extend(why);
    let (step, given) = given?;
    link.state = State::Has;
    link.user = given.username.as_ref().and_then(|user| String::from_utf8(user.clone()).ok());
    let secret = match &step.connection {
        Some(connection) if !is_store(step) => Secret::Connection(Box::new(connection.clone())),
        _ => Secret::Password("store".to_owned(), given.token.clone()),
    };
    Some(Bearer { user: link.user.clone(), secret })
}

fn is_store(step: &Step) -> bool {
    step.connection.as_ref().is_none_or(|connection| matches!(connection.source, SourceSpec::Store { .. }))
}

/// `connection `work`: env:WORK_TOKEN`, and whether it is the one.
fn told(step: &Step, first: Option<&Step>) -> Option<String> {
    let who = match &step.connection {
        Some(Connection { source: source @ SourceSpec::Job(_), .. }) => {
            format!("the job's own token, {}", source.label())
        }
        Some(connection) => format!("connection `{}`, {}", connection.name, connection.source.label()),
        None => "what Git handed over to be kept".to_owned(),
    };
    match &step.outcome {
        Ok(given) => {
            let end = given.expires.map_or(String::new(), |end| format!(", until {end}"));
            let is_first = first.is_some_and(|first| std::ptr::eq(first, step));
            Some(if is_first { format!("gives {who}{end}") } else { format!("then {who}{end}, if that is refused") })
        }
        Err(Some(why)) => Some(why.clone()),
        Err(None) => None,
    }
}

/// What stands behind the program's name, and behind `credential` where that is how it is called.
fn own_options(helper: &Helper) -> Option<Options> {
    let words = words(helper.line().expose());
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    let by_name = program.starts_with("git-credential-") || matches!(helper.helps(), Helps::Name(_));
    options(words.get(if by_name { 1 } else { 2 }..)?)
}

/// Everything that hallpass keeps for this origin.
fn in_store(address: &Address, options: &Options, given: Option<&Given>, view: &View<'_>) -> Result<Vec<Kept>, Miss> {
    let Some(origin) = origin(address) else { return Ok(Vec::new()) };
    let now = view.now;
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let entries = view.hallpass.store(options)?.all(&origin)?;
    let kept = entries.iter().map(|entry| Kept {
        origin: entry.origin.to_string(),
        user: entry.user.as_ref().map(text),
        path: entry.path.as_ref().map(text),
        expires: entry.expires,
        dead: !entry.is_alive(now),
        given: given.is_some_and(|given| given.token.is(&entry.token) && given.username == entry.user),
    });
    Ok(kept.collect())
}

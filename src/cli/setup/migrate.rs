//! `setup --migrate`: tokens that lie in plain text go into the store, and their places are cleaned up afterwards.

mod places;

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::args::SetupArguments;
use super::super::credential::Known;
use super::super::difference::difference;
use super::super::process::Process;
use super::show::{UNMET, say, shown_line};
use crate::app::migrate::{Stays, put as put_one, would_take};
use crate::app::ports::Store;
use crate::domain::entry::{Entry, Form};
use crate::domain::origin::Origin;
use crate::domain::redact::Redactor;
use crate::domain::token::Token;
use crate::wiring::legacy::{self, Account, Left};
use crate::wiring::{Audience, TextFile, git, looks_like_a_secret};

/// A file with accounts in it.
struct Place {
    file: TextFile,
    /// A link to it stays, so the file stays too, empty.
    linked: bool,
    kind: Kind,
    items: Vec<Item>,
    left: Vec<Left>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Credentials,
    /// For any program, not for Git alone.
    Netrc,
    Configuration,
}

struct Item {
    entry: Entry,
    stands: Stands,
    /// What became of it, or what would.
    result: Result<(), Stays>,
}

enum Stands {
    At(Range<usize>),
    /// In an address: the address, and what it becomes.
    In(Token, String),
}

pub(super) struct Migration {
    store: Box<dyn Store>,
    places: Vec<Place>,
    temporary: PathBuf,
    now: Timestamp,
}

/// Everything that may be moved, in the order in which Git would use it. Places of Git's own files are added to those that
/// setup is about, unless those were named.
pub(super) fn find(
    arguments: &SetupArguments,
    known: &Known<'_>,
    configuration: &git::Configuration,
    wanted: &mut Vec<Origin>,
    process: &Process<'_>,
) -> Result<Migration, String> {
    if known.chosen() == Some("none") {
        return Err(
            "nothing can be moved: without a store nothing is kept, and in CI none is used unless it is named\n\
                    hint: name one, as in `--store file`"
                .to_owned(),
        );
    }
    let store = known.store().map_err(|miss| format!("nothing can be moved: {miss}"))?;
    let mut places = places::all(process)?;
    if arguments.origins.is_empty() {
        for origin in places.iter().filter(|place| place.kind != Kind::Netrc).flat_map(|place| &place.items) {
            if !wanted.contains(&origin.entry.origin) {
                wanted.push(origin.entry.origin.clone());
            }
        }
    }
    for place in &mut places {
        let items = std::mem::take(&mut place.items);
        let (items, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| wanted.contains(&item.entry.origin));
        place.left.extend(others.iter().map(|item| Left {
            line: item.line(place.file.bytes()),
            why: "setup is not about its host; name it to have it moved",
        }));
        let (own, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| is_of_a_job(&item.entry, known));
        place.left.extend(own.iter().map(|item| Left {
            line: item.line(place.file.bytes()),
            why: "it is a CI job's own token, which ends with the job",
        }));
        place.items = items;
    }
    for item in places.iter_mut().flat_map(|place| &mut place.items) {
        // Git tells helpers the path only where it was told to.
        let address = git::Address::read(&item.entry.origin.to_string());
        let sends = address.is_some_and(|address| configuration.use_http_path(&address));
        if matches!(item.stands, Stands::In(..)) && !sends {
            item.entry.path = None;
        }
    }
    let mut migration =
        Migration { store, places, temporary: super::target::temporary(process), now: process.clock.now() };
    migration.each_account(would_take);
    Ok(migration)
}

fn is_of_a_job(entry: &Entry, known: &Known<'_>) -> bool {
    let user = entry.user.as_deref().unwrap_or_default();
    user == b"gitlab-ci-token" || entry.token.expose().starts_with("glcbt-") || known.is_the_jobs(&entry.token)
}

impl Item {
    /// `user_info` in front of the host goes, but for a user name that is harmless: Git asks for that user's token then.
    fn in_address(text: &str) -> Result<Self, &'static str> {
        let account = legacy::addresses::account(text)?;
        let keep_user = !is_secret_user(&account);
        let new = legacy::addresses::stripped(text, keep_user).ok_or("it is no address")?;
        Ok(Self::new(account, |_| Stands::In(Token::new(text.to_owned()), new)))
    }

    fn at(account: Account) -> Self {
        Self::new(account, Stands::At)
    }

    fn new(account: Account, stands: impl FnOnce(Range<usize>) -> Stands) -> Self {
        let Account { origin, path, user, token, bytes } = account;
        let form = Form::Password;
        let entry = Entry { origin, path, user: Some(user), token, expires: None, refresh: None, form };
        Self { entry, stands: stands(bytes), result: Ok(()) }
    }

    /// Counted from one.
    fn line(&self, text: &[u8]) -> usize {
        let at = match &self.stands {
            Stands::At(range) => range.start,
            Stands::In(address, _) => {
                let needle = address.expose().as_bytes();
                text.windows(needle.len().max(1)).position(|window| window == needle).unwrap_or_default()
            }
        };
        legacy::line_at(text, at)
    }

    fn same_account(&self, other: &Self) -> bool {
        let (a, b) = (&self.entry, &other.entry);
        a.origin == b.origin && a.path == b.path && a.user == b.user
    }
}

/// `https://TOKEN:x-oauth-basic@github.com`: there the user name is the token.
fn is_secret_user(account: &Account) -> bool {
    let user = String::from_utf8_lossy(&account.user);
    account.token.expose() == "x-oauth-basic" || looks_like_a_secret(&user) || user.len() > 39
}

impl Migration {
    /// Does this with every account once, the ones that Git uses first last, so that the store has them first. Of several
    /// tokens of one account the first is meant; the others stay.
    fn each_account(&mut self, act: fn(&dyn Store, &Entry, Timestamp) -> Result<(), Stays>) {
        let all: Vec<(usize, usize)> = self
            .places
            .iter()
            .enumerate()
            .flat_map(|(place, found)| (0..found.items.len()).map(move |item| (place, item)))
            .collect();
        let first_of = |at: (usize, usize), places: &[Place]| {
            let item = |(place, item): (usize, usize)| &places[place].items[item];
            all.iter().copied().find(|other| item(*other).same_account(item(at))).unwrap_or(at)
        };
        let firsts: Vec<_> = all.iter().map(|at| first_of(*at, &self.places)).collect();
        for (at, _) in all.iter().zip(&firsts).rev().filter(|(at, first)| at == first) {
            let result = act(self.store.as_ref(), &self.places[at.0].items[at.1].entry, self.now);
            self.places[at.0].items[at.1].result = result;
        }
        for (at, first) in all.iter().zip(&firsts).filter(|(at, first)| at != first) {
            let of_first = &self.places[first.0].items[first.1];
            let same = of_first.entry.token.is(&self.places[at.0].items[at.1].entry.token);
            let result = if same { of_first.result.clone() } else { Err(Stays::Another) };
            self.places[at.0].items[at.1].result = result;
        }
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.places.iter().flat_map(|place| &place.items)
    }

    fn movable(&self) -> usize {
        self.items().filter(|item| item.result.is_ok()).count()
    }

    /// Knows every token of these files, and user names that are tokens.
    fn redactor(&self) -> Redactor {
        let users = self.items().filter_map(|item| {
            let Item { entry, .. } = item;
            let user = String::from_utf8_lossy(entry.user.as_deref()?).into_owned();
            (entry.token.expose() == "x-oauth-basic" || looks_like_a_secret(&user)).then(|| Token::new(user))
        });
        let users: Vec<Token> = users.collect();
        Redactor::new(self.items().map(|item| &item.entry.token).chain(&users))
    }
}

impl Place {
    fn shown(&self) -> String {
        self.file.path().display().to_string()
    }

    /// The text without what was moved. `None` where it could not be taken out as it should.
    fn cleaned(&self, text: &[u8], temporary: &Path) -> Option<Vec<u8>> {
        let moved = self.items.iter().filter(|item| item.result.is_ok());
        if self.kind != Kind::Configuration {
            let ranges = moved.filter_map(|item| match &item.stands {
                Stands::At(range) => Some(range.clone()),
                Stands::In(..) => None,
            });
            return Some(legacy::without(text, &ranges.collect::<Vec<_>>()));
        }
        let addresses: Vec<(&str, &str)> = moved
            .filter_map(|item| match &item.stands {
                Stands::In(old, new) => Some((old.expose(), new.as_str())),
                Stands::At(_) => None,
            })
            .collect();
        places::with_addresses(text, &addresses, temporary)
    }
}

pub(super) fn preview(migration: &Migration) -> String {
    let mut shown = String::new();
    for place in migration.places.iter().filter(|place| place.items.iter().any(|item| item.result.is_ok())) {
        let tokens: Vec<&Token> = place.items.iter().map(|item| &item.entry.token).collect();
        let line = |line: &[u8]| hidden(line, place.kind, &tokens);
        if let Some(new) = place.cleaned(place.file.bytes(), &migration.temporary) {
            shown.push_str(&difference(&place.shown(), place.file.bytes(), &new, &line));
        }
    }
    String::from_utf8_lossy(&migration.redactor().redact(shown.into_bytes())).into_owned()
}

/// A line of such a file with `***` where its secret is.
fn hidden(line: &[u8], kind: Kind, tokens: &[&Token]) -> String {
    if kind != Kind::Netrc {
        return shown_line(line);
    }
    let text = String::from_utf8_lossy(line);
    let words =
        text.split(' ').map(|word| if tokens.iter().any(|token| token.expose() == word.trim()) { "***" } else { word });
    shown_line(words.collect::<Vec<_>>().join(" ").as_bytes())
}

/// What stays where it is, and why.
pub(super) fn remarks(migration: &Migration) -> Vec<String> {
    let mut remarks = Vec::new();
    for place in &migration.places {
        let refused = place.items.iter().filter_map(|item| {
            let why = item.result.as_ref().err()?.to_string();
            Some((item.line(place.file.bytes()), why))
        });
        let left = place.left.iter().map(|left| (left.line, left.why.to_owned()));
        let mut all: Vec<(usize, String)> = left.chain(refused).collect();
        all.sort();
        all.dedup();
        remarks.extend(all.into_iter().map(|(line, why)| format!("note: {}:{line} stays: {why}", place.shown())));
    }
    remarks
}

/// Is it to be done? Without a terminal somebody has said so before.
pub(super) fn agree(migration: &Migration, yes: bool, process: &mut Process<'_>) -> Result<bool, String> {
    let count = migration.movable();
    if yes || count == 0 {
        return Ok(true);
    }
    if !process.stdin_is_terminal {
        return Err(format!(
            "{} would be moved into the store, and nobody can be asked here\n\
             hint: look with `--dry-run`, then say `--yes`",
            tokens(count)
        ));
    }
    for place in &migration.places {
        let count = place.items.iter().filter(|item| item.result.is_ok()).count();
        if count > 0 {
            say(process, &format!("{}: {}", place.shown(), tokens(count)));
        }
    }
    let agreed = process.agrees(&format!("Move {} into the store, and take them out there?", tokens(count)));
    if !agreed {
        say(process, "nothing was changed");
    }
    Ok(agreed)
}

fn tokens(count: usize) -> String {
    if count == 1 { "1 token".to_owned() } else { format!("{count} tokens") }
}

/// Into the store, each read back.
pub(super) fn put(mut migration: Migration) -> Migration {
    let wished: Vec<Vec<bool>> =
        migration.places.iter().map(|place| place.items.iter().map(|item| item.result.is_ok()).collect()).collect();
    migration.each_account(put_one);
    // What would not have been taken before was not agreed to.
    for (place, wished) in migration.places.iter_mut().zip(wished) {
        for (item, wished) in place.items.iter_mut().zip(wished) {
            if !wished && item.result.is_ok() {
                item.result = Err(Stays::Another);
            }
        }
    }
    migration
}

/// Takes out what the store has.
pub(super) fn clean_up(migration: &Migration, process: &mut Process<'_>) -> u8 {
    let mut status = 0;
    let mut told = String::new();
    for place in &migration.places {
        let count = place.items.iter().filter(|item| item.result.is_ok()).count();
        if place.items.iter().any(|item| item.result.is_err()) {
            status = UNMET;
        }
        if count == 0 {
            continue;
        }
        match clean(place, &migration.temporary) {
            Ok(()) => _ = writeln!(told, "{}: {} moved into the store", place.shown(), tokens(count)),
            Err(why) => {
                status = UNMET;
                say(
                    process,
                    &format!(
                        "warning: {} {} in the store now, and also still there: {why}",
                        tokens(count),
                        if count == 1 { "is" } else { "are" }
                    ),
                );
            }
        }
    }
    if told.is_empty() {
        say(process, "no token was moved");
    }
    let told = migration.redactor().redact(told.into_bytes());
    let _ = process.stdout.write_all(&told);
    for text in remarks(migration) {
        say(process, &text);
    }
    status
}

fn clean(place: &Place, temporary: &Path) -> Result<(), String> {
    // Setup itself may have written to it meanwhile. Lines of the others must be where they were.
    let now = TextFile::read(place.file.path()).map_err(|trouble| trouble.to_string())?;
    let file = if place.kind == Kind::Configuration { &now } else { &place.file };
    let unclear = || format!("`{}` is not written as Git would write it\nhint: take it out by hand", place.shown());
    let new = place.cleaned(file.bytes(), temporary).ok_or_else(unclear)?;
    let done = if new.is_empty() && !place.linked && place.kind != Kind::Configuration {
        file.remove()
    } else {
        file.replace(&new, Audience::Owner)
    };
    done.map_err(|trouble| trouble.to_string())
}

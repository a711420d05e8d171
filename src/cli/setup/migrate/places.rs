//! Where tokens lie open on this machine.

use std::path::{Path, PathBuf};

use super::super::super::process::Process;
use super::super::target::{globals, home};
use super::{Item, Kind, Place};
use crate::domain::token::Token;
use crate::wiring::legacy::{self, Found, Left};
use crate::wiring::{TextFile, git};

/// The files, in the order in which Git would use them: what an address holds comes before what a file of its own does.
pub(super) fn all(process: &Process<'_>) -> Result<Vec<Place>, String> {
    let directory = process.directory.clone().unwrap_or_default();
    let mut places = Vec::new();
    for path in git::local_file(&directory).into_iter().chain(globals(process)) {
        places.extend(configuration(&path)?);
    }
    let Some(home) = home(process) else { return Ok(places) };
    let xdg = process.variables.get_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let credentials = xdg.unwrap_or_else(|| home.join(".config")).join("git/credentials");
    let files = [
        (home.join(".netrc"), Kind::Netrc),
        (home.join("_netrc"), Kind::Netrc),
        (home.join(".git-credentials"), Kind::Credentials),
        (credentials, Kind::Credentials),
    ];
    for (path, kind) in files {
        let read = if kind == Kind::Netrc { legacy::netrc::read } else { legacy::git_credentials::read };
        places.extend(lines(&path, kind, read)?);
    }
    Ok(places)
}

fn lines(path: &Path, kind: Kind, read: fn(&[u8]) -> Found) -> Result<Option<Place>, String> {
    let Some(file) = existing(path)? else { return Ok(None) };
    let Found { accounts, left } = read(file.bytes());
    let items = accounts.into_iter().map(Item::at).collect();
    Ok(Some(Place { linked: path.is_symlink(), file, kind, items, left }))
}

fn existing(path: &Path) -> Result<Option<TextFile>, String> {
    if !path.exists() {
        return Ok(None);
    }
    TextFile::read(path).map(Some).map_err(|trouble| trouble.to_string())
}

/// Addresses with user name and password in this file itself.
fn configuration(path: &Path) -> Result<Option<Place>, String> {
    if path.exists() && !path.is_file() {
        return Ok(None);
    }
    let Some(file) = existing(path)? else { return Ok(None) };
    let unreadable = |_| format!("`{}` is no configuration that Git can read", path.display());
    let settings = git::in_file(path, git::Scope::Unknown).map_err(unreadable)?;
    let (mut items, mut left) = (Vec::new(), Vec::new());
    for text in settings.iter().filter_map(address) {
        let with_password = git::Address::read(text.expose()).is_some_and(|address| address.password().is_some());
        if !with_password || items.iter().any(|item| holds(item, &text)) {
            continue;
        }
        match Item::in_address(text.expose()) {
            Ok(item) => items.push(item),
            Err(why) => left.push(Left { line: line_of(file.bytes(), text.expose()), why }),
        }
    }
    Ok(Some(Place { linked: path.is_symlink(), file, kind: Kind::Configuration, items, left }))
}

fn holds(item: &Item, text: &Token) -> bool {
    matches!(&item.stands, super::Stands::In(address, _) if address.is(text))
}

fn address(setting: &git::Setting) -> Option<Token> {
    match (setting.section.as_str(), setting.name.as_str()) {
        ("remote", "url" | "pushurl") => setting.value.clone(),
        ("url", "insteadof" | "pushinsteadof") => setting.subsection.clone(),
        _ => None,
    }
}

fn line_of(text: &[u8], address: &str) -> usize {
    let at = text.windows(address.len().max(1)).position(|window| window == address.as_bytes()).unwrap_or_default();
    legacy::line_at(text, at)
}

/// The text with the new addresses in the places of the old ones. `None` unless Git would then read exactly the same but
/// for these addresses.
pub(super) fn with_addresses(text: &[u8], addresses: &[(&str, &str)], temporary: &Path) -> Option<Vec<u8>> {
    let mut new = text.to_vec();
    for (old, replacement) in addresses {
        // Another address with the same account has taken it out already.
        new = legacy::addresses::replaced(&new, old, replacement).unwrap_or(new);
    }
    let before = git::in_text(text, temporary).ok()?;
    let after = git::in_text(&new, temporary).ok()?;
    let renewed = |text: &str| {
        let replaced = |text: String, (old, new): &(&str, &str)| {
            legacy::addresses::replaced(text.as_bytes(), old, new)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .unwrap_or(text)
        };
        addresses.iter().fold(text.to_owned(), replaced)
    };
    let same = |before: &git::Setting, after: &git::Setting| {
        let text = |token: &Option<Token>| token.as_ref().map(|token| token.expose().to_owned());
        before.section == after.section
            && before.name == after.name
            && text(&before.subsection).as_deref().map(renewed) == text(&after.subsection)
            && text(&before.value).as_deref().map(renewed) == text(&after.value)
    };
    let gone = addresses.iter().all(|(old, _)| !after.iter().filter_map(address).any(|one| one.expose() == *old));
    (gone && before.len() == after.len() && before.iter().zip(&after).all(|(a, b)| same(a, b))).then_some(new)
}

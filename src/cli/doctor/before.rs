//! What answers before any helper: headers that Git adds, the address itself, `.netrc`. And the files in which tokens lie
//! in plain text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};

use super::asked::Asked;
use super::ways::link;
use super::{Bearer, Secret, View, quoted};
use crate::domain::diagnosis::{Exposed, Link, Sort, State, Way};
use crate::domain::token::Token;
use crate::wiring::git::{Address, Setting};
use crate::wiring::legacy;

/// More than any file of accounts.
const MOST: u64 = 4 * 1024 * 1024;

pub(super) fn links(address: &Address, place: &str, asked: &Asked, view: &View<'_>) -> Vec<(Link, Option<Bearer>)> {
    let headers = view.configuration.extra_headers(address);
    let mut found: Vec<(Link, Option<Bearer>)> =
        headers.into_iter().filter_map(|setting| header(setting, view)).collect();
    found.extend(in_address(address, place, asked));
    // An account in the address goes before that in the file.
    if address.password().is_none() {
        found.extend(netrc(address, view));
    }
    found
}

/// `Authorization: Basic ...`, as checkout actions write it (E-05).
fn header(setting: &Setting, view: &View<'_>) -> Option<(Link, Option<Bearer>)> {
    let (name, value) = setting.text()?.split_once(':')?;
    if !name.trim().eq_ignore_ascii_case("authorization") {
        return None;
    }
    let (key, cut) = setting.shown_key();
    let mut link = link(Sort::Header, key.clone(), view.place(&setting.place), State::Has);
    link.fix = Some(match &setting.place.file {
        Some(file) if !cut => {
            format!("git config --file {} --unset-all {}", quoted(&file.display().to_string()), quoted(&key))
        }
        Some(file) => format!("take `{key}` out of {}", file.display()),
        None => format!("take `{key}` out of the command line or of GIT_CONFIG_COUNT"),
    });
    link.says.push(format!("a header `{}`", name.trim()));
    let (scheme, secret) = value.trim().split_once(' ')?;
    let bearer = if scheme.eq_ignore_ascii_case("basic") {
        basic(secret.trim(), &key)
    } else if scheme.eq_ignore_ascii_case("bearer") {
        Some(Bearer { user: None, secret: Secret::Bearer(key, Token::new(secret.trim().to_owned())) })
    } else {
        None
    };
    let unreadable = Bearer { user: None, secret: Secret::Unreadable };
    Some((link, Some(bearer.unwrap_or(unreadable))))
}

fn basic(secret: &str, name: &str) -> Option<Bearer> {
    let pair = zeroize::Zeroizing::new(STANDARD.decode(secret).ok()?);
    let (user, token) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    let secret = Secret::Password(name.to_owned(), Token::new(token.to_owned()));
    Some(Bearer { user: Some(user.to_owned()), secret })
}

fn in_address(address: &Address, place: &str, asked: &Asked) -> Option<(Link, Option<Bearer>)> {
    let user = String::from_utf8(address.told_user()?).ok()?;
    let token = address.told_password()?;
    let mut link = link(Sort::Address, "the address itself", place.to_owned(), State::Has);
    // A name that reports may show beside its password.
    link.user = address.shown().contains(&format!("{user}:***@")).then(|| user.clone());
    link.says.push("user name and token in the address".to_owned());
    link.fix = asked
        .remote
        .as_ref()
        .map(|remote| format!("git remote set-url {} {}", quoted(remote), quoted(&address.bare())));
    Some((link, Some(Bearer { user: Some(user), secret: Secret::Password("address".to_owned(), token) })))
}

fn netrc(address: &Address, view: &View<'_>) -> Option<(Link, Option<Bearer>)> {
    let path = netrc_path(view)?;
    let accounts = legacy::netrc::read(&bytes(&path)?).accounts;
    let asked = address.told_user();
    let account = accounts.into_iter().find(|account| {
        account.origin.host() == address.host() && asked.as_ref().is_none_or(|asked| *asked == account.user)
    })?;
    let place = view.shown(&path);
    let mut link = link(Sort::Netrc, "netrc", place.clone(), State::Has);
    link.user = String::from_utf8(account.user).ok();
    link.fix = Some(format!("take `machine {}` out of {place}", address.host()));
    let secret = Secret::Password(format!("file:{place}"), account.token);
    Some((link.clone(), Some(Bearer { user: link.user, secret })))
}

fn netrc_path(view: &View<'_>) -> Option<PathBuf> {
    let home = view.home.as_ref()?;
    [".netrc", "_netrc"].iter().map(|name| home.join(name)).find(|path| path.is_file())
}

/// The files that `git credential-store` reads without any option, in its order.
pub(super) fn store_files(view: &View<'_>) -> Vec<PathBuf> {
    let set = |name: &str| view.variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = view.home.as_ref().map(|home| home.join(".git-credentials"));
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(view.home.as_ref()?.join(".config")));
    own.into_iter().chain(config.map(|folder| folder.join("git").join("credentials"))).collect()
}

/// Files with accounts in plain text for the hosts on these ways.
pub(super) fn files(ways: &[Way], view: &View<'_>) -> Vec<Exposed> {
    let about = |accounts: &[legacy::Account]| {
        let origins: Vec<&str> = ways.iter().filter_map(|way| way.origin.as_deref()).collect();
        accounts.iter().any(|account| origins.contains(&account.origin.to_string().as_str()))
    };
    let mut exposed = Vec::new();
    let mut look = |path: &Path, read: fn(&[u8]) -> legacy::Found, what: &str| {
        if bytes(path).is_some_and(|bytes| about(&read(&bytes).accounts)) {
            exposed.push(Exposed {
                what: what.to_owned(),
                place: view.shown(path),
                fix: "hallpass setup --migrate".to_owned(),
                in_address: false,
            });
        }
    };
    if let Some(path) = netrc_path(view) {
        look(&path, legacy::netrc::read, "an account");
    }
    for path in store_files(view) {
        look(&path, legacy::git_credentials::read, "an account");
    }
    exposed
}

/// A regular file of a size that such files have.
pub(super) fn bytes(path: &Path) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let about = std::fs::metadata(path).ok()?;
    (about.is_file() && about.len() <= MOST).then(|| std::fs::read(path).ok().map(zeroize::Zeroizing::new)).flatten()
}

//! Helpers of another make. They are run only where the user asked for it; `git credential-store` keeps a plain file,
//! which can be looked at.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Bearer, Secret, View, before};
use crate::domain::diagnosis::{Link, State};
use crate::domain::helper_line::{helper_name, words};
use crate::domain::token::Token;
use crate::wiring::git::{Address, Helper, Helps};
use crate::wiring::{legacy, locate};

pub(super) enum Found {
    At(PathBuf),
    Nowhere,
    /// A line of shell that may do anything.
    Unclear,
}

/// The program behind a helper.
pub(super) fn program(helper: &Helper, view: &View<'_>) -> Found {
    let words = words(helper.line().expose());
    let Some(first) = words.first() else { return Found::Unclear };
    match helper.helps() {
        Helps::Name(_) => {
            let name = format!("git-credential-{first}");
            let beside_git = exec_path(view).map(|folder| folder.join(&name)).filter(|path| path.is_file());
            let found = beside_git.or_else(|| locate(&name, view.variables, &view.directory));
            // Where Git keeps its own programs is known only from Git.
            found.map_or(if view.git.is_some() { Found::Nowhere } else { Found::Unclear }, Found::At)
        }
        Helps::Path(_) if Path::new(first).is_absolute() => {
            if Path::new(first).is_file() {
                Found::At(first.into())
            } else {
                Found::Nowhere
            }
        }
        Helps::Shell(_) if helper_name(helper.line().expose()) != "a line of shell" => {
            let plain = first.chars().all(|next| next.is_ascii_alphanumeric() || "._-/".contains(next));
            match locate(first, view.variables, &view.directory) {
                Some(path) => Found::At(path),
                None if plain && Path::new(first).is_absolute() => Found::Nowhere,
                None => Found::Unclear,
            }
        }
        Helps::Path(_) | Helps::Shell(_) => Found::Unclear,
    }
}

fn exec_path(view: &View<'_>) -> Option<PathBuf> {
    let answered = view.git.as_ref()?.ask(&["--exec-path"]).ok().filter(|answered| answered.well)?;
    Some(PathBuf::from(std::str::from_utf8(&answered.output).ok()?.trim_end()))
}

/// What is known of its answer.
pub(super) fn look(helper: &Helper, link: &mut Link, address: &Address, view: &View<'_>) -> Option<Bearer> {
    if view.ask {
        return ask(helper, link, address, view);
    }
    if link.name == "store" {
        return store(helper, link, address, view);
    }
    link.says.push("not asked; `--ask` does".to_owned());
    None
}

/// `git credential-store` takes the first line that fits.
fn store(helper: &Helper, link: &mut Link, address: &Address, view: &View<'_>) -> Option<Bearer> {
    let words = words(helper.line().expose());
    let option = words.iter().position(|word| word == "--file").and_then(|at| words.get(at + 1));
    let named = words.iter().find_map(|word| word.strip_prefix("--file=")).or(option.map(String::as_str));
    let in_home = |path: &str| path.strip_prefix("~/").and_then(|rest| Some(view.home.as_ref()?.join(rest)));
    let files = match named {
        Some(path) => vec![in_home(path).unwrap_or_else(|| view.directory.join(path))],
        None => before::store_files(view),
    };
    let path = Some(address.told_path()).filter(|path| !path.is_empty() && view.configuration.use_http_path(address));
    let user = address
        .told_user()
        .or_else(|| Some(view.configuration.credential_username(address)?.text()?.as_bytes().to_vec()));
    let origin = super::ways::origin(address)?;
    link.state = State::Empty;
    for file in files {
        let Some(bytes) = before::bytes(&file) else { continue };
        let found = legacy::git_credentials::read(&bytes).accounts.into_iter().find(|account| {
            account.origin == origin
                && path.as_ref().is_none_or(|path| account.path.as_ref() == Some(path))
                && user.as_ref().is_none_or(|user| *user == account.user)
        });
        if let Some(account) = found {
            link.state = State::Has;
            link.user = String::from_utf8(account.user).ok();
            link.says.push(format!("an account in {}", view.shown(&file)));
            let secret = Secret::Password(format!("file:{}", view.shown(&file)), account.token);
            return Some(Bearer { user: link.user.clone(), secret });
        }
    }
    None
}

/// Runs it as Git would. Nothing of the answer is shown but the user name.
fn ask(helper: &Helper, link: &mut Link, address: &Address, view: &View<'_>) -> Option<Bearer> {
    let git = view.git.as_ref()?;
    let mut request = format!("protocol={}\nhost={}\n", address.scheme(), address.told_host()).into_bytes();
    let mut field = |key: &str, value: &[u8]| {
        request.extend_from_slice(key.as_bytes());
        request.extend_from_slice(value);
        request.push(b'\n');
    };
    field("path=", &address.told_path());
    if let Some(user) = address.told_user() {
        field("username=", &user);
    }
    request.push(b'\n');
    if request.contains(&0) || request.contains(&b'\r') {
        return None;
    }
    match git.ask_helper(helper.line().expose(), &request) {
        Ok(answered) if answered.well => {
            let value = |key: &[u8]| {
                let line = answered.output.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(key))?;
                Some(Zeroizing::new(String::from_utf8(line.to_vec()).ok()?))
            };
            let (user, token) = (value(b"username="), value(b"password="));
            link.state = State::Has;
            link.says.push("it answered".to_owned());
            link.user = user.map(|user| user.to_string());
            let secret = token.map_or(Secret::Unreadable, |token| {
                Secret::Password(format!("helper:{}", link.name), Token::new(token.to_string()))
            });
            Some(Bearer { user: link.user.clone(), secret })
        }
        Ok(_) => {
            link.state = State::Empty;
            None
        }
        Err(trouble) => {
            link.says.push(format!("it was asked and {trouble}"));
            None
        }
    }
}

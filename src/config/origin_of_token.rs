//! Where a connection's token comes from: names checked, paths made whole, no secret in sight.

use std::path::{Path, PathBuf};

use super::address::is_variable;
use super::decode::At;
use super::error::Complaints;
use super::raw::Token;
use crate::app::ports::Environment;
use crate::domain::connection::SourceSpec;

/// `own_token` is the variable of the forge's own jobs; `folder` is where the configuration file stands.
pub(super) fn source(
    token: Token,
    own_token: &str,
    folder: &Path,
    environment: &dyn Environment,
    complaints: &mut Complaints,
) -> Option<SourceSpec> {
    match token {
        Token::Env(name) => variable(name, complaints).map(SourceSpec::Env),
        Token::File(path) => path_from(&path, folder, environment, complaints).map(SourceSpec::File),
        Token::Command(words) => command(words, complaints).map(SourceSpec::Command),
        Token::Keyring(entry) => {
            let service = literal(entry.service, complaints)?;
            let account = match entry.account {
                Some(account) => Some(literal(account, complaints)?),
                None => None,
            };
            Some(SourceSpec::Keyring { service, account })
        }
        // Whoever calls knows what it is for.
        Token::Store(()) => None,
        Token::Job(()) => Some(SourceSpec::Job(own_token.to_owned())),
    }
}

fn variable(name: At<String>, complaints: &mut Complaints) -> Option<String> {
    if is_variable(&name.value) {
        return Some(name.value);
    }
    let message = "this is not the name of a variable";
    if name.value.starts_with(['$', '%']) {
        complaints.add_with_hint(name.spot, message, "write the bare name, without `$` or `%`");
    } else {
        complaints.add(name.spot, message);
    }
    None
}

/// Nothing under `token` is replaced: a repository could otherwise put a secret where it does not belong.
fn literal(text: At<String>, complaints: &mut Complaints) -> Option<String> {
    if text.value.contains("${") {
        complaints.add_with_hint(
            text.spot,
            "`${...}` is not replaced under `token`",
            "name the variable with `token: { env: NAME }`",
        );
        return None;
    }
    Some(text.value)
}

/// A path as the program will open it: relative to the configuration file, `~/` being the home folder.
pub(super) fn path_from(
    path: &At<String>,
    folder: &Path,
    environment: &dyn Environment,
    complaints: &mut Complaints,
) -> Option<PathBuf> {
    let text = literal(path.clone(), complaints)?;
    if let Some(rest) = text.strip_prefix("~/") {
        let home = environment.get("HOME").filter(|home| Path::new(home).is_absolute());
        if home.is_none() {
            complaints.add(path.spot, "`~/` has no meaning here: the variable `HOME` is not set");
        }
        return home.map(|home| Path::new(&home).join(rest));
    }
    if text.starts_with('~') {
        complaints.add(path.spot, "only one's own home folder can be named, as `~/`");
        return None;
    }
    Some(folder.join(text))
}

fn command(words: Vec<At<String>>, complaints: &mut Complaints) -> Option<Vec<String>> {
    let program = words.first()?;
    let spot = program.spot;
    let relative = program.value.contains(['/', '\\']) && !Path::new(&program.value).is_absolute();
    if relative {
        complaints.add_with_hint(
            spot,
            "a program is never looked for in the working directory",
            "write its whole path, or its bare name to find it in `PATH`",
        );
    } else if program.value.contains(char::is_whitespace) && !Path::new(&program.value).is_absolute() {
        complaints.add_with_hint(
            spot,
            "the first item is the program alone; there is no shell that would split it",
            "write `command: [program, argument]`",
        );
    } else {
        return words.into_iter().map(|word| literal(word, complaints)).collect();
    }
    None
}

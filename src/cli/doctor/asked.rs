//! Which address is meant: one that was typed, or a remote's.

use super::View;
use crate::domain::token::Token;

pub(super) struct Asked {
    pub(super) remote: Option<String>,
    pub(super) fetch: Token,
    pub(super) place: String,
    /// An address of its own for pushing: then `pushInsteadOf` does not count.
    pub(super) push: Option<Token>,
}

pub(super) fn read(word: Option<&str>, view: &View<'_>) -> Result<Asked, String> {
    let remotes = view.configuration.remotes();
    let named = |name: &str| remotes.iter().find(|remote| remote.name == name && !remote.addresses.is_empty());
    let remote = match word {
        Some(word) if word.contains("://") => None,
        Some(word) => match named(word) {
            Some(remote) => Some(remote),
            None if word.contains(':') => None,
            None => return Err("there is no remote of that name\nhint: name a remote, or type an address that starts with `https://`".to_owned()),
        },
        None => Some(named("origin").or_else(|| remotes.first().filter(|_| remotes.len() == 1)).ok_or(
            "which address is meant?\nhint: `hallpass doctor https://gitlab.example.com/group/project.git`, or run it in a \
             repository with a remote `origin`",
        )?),
    };
    match (remote, word) {
        (Some(remote), _) => {
            let (fetch, place) = remote.addresses.first().cloned().ok_or("this remote has no address")?;
            let push = remote.push_addresses.first().map(|(address, _)| address.clone());
            Ok(Asked { remote: Some(remote.name.clone()), fetch, place: view.place(&place), push })
        }
        (None, word) => Ok(Asked {
            remote: None,
            fetch: Token::new(word.unwrap_or_default().to_owned()),
            place: "the command line".to_owned(),
            push: None,
        }),
    }
}

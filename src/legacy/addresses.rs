//! Addresses with a token in them, in a file of Git's configuration: `remote.<name>.url` and `url.<address>.insteadOf`.
//!
//! Which there are is told by whoever reads the configuration. Here they are taken out of its text, and nothing else is.

use super::Account;
use crate::protocol::address;

/// The account in an address, its place not known.
pub fn account(text: &str) -> Result<Account, &'static str> {
    super::account(address::parse(text.as_bytes()).map_err(|_| "it is no address")?, 0..0)
}

/// The address with the user name alone, or without it where that is a secret, too.
pub fn stripped(text: &str, keep_user: bool) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (user_info, after) = rest.split_at(user_info_length(rest)?);
    let user = user_info.split_once(':').map_or(user_info, |(user, _)| user);
    let after = after.strip_prefix('@')?;
    let user = if keep_user && !user.is_empty() { format!("{user}@") } else { String::new() };
    Some(format!("{scheme}://{user}{after}"))
}

/// Git's own rule: the first `@` before the path.
fn user_info_length(rest: &str) -> Option<usize> {
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest[..authority].find('@')
}

/// The configuration's text with one address in the place of the other, in lines that are no comments. `None` where it
/// is not to be found as it is.
pub fn replaced(text: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
    // The part up to the `@` is enough, and is all that has to be the same for every address with that account.
    let old = old
        .split_once("://")
        .and_then(|(scheme, rest)| Some(format!("{scheme}://{}@", &rest[..user_info_length(rest)?])))?;
    let new = match new.split_once("://") {
        Some((scheme, rest)) => match user_info_length(rest) {
            Some(length) => format!("{scheme}://{}@", &rest[..length]),
            None => format!("{scheme}://"),
        },
        None => return None,
    };
    let mut changed = Vec::with_capacity(text.len());
    let mut found = false;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let first = line.trim_ascii_start().first();
        if matches!(first, Some(b'#' | b';')) {
            changed.extend_from_slice(line);
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.windows(old.len()).position(|window| window == old.as_bytes()) {
            found = true;
            changed.extend_from_slice(&rest[..at]);
            changed.extend_from_slice(new.as_bytes());
            rest = &rest[at + old.len()..];
        }
        changed.extend_from_slice(rest);
    }
    found.then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_leaves_the_address_and_a_harmless_user_name_stays() {
        let address = "https://me:canary@a.test:8443/b@c/d.git";
        assert_eq!(stripped(address, true).as_deref(), Some("https://me@a.test:8443/b@c/d.git"));
        assert_eq!(stripped(address, false).as_deref(), Some("https://a.test:8443/b@c/d.git"));
        assert_eq!(stripped("https://a.test/b@c", true), None);
        let account = account(address).map_err(str::to_owned).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!((account.user.as_slice(), account.token.expose()), (&b"me"[..], "canary"));
    }

    #[test]
    fn every_line_but_comments_is_changed_and_nothing_else() {
        let text = b"[remote \"o\"]\r\n\turl = https://me:canary@a.test/x # mine\n# https://me:canary@a.test/x\n\
            [url \"https://me:canary@a.test/\"]\n\tinsteadOf = https://a.test/\n\turl = https://me:canary2@a.test";
        let changed = replaced(text, "https://me:canary@a.test/x", "https://me@a.test/x").unwrap();
        assert_eq!(
            String::from_utf8(changed).unwrap(),
            "[remote \"o\"]\r\n\turl = https://me@a.test/x # mine\n# https://me:canary@a.test/x\n\
            [url \"https://me@a.test/\"]\n\tinsteadOf = https://a.test/\n\turl = https://me:canary2@a.test"
        );
        assert!(replaced(text, "https://me:other@a.test", "https://a.test").is_none());
    }
}

//! The file of `git credential-store`: an address with user name and password on each line.

use super::{Found, Left, account, lines};
use crate::protocol::address;

pub fn read(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    for (index, (place, line)) in lines(bytes).enumerate() {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if text.is_empty() {
            continue;
        }
        let account = address::parse(text).map_err(|_| "it is no address").and_then(|parsed| account(parsed, place));
        match account {
            Ok(account) => found.accounts.push(account),
            Err(why) => found.left.push(Left { line: index + 1, why }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_as_git_reads_them() {
        let text = b"https://me:canary%2Fone@a.test\nhttps://you%40b:canary@a.test:8443/group/app.git\n";
        let found = read(text);
        assert!(found.left.is_empty());
        let one = &found.accounts[0];
        assert_eq!(
            (one.origin.to_string().as_str(), one.user.as_slice(), one.token.expose()),
            ("https://a.test", &b"me"[..], "canary/one")
        );
        let two = &found.accounts[1];
        assert_eq!((two.origin.to_string().as_str(), two.user.as_slice()), ("https://a.test:8443", &b"you@b"[..]));
        assert_eq!(two.path.as_deref(), Some(&b"group/app.git"[..]));
        assert_eq!(super::super::without(text, std::slice::from_ref(&one.bytes)), &text[31..]);
    }

    #[test]
    fn what_is_not_understood_stays_and_its_line_is_told() {
        let text = b"# canary\n\nhttp://me:canary@a.test\nhttps://me@a.test\nhttps://me:canary@a.test\r\n\
            https://me:canary@a..test\nhttps://me:\xff@a.test\nhttps://me:canary@a.test";
        let found = read(text);
        assert_eq!(found.accounts.len(), 1);
        assert_eq!(found.left.iter().map(|left| left.line).collect::<Vec<_>>(), [1, 3, 4, 5, 6, 7]);
        assert!(found.left.iter().all(|left| !left.why.contains("canary")));
        let rest = super::super::without(text, &[found.accounts[0].bytes.clone()]);
        assert_eq!(rest, text[..text.len() - 24]);
    }
}

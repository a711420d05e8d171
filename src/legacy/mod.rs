//! Places where tokens lie in plain text, one file per format: bytes in, accounts with their places out, and the bytes
//! without those that were moved. No files are opened here, and what is not understood stays as it is, byte for byte.

pub mod addresses;
pub mod git_credentials;
pub mod netrc;

use std::ops::Range;

use crate::domain::origin::{Origin, Scheme};
use crate::domain::token::Token;
use crate::protocol::address::Address;

/// An account that may be moved.
#[derive(Clone)]
pub struct Account {
    pub origin: Origin,
    pub path: Option<Vec<u8>>,
    pub user: Vec<u8>,
    pub token: Token,
    /// Where it stands, with its line breaks.
    pub bytes: Range<usize>,
}

/// What stays, and why. The line is counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub line: usize,
    pub why: &'static str,
}

/// What a file holds.
#[derive(Default)]
pub struct Found {
    pub accounts: Vec<Account>,
    pub left: Vec<Left>,
}

/// The bytes without the accounts at these places.
pub fn without(bytes: &[u8], moved: &[Range<usize>]) -> Vec<u8> {
    let is_moved = |at: usize| moved.iter().any(|range| range.contains(&at));
    bytes.iter().enumerate().filter(|(at, _)| !is_moved(*at)).map(|(_, byte)| *byte).collect()
}

/// The line of a place, counted from one.
pub fn line_at(bytes: &[u8], at: usize) -> usize {
    bytes[..at].split(|byte| *byte == b'\n').count()
}

/// The account in an address, which stands at that place.
fn account(address: Address, bytes: Range<usize>) -> Result<Account, &'static str> {
    let Address { protocol, host, path, username, password } = address;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text");
    let (Some(user), Some(password)) = (username, password.filter(|password| !password.is_empty())) else {
        return Err("it has no user name or no password");
    };
    let origin = Origin::from_protocol(&text(protocol)?, &text(host)?).map_err(|_| "it is for no https address")?;
    if origin.scheme_of() == Scheme::Http {
        return Err("it is for plain `http`, which stays where it is");
    }
    let path = path.filter(|path| !path.is_empty());
    Ok(Account { origin, path, user, token: Token::new(text(password)?), bytes })
}

/// Every line with its place and its line break.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut start = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        (range, line)
    })
}

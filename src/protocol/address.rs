//! The `url` attribute, taken apart as Git takes it apart: nothing is repaired, so that the host compared is the host
//! that Git connects to.

use super::read::check;
use super::request::Refused;

/// The parts of an address; what it does not name is absent.
pub struct Address {
    pub protocol: Vec<u8>,
    /// Empty where the address has none, as in `cert:///path`.
    pub host: Vec<u8>,
    pub path: Option<Vec<u8>>,
    pub username: Option<Vec<u8>>,
    pub password: Option<Vec<u8>>,
}

pub fn parse(text: &[u8]) -> Result<Address, Refused> {
    let scheme_end = text.windows(3).position(|window| window == b"://").filter(|end| *end > 0);
    let scheme_end = scheme_end.ok_or(Refused::Address)?;
    let rest = &text[scheme_end + 3..];
    let authority_end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    // The first `@` ends the user's part; a later one belongs to the host.
    let (user, host) = match authority.iter().position(|byte| *byte == b'@') {
        Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
        None => (None, authority),
    };
    let (username, password) = match user.map(|user| (user, user.iter().position(|byte| *byte == b':'))) {
        Some((user, Some(colon))) => (Some(&user[..colon]), Some(&user[colon + 1..])),
        Some((user, None)) => (Some(user), None),
        None => (None, None),
    };
    let address = Address {
        protocol: text[..scheme_end].to_vec(),
        host: decode(host),
        path: self::path(path),
        username: username.map(decode),
        password: password.map(decode),
    };
    let Address { protocol, host, path, username, password } = &address;
    for part in [Some(protocol), Some(host), path.as_ref(), username.as_ref(), password.as_ref()] {
        part.map_or(Ok(()), |part| check(part))?;
    }
    Ok(address)
}

/// Without the slashes around it.
fn path(text: &[u8]) -> Option<Vec<u8>> {
    let start = text.iter().position(|byte| *byte != b'/')?;
    let mut path = decode(&text[start..]);
    while path.len() > 1 && path.ends_with(b"/") {
        path.pop();
    }
    Some(path)
}

/// Percent-decodes as Git does: nothing before the first colon, no NUL, and what is no escape stays as it is.
fn decode(text: &[u8]) -> Vec<u8> {
    let start = text.iter().position(|byte| *byte == b':').unwrap_or(0);
    let mut decoded = text[..start].to_vec();
    let mut rest = &text[start..];
    while let Some((first, after)) = rest.split_first() {
        let escaped = escaped(rest);
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    decoded
}

fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = digit(*high)? * 16 + digit(*low)?;
    (byte != 0).then_some(byte)
}

//! What Git asks.

use std::io::Read;

use super::{Capabilities, Secret, address, read};

/// Every attribute of a request. Keys that are not known are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub protocol: Option<Vec<u8>>,
    pub host: Option<Vec<u8>>,
    pub path: Option<Vec<u8>>,
    pub username: Option<Vec<u8>>,
    pub password: Option<Secret>,
    /// As written: Git itself takes garbage for "never".
    pub password_expiry_utc: Option<Vec<u8>>,
    pub oauth_refresh_token: Option<Secret>,
    pub authtype: Option<Vec<u8>>,
    pub credential: Option<Secret>,
    pub ephemeral: bool,
    /// The server's challenges, in their order.
    pub wwwauth: Vec<Vec<u8>>,
    /// What helpers asked Git to hand back to them, ours and those of others.
    pub state: Vec<Vec<u8>>,
    pub offered: Capabilities,
}

/// Why a request is not answered. The texts name the fault and nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the request cannot be read")]
    Unreadable,
    #[error("a line of the request is longer than 64 KiB")]
    LongLine,
    #[error("the request is larger than 1 MiB")]
    TooMuch,
    #[error("a line of the request has no `=`")]
    NoEquals,
    #[error("the request holds a carriage return (CR)")]
    CarriageReturn,
    #[error("the request holds a NUL byte")]
    Nul,
    #[error("the request holds a control character")]
    Control,
    #[error("the request gives `{0}` twice")]
    Twice(&'static str),
    #[error("the request gives `url` beside what an address holds")]
    UrlBeside,
    #[error("the `url` of the request is not an address")]
    Address,
}

impl Request {
    /// Reads to the empty line or the end of the input.
    pub fn read(input: &mut dyn Read) -> Result<Self, Refused> {
        let held = read::lines(input)?;
        let mut request = Self::default();
        let mut seen = Vec::new();
        for attribute in read::attributes(&held) {
            let (key, value) = attribute?;
            request.take(key, value, &mut seen)?;
        }
        Ok(request)
    }

    fn take(&mut self, key: &[u8], value: &[u8], seen: &mut Vec<&'static str>) -> Result<(), Refused> {
        let Some(key) = KEYS.iter().find(|known| known.as_bytes() == key) else { return Ok(()) };
        match *key {
            "capability[]" => self.offer(value),
            "wwwauth[]" => gather(&mut self.wwwauth, value),
            "state[]" => gather(&mut self.state, value),
            single => {
                if seen.contains(&single) {
                    return Err(Refused::Twice(single));
                }
                let inside = |key: &&str| PARTS.contains(key);
                if (single == "url" && seen.iter().any(inside)) || (inside(&single) && seen.contains(&"url")) {
                    return Err(Refused::UrlBeside);
                }
                seen.push(single);
                return self.take_single(single, value);
            }
        }
        Ok(())
    }

    fn take_single(&mut self, key: &str, value: &[u8]) -> Result<(), Refused> {
        let bytes = || Some(value.to_vec());
        let secret = || Some(Secret::new(value.to_vec()));
        match key {
            "protocol" => self.protocol = bytes(),
            "host" => self.host = bytes(),
            "path" => self.path = bytes(),
            "username" => self.username = bytes(),
            "password" => self.password = secret(),
            "password_expiry_utc" => self.password_expiry_utc = bytes(),
            "oauth_refresh_token" => self.oauth_refresh_token = secret(),
            "authtype" => self.authtype = bytes(),
            "credential" => self.credential = secret(),
            "ephemeral" => self.ephemeral = is_true(value),
            "url" => {
                let address = address::parse(value)?;
                self.protocol = Some(address.protocol);
                self.host = Some(address.host);
                self.path = address.path;
                self.username = address.username;
                self.password = address.password.map(Secret::new);
            }
            // `continue` and `quit` are words of helpers to Git; from Git they mean nothing.
            _ => {}
        }
        Ok(())
    }

    fn offer(&mut self, value: &[u8]) {
        match value {
            b"authtype" => self.offered.authtype = true,
            b"state" => self.offered.state = true,
            b"" => self.offered = Capabilities::default(),
            _ => {}
        }
    }
}

/// Every key that is known.
const KEYS: [&str; 16] = [
    "protocol",
    "host",
    "path",
    "username",
    "password",
    "password_expiry_utc",
    "oauth_refresh_token",
    "authtype",
    "credential",
    "ephemeral",
    "url",
    "continue",
    "quit",
    "capability[]",
    "wwwauth[]",
    "state[]",
];

/// What an address holds too.
const PARTS: [&str; 5] = ["protocol", "host", "path", "username", "password"];

/// An empty value empties the list.
fn gather(list: &mut Vec<Vec<u8>>, value: &[u8]) {
    if value.is_empty() { list.clear() } else { list.push(value.to_vec()) }
}

/// Git's own spellings of true.
fn is_true(value: &[u8]) -> bool {
    let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok());
    [&b"true"[..], b"yes", b"on"].iter().any(|word| value.eq_ignore_ascii_case(word))
        || number().is_some_and(|number| number != 0)
}

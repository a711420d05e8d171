//! Origins: the exact scheme, host and port that a secret is bound to (R1).

use std::fmt;

/// Scheme, host and port, compared exactly. The only normalisations: the host in ASCII lower case, and an absent port
/// equals the scheme's default. Host text that a URL library would repair is refused instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why a text is not an origin. The text itself is never repeated: it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrigin {
    #[error("the address must start with `https://` (or `http://`)")]
    Scheme,
    #[error("the address holds a user name or password before `@`; take it out and name a token source instead")]
    UserInfo,
    #[error("the host name holds characters that no host name has")]
    Host,
    #[error("the port is not a plain number from 1 to 65535")]
    Port,
}

impl Origin {
    /// Reads `https://host[:port]` and nothing after it.
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let (origin, path) = Self::parse_with_path(text)?;
        if path.is_empty() { Ok(origin) } else { Err(NotAnOrigin::Host) }
    }

    /// Reads `https://host[:port][/path]` and gives the path as written, with its slash.
    pub fn parse_with_path(text: &str) -> Result<(Self, &str), NotAnOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(NotAnOrigin::Scheme)?;
        let scheme = Self::scheme(scheme)?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(NotAnOrigin::UserInfo);
        }
        Ok((Self::from_parts(scheme, authority)?, path))
    }

    /// From what Git sends: the protocol and the host text with its port.
    pub fn from_protocol(protocol: &str, host: &str) -> Result<Self, NotAnOrigin> {
        Self::from_parts(Self::scheme(protocol)?, host)
    }

    fn scheme(text: &str) -> Result<Scheme, NotAnOrigin> {
        match text {
            "https" => Ok(Scheme::Https),
            "http" => Ok(Scheme::Http),
            _ => Err(NotAnOrigin::Scheme),
        }
    }

    fn from_parts(scheme: Scheme, authority: &str) -> Result<Self, NotAnOrigin> {
        let (host, port) = split_port(authority)?;
        let port = match port {
            None => scheme.default_port(),
            Some(digits) => read_port(digits)?,
        };
        if !is_host(host) {
            return Err(NotAnOrigin::Host);
        }
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    pub fn scheme_of(&self) -> Scheme {
        self.scheme
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(formatter, ":{}", self.port) }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), NotAnOrigin> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (inside, after) = rest.split_once(']').ok_or(NotAnOrigin::Host)?;
        let host = &authority[..inside.len() + 2];
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(NotAnOrigin::Host),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

/// Only the spelling that a number prints as: no sign, no leading zero, no second colon.
fn read_port(digits: &str) -> Result<u16, NotAnOrigin> {
    let port: u16 = digits.parse().map_err(|_| NotAnOrigin::Port)?;
    if port != 0 && port.to_string() == digits { Ok(port) } else { Err(NotAnOrigin::Port) }
}

fn is_host(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // Only the canonical spelling of an address: no zone, no long form.
        return inside
            .parse::<std::net::Ipv6Addr>()
            .is_ok_and(|address| address.to_string() == inside.to_ascii_lowercase());
    }
    let labels_fit = host.split('.').all(is_label);
    let numeric = host.rsplit('.').next().is_some_and(looks_numeric);
    labels_fit && host.len() <= 253 && (!numeric || host.parse::<std::net::Ipv4Addr>().is_ok())
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `127.1`, `0x7f000001` and `2130706433` are addresses to a resolver; none of them is taken.
fn looks_numeric(label: &str) -> bool {
    let hex = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

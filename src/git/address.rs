//! An address as Git reads it, brought into the form in which Git compares addresses.

use crate::domain::token::Token;

const RESERVED: &[u8] = b":/?#[]@!$&'()*+,;=";
const UNSAFE: &[u8] = b" <>\"%{}|\\^`";

/// A `scheme://[user[:password]@]host[:port][/path]`. It may hold a password, so it is not printed as it is.
#[derive(Clone)]
pub struct Address {
    scheme: String,
    user: Option<String>,
    password: Option<Token>,
    host: String,
    /// Empty where it is the scheme's own.
    port: String,
    /// With its first slash, and all that follows.
    path: String,
    /// Host, port and path as they were written: so they go to helpers.
    written_host: String,
    written_path: String,
}

impl Address {
    /// `None` where Git finds no address in the text. A `*` for a part of the host is for patterns only.
    pub fn read(text: &str) -> Option<Self> {
        Self::normalized(text, false)
    }

    pub(super) fn pattern(text: &str) -> Option<Self> {
        Self::normalized(text, true)
    }

    fn normalized(text: &str, wildcards: bool) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(plain) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, authority) = match authority.split_once('@') {
            Some((user_info, authority)) => (Some(normal(user_info)?), authority),
            None => (None, authority),
        };
        let (user, password) = match user_info {
            Some(info) => match info.split_once(':') {
                Some((user, password)) => (Some(user.to_owned()), Some(Token::new(password.to_owned()))),
                None => (Some(info), None),
            },
            None => (None, None),
        };
        let written = (authority.to_owned(), path.trim_matches('/').to_owned());
        let colon = authority.rfind([':', ']']).filter(|at| authority.as_bytes()[*at] == b':');
        let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[:]".contains(&byte) || (wildcards && byte == b'*');
        if (host.is_empty() && scheme != "file") || !host.bytes().all(fits) {
            return None;
        }
        let port = normal_port(&scheme, port.strip_prefix(':').unwrap_or(port))?;
        Some(Self {
            user,
            password,
            host: host.to_ascii_lowercase(),
            port,
            path: normal_path(path)?,
            scheme,
            written_host: written.0,
            written_path: written.1,
        })
    }

    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Percent-encoded.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Percent-encoded.
    pub fn password(&self) -> Option<&Token> {
        self.password.as_ref()
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// With the port, where it is not the scheme's own.
    pub fn host_and_port(&self) -> String {
        if self.port.is_empty() { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    pub(super) fn port(&self) -> &str {
        &self.port
    }

    /// Percent-encoded, with its first slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Host and port as Git tells them to helpers.
    pub fn told_host(&self) -> &str {
        &self.written_host
    }

    /// The path as Git tells it to helpers, where it does.
    pub fn told_path(&self) -> Vec<u8> {
        decoded(&self.written_path)
    }

    /// The password as Git uses it.
    pub fn told_password(&self) -> Option<Token> {
        let bytes = zeroize::Zeroizing::new(decoded(self.password.as_ref()?.expose()));
        std::str::from_utf8(&bytes).ok().map(|text| Token::new(text.to_owned()))
    }

    /// The form in which `credential.<address>` is set against it: escapes of the path are resolved before, and a `%2F` is a
    /// slash there.
    pub(super) fn for_credential(&self) -> Option<Self> {
        let user = self.user.as_deref().map_or_else(String::new, |user| format!("{user}@"));
        let path: String = self.told_path().into_iter().map(plain_or_escaped).collect();
        Self::read(&format!("{}://{user}{}/{path}", self.scheme, self.written_host))
    }

    /// The user name as Git tells it to helpers.
    pub fn told_user(&self) -> Option<Vec<u8>> {
        self.user.as_deref().map(decoded)
    }

    pub fn is_http(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
    }

    /// Without user name and password.
    pub fn bare(&self) -> String {
        let path = if self.path == "/" { "" } else { &self.path };
        format!("{}://{}{path}", self.scheme, self.host_and_port())
    }

    /// A user name may be a token, too: beside a password only known names are shown, else those that are too short.
    pub fn shown(&self) -> String {
        let user = match (&self.user, &self.password) {
            (None, _) => String::new(),
            (Some(user), Some(_)) if is_usual(user) => format!("{user}:***@"),
            (Some(user), None) if !may_be_a_token(user) => format!("{user}@"),
            (Some(_), Some(_)) => "***:***@".to_owned(),
            (Some(_), None) => "***@".to_owned(),
        };
        let bare = self.bare();
        match bare.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{user}{rest}"),
            None => bare,
        }
    }
}

/// User names that tools write beside a token, or that forges prescribe.
fn is_usual(user: &str) -> bool {
    matches!(user, "git" | "gitlab-ci-token" | "oauth2" | "x-access-token" | "x-token-auth" | "AzureDevOps")
}

/// No forge's tokens are shorter. Accounts that forges name themselves are often longer.
pub fn may_be_a_token(user: &str) -> bool {
    let by_forge = ["gitlab+deploy-token-", "project_", "group_"].iter().any(|start| user.starts_with(start));
    user.len() >= 20 && !by_forge
}

/// Any text that may be an address, without what stands before the host. For reports.
pub fn shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn plain_or_escaped(byte: u8) -> String {
    if byte.is_ascii() && byte != b'%' { char::from(byte).to_string() } else { escape(byte) }
}

fn escape(byte: u8) -> String {
    format!("%{byte:02X}")
}

fn decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let escaped = (*first == b'%').then(|| Some(digit(1)? * 16 + digit(2)?)).flatten();
        let escaped = escaped.and_then(|value| u8::try_from(value).ok());
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    decoded
}

/// Percent-encoding where it must be and nowhere else. `None` where an escape is none.
fn normal(text: &str) -> Option<String> {
    let mut normal = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let (byte, escaped) = if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
            (u8::try_from(value).ok()?, true)
        } else {
            (byte, false)
        };
        if byte <= 0x1f || byte >= 0x7f || UNSAFE.contains(&byte) || (escaped && RESERVED.contains(&byte)) {
            normal += &escape(byte);
        } else {
            normal.push(char::from(byte));
        }
    }
    Some(normal)
}

fn normal_port(scheme: &str, port: &str) -> Option<String> {
    let digits = port.trim_start_matches('0');
    match (scheme, digits) {
        (_, "") if port.is_empty() || scheme != "file" => Some(String::new()),
        ("http", "80") | ("https", "443") => Some(String::new()),
        _ => digits.parse::<u16>().is_ok().then(|| digits.to_owned()),
    }
}

/// Without `.` and `..`. Those that lead above the root are an error.
fn normal_path(text: &str) -> Option<String> {
    let (path, rest) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    let mut segments: Vec<String> = Vec::new();
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        match normal(segment)?.as_str() {
            "." => {}
            ".." => _ = segments.pop()?,
            segment => segments.push(segment.to_owned()),
        }
    }
    Some(format!("/{}{}", segments.join("/"), normal(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_brought_into_one_form() {
        for (text, expected) in [
            ("HTTPS://Example.COM:443/a%2Fb/./c/../d", "https://example.com/a%2Fb/d"),
            ("https://example.com:0443", "https://example.com"),
            ("https://example.com:8443/%7Euser", "https://example.com:8443/~user"),
            ("https://a@b/", "https://b"),
            ("https://[::1]:80/", "https://[::1]:80"),
        ] {
            assert_eq!(Address::read(text).map(|address| address.bare()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_to_git_is_none_here() {
        for text in
            ["git@host:a/b", "https:///path", "https://*.a/", "https://a:99999/", "https://a/../b", "https://a/%zz"]
        {
            assert!(Address::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn x05_what_stands_before_the_host_is_not_shown() {
        let shown = |text: &str| Address::read(text).unwrap().shown();
        assert_eq!(shown("https://gitlab-ci-token:canary@a/b"), "https://gitlab-ci-token:***@a/b");
        assert_eq!(shown("https://canary:x-oauth-basic@a/b"), "https://***:***@a/b");
        assert_eq!(shown("https://canary-0123456789abcdef@a/b"), "https://***@a/b");
        assert_eq!(shown("https://me@a/b"), "https://me@a/b");
        assert_eq!(super::shown("https://canary:canary@a/b@c"), "https://a/b@c");
    }
}

//! A book of entries as bytes, the same in every store.
//!
//! Lines of `key=value`, as in Git's own protocol, so that no value needs escaping: none holds a line break. The first
//! line tells the format, an empty line ends an entry, and the last line tells the number of entries and a checksum.
//!
//! ```text
//! hallpass-store=1
//! origin=https://gitlab.example.com
//! user=me
//! token=...
//!
//! end=1 5d1a9c07
//! ```

use std::fmt::Write as _;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::domain::entry::{Book, Entry, Form};
use crate::domain::origin::Origin;
use crate::domain::token::Token;

const FORMAT: &[u8] = b"hallpass-store=";
const VERSION: u32 = 1;
/// More than all keys, numbers and line ends of an entry together.
const KEYS: usize = 160;

/// Why bytes are no book, or an entry cannot become bytes. The texts name no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("was written by a newer hallpass, in format {0}")]
    Newer(u32),
    #[error("is damaged")]
    Damaged,
}

/// What no line can hold.
pub(super) fn is_keepable(entry: &Entry) -> bool {
    let Entry { origin: _, path, user, token, expires: _, refresh, form } = entry;
    let authtype = match form {
        Form::Password => &[][..],
        Form::Header(authtype) => authtype.as_bytes(),
    };
    let refresh = refresh.as_ref().map_or(&[][..], |refresh| refresh.expose().as_bytes());
    let values =
        [path.as_deref().unwrap_or_default(), user.as_deref().unwrap_or_default(), token.expose().as_bytes(), refresh];
    values.iter().chain([&authtype]).all(|value| !value.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)))
}

/// The buffer has room for everything from the start: growing would leave unwiped copies behind.
pub(super) fn write(book: &Book) -> Zeroizing<Vec<u8>> {
    let room: usize = book.entries().iter().map(room).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + KEYS));
    line(&mut bytes, "hallpass-store", VERSION.to_string().as_bytes());
    for entry in book.entries() {
        let Entry { origin, path, user, token, expires, refresh, form } = entry;
        line(&mut bytes, "origin", origin.to_string().as_bytes());
        let mut optional = |key: &str, value: Option<&[u8]>| {
            if let Some(value) = value {
                line(&mut bytes, key, value);
            }
        };
        optional("path", path.as_deref());
        optional("user", user.as_deref());
        optional("token", Some(token.expose().as_bytes()));
        optional("expires", expires.map(|end| end.as_second().to_string()).as_deref().map(str::as_bytes));
        optional("refresh", refresh.as_ref().map(|refresh| refresh.expose().as_bytes()));
        if let Form::Header(authtype) = form {
            optional("authtype", Some(authtype.as_bytes()));
        }
        bytes.push(b'\n');
    }
    let mut end = String::new();
    let _ = write!(end, "{} {:08x}", book.entries().len(), crc32fast::hash(&bytes));
    line(&mut bytes, "end", end.as_bytes());
    bytes
}

fn room(entry: &Entry) -> usize {
    let Entry { origin, path, user, token, expires: _, refresh, form } = entry;
    let authtype = if let Form::Header(authtype) = form { authtype.len() } else { 0 };
    let refresh = refresh.as_ref().map_or(0, |refresh| refresh.expose().len());
    let (path, user) = (path.as_ref().map_or(0, Vec::len), user.as_ref().map_or(0, Vec::len));
    KEYS + origin.host().len() + path + user + token.expose().len() + refresh + authtype
}

fn line(bytes: &mut Vec<u8>, key: &str, value: &[u8]) {
    bytes.extend_from_slice(key.as_bytes());
    bytes.push(b'=');
    bytes.extend_from_slice(value);
    bytes.push(b'\n');
}

/// All of it, exactly as [`write`] writes it, or nothing.
pub(super) fn read(bytes: &[u8]) -> Result<Book, Unusable> {
    version(bytes)?;
    parse(bytes).ok_or(Unusable::Damaged)
}

fn version(bytes: &[u8]) -> Result<(), Unusable> {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let number = first.strip_prefix(FORMAT).and_then(number).ok_or(Unusable::Damaged)?;
    match u32::try_from(number) {
        Ok(VERSION) => Ok(()),
        Ok(newer) if newer > VERSION => Err(Unusable::Newer(newer)),
        _ => Err(Unusable::Damaged),
    }
}

fn parse(bytes: &[u8]) -> Option<Book> {
    let body = bytes.strip_suffix(b"\n")?;
    let start_of_end = body.iter().rposition(|byte| *byte == b'\n')? + 1;
    let (count, sum) = std::str::from_utf8(body.get(start_of_end..)?).ok()?.strip_prefix("end=")?.split_once(' ')?;
    let body = bytes.get(..start_of_end)?;
    if format!("{:08x}", crc32fast::hash(body)) != sum {
        return None;
    }
    let mut lines = body.strip_suffix(b"\n")?.split(|byte| *byte == b'\n').skip(1);
    let mut entries = Vec::new();
    while let Some(first) = lines.next() {
        entries.push(entry(first, &mut lines)?);
    }
    (count == entries.len().to_string()).then(|| Book::new(entries))
}

fn entry<'a>(first: &'a [u8], rest: &mut impl Iterator<Item = &'a [u8]>) -> Option<Entry> {
    let origin = Origin::parse(text(first.strip_prefix(b"origin=")?)?).ok()?;
    let (mut path, mut user, mut token, mut expires, mut refresh, mut authtype) = (None, None, None, None, None, None);
    loop {
        let line = rest.next()?;
        if line.is_empty() {
            break;
        }
        let at = line.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (&line[..at], &line[at + 1..]);
        let twice = match key {
            b"path" => path.replace(value.to_vec()).is_some(),
            b"user" => user.replace(value.to_vec()).is_some(),
            b"token" => token.replace(Token::new(text(value)?.to_owned())).is_some(),
            b"expires" => expires.replace(Timestamp::from_second(number(value)?).ok()?).is_some(),
            b"refresh" => refresh.replace(Token::new(text(value)?.to_owned())).is_some(),
            b"authtype" => authtype.replace(text(value)?.to_owned()).is_some(),
            _ => true,
        };
        if twice {
            return None;
        }
    }
    let form = authtype.map_or(Form::Password, Form::Header);
    Some(Entry { origin, path, user, token: token?, expires, refresh, form })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn number(bytes: &[u8]) -> Option<i64> {
    text(bytes)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let entry = Entry {
            origin: Origin::parse("https://gitlab.test:8443").unwrap(),
            path: Some(b"group/\xFF=proj".to_vec()),
            user: Some(b"me".to_vec()),
            token: Token::new("to=k en".to_owned()),
            expires: Some(Timestamp::from_second(1_900_000_000).unwrap()),
            refresh: Some(Token::new("again".to_owned())),
            form: Form::Password,
        };
        let bare = Entry {
            path: None,
            user: None,
            expires: None,
            refresh: None,
            form: Form::Header("Bearer".to_owned()),
            ..entry.clone()
        };
        let empty = Entry { user: Some(Vec::new()), token: Token::new(String::new()), ..bare.clone() };
        Book::new(vec![entry, bare, empty])
    }

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = write(&book());
        let again = read(&bytes).unwrap();
        assert_eq!(write(&again), bytes);
        let [entry, bare, empty] = again.entries() else { panic!("three entries") };
        assert_eq!(entry.path.as_deref(), Some(&b"group/\xFF=proj"[..]));
        assert_eq!((entry.token.expose(), entry.expires.unwrap().as_second()), ("to=k en", 1_900_000_000));
        assert_eq!((bare.user.as_ref(), &bare.form), (None, &Form::Header("Bearer".to_owned())));
        assert_eq!((empty.user.as_deref(), empty.token.expose()), (Some(&b""[..]), ""));
        assert!(read(&write(&Book::default())).unwrap().entries().is_empty());
    }

    #[test]
    fn the_buffer_never_grows() {
        let bytes = write(&book());
        let room: usize = book().entries().iter().map(super::room).sum();
        assert!(bytes.len() < room + KEYS);
    }

    #[test]
    fn s09_any_flipped_bit_and_any_cut_is_noticed() {
        let bytes = write(&book());
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn s14_a_newer_format_is_told_from_damage() {
        assert_eq!(read(b"hallpass-store=2\nwhatever\n").unwrap_err(), Unusable::Newer(2));
        for damaged in
            [&b""[..], b"\n", b"hallpass-store=0\n", b"hallpass-store=x\n", b"other=1\n", b"hallpass-store=1\n"]
        {
            assert_eq!(read(damaged).unwrap_err(), Unusable::Damaged);
        }
    }

    #[test]
    fn no_line_breaks_are_kept() {
        let entry = book().entries()[0].clone();
        assert!(is_keepable(&entry));
        for bad in ["a\nb", "a\rb", "a\0b"] {
            assert!(!is_keepable(&Entry { token: Token::new(bad.to_owned()), ..entry.clone() }));
            assert!(!is_keepable(&Entry { user: Some(bad.as_bytes().to_vec()), ..entry.clone() }));
            assert!(!is_keepable(&Entry { form: Form::Header(bad.to_owned()), ..entry.clone() }));
        }
    }
}

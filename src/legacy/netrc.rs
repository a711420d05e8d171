//! `.netrc`: words in any number of lines. An entry is moved only where its lines hold nothing else.
//!
//! A machine there stands for every scheme and port. Here it stands for `https` at its usual port.

use std::ops::Range;

use super::{Account, Found, Left, lines};
use crate::domain::origin::Origin;
use crate::domain::token::Token;

struct Word<'a> {
    text: &'a [u8],
    line: usize,
}

/// From one `machine`, `default` or `macdef` to the next.
struct Section<'a> {
    words: Vec<Word<'a>>,
}

pub fn read(bytes: &[u8]) -> Found {
    let places: Vec<Range<usize>> = lines(bytes).map(|(place, _)| place).collect();
    let sections = sections(bytes);
    let mut found = Found::default();
    for (index, section) in sections.iter().enumerate() {
        let (first, last) = (section.words[0].line, section.words[section.words.len() - 1].line);
        let others = sections.iter().enumerate().filter(|(other, _)| *other != index);
        let alone = others.flat_map(|(_, other)| &other.words).all(|word| !(first..=last).contains(&word.line));
        let own: Vec<usize> = section.words.iter().map(|word| word.line).collect();
        let whole = (first..=last).all(|line| own.contains(&line));
        match account(section) {
            _ if section.words[0].text == b"macdef" => {}
            Ok(_) if !alone => left(&mut found, first, "it shares a line with another entry"),
            Ok(_) if !whole => left(&mut found, first, "other lines are in between"),
            Ok((origin, user, token)) => {
                let bytes = places[first].start..places[last].end;
                found.accounts.push(Account { origin, path: None, user, token, bytes });
            }
            Err(why) => left(&mut found, first, why),
        }
    }
    found
}

fn left(found: &mut Found, line: usize, why: &'static str) {
    found.left.push(Left { line: line + 1, why });
}

fn sections(bytes: &[u8]) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut in_macro = false;
    let mut value = false;
    for (line, (_, text)) in lines(bytes).enumerate() {
        let blank = text.trim_ascii().is_empty();
        // A macro goes on to the next empty line; its lines are nobody's words.
        if in_macro {
            in_macro = !blank;
            continue;
        }
        if text.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            let begins = !value && matches!(word, b"machine" | b"default" | b"macdef");
            let word = Word { text: word, line };
            in_macro |= begins && word.text == b"macdef";
            value = !value && matches!(word.text, b"machine" | b"login" | b"password" | b"account" | b"macdef");
            match sections.last_mut().filter(|_| !begins) {
                Some(section) => section.words.push(word),
                None => sections.push(Section { words: vec![word] }),
            }
        }
    }
    sections
}

fn account(section: &Section<'_>) -> Result<(Origin, Vec<u8>, Token), &'static str> {
    let words: Vec<&[u8]> = section.words.iter().map(|word| word.text).collect();
    let (b"machine", [host, rest @ ..]) = (words[0], &words[1..]) else {
        return Err("it names no machine");
    };
    let (mut login, mut password) = (None, None);
    for pair in rest.chunks(2) {
        let slot = match pair {
            [b"login", _] => &mut login,
            [b"password", _] => &mut password,
            _ => return Err("it holds more than a login and a password"),
        };
        if slot.replace(pair[1]).is_some() {
            return Err("it holds something twice");
        }
    }
    let (Some(login), Some(password)) = (login, password) else { return Err("it has no login or no password") };
    // Programs differ in what quotes and backslashes mean here.
    if [login, password].iter().any(|word| word.iter().any(|byte| b"\"'\\".contains(byte))) {
        return Err("it holds quotes or backslashes, which programs read differently");
    }
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "it is no UTF-8 text");
    let origin = Origin::from_protocol("https", &text(host)?).map_err(|_| "its machine is no host name")?;
    Ok((origin, login.to_vec(), Token::new(text(password)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(found: &Found) -> Vec<String> {
        found.accounts.iter().map(|account| account.origin.to_string()).collect()
    }

    #[test]
    fn entries_of_one_line_and_of_several_are_read() {
        let text =
            b"machine a.test login me password canary\n# note\nmachine b.test\n\tlogin you\n\tpassword canary2\n";
        let found = read(text);
        assert_eq!(hosts(&found), ["https://a.test", "https://b.test"]);
        assert_eq!(found.accounts[1].user, b"you");
        assert_eq!(found.accounts[1].token.expose(), "canary2");
        let all: Vec<_> = found.accounts.iter().map(|account| account.bytes.clone()).collect();
        assert_eq!(super::super::without(text, &all), b"# note\n");
    }

    #[test]
    fn words_that_are_values_begin_nothing() {
        let found = read(b"machine a.test login machine password default\n");
        assert_eq!(hosts(&found), ["https://a.test"]);
        assert_eq!(found.accounts[0].token.expose(), "default");
    }

    #[test]
    fn what_is_not_plain_stays() {
        for (text, line) in [
            (&b"machine a.test login me\n"[..], 1),
            (b"\nmachine a.test login me password canary account x\n", 2),
            (b"default login me password canary\n", 1),
            (b"machine a.test login me password \"canary 2\"\n", 1),
            (b"machine a.test login me password canary machine b.test login x password canary\n", 1),
            (b"machine a.test login me\n# why\npassword canary\n", 1),
            (b"machine a..test login me password canary\n", 1),
            (b"machine a.test login me login you password canary\n", 1),
        ] {
            let found = read(text);
            assert!(hosts(&found).is_empty(), "{}", String::from_utf8_lossy(text));
            assert_eq!(found.left[0].line, line);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_kept_whole_or_taken_whole(
            words in proptest::collection::vec(
                proptest::sample::select(
                    &["machine", "a.test", "login", "password", "x", "#", "macdef", "default", "\n", "\n\n", "\t"][..]
                ),
                0..40,
            ),
        ) {
            let text = words.join(" ").into_bytes();
            let found = read(&text);
            let all: Vec<_> = found.accounts.iter().map(|account| account.bytes.clone()).collect();
            for range in &all {
                assert!(range.start == 0 || text[range.start - 1] == b'\n');
                assert!(range.end == text.len() || text[range.end - 1] == b'\n');
            }
            // What is left holds no entry that was not refused before.
            let rest = super::super::without(&text, &all);
            assert!(read(&rest).accounts.len() <= found.left.len());
        }
    }

    #[test]
    fn macros_are_nobodys_words() {
        let text = b"macdef init\nmachine x login y password canary\n\nmachine a.test login me password canary\n";
        assert_eq!(hosts(&read(text)), ["https://a.test"]);
    }
}

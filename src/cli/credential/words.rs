//! The words after `credential`: options, then one verb.

use std::ffi::OsString;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Store,
    Erase,
    Capability,
    /// One that a later Git may have.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Verb(Verb),
    /// No verb: somebody wants help, or needs it.
    Help,
    /// Nothing can be done, for this reason. Words are not repeated: one may be a token.
    Unclear(&'static str),
}

pub(super) fn read(words: &[OsString]) -> Heard {
    let mut words = words.iter();
    loop {
        let Some(word) = words.next() else { return Heard::Help };
        match word.to_str().unwrap_or_default() {
            "-h" | "--help" | "-V" | "--version" => return Heard::Help,
            // The one store there is: none.
            "--store=none" => {}
            "--store" if words.next().is_some_and(|store| store == "none") => {}
            option if option.starts_with("--store") => {
                return Heard::Unclear("the one store of this version is `none`");
            }
            option if option.starts_with('-') => return Heard::Unclear("an option before the verb is not known"),
            _ if words.next().is_some() => return Heard::Unclear("Git adds the verb by itself; take yours out"),
            "get" => return Heard::Verb(Verb::Get),
            "store" => return Heard::Verb(Verb::Store),
            "erase" => return Heard::Verb(Verb::Erase),
            "capability" => return Heard::Verb(Verb::Capability),
            _ => return Heard::Verb(Verb::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(words: &[&str]) -> Heard {
        read(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_verb_follows_the_options() {
        assert_eq!(heard(&["get"]), Heard::Verb(Verb::Get));
        assert_eq!(heard(&["--store", "none", "erase"]), Heard::Verb(Verb::Erase));
        assert_eq!(heard(&["--store=none", "store"]), Heard::Verb(Verb::Store));
        assert_eq!(heard(&["frobnicate"]), Heard::Verb(Verb::Unknown));
    }

    #[test]
    fn help_is_for_people() {
        for words in [&[][..], &["--help"], &["--store", "none", "-h"], &["--version"]] {
            assert_eq!(heard(words), Heard::Help);
        }
    }

    #[test]
    fn what_is_unclear_is_no_verb() {
        for words in [&["--store", "keyring", "get"][..], &["--store"], &["-x", "get"], &["get", "get"], &["get", "-h"]]
        {
            assert!(matches!(heard(words), Heard::Unclear(_)), "{words:?}");
        }
    }
}

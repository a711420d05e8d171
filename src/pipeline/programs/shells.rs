//! Commands that run a script: `bash x.sh`, `./x.sh`, `source x.sh`, `sh -c '...'`, `pwsh -File x.ps1`, `python x.py`.

use super::Started;
use crate::pipeline::model::{Part, Value, Word, text_of};
use crate::pipeline::reader::Language;
use crate::pipeline::shell::Scope;
use crate::pipeline::text::Mapped;

pub(super) fn start(path: &str, name: &str, arguments: &[Word], scope: &mut Scope) -> Started {
    if matches!(path, "source" | ".") {
        return match arguments.split_first().and_then(|(first, rest)| Some((script(first)?, rest))) {
            Some((path, rest)) => Started::Source(path, values(rest)),
            None => Started::Done,
        };
    }
    if matches!(path, "read" | "mapfile" | "readarray" | "getopts") {
        for name in arguments.iter().filter_map(Word::text).filter(|text| !text.starts_with('-')) {
            scope.forget(&name);
        }
        return Started::Done;
    }
    match Language::of_shell(name) {
        Some(Language::Shell) => shell(arguments),
        Some(Language::PowerShell) => power_shell(arguments),
        Some(Language::Python) => python(arguments),
        None if path.contains('/') => Started::Script(path.to_owned(), values(arguments)),
        None => Started::Done,
    }
}

fn values(words: &[Word]) -> Vec<Value> {
    words.iter().map(|word| word.value.clone()).collect()
}

fn shell(arguments: &[Word]) -> Started {
    let mut rest = arguments;
    let mut is_text = false;
    while let Some((first, more)) = rest.split_first() {
        let head = first.head();
        if !head.starts_with('-') && !head.starts_with('+') {
            break;
        }
        is_text |= !head.starts_with("--") && head.contains('c');
        rest = if head.ends_with('o') && !head.starts_with("--") { more.get(1..).unwrap_or_default() } else { more };
    }
    match rest.split_first() {
        Some((first, more)) if is_text => text(Language::Shell, first, more.get(1..).unwrap_or_default()),
        Some((first, more)) => file(first, more),
        None => Started::Done,
    }
}

/// Options can be cut short and stand in any case.
fn power_shell(arguments: &[Word]) -> Started {
    let mut rest = arguments;
    while let Some((first, more)) = rest.split_first() {
        let head = first.head().to_ascii_lowercase();
        let Some(option) = head.strip_prefix('-') else { return file(first, more) };
        let is = |name: &str| !option.is_empty() && name.starts_with(option);
        rest = match more.split_first() {
            Some((next, after)) if is("file") => return file(next, after),
            Some((next, after)) if is("command") => {
                return if after.is_empty() { text(Language::PowerShell, next, after) } else { Started::Done };
            }
            Some((_, after))
                if ["executionpolicy", "inputformat", "outputformat", "workingdirectory", "version"]
                    .iter()
                    .any(|name| is(name))
                    || matches!(option, "ep" | "ex" | "wd") =>
            {
                after
            }
            _ => more,
        };
    }
    Started::Done
}

fn python(arguments: &[Word]) -> Started {
    let mut rest = arguments;
    while let Some((first, more)) = rest.split_first() {
        rest = match first.head() {
            "-m" | "-" => return Started::Done,
            "-c" => {
                let after = more.get(1..).unwrap_or_default();
                return more.first().map_or(Started::Done, |next| text(Language::Python, next, after));
            }
            "-W" | "-X" => more.get(1..).unwrap_or_default(),
            head if head.starts_with('-') => more,
            _ => return file(first, more),
        };
    }
    Started::Done
}

/// Only what is written there whole: with values filled in it is another script each time.
fn text(language: Language, word: &Word, arguments: &[Word]) -> Started {
    let script = word.text().map(|text| Mapped::loose(&text, word.span));
    script.map_or(Started::Done, |script| Started::Text(language, script, values(arguments)))
}

fn file(word: &Word, arguments: &[Word]) -> Started {
    script(word).map_or(Started::Done, |path| Started::Script(path, values(arguments)))
}

/// Variables that hold the folder of the checkout.
const CHECKOUTS: &[&str] = &[
    "CI_PROJECT_DIR",
    "GITHUB_WORKSPACE",
    "PWD",
    "BUILD_SOURCESDIRECTORY",
    "SYSTEM_DEFAULTWORKINGDIRECTORY",
    "BUILD_REPOSITORY_LOCALPATH",
];

/// The path of a script, where it lies in the checkout.
pub(super) fn script(word: &Word) -> Option<String> {
    let mut value = word.value.clone();
    if matches!(value.first(), Some(Part::Variable(name)) if CHECKOUTS.contains(&name.as_str())) {
        value[0] = Part::Text(".".to_owned());
    }
    Some(text_of(&value)?.replace('\\', "/"))
}

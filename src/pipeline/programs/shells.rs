//! Commands that run a script: `bash x.sh`, `./x.sh`, `source x.sh`, `sh -c '...'`.

use super::Started;
use crate::pipeline::model::{Value, Word};
use crate::pipeline::shell::Scope;
use crate::pipeline::text::Mapped;

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "zsh"];

pub(super) fn start(path: &str, name: &str, arguments: &[Word], scope: &mut Scope) -> Started {
    let values = |words: &[Word]| words.iter().map(|word| word.value.clone()).collect::<Vec<Value>>();
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
    if SHELLS.contains(&name) {
        return shell(arguments, &values);
    }
    if path.contains('/') {
        return Started::Script(path.to_owned(), values(arguments));
    }
    Started::Done
}

fn shell(arguments: &[Word], values: &dyn Fn(&[Word]) -> Vec<Value>) -> Started {
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
        // Only what is written there whole: with values filled in it is another script each time.
        Some((first, more)) if is_text => match first.text() {
            Some(text) => Started::Text(Mapped::loose(&text, first.span), values(more.get(1..).unwrap_or_default())),
            None => Started::Done,
        },
        Some((first, more)) => script(first).map_or(Started::Done, |path| Started::Script(path, values(more))),
        None => Started::Done,
    }
}

/// The path of a script, where it lies in the checkout.
fn script(word: &Word) -> Option<String> {
    let mut value = word.value.clone();
    if let Some(crate::pipeline::model::Part::Variable(name)) = value.first()
        && matches!(name.as_str(), "CI_PROJECT_DIR" | "GITHUB_WORKSPACE" | "PWD")
    {
        value[0] = crate::pipeline::model::Part::Text(".".to_owned());
    }
    crate::pipeline::model::text_of(&value)
}

//! Options and what they take, as most programs read them.

use crate::pipeline::model::{Part, Value, Word, push, split_once, text_of};

/// Which options of a program take a value.
pub(super) struct Grammar {
    pub(super) short: &'static str,
    pub(super) long: &'static [&'static str],
}

/// One thing on the command line.
pub(super) enum Item {
    /// An option, without its dashes, and what it takes.
    Option {
        name: String,
        value: Option<Word>,
    },
    Plain(Word),
    /// Words that nobody knows: they may be anything.
    Open,
}

/// Takes a command line apart.
pub(super) fn items(words: &[Word], grammar: &Grammar) -> Vec<Item> {
    let mut items = Vec::new();
    let mut words = words.iter().peekable();
    let mut only_plain = false;
    while let Some(word) = words.next() {
        let head = word.head();
        if only_plain || !head.starts_with('-') || head == "-" {
            items.push(if word.is_open() && is_bare(word) { Item::Open } else { Item::Plain(word.clone()) });
            continue;
        }
        if head == "--" && word.value.len() == 1 {
            only_plain = true;
        } else if let Some(long) = head.strip_prefix("--") {
            let (name, value) = match split_once(&word.value, '=') {
                Some((name, value)) => (text_of(&name).unwrap_or_default(), Some(Word { value, span: word.span })),
                None => (format!("--{long}"), None),
            };
            let name = name.trim_start_matches('-').to_owned();
            let takes = value.is_none() && grammar.long.contains(&name.as_str());
            let value = value.or_else(|| if takes { words.next().cloned() } else { None });
            items.push(Item::Option { name, value });
        } else {
            cluster(word, &mut words, grammar, &mut items);
        }
    }
    items
}

/// A word that is one variable or command and may stand for options as well as for a value. One that carries a path
/// behind it is a value, and so are the platform's own variables.
fn is_bare(word: &Word) -> bool {
    match word.value.as_slice() {
        [Part::Variable(name)] => !name.starts_with("CI_"),
        parts => parts.len() == 1,
    }
}

/// `-sSfX POST`, `-XPOST`.
fn cluster<'w>(word: &Word, words: &mut impl Iterator<Item = &'w Word>, grammar: &Grammar, items: &mut Vec<Item>) {
    let head = word.head();
    for (at, letter) in head.char_indices().skip(1) {
        let name = letter.to_string();
        if !grammar.short.contains(letter) {
            items.push(Item::Option { name, value: None });
            continue;
        }
        let rest = &head[at + letter.len_utf8()..];
        let mut value = Value::new();
        push(&mut value, Part::Text(rest.to_owned()));
        value.extend(word.value.iter().skip(1).cloned());
        let value = if value.is_empty() { words.next().cloned() } else { Some(Word { value, span: word.span }) };
        items.push(Item::Option { name, value });
        return;
    }
}

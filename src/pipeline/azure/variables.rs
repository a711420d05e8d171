//! Variables of a pipeline: those that the file sets, and the ones that the platform fills in.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::words::{TOKEN, environment_name};
use crate::pipeline::filled::{parts, written};
use crate::pipeline::model::{Part, Value, append};
use crate::pipeline::shell::Binding;
use crate::pipeline::text::{Mapped, Span};

const MAX_DEPTH: usize = 8;
const MAX_SIZE: usize = 4 * 1024;
const MAX_VARIABLES: usize = 1_000;
/// Variables that are filled in, over all steps of a pipeline: what names itself a thousandfold ends here.
const MAX_FILLED: usize = 1_000_000;

/// A variable as written.
#[derive(Clone, Debug)]
struct Written {
    /// As the file spells it.
    name: String,
    /// `None`: known only when it runs.
    text: Option<String>,
    place: Option<Span>,
}

/// Variables by their names in lower case: case does not count.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    by_name: BTreeMap<String, Written>,
    filled: Rc<Cell<usize>>,
}

impl Variables {
    /// `text`: as far as it is known before the pipeline runs.
    pub(super) fn set(&mut self, name: &str, text: Option<&Mapped>) {
        // `$[ ]` is worked out when the pipeline runs.
        let known = text.filter(|text| !text.text.contains("$["));
        let written = Written {
            name: name.to_owned(),
            text: known.map(|text| text.text.clone()),
            place: known.and_then(|text| text.span(0..text.text.len())),
        };
        if self.by_name.len() < MAX_VARIABLES {
            self.by_name.insert(name.to_ascii_lowercase(), written);
        }
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.set(name, None);
    }

    /// The text of a variable, for `${{ variables.name }}`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.by_name.get(&name.to_ascii_lowercase())?.text.as_deref()
    }

    /// What `$(name)` is filled in with. `None`: nothing that hallpass knows has this name.
    fn value(&self, name: &str, depth: usize) -> Option<Value> {
        self.filled.set(self.filled.get() + 1);
        let may_go_on = depth < MAX_DEPTH && self.filled.get() < MAX_FILLED;
        match self.by_name.get(&name.to_ascii_lowercase()) {
            Some(Written { text: Some(text), .. }) if may_go_on => Some(self.value_of(text, depth + 1)),
            Some(_) => Some(vec![Part::Unknown]),
            None if name.eq_ignore_ascii_case(TOKEN) => Some(vec![Part::Variable(TOKEN.to_owned())]),
            None if name.contains('.') => Some(vec![Part::Variable(environment_name(name))]),
            None => None,
        }
    }

    /// A text of the file with its macros filled in, as far as they are known.
    pub(super) fn value_of(&self, text: &str, depth: usize) -> Value {
        let mut value = Value::new();
        let mut done = 0;
        for (range, name) in macros(text) {
            value_of_text(&text[done..range.start], &mut value);
            let filled = self.value(name, depth).unwrap_or_else(|| vec![Part::Variable(name.to_owned())]);
            append(&mut value, filled);
            done = range.end;
            if value.len() > MAX_SIZE {
                return vec![Part::Unknown];
            }
        }
        value_of_text(&text[done..], &mut value);
        let is_long = value.iter().any(|part| matches!(part, Part::Text(text) if text.len() > 4 * MAX_SIZE));
        if is_long { vec![Part::Unknown] } else { value }
    }

    /// A script as the shell sees it: macros are filled in as text, whatever quotes are around them.
    pub(super) fn fill(&self, script: &Mapped) -> Mapped {
        let found: Vec<_> = macros(&script.text)
            .filter_map(|(range, name)| {
                let value = self.value(name, 0).or_else(|| {
                    // What is no variable is left alone, and a shell runs it.
                    let is_command = COMMANDS.contains(&name) || name.starts_with(|first: char| first.is_ascii_digit());
                    (!is_command).then(|| vec![Part::Variable(name.to_owned())])
                })?;
                Some((range, written(&value)))
            })
            .collect();
        if found.is_empty() { script.clone() } else { script.replace(&found) }
    }

    /// What every step finds in its environment.
    pub(super) fn environment(&self) -> impl Iterator<Item = (String, Binding)> {
        self.by_name.values().map(|written| {
            let value = match &written.text {
                Some(text) => self.value_of(text, 0),
                None => vec![Part::Unknown],
            };
            (environment_name(&written.name), Binding::of(value, true, written.place))
        })
    }
}

fn value_of_text(text: &str, value: &mut Value) {
    append(value, parts(text));
}

/// Commands without arguments that scripts put into `$( )`.
const COMMANDS: &[&str] = &[
    "pwd",
    "date",
    "whoami",
    "hostname",
    "id",
    "uname",
    "nproc",
    "ls",
    "tty",
    "arch",
    "uuidgen",
    "mktemp",
    "dirname",
    "env",
    "cat",
    "jq",
    "git",
    "node",
    "python",
    "go",
    "logname",
    "groups",
    "locale",
    "lsb_release",
    "sw_vers",
];

/// `$(name)`, with the range that each takes. What has blanks in it is a command of the shell.
fn macros(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    text.match_indices("$(").filter_map(|(start, _)| {
        let body = &text[start + 2..];
        let length = body.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
        let length = length.count();
        let closed = length > 0 && body[length..].starts_with(')');
        closed.then(|| (start..start + 2 + length + 1, &body[..length]))
    })
}

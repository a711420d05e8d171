//! Python, as far as it is plain: calls of `requests`, `httpx` and `urllib.request` whose address and headers are texts,
//! f-strings, variables of the environment, and names that are set exactly once.
//!
//! A hand-written reader: it does not follow the order of statements, so whatever is set twice is unknown.

mod calls;
mod lexer;
mod names;
mod values;

use std::cell::Cell;

use super::reader::Reader;
use super::shell::Scope;
use super::text::{Mapped, Span};
use lexer::{Kind, Token, tokens};
use names::Names;

pub(super) fn follow(reader: &mut Reader<'_>, script: &Mapped, scope: &mut Scope) {
    let all = tokens(&script.text);
    let names = Names::of(&script.text, &all);
    let script = Script {
        text: &script.text,
        mapped: script,
        all: &all,
        names: &names,
        environment: scope,
        left: Cell::new(MAX_LOOKS),
    };
    script.calls(reader);
}

/// One script.
struct Script<'s> {
    text: &'s str,
    mapped: &'s Mapped,
    all: &'s [Token],
    names: &'s Names,
    environment: &'s Scope,
    /// Tokens that may still be looked at: names that stand for names, and each call for all of the script.
    left: Cell<usize>,
}

const MAX_LOOKS: usize = 20_000_000;

impl Script<'_> {
    /// Takes a number of looks; are there as many?
    fn spend(&self, looks: usize) -> bool {
        let left = self.left.get().checked_sub(looks.max(1));
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn word(&self, at: usize) -> &str {
        self.all.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    fn span(&self, range: &std::ops::Range<usize>) -> Option<Span> {
        let last = self.all.get(range.end.checked_sub(1)?)?;
        self.mapped.span(self.all.get(range.start)?.range.start..last.range.end)
    }

    /// The end of a bracket, kept inside of a range.
    fn close(&self, at: usize, end: usize) -> usize {
        match self.all[at].kind {
            Kind::Open(_) => self.all[at].end.clamp(at + 1, end),
            _ => at,
        }
    }

    /// Parts of a range between an operator, outside of brackets.
    fn split(&self, range: &std::ops::Range<usize>, operator: &str) -> Vec<std::ops::Range<usize>> {
        let mut parts = Vec::new();
        let (mut start, mut at) = (range.start, range.start);
        while at < range.end {
            if self.word(at) == operator {
                parts.push(start..at);
                start = at + 1;
            }
            at = self.close(at, range.end) + 1;
        }
        parts.push(start..range.end);
        parts.retain(|part| !part.is_empty());
        parts
    }
}

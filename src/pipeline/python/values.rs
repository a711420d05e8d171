//! Expressions of Python to values.

use std::cell::Cell;
use std::ops::Range;

use super::Script;
use super::lexer::{Kind, tokens};
use crate::pipeline::data::{Data, bounded};
use crate::pipeline::filled::parts as parts_of;
use crate::pipeline::model::{Part, Value, Word, append, push};
use crate::pipeline::text::Span;

const MAX_DEPTH: usize = 30;

impl Script<'_> {
    /// What a range of tokens is worth.
    pub(super) fn value(&self, range: &Range<usize>, depth: usize) -> Data {
        let range = self.bare(range);
        let Some(span) = self.span(&range).filter(|_| depth < MAX_DEPTH && self.spend(range.len())) else {
            return Data::Unknown;
        };
        let text = |value| Data::Text(Word { value, span });
        if self.all[range.clone()].iter().all(|token| matches!(token.kind, Kind::Text { .. })) {
            let mut whole = Value::new();
            for at in range {
                append(&mut whole, self.literal(at, depth));
            }
            return text(bounded(whole));
        }
        if self.all[range.start].kind == Kind::Open('{') && self.close(range.start, range.end) + 1 == range.end {
            return self.table(&(range.start + 1..range.end - 1), depth);
        }
        let parts = self.split(&range, "+");
        if parts.len() > 1 {
            let mut whole = Value::new();
            for part in parts {
                match self.value(&part, depth + 1) {
                    Data::Text(word) => append(&mut whole, word.value),
                    _ => return Data::Unknown,
                }
            }
            return text(bounded(whole));
        }
        if let Some(value) = self.environment_of(&range) {
            return text(value);
        }
        if range.len() == 1 && self.all[range.start].kind == Kind::Name {
            return self.named(range.start, span, depth);
        }
        if range.len() == 1 && self.all[range.start].kind == Kind::Number {
            return text(vec![Part::Text(self.word(range.start).to_owned())]);
        }
        if self.word(range.start) == "str" && self.word(range.start + 1) == "(" {
            return self.value(&(range.start + 2..range.end - 1), depth + 1);
        }
        Data::Unknown
    }

    fn named(&self, at: usize, span: Span, depth: usize) -> Data {
        let name = self.word(at);
        let Some(range) = self.names.value(name, at) else { return Data::Unknown };
        match self.value(&range, depth + 1) {
            // It is used here, so this is where a finding belongs; entries of tables stay where they were written.
            Data::Text(word) => Data::Text(Word { span, ..word }),
            Data::Table(_) if self.is_changed(name) => Data::Unknown,
            other => other,
        }
    }

    /// `name[...] = ...`, `name.update(...)`: what is in it depends on the order of things.
    fn is_changed(&self, name: &str) -> bool {
        !self.spend(self.all.len())
            || (0..self.all.len()).any(|at| {
                if self.all[at].kind != Kind::Name || self.word(at) != name {
                    return false;
                }
                match self.word(at + 1) {
                    "[" => self.word(self.close(at + 1, self.all.len()) + 1) == "=",
                    "." => matches!(self.word(at + 2), "update" | "setdefault" | "pop" | "clear"),
                    _ => false,
                }
            })
    }

    /// Without brackets around the whole.
    fn bare(&self, range: &Range<usize>) -> Range<usize> {
        let mut range = range.clone();
        while range.len() > 2
            && self.all[range.start].kind == Kind::Open('(')
            && self.close(range.start, range.end) + 1 == range.end
            && self.split(&(range.start + 1..range.end - 1), ",").len() == 1
        {
            range = range.start + 1..range.end - 1;
        }
        range
    }

    fn table(&self, range: &Range<usize>, depth: usize) -> Data {
        let mut table = Data::Table(Vec::new());
        for entry in self.split(range, ",") {
            let parts = self.split(&entry, ":");
            let [key, value] = parts.as_slice() else { return Data::Unknown };
            let name = match self.value(key, depth + 1) {
                Data::Text(word) => word.text(),
                _ => None,
            };
            let (Some(name), Some(span)) = (name, self.span(value)) else { return Data::Unknown };
            let data = match self.value(value, depth + 1) {
                Data::Text(word) => Data::Text(Word { span, ..word }),
                Data::Unknown => Data::Text(Word { value: vec![Part::Unknown], span }),
                table @ Data::Table(_) => table,
            };
            table.add(&name, data);
        }
        table
    }

    /// `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, a default of nothing included.
    fn environment_of(&self, range: &Range<usize>) -> Option<Value> {
        let open = range.clone().find(|at| matches!(self.all[*at].kind, Kind::Open(_)))?;
        let path: String = (range.start..open).map(|at| self.word(at)).collect();
        let full = self.names.imported(&path)?;
        let fits = match self.word(open) {
            "[" => full == "os.environ",
            "(" => matches!(full.as_str(), "os.environ.get" | "os.getenv"),
            _ => false,
        };
        if !fits {
            return None;
        }
        let close = self.close(open, range.end);
        let arguments = self.split(&(open + 1..close), ",");
        let harmless = match arguments.as_slice() {
            [_] => true,
            [_, default] => default.len() == 1 && matches!(self.word(default.start), "\"\"" | "''" | "None"),
            _ => false,
        };
        let Kind::Text { inner, fills: false, .. } = self.all.get(arguments.first()?.start)?.kind else { return None };
        // A slash taken off the end of an address changes nothing here.
        let after: String = (close + 1..range.end).map(|at| self.word(at)).collect();
        let tidied = matches!(after.as_str(), "" | ".strip()" | ".rstrip(\"/\")" | ".rstrip('/')" | ".rstrip()");
        (harmless && tidied).then(|| self.environment.value(&self.text[inner.0..inner.1]))
    }

    /// One quoted text.
    fn literal(&self, at: usize, depth: usize) -> Value {
        let Kind::Text { inner, fills, raw } = self.all[at].kind else { return vec![Part::Unknown] };
        let text = &self.text[inner.0..inner.1];
        if !fills {
            return parts_of(&unescaped(text, raw));
        }
        let mut value = Value::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            let before = unescaped(&rest[..brace], raw);
            append(&mut value, parts_of(&before));
            let after = &rest[brace + 1..];
            if after.starts_with(&rest[brace..=brace]) {
                push(&mut value, Part::Text(rest[brace..=brace].to_owned()));
                rest = &after[1..];
            } else if rest[brace..].starts_with('{') {
                let length = after.find('}').unwrap_or(after.len());
                append(&mut value, self.filled(&after[..length], at, depth));
                rest = after.get(length + 1..).unwrap_or_default();
            } else {
                rest = after;
            }
        }
        append(&mut value, parts_of(&unescaped(rest, raw)));
        bounded(value)
    }

    /// What stands in the braces of an f-string: a name or a variable of the environment.
    fn filled(&self, inner: &str, at: usize, depth: usize) -> Value {
        let inner = inner.trim();
        let is_name = inner.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        if is_name && let Some(range) = self.names.value(inner, at) {
            return match self.value(&range, depth + 1) {
                Data::Text(word) => word.value,
                _ => vec![Part::Unknown],
            };
        }
        let all = tokens(inner);
        if all.is_empty() || is_name {
            return vec![Part::Unknown];
        }
        let mapped = crate::pipeline::text::Mapped::exact(inner, 0, 0);
        let script = Script {
            text: inner,
            mapped: &mapped,
            all: &all,
            names: self.names,
            environment: self.environment,
            left: Cell::new(all.len()),
        };
        script.environment_of(&(0..all.len())).unwrap_or_else(|| vec![Part::Unknown])
    }
}

fn unescaped(text: &str, raw: bool) -> String {
    if raw || !text.contains('\\') {
        return text.to_owned();
    }
    let mut made = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => made.push('\n'),
                Some('t') => made.push('\t'),
                Some('\n') | None => {}
                Some(other) => made.push(other),
            },
            (other, false) => made.push(other),
        }
    }
    made
}

//! PowerShell, as far as it is plain: variables that are set once, texts, tables, commands.
//!
//! A hand-written reader of some hundred lines rather than a grammar: it only has to find commands and what is written out
//! in them. What it does not understand it leaves unknown, and blocks that may not run leave what they set unknown.

mod expression;
mod lexer;
mod web;

use std::collections::BTreeMap;

use super::data::{Data, Locals};
use super::model::{Part, Value, Word, append};
use super::reader::Reader;
use super::shell::{Binding, MAX_STEPS, Scope};
use super::text::{Mapped, Span};
use expression::{placed, without_casts};
use lexer::{Bracket, Kind, Token, tokens};

/// Blocks and brackets inside each other that are followed.
const MAX_DEPTH: usize = 60;

pub(super) fn follow(reader: &mut Reader<'_>, script: &Mapped, scope: &mut Scope) {
    let all = tokens(&script.text);
    let mut script =
        Script { text: &script.text, mapped: script, all: &all, locals: Locals::new(), environment: scope, reader };
    script.statements(&all, 0);
}

/// One script while it is followed.
struct Script<'s, 'r> {
    text: &'s str,
    mapped: &'s Mapped,
    all: &'s [Token],
    locals: Locals,
    environment: &'s mut Scope,
    reader: &'s mut Reader<'r>,
}

impl Script<'_, '_> {
    /// Where in the whole list of tokens a part of it begins.
    fn base_of(&self, tokens: &[Token]) -> usize {
        let first = tokens.first().map_or(usize::MAX, |first| first.range.start);
        self.all.partition_point(|token| token.range.start < first)
    }

    fn span(&self, tokens: &[Token]) -> Option<Span> {
        self.mapped.span(tokens.first()?.range.start..tokens.last()?.range.end)
    }

    fn written(&self, tokens: &[Token]) -> &str {
        match tokens {
            [first, .., last] => &self.text[first.range.start..last.range.end],
            [one] => &self.text[one.range.clone()],
            [] => "",
        }
    }

    fn statements(&mut self, tokens: &[Token], depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let statements: Vec<Vec<Token>> =
            self.split(tokens, |token| token.kind == Kind::End).into_iter().map(<[Token]>::to_vec).collect();
        for statement in statements {
            self.statement(&statement, depth);
        }
    }

    fn statement(&mut self, tokens: &[Token], depth: usize) {
        let tokens = without_casts(tokens, self.base_of(tokens));
        match tokens {
            [] => {}
            [Token { kind: Kind::Variable(name), .. }, operator, value @ ..] if self.is(operator, "=") => {
                let name = name.clone();
                self.assign(&name, value, depth);
            }
            [Token { kind: Kind::Variable(name), .. }, operator, value @ ..] if self.is(operator, "+=") => {
                let name = name.clone();
                self.add_to(&name, value, depth);
            }
            [Token { kind: Kind::Variable(name), .. }, second, ..] if !second.apart => {
                let name = name.clone();
                self.change(&name, &tokens[1..], depth);
            }
            [first, rest @ ..] if self.is(first, "&") || self.written(std::slice::from_ref(first)) == "." => {
                self.command(rest, depth);
            }
            [first, rest @ ..] if first.kind == Kind::Word => {
                let word = self.text[first.range.clone()].to_ascii_lowercase();
                match word.as_str() {
                    "return" | "throw" | "exit" => self.statement(rest, depth),
                    "if" | "elseif" | "else" | "while" | "for" | "foreach" | "switch" | "try" | "catch" | "finally"
                    | "do" | "until" | "begin" | "process" | "end" | "trap" | "class" | "using" | "function"
                    | "filter" | "param" => {
                        if matches!(word.as_str(), "for" | "foreach" | "function" | "filter" | "param") {
                            self.open_variables(rest);
                        }
                        self.inside(rest, depth);
                    }
                    // A member, an operator or a number is no command.
                    _ if !word
                        .starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '.' | '/' | '_'))
                        || word.starts_with("::") =>
                    {
                        self.inside(tokens, depth);
                    }
                    _ => self.command(tokens, depth),
                }
            }
            _ => self.inside(tokens, depth),
        }
    }

    /// Variables that a header of a block sets: `foreach ($x in ...)`, `param($x)`.
    fn open_variables(&mut self, tokens: &[Token]) {
        let header = tokens.split(|token| token.kind == Kind::Open(Bracket::Block)).next().unwrap_or_default();
        for (token, next) in header.iter().zip(header.iter().skip(1)) {
            let next = self.text[next.range.clone()].to_ascii_lowercase();
            if let Kind::Variable(name) = &token.kind
                && matches!(next.as_str(), "in" | "=" | ")" | ",")
            {
                self.locals.remove(name);
            }
        }
    }

    /// Commands inside of brackets, wherever they stand.
    fn inside(&mut self, tokens: &[Token], depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let base = self.base_of(tokens);
        let mut index = 0;
        while index < tokens.len() {
            let Token { kind: Kind::Open(bracket), end, .. } = tokens[index] else {
                index += 1;
                continue;
            };
            let end = end.saturating_sub(base).clamp(index + 1, tokens.len());
            let inner = &tokens[index + 1..end];
            match bracket {
                Bracket::Group => self.statements(inner, depth + 1),
                Bracket::Block => self.block(inner, depth + 1),
                Bracket::Table | Bracket::Square => self.inside(inner, depth + 1),
            }
            index = end + 1;
        }
    }

    /// What may run once, often or never.
    fn block(&mut self, tokens: &[Token], depth: usize) {
        // Each name that is changed, and whether as a whole.
        let mut set: BTreeMap<&String, bool> = BTreeMap::new();
        for pair in tokens.windows(2) {
            let Kind::Variable(name) = &pair[0].kind else { continue };
            let whole = self.is(&pair[1], "=") || self.is(&pair[1], "+=");
            if whole || !pair[1].apart {
                *set.entry(name).or_default() |= whole;
            }
        }
        let before: Vec<_> = set.iter().map(|(name, whole)| (*name, *whole, self.locals.get(*name).cloned())).collect();
        self.statements(tokens, depth);
        for (name, whole, held) in before {
            match name.strip_prefix("env:") {
                Some(variable) if whole => self.environment.forget(variable),
                None if self.locals.get(name) != held.as_ref() => {
                    self.locals.insert(name.clone(), Data::Unknown);
                }
                _ => {}
            }
        }
    }

    fn assign(&mut self, name: &str, tokens: &[Token], depth: usize) {
        let value = without_casts(tokens, self.base_of(tokens));
        let is_command = match value {
            [first, ..] if first.kind == Kind::Word => {
                !self.text[first.range.clone()].starts_with(|first: char| first.is_ascii_digit() || first == '-')
            }
            [first, ..] => self.is(first, "&"),
            [] => false,
        };
        if is_command {
            self.statement(value, depth + 1);
        } else {
            self.inside(value, depth);
        }
        let worth = if is_command { Data::Unknown } else { self.value(value, 0) };
        match name.strip_prefix("env:") {
            Some(variable) => {
                let value = worth.value().cloned().unwrap_or_else(|| vec![Part::Unknown]);
                let place = self.span(tokens);
                self.environment.set(variable, Binding::of(value, true, place));
            }
            None => drop(self.locals.insert(name.to_owned(), worth)),
        }
    }

    fn add_to(&mut self, name: &str, value: &[Token], depth: usize) {
        self.inside(value, depth);
        let more = self.value(value, 0);
        let held = self.locals.get(name).cloned();
        let worth = match (held, more) {
            (Some(Data::Text(held)), Data::Text(more)) => {
                let mut whole: Value = held.value;
                append(&mut whole, more.value);
                let is_long = whole.iter().any(|part| matches!(part, Part::Text(text) if text.len() > 16 * 1024));
                if is_long || whole.len() > 1_000 {
                    Data::Unknown
                } else {
                    Data::Text(Word { value: whole, span: held.span })
                }
            }
            _ => Data::Unknown,
        };
        self.locals.insert(name.to_owned(), worth);
    }

    /// `$headers["Name"] = value`, `$headers.Name = value`, `$headers.Add("Name", value)`.
    fn change(&mut self, name: &str, tokens: &[Token], depth: usize) {
        self.inside(tokens, depth);
        let base = self.base_of(tokens);
        let entry = match tokens {
            [Token { kind: Kind::Open(Bracket::Square), end, .. }, key, ..] if *end == base + 2 => {
                let value = tokens.get(4..).filter(|_| tokens.get(3).is_some_and(|next| self.is(next, "=")));
                self.key(key).zip(value)
            }
            [member, equals, value @ ..] if member.kind == Kind::Word && self.is(equals, "=") => {
                self.text[member.range.clone()].strip_prefix('.').map(str::to_owned).zip(Some(value))
            }
            [member, Token { kind: Kind::Open(Bracket::Group), end, .. }, key, comma, value @ ..]
                if self.text[member.range.clone()].eq_ignore_ascii_case(".add") && self.is(comma, ",") =>
            {
                let length = end.saturating_sub(base + 4).min(value.len());
                self.key(key).zip(Some(&value[..length]))
            }
            _ => None,
        };
        let is_call = tokens.iter().any(|token| token.kind == Kind::Open(Bracket::Group));
        let sets = tokens.iter().any(|token| self.is(token, "="));
        match entry {
            Some((key, value)) => {
                let Some(span) = self.span(value) else { return };
                let data = placed(self.value(value, 0), span);
                if let Some(held) = self.locals.get_mut(name) {
                    held.add(&key, data);
                }
            }
            None if (is_call || sets) && matches!(self.locals.get(name), Some(Data::Table(_))) => {
                self.locals.insert(name.to_owned(), Data::Unknown);
            }
            None => {}
        }
    }

    fn key(&self, token: &Token) -> Option<String> {
        match &token.kind {
            Kind::Text(inner, _) => Some(self.text[inner.clone()].to_owned()).filter(|text| !text.contains('$')),
            _ => None,
        }
    }

    /// A command with its arguments, each a run of tokens without a gap.
    fn command(&mut self, tokens: &[Token], depth: usize) {
        self.inside(tokens, depth);
        self.reader.steps += 1;
        if self.reader.steps > MAX_STEPS {
            return;
        }
        let arguments = self.arguments(tokens);
        let Some((first, rest)) = arguments.split_first() else { return };
        let Data::Text(name) = self.argument(first) else { return };
        let called = name.text().unwrap_or_default();
        if self.is_web(&called, rest) {
            let acts = self.web(tokens, rest);
            self.reader.acts.extend(acts);
            return;
        }
        let place = self.span(first);
        let name = match called.to_ascii_lowercase().as_str() {
            "set-location" | "push-location" | "sl" | "chdir" => {
                place.map_or(name.clone(), |span| Word { value: vec![Part::Text("cd".to_owned())], span })
            }
            _ => name,
        };
        let mut words = vec![Word { value: slashes(name.value), ..name }];
        for argument in rest {
            let Some(span) = self.span(argument) else { continue };
            match self.argument(argument) {
                Data::Text(word) => words.push(word),
                _ => words.push(Word { value: vec![Part::Unknown], span }),
            }
        }
        if let Some(span) = self.span(tokens) {
            self.reader.start(words, span, self.environment);
        }
    }

    fn arguments<'t>(&self, tokens: &'t [Token]) -> Vec<&'t [Token]> {
        let base = self.base_of(tokens);
        let mut found = Vec::new();
        let (mut start, mut index) = (0, 0);
        while index < tokens.len() {
            if tokens[index].apart && index > start {
                found.push(&tokens[start..index]);
                start = index;
            }
            index = match tokens[index].kind {
                Kind::Open(_) => (tokens[index].end.saturating_sub(base) + 1).clamp(index + 1, tokens.len()),
                _ => index + 1,
            };
        }
        if start < tokens.len() {
            found.push(&tokens[start..]);
        }
        found
    }
}

/// A path to a script is written with either slash.
fn slashes(value: Value) -> Value {
    let path = |text: &str| text.starts_with(['.', '\\']) || text.contains(".ps1");
    let turned = |part| match part {
        Part::Text(text) if path(&text) => Part::Text(text.replace('\\', "/")),
        other => other,
    };
    value.into_iter().map(turned).collect()
}

//! Expressions of PowerShell to values: texts, variables and tables that are written out. Everything else is unknown.

use super::Script;
use super::lexer::{Bracket, Kind, Token, name_length, tidy};
use crate::pipeline::data::{Data, bounded};
use crate::pipeline::filled::parts as parts_of;
use crate::pipeline::model::{Part, Value, Word, append, push};
use crate::pipeline::text::Span;

/// Brackets inside brackets.
const MAX_DEPTH: usize = 40;

impl Script<'_, '_> {
    /// What an expression is worth.
    pub(super) fn value(&self, tokens: &[Token], depth: usize) -> Data {
        let tokens = without_casts(tokens, self.base_of(tokens));
        let Some(span) = self.span(tokens).filter(|_| depth < MAX_DEPTH) else { return Data::Unknown };
        let base = self.base_of(tokens);
        let text = |value| Data::Text(Word { value, span });
        match tokens {
            [one] => match &one.kind {
                Kind::Text(inner, expands) => text(self.quoted(&self.text[inner.clone()], *expands)),
                Kind::Variable(name) => self.variable(name, span),
                Kind::Word => {
                    let written = &self.text[one.range.clone()];
                    let is_number = written.bytes().all(|byte| byte.is_ascii_digit());
                    if is_number { text(vec![Part::Text(written.to_owned())]) } else { Data::Unknown }
                }
                _ => Data::Unknown,
            },
            [Token { kind: Kind::Open(bracket), end, .. }, inner @ .., _] if *end == base + tokens.len() - 1 => {
                match bracket {
                    Bracket::Table => self.table(inner, depth + 1),
                    Bracket::Group => self.value(inner, depth + 1),
                    Bracket::Block | Bracket::Square => Data::Unknown,
                }
            }
            _ => self.joined(tokens, depth).map_or(Data::Unknown, text),
        }
    }

    /// `a + b + c`, of texts.
    fn joined(&self, tokens: &[Token], depth: usize) -> Option<Value> {
        let parts = self.split(tokens, |token| self.is(token, "+"));
        if parts.len() < 2 {
            return None;
        }
        let mut whole = Value::new();
        for part in parts {
            let value = self.value(part, depth + 1);
            append(&mut whole, value.value()?.clone());
        }
        Some(bounded(whole))
    }

    /// `name = value` on lines of their own or behind semicolons.
    fn table(&self, tokens: &[Token], depth: usize) -> Data {
        let mut table = Data::Table(Vec::new());
        for entry in self.split(tokens, |token| token.kind == Kind::End) {
            let [name, equals, value @ ..] = entry else {
                if entry.is_empty() {
                    continue;
                }
                return Data::Unknown;
            };
            let name = match &name.kind {
                Kind::Word => self.text[name.range.clone()].to_owned(),
                Kind::Text(inner, false) => self.text[inner.clone()].to_owned(),
                Kind::Text(inner, true) if !self.text[inner.clone()].contains(['$', '`']) => {
                    self.text[inner.clone()].to_owned()
                }
                _ => return Data::Unknown,
            };
            if !self.is(equals, "=") {
                return Data::Unknown;
            }
            let Some(span) = self.span(value) else { return Data::Unknown };
            table.add(&name, placed(self.value(value, depth), span));
        }
        table
    }

    fn variable(&self, name: &str, span: Span) -> Data {
        if let Some(name) = name.strip_prefix("env:") {
            return Data::Text(Word { value: self.environment(name), span });
        }
        match self.locals.get(name) {
            // It is used here, so this is where a finding belongs; entries of tables stay where they were written.
            Some(Data::Text(word)) => Data::Text(Word { value: word.value.clone(), span }),
            Some(other) => other.clone(),
            None => Data::Unknown,
        }
    }

    fn environment(&self, name: &str) -> Value {
        let upper = name.to_ascii_uppercase();
        let held = [name, upper.as_str()].into_iter().find(|name| self.environment.variables.contains_key(*name));
        self.environment.value(held.unwrap_or(&upper))
    }

    /// One argument of a command: tokens without a gap between them.
    pub(super) fn argument(&self, tokens: &[Token]) -> Data {
        let Some(span) = self.span(tokens) else { return Data::Unknown };
        if let [one] = tokens
            && one.kind != Kind::Word
        {
            return self.value(tokens, 0);
        }
        if matches!(tokens.first().map(|first| &first.kind), Some(Kind::Open(_))) {
            return self.value(tokens, 0);
        }
        let mut whole = Value::new();
        for (index, token) in tokens.iter().enumerate() {
            let value = match &token.kind {
                Kind::Word => {
                    let written = &self.text[token.range.clone()];
                    // A member of an object.
                    let behind_variable =
                        index > 0 && matches!(tokens[index - 1].kind, Kind::Variable(_) | Kind::Close);
                    if behind_variable && written.starts_with(['.', ':']) && written.len() > 1 {
                        return Data::Unknown;
                    }
                    self.quoted(written, true)
                }
                Kind::Text(inner, expands) => self.quoted(&self.text[inner.clone()], *expands),
                Kind::Variable(name) => match self.variable(name, span) {
                    Data::Text(word) => word.value,
                    _ => vec![Part::Unknown],
                },
                Kind::Operator if self.is(token, "=") || self.is(token, "+") => {
                    vec![Part::Text(self.text[token.range.clone()].to_owned())]
                }
                _ => return Data::Unknown,
            };
            append(&mut whole, value);
        }
        Data::Text(Word { value: bounded(whole), span })
    }

    /// A text with its variables filled in.
    fn quoted(&self, text: &str, expands: bool) -> Value {
        if !expands {
            return parts_of(&text.replace("''", "'"));
        }
        let mut value = Value::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '`', '"']) {
            append(&mut value, parts_of(&rest[..at]));
            let (first, after) = rest[at..].split_at(1);
            rest = match first {
                "`" => {
                    let next = after.chars().next();
                    let made = match next {
                        Some('n') => "\n".to_owned(),
                        Some('t') => "\t".to_owned(),
                        Some(other) => other.to_string(),
                        None => String::new(),
                    };
                    push(&mut value, Part::Text(made));
                    &after[next.map_or(0, char::len_utf8)..]
                }
                "\"" => {
                    push(&mut value, Part::Text("\"".to_owned()));
                    after.strip_prefix('"').unwrap_or(after)
                }
                _ => self.dollar(after, &mut value),
            };
        }
        append(&mut value, parts_of(rest));
        bounded(value)
    }

    /// What stands behind a dollar sign; the rest of the text.
    fn dollar<'t>(&self, after: &'t str, value: &mut Value) -> &'t str {
        let mut add = |name: &str| {
            let found = match name.strip_prefix("env:") {
                Some(name) => self.environment(name),
                None => match self.locals.get(name) {
                    Some(Data::Text(word)) => word.value.clone(),
                    _ => vec![Part::Unknown],
                },
            };
            append(value, found);
        };
        if let Some(inner) = after.strip_prefix('{') {
            let (name, rest) = inner.split_once('}').unwrap_or((inner, ""));
            add(&tidy(name));
            return rest;
        }
        if after.starts_with('(') {
            let length = closing(after);
            let inner = after[1..length].trim_end_matches(')').trim();
            let name = inner.strip_prefix('$').unwrap_or_default();
            if !name.is_empty() && name_length(name) == name.len() {
                add(&tidy(name));
            } else {
                push(value, Part::Unknown);
            }
            return &after[length..];
        }
        let length = name_length(after);
        if length == 0 {
            push(value, Part::Text("$".to_owned()));
            return after;
        }
        add(&tidy(&after[..length]));
        &after[length..]
    }

    /// Parts between tokens outside of brackets.
    pub(super) fn split<'t>(&self, tokens: &'t [Token], at: impl Fn(&Token) -> bool) -> Vec<&'t [Token]> {
        let base = self.base_of(tokens);
        let mut parts = Vec::new();
        let (mut start, mut index) = (0, 0);
        while index < tokens.len() {
            let token = &tokens[index];
            if matches!(token.kind, Kind::Open(_)) {
                index = (token.end.saturating_sub(base) + 1).clamp(index + 1, tokens.len());
                continue;
            }
            if at(token) {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            index += 1;
        }
        parts.push(&tokens[start..]);
        parts
    }

    pub(super) fn is(&self, token: &Token, operator: &str) -> bool {
        token.kind == Kind::Operator && &self.text[token.range.clone()] == operator
    }
}

/// `[string]`, `[uri]` and the like in front.
pub(super) fn without_casts(tokens: &[Token], base: usize) -> &[Token] {
    let mut rest = tokens;
    let mut base = base;
    while let [Token { kind: Kind::Open(Bracket::Square), end, .. }, ..] = rest {
        let length = (end.saturating_sub(base) + 1).clamp(1, rest.len());
        // `[Type]::Member` is no cast.
        let is_member = rest.get(length).is_some_and(|next| next.kind == Kind::Word && !next.apart);
        if is_member || length == rest.len() {
            return rest;
        }
        rest = &rest[length..];
        base += length;
    }
    rest
}

/// A value as an entry of a table: its place is known even where it is not.
pub(super) fn placed(data: Data, span: Span) -> Data {
    match data {
        Data::Text(word) => Data::Text(Word { span, ..word }),
        Data::Unknown => Data::Text(Word { value: vec![Part::Unknown], span }),
        table @ Data::Table(_) => table,
    }
}

/// How far a text that begins with a bracket goes to where it closes.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

//! Words of a shell to values.
//!
//! The grammar tells where words begin and end, not what is in them: it takes an unquoted `$a/$b` apart.

use super::scope::Scope;
use crate::pipeline::filled;
use crate::pipeline::model::{Part, Value, push, text_of};

/// Bytes of one expanded word.
const MAX_SIZE: usize = 16 * 1024;

fn size(part: &Part) -> usize {
    match part {
        Part::Text(text) | Part::Variable(text) => text.len() + 1,
        Part::Unknown => 1,
    }
}

/// The fields that one written word becomes.
#[derive(Default)]
struct Fields {
    done: Vec<Value>,
    current: Option<Value>,
    size: usize,
}

impl Fields {
    fn add(&mut self, part: Part) {
        match &part {
            Part::Text(text) => match filled::read(text) {
                Some(parts) => parts.into_iter().for_each(|part| self.add_one(part)),
                None => self.add_one(part),
            },
            _ => self.add_one(part),
        }
    }

    /// Values that grow without end are known no longer.
    fn add_one(&mut self, part: Part) {
        self.size += size(&part);
        if self.size <= MAX_SIZE {
            push(self.current.get_or_insert_default(), part);
        } else {
            self.current = Some(vec![Part::Unknown]);
        }
    }

    fn cut(&mut self) {
        self.done.extend(self.current.take());
    }

    /// An unquoted value falls apart at its white space.
    fn add_split(&mut self, value: Value) {
        for part in value {
            let Part::Text(text) = part else {
                self.add(part);
                continue;
            };
            if text.starts_with(char::is_whitespace) {
                self.cut();
            }
            let mut words = text.split_whitespace().peekable();
            while let Some(word) = words.next() {
                self.add(Part::Text(word.to_owned()));
                if words.peek().is_some() || text.ends_with(char::is_whitespace) {
                    self.cut();
                }
            }
        }
    }

    fn add_value(&mut self, value: Value, quoted: bool) {
        if quoted {
            self.current.get_or_insert_default();
            for part in value {
                self.add(part);
            }
        } else {
            self.add_split(value);
        }
    }

    /// Each element is a field of its own.
    fn add_list(&mut self, values: Vec<Value>, quoted: bool) {
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.cut();
            }
            self.add_value(value, quoted);
        }
    }
}

/// One written word as the arguments it becomes.
pub(super) fn fields(text: &str, scope: &Scope) -> Vec<Value> {
    let mut fields = Fields::default();
    expand(text, scope, false, &mut fields);
    fields.cut();
    fields.done
}

/// A word that does not fall apart: the right side of an assignment.
pub(super) fn value(text: &str, scope: &Scope) -> Value {
    let mut fields = Fields::default();
    expand(text, scope, true, &mut fields);
    fields.cut();
    fields.done.into_iter().flatten().fold(Value::new(), |mut whole, part| {
        push(&mut whole, part);
        whole
    })
}

/// `whole`: white space in values does not part words, as in an assignment.
fn expand(text: &str, scope: &Scope, whole: bool, fields: &mut Fields) {
    let mut rest = text;
    let mut in_quotes = false;
    while let Some(first) = rest.chars().next() {
        let quoted = in_quotes || whole;
        let taken = match first {
            '"' => {
                in_quotes = !in_quotes;
                fields.current.get_or_insert_default();
                1
            }
            '\'' if !in_quotes => {
                let length = rest[1..].find('\'').unwrap_or(rest.len() - 1);
                fields.add_value(vec![Part::Text(rest[1..=length].to_owned())], true);
                (length + 2).min(rest.len())
            }
            '\\' => escaped(rest, in_quotes, fields),
            '`' => {
                fields.add(Part::Unknown);
                rest[1..].find('`').map_or(rest.len(), |length| length + 2)
            }
            '$' => dollar(rest, scope, in_quotes, quoted, fields),
            '<' | '>' if !in_quotes && rest[1..].starts_with('(') => {
                fields.add(Part::Unknown);
                1 + enclosed(&rest[1..], '(', ')')
            }
            _ => {
                let length = rest.find(['"', '\'', '\\', '`', '$', '<', '>']).filter(|at| *at > 0);
                let length = length.unwrap_or(if "<>'".contains(first) { 1 } else { rest.len() });
                fields.add(Part::Text(rest[..length].to_owned()));
                length
            }
        };
        rest = &rest[taken..];
    }
}

fn escaped(rest: &str, in_quotes: bool, fields: &mut Fields) -> usize {
    let Some(next) = rest[1..].chars().next() else {
        fields.add(Part::Text("\\".to_owned()));
        return 1;
    };
    if in_quotes && !matches!(next, '"' | '$' | '\\' | '`' | '\n') {
        fields.add(Part::Text("\\".to_owned()));
        return 1;
    }
    if next != '\n' {
        fields.add(Part::Text(next.to_string()));
    }
    1 + next.len_utf8()
}

/// What begins with a dollar sign; the number of bytes it takes.
fn dollar(rest: &str, scope: &Scope, in_quotes: bool, quoted: bool, fields: &mut Fields) -> usize {
    let after = &rest[1..];
    let name = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    match after.chars().next() {
        Some('{') => {
            let length = enclosed(after, '{', '}');
            braced(&rest[..=length], scope, quoted, fields);
            1 + length
        }
        Some('(') => {
            fields.add(Part::Unknown);
            1 + enclosed(after, '(', ')')
        }
        Some('\'') if !in_quotes => {
            let length = after[1..].find('\'').unwrap_or(after.len() - 1);
            let text = after[1..=length].replace("\\n", "\n").replace("\\t", "\t");
            fields.add_value(vec![Part::Text(text)], true);
            (length + 3).min(rest.len())
        }
        Some(first) if first.is_ascii_digit() => {
            expand_name(&after[..1], scope, quoted, fields);
            2
        }
        Some('@' | '*' | '?' | '#' | '$' | '!' | '-') => {
            expand_name(&after[..1], scope, quoted, fields);
            2
        }
        _ if name > 0 => {
            expand_name(&after[..name], scope, quoted, fields);
            1 + name
        }
        _ => {
            fields.add(Part::Text("$".to_owned()));
            1
        }
    }
}

/// How far a text that begins with `open` goes to where it closes.
fn enclosed(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                characters.next();
            }
            (None, '\'') => quote = Some('\''),
            (_, character) if character == open => depth += 1,
            (_, character) if character == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + close.len_utf8();
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// `${...}`: the plain forms, a default, and an array. What cuts and replaces is unknown.
fn braced(text: &str, scope: &Scope, quoted: bool, fields: &mut Fields) {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (name, rest) = inner.split_at(length);
    if name.is_empty() && matches!(rest, "@" | "*") {
        expand_name(rest, scope, quoted, fields);
        return;
    }
    match rest {
        _ if name.is_empty() => fields.add(Part::Unknown),
        "" => expand_name(name, scope, quoted, fields),
        "[@]" | "[*]" => match scope.variables.get(name).cloned() {
            Some(binding) => fields.add_list(binding.values, quoted),
            None => fields.add(Part::Unknown),
        },
        _ if rest.starts_with(":?") || rest.starts_with('?') => expand_name(name, scope, quoted, fields),
        _ => match rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')) {
            Some(default) => with_default(name, default, scope, quoted, fields),
            None => fields.add(Part::Unknown),
        },
    }
}

/// Is it a variable that GitLab sets in every job, so that a default never counts?
fn is_always_set(name: &str) -> bool {
    name == "CI_JOB_TOKEN"
        || ["CI_API_", "CI_SERVER_", "CI_PROJECT_", "CI_PIPELINE_I", "CI_JOB_ID"]
            .iter()
            .any(|start| name.starts_with(start))
}

fn with_default(name: &str, default: &str, scope: &Scope, quoted: bool, fields: &mut Fields) {
    let value = scope.value(name);
    let known = scope.variables.contains_key(name) && !value.contains(&Part::Unknown);
    if is_always_set(name) || default.is_empty() || (known && !value.is_empty()) {
        fields.add_value(value, quoted);
    } else if known && !default.contains(['$', '`', '\\', '"', '\'']) {
        fields.add_value(vec![Part::Text(default.to_owned())], quoted);
    } else {
        fields.add(Part::Unknown);
    }
}

fn expand_name(name: &str, scope: &Scope, quoted: bool, fields: &mut Fields) {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    match (name, name.parse::<usize>()) {
        ("@" | "*", _) => match &scope.arguments {
            Some(values) => fields.add_list(values.clone(), quoted),
            None => fields.add(Part::Unknown),
        },
        (_, Ok(number)) if number > 0 => match &scope.arguments {
            Some(values) => fields.add_value(values.get(number - 1).cloned().unwrap_or_default(), quoted),
            None => fields.add(Part::Unknown),
        },
        _ if is_name => {
            let value = scope.value(name);
            // An unquoted variable that is known to be empty leaves no word at all.
            fields.add_value(value, quoted);
        }
        _ => fields.add(Part::Unknown),
    }
}

/// A value as one word, for what is a name or nothing.
pub(super) fn literal(value: &[Part]) -> Option<String> {
    text_of(value).filter(|text| !text.is_empty())
}

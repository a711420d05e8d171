//! What names of a script stand for: modules, and variables that are set exactly once where they are seen.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lexer::{Kind, Token};

/// What sets a name in one function, or outside of all.
#[derive(Clone, Debug)]
enum Set {
    /// The tokens of its only value.
    Once(Range<usize>),
    /// More than once, or by what cannot be followed.
    Open,
}

#[derive(Default)]
pub(super) struct Names {
    /// `(function, name)`.
    sets: BTreeMap<(usize, String), Set>,
    /// The function each line's first token belongs to, by token.
    functions: Vec<(usize, usize)>,
    /// The function that each function stands in.
    outer: Vec<usize>,
    /// Names of modules and of what was imported from them.
    imports: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(text: &str, tokens: &[Token]) -> Self {
        let mut names = Self { outer: vec![0], ..Self::default() };
        let mut open: Vec<(usize, usize)> = Vec::new();
        for line in lines(tokens) {
            let Some(first) = tokens.get(line.start) else { continue };
            let indent = first.range.start - text[..first.range.start].rfind('\n').map_or(0, |at| at + 1);
            while open.last().is_some_and(|(held, _)| indent <= *held) {
                open.pop();
            }
            let function = open.last().map_or(0, |(_, function)| *function);
            names.functions.push((line.start, function));
            if let Some(inner) = names.line(text, tokens, line, function) {
                open.push((indent, inner));
            }
        }
        names
    }

    /// Notes what a line sets; the function that it opens, if it does.
    fn line(&mut self, text: &str, tokens: &[Token], line: Range<usize>, function: usize) -> Option<usize> {
        let word = |at: usize| tokens.get(at).filter(|_| at < line.end).map_or("", |token| &text[token.range.clone()]);
        match (word(line.start), word(line.start + 1)) {
            ("import" | "from", _) => self.import(text, &tokens[line]),
            ("def", _) | ("async", "def") => {
                let inner = self.outer.len();
                self.outer.push(function);
                self.parameters(text, tokens, line, inner);
                return Some(inner);
            }
            ("global" | "nonlocal", _) => {
                for token in tokens[line].iter().filter(|token| token.kind == Kind::Name) {
                    let name = text[token.range.clone()].to_owned();
                    self.sets.insert((0, name.clone()), Set::Open);
                    self.sets.insert((function, name), Set::Open);
                }
            }
            (_, "=") if tokens[line.start].kind == Kind::Name => {
                // `a = b = c` sets two.
                let more = tokens[line.start + 2..line.end].iter().any(|token| &text[token.range.clone()] == "=");
                let simple = !more || Self::only_in_brackets(text, tokens, line.start + 2..line.end);
                self.set(function, word(line.start), simple.then_some(line.start + 2..line.end));
            }
            (_, ":") if tokens[line.start].kind == Kind::Name && !KEYWORDS.contains(&word(line.start)) => {
                let equals = (line.start + 2..line.end).find(|at| word(*at) == "=");
                self.set(function, word(line.start), equals.map(|at| at + 1..line.end));
            }
            _ => self.others(text, tokens, line, function),
        }
        None
    }

    fn only_in_brackets(text: &str, tokens: &[Token], range: Range<usize>) -> bool {
        let mut at = range.start;
        while at < range.end {
            if &text[tokens[at].range.clone()] == "=" {
                return false;
            }
            at = match tokens[at].kind {
                Kind::Open(_) => tokens[at].end.clamp(at + 1, range.end),
                _ => at + 1,
            };
        }
        true
    }

    /// `for x in`, `as x`, `x, y = ...`, `x += ...`, `(x := ...)`.
    fn others(&mut self, text: &str, tokens: &[Token], line: Range<usize>, function: usize) {
        let word = |at: usize| tokens.get(at).filter(|_| at < line.end).map_or("", |token| &text[token.range.clone()]);
        let mut in_header = false;
        let assigns = Self::outermost(text, tokens, &line, &["=", "+=", "|=", "-=", "*=", "/="]);
        for at in line.clone() {
            let now = word(at);
            in_header = (in_header || now == "for") && now != "in";
            let is_name = tokens[at].kind == Kind::Name;
            let before_equals = assigns.is_some_and(|equals| at < equals) && !matches!(word(at + 1), "." | "[" | "(");
            let member = at > line.start && word(at - 1) == ".";
            let named = at > line.start && word(at - 1) == "as";
            if is_name && !member && (in_header && now != "for" || named || before_equals || word(at + 1) == ":=") {
                self.set(function, now, None);
            }
        }
    }

    fn outermost(text: &str, tokens: &[Token], line: &Range<usize>, operators: &[&str]) -> Option<usize> {
        let mut at = line.start;
        while at < line.end {
            if operators.contains(&&text[tokens[at].range.clone()]) {
                return Some(at);
            }
            at = match tokens[at].kind {
                Kind::Open(_) => tokens[at].end.clamp(at + 1, line.end),
                _ => at + 1,
            };
        }
        None
    }

    fn parameters(&mut self, text: &str, tokens: &[Token], line: Range<usize>, inner: usize) {
        for at in line.clone() {
            let next = tokens.get(at + 1).map_or("", |next| &text[next.range.clone()]);
            if tokens[at].kind == Kind::Name && matches!(next, "," | ")" | "=" | ":") {
                self.set(inner, &text[tokens[at].range.clone()], None);
            }
        }
    }

    /// `import a.b as c`, `from a import b as c, d`.
    fn import(&mut self, text: &str, tokens: &[Token]) {
        let words: Vec<&str> = tokens.iter().map(|token| &text[token.range.clone()]).collect();
        let (module, listed) = match words.split_first() {
            Some((&"from", rest)) => {
                let Some(at) = rest.iter().position(|word| *word == "import") else { return };
                (Some(rest[..at].concat()), &rest[at + 1..])
            }
            Some((_, rest)) => (None, rest),
            None => return,
        };
        for one in listed.split(|word| *word == ",") {
            let one: Vec<&str> = one.iter().copied().filter(|word| !matches!(*word, "(" | ")")).collect();
            let at = one.iter().position(|word| *word == "as");
            let path = one[..at.unwrap_or(one.len())].concat();
            if path.is_empty() {
                continue;
            }
            let full = module.as_ref().map_or_else(|| path.clone(), |module| format!("{module}.{path}"));
            match (at.and_then(|at| one.get(at + 1)), &module) {
                (Some(name), _) => drop(self.imports.insert((*name).to_owned(), full)),
                (None, Some(_)) => drop(self.imports.insert(path, full)),
                // `import a.b` makes `a` known.
                (None, None) => {
                    let top = path.split('.').next().unwrap_or_default().to_owned();
                    self.imports.insert(top.clone(), top);
                }
            }
        }
    }

    fn set(&mut self, function: usize, name: &str, value: Option<Range<usize>>) {
        let key = (function, name.to_owned());
        let set = match value {
            Some(value) if !self.sets.contains_key(&key) => Set::Once(value),
            _ => Set::Open,
        };
        self.sets.insert(key, set);
    }

    fn function_of(&self, at: usize) -> usize {
        let index = self.functions.partition_point(|(start, _)| *start <= at);
        index.checked_sub(1).map_or(0, |index| self.functions[index].1)
    }

    /// The only value of a name that is seen at a token.
    pub(super) fn value(&self, name: &str, at: usize) -> Option<Range<usize>> {
        let mut function = self.function_of(at);
        loop {
            match self.sets.get(&(function, name.to_owned())) {
                Some(Set::Once(range)) => return Some(range.clone()),
                Some(Set::Open) => return None,
                None if function == 0 => return None,
                None => function = self.outer[function],
            }
        }
    }

    /// The full name of what was imported, as far as its first part was.
    pub(super) fn imported(&self, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').map_or((path, ""), |(first, rest)| (first, rest));
        let module = self.imports.get(first)?;
        Some(if rest.is_empty() { module.clone() } else { format!("{module}.{rest}") })
    }
}

const KEYWORDS: &[&str] =
    &["else", "try", "finally", "lambda", "except", "while", "if", "match", "case", "with", "class"];

/// Logical lines, by the tokens they are made of.
pub(super) fn lines(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::End {
            if at > start {
                found.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < tokens.len() {
        found.push(start..tokens.len());
    }
    found
}

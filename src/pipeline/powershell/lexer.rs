//! Words, variables, texts and brackets of PowerShell, with their places. What it does not know becomes a word.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `( )`, `$( )` and `@( )`
    Group,
    /// `{ }`
    Block,
    /// `@{ }`
    Table,
    /// `[ ]`
    Square,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of a statement: a line break, `;`, `|`, `&&`, `||`.
    End,
    Word,
    /// By its name, without the dollar sign and braces, in lower case but for what stands behind `env:`.
    Variable(String),
    /// `@name` as an argument.
    Splat(String),
    /// What stands between the quotes; `true`: variables in it are filled in.
    Text(Range<usize>, bool),
    Open(Bracket),
    Close,
    /// `=`, `+=`, `+`, `,` and `&`.
    Operator,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// White space stands before it.
    pub(super) apart: bool,
    /// Of an opening bracket: the token that closes it.
    pub(super) end: usize,
}

/// Tokens of one script; a longer one is cut.
const MAX_TOKENS: usize = 200_000;

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    open: Vec<(usize, Bracket)>,
    /// A comment or a joined line stands before the next token.
    gap: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), open: Vec::new(), gap: true };
    while lexer.at < text.len() && lexer.tokens.len() < MAX_TOKENS {
        lexer.next();
    }
    let end = lexer.tokens.len();
    for (index, _) in lexer.open {
        lexer.tokens[index].end = end;
    }
    lexer.tokens
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize, apart: bool) {
        let range = self.at..self.at + length;
        self.at = range.end;
        self.gap = false;
        self.tokens.push(Token { kind, range, apart, end: 0 });
    }

    fn next(&mut self) {
        let rest = self.rest();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{feff}']).len();
        let joined = rest[blank..].starts_with("`\n") || rest[blank..].starts_with("`\r\n");
        self.gap |= blank > 0 || joined || self.tokens.last().is_some_and(|last| last.kind == Kind::End);
        let apart = self.gap;
        self.at += blank;
        if joined {
            self.at += self.rest().find('\n').map_or(1, |at| at + 1);
            return;
        }
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        if rest.starts_with("<#") {
            self.at += rest.find("#>").map_or(rest.len(), |at| at + 2);
            self.gap = true;
            return;
        }
        let at_start = apart || matches!(self.tokens.last().map(|last| &last.kind), Some(Kind::Open(_) | Kind::End));
        match first {
            '#' if at_start => self.at += rest.find('\n').unwrap_or(rest.len()),
            '\n' | ';' | '|' => self.end(first),
            '&' if rest.starts_with("&&") => self.push(Kind::End, 2, apart),
            '"' | '\'' => self.quoted(first, apart),
            '@' if rest[1..].starts_with(['"', '\'']) => self.here(apart),
            '@' if rest[1..].starts_with('{') => self.open(Bracket::Table, 2, apart),
            '@' | '$' if rest[1..].starts_with('(') => self.open(Bracket::Group, 2, apart),
            '(' => self.open(Bracket::Group, 1, apart),
            '{' => self.open(Bracket::Block, 1, apart),
            '[' if apart || !self.in_word() => self.open(Bracket::Square, 1, apart),
            ')' | '}' | ']' => self.close(first, apart),
            '$' => self.variable(apart),
            '@' if rest[1..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '_') => {
                let length = 1 + name_length(&rest[1..]);
                let name = rest[1..length].to_ascii_lowercase();
                self.push(Kind::Splat(name), length, apart);
            }
            '+' if rest.starts_with("+=") => self.push(Kind::Operator, 2, apart),
            '=' if !rest.starts_with("==") => self.push(Kind::Operator, 1, apart),
            ',' | '&' => self.push(Kind::Operator, 1, apart),
            '+' if !self.in_word() || rest[1..].starts_with(['"', '\'', '$', ' ', '(', '\n', '\r']) => {
                self.push(Kind::Operator, 1, apart);
            }
            _ => self.word(apart),
        }
    }

    /// Does the token before, without a gap, make this a part of a word?
    fn in_word(&self) -> bool {
        self.tokens.last().is_some_and(|last| last.kind == Kind::Word && last.range.end == self.at)
    }

    fn end(&mut self, first: char) {
        // A line that ends in an operator goes on below.
        let goes_on = first == '\n'
            && self.tokens.last().is_some_and(|last| last.kind == Kind::Operator || matches!(last.kind, Kind::Open(_)));
        if goes_on {
            self.at += 1;
        } else {
            self.push(Kind::End, 1, true);
        }
    }

    fn open(&mut self, bracket: Bracket, length: usize, apart: bool) {
        self.open.push((self.tokens.len(), bracket));
        self.push(Kind::Open(bracket), length, apart);
    }

    /// One that closes nothing, or another sort than is open, counts all the same: scripts are tolerated, not judged.
    fn close(&mut self, first: char, apart: bool) {
        let fits = |bracket: &Bracket| match first {
            ')' => *bracket == Bracket::Group,
            ']' => *bracket == Bracket::Square,
            _ => matches!(bracket, Bracket::Block | Bracket::Table),
        };
        let index = self.tokens.len();
        if let Some(place) = self.open.iter().rposition(|(_, bracket)| fits(bracket)) {
            for (open, _) in self.open.drain(place..) {
                self.tokens[open].end = index;
            }
        }
        self.push(Kind::Close, 1, apart);
    }

    fn quoted(&mut self, quote: char, apart: bool) {
        let rest = self.rest();
        let mut characters = rest.char_indices().skip(1).peekable();
        let mut length = rest.len();
        let mut depth = 0_usize;
        let mut before = ' ';
        while let Some((at, character)) = characters.next() {
            match character {
                '`' if quote == '"' => drop(characters.next()),
                // Quotes inside `$( )` are those of another text.
                '(' if quote == '"' && (before == '$' || depth > 0) => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                '\n' => depth = 0,
                _ if character == quote && depth == 0 && characters.next_if(|(_, next)| *next == quote).is_none() => {
                    length = at + 1;
                    break;
                }
                _ => {}
            }
            before = character;
        }
        let closed = length < rest.len() || rest.len() > 1 && rest.ends_with(quote);
        let inner = self.at + 1..self.at + if closed { length - 1 } else { length };
        self.push(Kind::Text(inner, quote == '"'), length, apart);
    }

    /// `@"` up to a line that begins with `"@`.
    fn here(&mut self, apart: bool) {
        let rest = self.rest();
        let expands = rest[1..].starts_with('"');
        let mark = if expands { "\n\"@" } else { "\n'@" };
        let first_line = rest.find('\n').unwrap_or(rest.len());
        let end = rest[first_line..].find(mark).map(|at| first_line + at);
        let body = (first_line + 1).min(rest.len());
        let (inner, length) = match end {
            Some(end) => (body.min(end)..end, end + mark.len()),
            None => (body..rest.len(), rest.len()),
        };
        let inner = self.at + inner.start..self.at + inner.end;
        self.push(Kind::Text(inner, expands), length, apart);
    }

    fn variable(&mut self, apart: bool) {
        let rest = self.rest();
        if rest[1..].starts_with('{') {
            let length = rest.find('}').map_or(rest.len(), |at| at + 1);
            let name = tidy(rest[2..length].trim_end_matches('}'));
            return self.push(Kind::Variable(name), length, apart);
        }
        let length = 1 + name_length(&rest[1..]);
        let name = tidy(&rest[1..length]);
        if name.is_empty() {
            let next = rest[1..].chars().next().filter(|next| matches!(next, '_' | '?' | '$' | '^'));
            let length = 1 + next.map_or(0, char::len_utf8);
            return self.push(Kind::Variable("_".to_owned()), length, apart);
        }
        self.push(Kind::Variable(name), length, apart);
    }

    fn word(&mut self, apart: bool) {
        let in_table = matches!(self.open.last(), Some((_, Bracket::Table)));
        let rest = self.rest();
        let mut depth = 0_usize;
        let mut characters = rest.char_indices().peekable();
        let mut length = rest.len();
        while let Some((at, character)) = characters.next() {
            let stops = match character {
                '`' => {
                    characters.next();
                    false
                }
                // `$( )` inside a word belongs to it.
                '(' if at > 0 && (rest[..at].ends_with('$') || depth > 0) => {
                    depth += 1;
                    false
                }
                ')' if depth > 0 => {
                    depth -= 1;
                    false
                }
                '\n' | '\r' => true,
                ' ' | '\t' | ';' | '|' | '(' | ')' | '{' | '}' | ',' | '"' | '\'' | '[' | ']' => depth == 0,
                // `$headers.Name=value`.
                '=' => in_table || rest.starts_with('.'),
                _ => false,
            };
            if stops {
                length = at.max(character.len_utf8() * usize::from(at == 0));
                break;
            }
        }
        self.push(Kind::Word, length, apart);
    }
}

pub(super) fn name_length(text: &str) -> usize {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = text.bytes().take_while(|byte| belongs(*byte)).count();
    // `env:NAME`, and not `$name::member` or `$name:`.
    let after = &text[first..];
    let second = after.strip_prefix(':').map_or(0, |rest| rest.bytes().take_while(|byte| belongs(*byte)).count());
    if first > 0 && second > 0 { first + 1 + second } else { first }
}

/// Case does not count in names, and neither do the scopes `script:` and `global:`.
pub(super) fn tidy(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("env:") {
        return format!("env:{}", &name[4..]);
    }
    let bare = lower.split_once(':').filter(|(scope, _)| matches!(*scope, "script" | "global" | "local" | "private"));
    bare.map_or(lower.clone(), |(_, name)| name.to_owned())
}

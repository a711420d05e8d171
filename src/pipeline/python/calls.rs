//! Calls of `requests`, `httpx` and `urllib.request`.

use std::ops::Range;

use super::Script;
use super::lexer::Kind;
use crate::pipeline::data::Data;
use crate::pipeline::model::{How, Part, Presented, Value, Word, append};
use crate::pipeline::programs::call::Call;
use crate::pipeline::programs::field;
use crate::pipeline::reader::Reader;
use crate::pipeline::shell::MAX_STEPS;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];
/// What opens a session, whose methods are those of the module.
const SESSIONS: &[&str] =
    &["requests.Session", "requests.session", "requests.sessions.Session", "httpx.Client", "httpx.AsyncClient"];

/// Arguments of a call.
#[derive(Default)]
struct Arguments {
    plain: Vec<Range<usize>>,
    named: Vec<(String, Range<usize>)>,
    /// `*a` or `**b`.
    open: bool,
}

impl Arguments {
    fn get(&self, position: usize, name: &str) -> Option<&Range<usize>> {
        let named = self.named.iter().find(|(held, _)| held == name).map(|(_, range)| range);
        named.or_else(|| self.plain.get(position))
    }
}

impl Script<'_> {
    pub(super) fn calls(&self, reader: &mut Reader<'_>) {
        for at in 0..self.all.len() {
            if self.word(at) != "(" || at == 0 || self.all[at - 1].kind != Kind::Name {
                continue;
            }
            let start = self.path_start(at);
            let path: String = (start..at).map(|at| self.word(at)).collect();
            let Some(call) = self.call(&path, start, at) else { continue };
            reader.steps += 1;
            if reader.steps > MAX_STEPS {
                return;
            }
            reader.acts.extend(call.acts());
        }
    }

    /// The first token of `a.b.c` in front of a bracket.
    fn path_start(&self, open: usize) -> usize {
        let mut start = open - 1;
        while start >= 2 && self.word(start - 1) == "." && self.all[start - 2].kind == Kind::Name {
            start -= 2;
        }
        start
    }

    fn call(&self, path: &str, start: usize, open: usize) -> Option<Call> {
        let (holder, function) = path.rsplit_once('.').unwrap_or(("", path));
        let full = self.names.imported(path);
        let may_be_session = full.is_none() && !holder.is_empty() && !holder.contains('.');
        let has_method = METHODS.contains(&function) || function == "request";
        let session = if may_be_session && has_method { self.session(holder, start) } else { None };
        if full.is_none() && session.is_none() {
            return None;
        }
        let close = self.close(open, self.all.len());
        let range = start..(close + 1).min(self.all.len());
        let arguments = self.arguments(&(open + 1..close));
        let span = self.span(&range)?;
        let mut call = Call {
            program: "python",
            url: None,
            method: None,
            headers: None,
            tokens: Vec::new(),
            open: arguments.open,
            span,
        };
        let full = full.unwrap_or_default();
        let module = full.rsplit_once('.').map_or("", |(module, _)| module);
        let is_library = matches!(module, "requests" | "requests.api" | "httpx") || session.is_some();
        let at_url = match function {
            _ if is_library && METHODS.contains(&function) => {
                call.method = Some(function.to_ascii_uppercase());
                0
            }
            "request" if is_library => {
                call.method = self.text_of(arguments.get(0, "method")).map(|text| text.to_ascii_uppercase());
                1
            }
            _ if full == "urllib.request.Request" => {
                let has_body = arguments.get(1, "data").is_some_and(|data| self.word(data.start) != "None");
                call.method = match arguments.get(5, "method") {
                    Some(method) => self.text_of(Some(method)).map(|text| text.to_ascii_uppercase()),
                    None => Some(if has_body { "POST" } else { "GET" }.to_owned()),
                };
                call.open |= self.is_added_to(start);
                0
            }
            _ if full == "urllib.request.urlopen" => {
                // A request that was made before is told where it was made.
                let url = arguments.get(0, "url").map(|range| self.value(range, 0));
                url.as_ref().and_then(Data::text)?;
                call.method = Some(if arguments.get(1, "data").is_some() { "POST" } else { "GET" }.to_owned());
                0
            }
            _ => return None,
        };
        call.url = arguments.get(at_url, "url").and_then(|range| self.value(range, 0).text().cloned());
        let position = if full == "urllib.request.Request" { 2 } else { usize::MAX };
        call.headers = arguments.get(position, "headers").map(|range| self.value(range, 0));
        if let Some(session) = session {
            self.with_session(holder, &session, &mut call);
        }
        for name in ["auth", "params", "cookies", "cert"] {
            if let Some((_, range)) = arguments.named.iter().find(|(held, _)| held == name) {
                self.set(name, range, &mut call);
            }
        }
        Some(call)
    }

    fn arguments(&self, range: &Range<usize>) -> Arguments {
        let mut found = Arguments::default();
        for part in self.split(range, ",") {
            if self.word(part.start).starts_with('*') {
                found.open = true;
            } else if part.len() > 2 && self.all[part.start].kind == Kind::Name && self.word(part.start + 1) == "=" {
                found.named.push((self.word(part.start).to_owned(), part.start + 2..part.end));
            } else {
                found.plain.push(part);
            }
        }
        found
    }

    fn text_of(&self, range: Option<&Range<usize>>) -> Option<String> {
        self.value(range?, 0).text().and_then(Word::text)
    }

    fn set(&self, name: &str, range: &Range<usize>, call: &mut Call) {
        match name {
            "auth" => match self.pair(range) {
                Some(presented) => call.tokens.push(presented),
                None => call.open |= self.word(range.start) != "None",
            },
            "params" => {
                let Data::Table(entries) = self.value(range, 0) else { return };
                for (name, data) in entries {
                    let Some(word) = data.text() else { continue };
                    let mut value: Value = vec![Part::Text(format!("{name}="))];
                    append(&mut value, word.value.clone());
                    call.tokens.extend(field(&value, word.span, How::Query));
                }
            }
            _ => call.open = true,
        }
    }

    /// `("user", token)` or `HTTPBasicAuth("user", token)`.
    fn pair(&self, range: &Range<usize>) -> Option<Presented> {
        let open = range.clone().find(|at| self.all[*at].kind == Kind::Open('('))?;
        let path: String = (range.start..open).map(|at| self.word(at)).collect();
        if !path.is_empty() && !path.ends_with("BasicAuth") {
            return None;
        }
        let parts = self.split(&(open + 1..self.close(open, range.end)), ",");
        let [user, password] = parts.as_slice() else { return None };
        let value = |range: &Range<usize>| self.value(range, 0).value().cloned().unwrap_or_else(|| vec![Part::Unknown]);
        Some(Presented { how: How::Basic { user: value(user) }, value: value(password), span: self.span(password)? })
    }

    /// The arguments of the session that a name holds.
    fn session(&self, name: &str, at: usize) -> Option<Range<usize>> {
        let range = self.names.value(name, at).or_else(|| self.with_as(name)).filter(|_| self.spend(self.all.len()))?;
        let open = range.clone().find(|at| self.all[*at].kind == Kind::Open('('))?;
        let path: String = (range.start..open).map(|at| self.word(at)).collect();
        let full = self.names.imported(&path)?;
        SESSIONS.contains(&full.as_str()).then(|| open + 1..self.close(open, range.end))
    }

    /// `with requests.Session() as name:`, once.
    fn with_as(&self, name: &str) -> Option<Range<usize>> {
        if !self.spend(self.all.len()) {
            return None;
        }
        let mut found = (1..self.all.len()).filter(|at| self.word(*at) == name && self.word(at - 1) == "as");
        let at = found.next().filter(|_| found.next().is_none())?;
        let start =
            (0..at).rev().take_while(|at| self.all[*at].kind != Kind::End).find(|at| self.word(*at) == "with")?;
        Some(start + 1..at - 1)
    }

    /// What a session adds to each of its calls.
    fn with_session(&self, name: &str, arguments: &Range<usize>, call: &mut Call) {
        let arguments = self.arguments(arguments);
        let mut tables = Vec::new();
        for (name, range) in &arguments.named {
            match name.as_str() {
                "headers" => tables.push(self.value(range, 0)),
                "auth" | "params" => self.set(name, range, call),
                "base_url" | "cookies" | "cert" => call.open = true,
                _ => {}
            }
        }
        for at in 0..self.all.len() {
            if self.word(at) != name || self.word(at + 1) != "." {
                continue;
            }
            match (self.word(at + 2), self.word(at + 3), self.word(at + 4), self.word(at + 5)) {
                ("headers", ".", "update", "(") => {
                    let close = self.close(at + 5, self.all.len());
                    tables.push(self.value(&(at + 6..close), 0));
                }
                ("auth", "=", ..) => {
                    let end = (at + 4..self.all.len()).find(|at| self.all[*at].kind == Kind::End);
                    self.set("auth", &(at + 4..end.unwrap_or(self.all.len())), call);
                }
                ("headers" | "params" | "cookies" | "cert", "=" | "[" | ".", ..) => call.open = true,
                _ => {}
            }
        }
        tables.extend(call.headers.take());
        if tables.is_empty() {
            return;
        }
        let mut whole = Data::Table(Vec::new());
        for table in tables {
            let Data::Table(entries) = table else {
                call.open = true;
                return;
            };
            for (name, data) in entries {
                whole.add(&name, data);
            }
        }
        call.headers = Some(whole);
    }

    /// Is the request that is made here changed later on, by `add_header`?
    fn is_added_to(&self, start: usize) -> bool {
        let Some(name) = start.checked_sub(2).filter(|_| self.word(start - 1) == "=").map(|at| self.word(at)) else {
            return false;
        };
        !self.spend(self.all.len())
            || (0..self.all.len())
                .any(|at| self.word(at) == name && self.word(at + 1) == "." && self.word(at + 2).starts_with("add_"))
    }
}

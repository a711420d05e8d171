//! What every kind of pipeline file is read into: jobs, and in them the acts that involve a token.

use super::text::Span;

/// A piece of a value: what a script's reader knows without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// A variable that nothing in the files sets: the platform's own, or one from the settings.
    Variable(String),
    /// Known only when it runs.
    Unknown,
}

/// A value as far as it is known.
pub type Value = Vec<Part>;

/// One argument of a command, expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub value: Value,
    pub span: Span,
}

impl Word {
    /// The whole text, where nothing of it is open.
    pub fn text(&self) -> Option<String> {
        text_of(&self.value)
    }

    /// What it surely begins with.
    pub fn head(&self) -> &str {
        match self.value.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Could it be more than one word, or none?
    pub fn is_open(&self) -> bool {
        !matches!(self.value.first(), Some(Part::Text(_)) | None)
    }
}

pub fn text_of(value: &[Part]) -> Option<String> {
    let mut whole = String::new();
    for part in value {
        match part {
            Part::Text(text) => whole.push_str(text),
            Part::Variable(_) | Part::Unknown => return None,
        }
    }
    Some(whole)
}

/// Adds a part, joining texts.
pub fn push(value: &mut Value, part: Part) {
    match (value.last_mut(), part) {
        (_, Part::Text(text)) if text.is_empty() => {}
        (Some(Part::Text(held)), Part::Text(text)) => held.push_str(&text),
        (_, part) => value.push(part),
    }
}

/// Around the name of what is filled into a script before it runs, such as `$(System.AccessToken)`. No file has these.
const FILLED: (char, char) = ('\u{f8f0}', '\u{f8f1}');

/// A text that stands in a script for a value: a variable of the platform, or `""` for what nobody knows. Readers of
/// scripts make parts of it again, whatever quotes are around it.
pub fn filled_in(name: &str) -> String {
    format!("{}{name}{}", FILLED.0, FILLED.1)
}

/// A text with all that was filled in as parts of its own.
pub fn parts_of(text: &str) -> Value {
    let mut value = Value::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(FILLED.0) {
        let (name, after) = after.split_once(FILLED.1).unwrap_or(("", after));
        push(&mut value, Part::Text(before.to_owned()));
        push(&mut value, if name.is_empty() { Part::Unknown } else { Part::Variable(name.to_owned()) });
        rest = after;
    }
    push(&mut value, Part::Text(rest.to_owned()));
    value
}

/// Splits a value at the first of a character in its known text.
pub fn split_once(value: &[Part], at: char) -> Option<(Value, Value)> {
    let index = value.iter().position(|part| matches!(part, Part::Text(text) if text.contains(at)))?;
    let Part::Text(text) = &value[index] else { return None };
    let (before, after) = text.split_once(at)?;
    let mut left: Value = value[..index].to_vec();
    push(&mut left, Part::Text(before.to_owned()));
    let mut right = Value::new();
    push(&mut right, Part::Text(after.to_owned()));
    for part in &value[index + 1..] {
        push(&mut right, part.clone());
    }
    Some((left, right))
}

/// Takes white space and quotes off both ends of the known text.
pub fn trimmed(value: &[Part]) -> Value {
    let mut value = value.to_vec();
    if let Some(Part::Text(text)) = value.first_mut() {
        *text = text.trim_start_matches([' ', '\t', '"', '\'']).to_owned();
    }
    if let Some(Part::Text(text)) = value.last_mut() {
        *text = text.trim_end_matches([' ', '\t', '"', '\'', '\r', '\n']).to_owned();
    }
    value.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    value
}

/// How a token travels with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// By name, in lower case.
    Header(String),
    Bearer,
    /// As it is behind another word in `Authorization`, in lower case; `""` behind none.
    Authorization(String),
    Basic {
        user: Value,
    },
    /// In the address, behind the question mark.
    Query(String),
    /// In the body.
    Field(String),
    /// Between `//` and `@` of the address.
    UserInfo {
        user: Value,
    },
    /// The program takes it from this variable, or was logged in with it.
    Tool(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    pub how: How,
    pub value: Value,
    pub span: Span,
}

/// A request of one of the programs that make requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub program: &'static str,
    /// `None`: it depends on what is not known.
    pub method: Option<String>,
    pub url: Word,
    pub tokens: Vec<Presented>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitVerb {
    /// Clone, fetch and whatever else carries an address.
    Other,
    Push,
}

/// One run of Git that has to do with a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRun {
    pub verb: GitVerb,
    /// The address, where one is known to be used.
    pub remote: Option<Value>,
    /// Does the address stand in this command (rather than in one before)?
    pub named: Option<Word>,
    /// The push says itself that no pipeline is wanted.
    pub wants_no_pipeline: bool,
    /// Something before it in the job changed how Git signs in.
    pub own_sign_in: bool,
    pub span: Span,
}

/// Any other program, for tools that are known to fail with some token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolRun {
    /// The words up to the first option, wrappers such as `npx` taken off.
    pub words: Vec<String>,
    pub arguments: Vec<Word>,
    /// Variables that the program sees and whose values the files give.
    pub environment: Vec<(String, Value, Option<Span>)>,
    pub span: Span,
}

/// A command of a forge's own client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRun {
    pub client: &'static str,
    pub forge: &'static str,
    /// What it does there, where the table of the client says it.
    pub capability: Option<&'static str>,
    /// The token that it takes.
    pub token: Option<Presented>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Request(Request),
    Git(GitRun),
    Tool(ToolRun),
    Client(ClientRun),
    /// The job's own token is read from this variable, which nothing sets.
    Unset(&'static str, Span),
    /// A request that cannot be followed.
    Open(Span),
}

/// One job, step or script with what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Forge whose CI runs it.
    pub forge: &'static str,
    pub name: String,
    /// Everything that it is made of was read.
    pub whole: bool,
    pub acts: Vec<Act>,
}

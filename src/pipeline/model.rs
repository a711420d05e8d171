//! What every kind of pipeline file is read into: jobs, and in them the acts that involve a token.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::text::Span;
use crate::domain::connection::Given;

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

/// Adds all parts of another value.
pub fn append(value: &mut Value, more: Value) {
    for part in more {
        push(value, part);
    }
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
    /// In the header of sign-ins behind another word, or behind none.
    Scheme(&'static str),
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
    /// The token that an earlier step left for Git.
    pub left: Option<Value>,
    /// Files below `.github/workflows` were staged.
    pub workflow_files: bool,
    /// The branches or tags that a push names, or one of the options that stand for all.
    pub refs: Vec<Word>,
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

/// A forge's client, told to do something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRun {
    pub program: &'static str,
    /// Its words up to the first option: `pr create`.
    pub words: Vec<String>,
    pub arguments: Vec<Word>,
    pub token: ClientToken,
    /// Another repository than the job's own, or one that nobody knows.
    pub elsewhere: bool,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientToken {
    /// In a variable.
    Given(Presented),
    /// No file gives it one; something else may.
    NotSeen,
    /// Nothing gives it one.
    Missing,
}

/// A ready-made step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRun {
    /// What stands behind `uses`, without its version.
    pub name: String,
    pub inputs: BTreeMap<String, (Value, Option<Span>)>,
    /// Variables that it sees and whose values the files give.
    pub environment: Vec<(String, Value, Option<Span>)>,
    /// The token that an earlier step left for Git.
    pub left: Option<Value>,
    pub span: Span,
}

/// A workflow that runs in the place of a job, with a job in it that says what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRun {
    pub job: String,
    pub asks: Given,
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
    Action(ActionRun),
    Call(CallRun),
    /// Something that cannot be followed.
    Opaque(Opaque),
}

/// What something that cannot be followed has at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// The job's own token.
    pub token: bool,
    /// What a checkout left for Git.
    pub git: bool,
}

/// What a pipeline file gives the job's own token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    pub given: Given,
    /// The word that begins them.
    pub span: Span,
    /// The entry of each key.
    pub places: BTreeMap<String, Span>,
    /// It stands above all jobs.
    pub of_all: bool,
    /// What callers give, which is the most that is left.
    pub callers: Vec<Rc<Permissions>>,
}

/// One job, step or script with what it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Forge whose CI runs it.
    pub forge: &'static str,
    pub name: String,
    /// Everything that it is made of was read.
    pub whole: bool,
    pub acts: Vec<Act>,
    /// `None`: no file says it.
    pub permissions: Option<Rc<Permissions>>,
}

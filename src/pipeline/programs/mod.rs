//! Programs that carry tokens: one file each, from arguments to acts.

mod arguments;
mod az;
pub(super) mod call;
mod curl;
mod gh;
mod git;
mod glab;
mod httpie;
mod shells;
mod wget;

use super::model::{Act, How, Opaque, Part, Presented, ToolRun, Value, Word, split_once, text_of, trimmed};
use super::reader::Language;
use super::shell::Scope;
use super::text::{Mapped, Span};

/// What starting a command leads to beside acts.
pub enum Started {
    Done,
    /// A script that is read into the shell itself.
    Source(String, Vec<Value>),
    /// A script that runs as a program.
    Script(String, Vec<Value>),
    /// A script that stands in an argument.
    Text(Language, Mapped, Vec<Value>),
}

/// A command with its words, and what surrounds it.
pub(super) struct Run<'a> {
    pub(super) arguments: &'a [Word],
    pub(super) span: Span,
    pub(super) scope: &'a mut Scope,
}

/// The path of a script in the checkout, where it is known.
pub(super) fn path_of_script(word: &Word) -> Option<String> {
    shells::script(word)
}

type Reader = fn(&mut Run<'_>) -> Vec<Act>;

/// Programs whose acts are of a kind of their own, by name.
const PROGRAMS: &[(&str, Reader)] = &[
    ("curl", curl::acts),
    ("wget", wget::acts),
    ("http", httpie::acts),
    ("https", httpie::acts),
    ("xh", httpie::acts),
    ("gh", gh::acts),
    ("git", git::acts),
    ("glab", glab::acts),
    ("az", az::acts),
    ("cd", git::signs_in),
    ("pushd", git::signs_in),
    ("ssh-add", git::signs_in),
    ("ssh-agent", git::signs_in),
];

/// Starts a command: what it does with tokens is added to the acts.
pub fn start(words: Vec<Word>, span: Span, scope: &mut Scope, acts: &mut Vec<Act>) -> Started {
    let words = unwrapped(words, scope);
    let Some(first) = words.first() else { return Started::Done };
    let Some(path) = first.text() else {
        acts.push(Act::Opaque(Opaque { token: false, git: false }));
        return Started::Done;
    };
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe").trim_end_matches(".cmd");
    let arguments = &words[1..];
    if let Some((_, read)) = PROGRAMS.iter().find(|(held, _)| *held == name) {
        acts.extend(read(&mut Run { arguments, span, scope }));
        return Started::Done;
    }
    match shells::start(&path, name, arguments, scope) {
        Started::Done => {
            acts.push(Act::Tool(tool(name, &words, span, scope)));
            Started::Done
        }
        script => script,
    }
}

/// Takes off what only runs another command.
fn unwrapped(mut words: Vec<Word>, scope: &mut Scope) -> Vec<Word> {
    loop {
        let Some(name) = words.first().and_then(Word::text) else { return words };
        let takes: &[&str] = match name.as_str() {
            "sudo" => &["-u", "-g", "-h", "-p", "-C", "--user", "--group"],
            "env" => &["-u", "-C", "--unset", "--chdir"],
            "nice" => &["-n"],
            "timeout" => &["-s", "-k", "--signal", "--kill-after"],
            "time" | "nohup" | "exec" | "command" | "builtin" | "retry" => &[],
            _ => return words,
        };
        words.remove(0);
        while words.first().is_some_and(|word| word.head().starts_with('-')) {
            let option = words.remove(0);
            if takes.contains(&option.text().unwrap_or_default().as_str()) && !words.is_empty() {
                words.remove(0);
            }
        }
        if name == "timeout" && !words.is_empty() {
            words.remove(0);
        }
        if name == "env" {
            set_before(&mut words, scope);
        }
    }
}

/// `env NAME=value command`.
fn set_before(words: &mut Vec<Word>, scope: &mut Scope) {
    while let Some((name, _)) = words.first().and_then(|word| split_once(&word.value, '=')) {
        let Some(name) = text_of(&name) else { return };
        // What it holds is for the command alone; forgetting it afterwards is the careful side.
        scope.forget(&name);
        words.remove(0);
    }
}

/// Programs that run another one that they fetch or find.
const RUNNERS: &[(&str, &[&str])] = &[
    ("npx", &[]),
    ("bunx", &[]),
    ("pnpx", &[]),
    ("npm", &["exec"]),
    ("pnpm", &["exec", "dlx"]),
    ("yarn", &["run", "dlx", "exec"]),
    ("bundle", &["exec"]),
    ("uvx", &[]),
    ("pipx", &["run"]),
    ("poetry", &["run"]),
    ("uv", &["run"]),
    ("python", &["-m"]),
    ("python3", &["-m"]),
];

fn tool(name: &str, words: &[Word], span: Span, scope: &Scope) -> ToolRun {
    let mut rest: Vec<Word> = words[1..].to_vec();
    let mut called = vec![name.to_owned()];
    if let Some((_, verbs)) = RUNNERS.iter().find(|(runner, _)| *runner == name) {
        let leading = |word: &Word| {
            word.head().starts_with('-') && !verbs.contains(&word.head())
                || word.text().is_some_and(|text| verbs.contains(&text.as_str()))
        };
        while let Some(first) = rest.first().filter(|word| leading(word)) {
            // The package that the program comes from.
            let takes = matches!(first.head(), "-p" | "--package" | "--from" | "--with");
            rest.drain(..if takes { rest.len().min(2) } else { 1 });
        }
        called.clear();
    }
    while let Some(text) = rest.first().and_then(Word::text).filter(|text| !text.starts_with('-')) {
        if called.len() == 3 {
            break;
        }
        // `semantic-release@24` is the same tool; a scope in front of it stays.
        let bare = text.rfind('@').filter(|at| *at > 0).map_or(text.as_str(), |at| &text[..at]).to_owned();
        called.push(bare);
        rest.remove(0);
    }
    let environment = scope.exported().filter(|(_, binding)| !binding.array);
    let environment = environment
        .filter_map(|(name, binding)| Some((name.clone(), binding.values.first()?.clone(), binding.place)))
        .filter(|(_, value, _)| value.iter().any(|part| matches!(part, Part::Variable(_))));
    ToolRun { words: called, arguments: rest, environment: environment.collect(), span }
}

/// A header as written, `Name: value`.
pub(super) fn header(word: &Word) -> Option<Presented> {
    let (name, value) = split_once(&word.value, ':')?;
    let name = text_of(&name)?.trim().to_ascii_lowercase();
    let value = trimmed(&value);
    let presented = |how, value| Some(Presented { how, value, span: word.span });
    if name != "authorization" {
        return presented(How::Header(name), value);
    }
    let Some((scheme, rest)) = split_once(&value, ' ') else {
        return presented(How::Scheme(""), value);
    };
    match text_of(&scheme)?.to_ascii_lowercase().as_str() {
        "bearer" => presented(How::Bearer, trimmed(&rest)),
        "token" => presented(How::Scheme("token"), trimmed(&rest)),
        "basic" => presented(How::Scheme("basic"), trimmed(&rest)),
        _ => None,
    }
}

/// `user:password`.
pub(super) fn basic(value: &[Part], span: Span) -> Option<Presented> {
    let (user, value) = split_once(value, ':')?;
    Some(Presented { how: How::Basic { user }, value, span })
}

/// Tokens that an address carries: before its host, and behind its question mark.
pub(super) fn in_address(word: &Word) -> Vec<Presented> {
    let mut found: Vec<Presented> = user_info(&word.value).into_iter().collect();
    for one in &mut found {
        one.span = word.span;
    }
    let Some((_, query)) = split_once(&word.value, '?') else { return found };
    let mut rest = Some(query);
    while let Some(query) = rest {
        let (pair, more) = split_once(&query, '&').map_or((query.clone(), None), |(pair, more)| (pair, Some(more)));
        found.extend(field(&pair, word.span, How::Query));
        rest = more;
    }
    found
}

fn user_info(value: &[Part]) -> Option<Presented> {
    let Some(Part::Text(first)) = value.first() else { return None };
    let (scheme, _) = first.split_once("://")?;
    let mut rest = value.to_vec();
    if let Some(Part::Text(first)) = rest.first_mut() {
        *first = first[scheme.len() + 3..].to_owned();
    }
    rest.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    let (user_info, _) = split_once(&rest, '@')?;
    // An at sign behind the first slash belongs to the path.
    let is_path = user_info.iter().any(|part| matches!(part, Part::Text(text) if text.contains('/')));
    if is_path {
        return None;
    }
    let span = Span { file: 0, start: 0, end: 0 };
    let (user, value) = split_once(&user_info, ':').unwrap_or((Value::new(), user_info));
    Some(Presented { how: How::UserInfo { user }, value, span })
}

/// Fields that GitLab's and GitHub's interfaces read a token from.
const TOKEN_FIELDS: &[&str] = &["private_token", "job_token", "access_token", "token"];

/// `name=value`, where the name is that of a token.
pub(in crate::pipeline) fn field(value: &[Part], span: Span, how: fn(String) -> How) -> Option<Presented> {
    let (name, value) = split_once(value, '=')?;
    let name = text_of(&name)?.to_ascii_lowercase();
    TOKEN_FIELDS.contains(&name.as_str()).then(|| Presented { how: how(name), value, span })
}

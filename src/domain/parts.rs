//! What ready-made parts of pipelines do with the job's own token: actions, and commands of a forge's client.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::capability::Capability;
use super::contract::Source;
use super::job_permissions::Grade;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    pub actions: Vec<Action>,
    pub commands: Vec<Command>,
}

/// An action, or several that need the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// `owner/repository`, with a path behind it where the action lies in one.
    pub names: Vec<String>,
    /// The built-in contract that says what the tool needs of any token.
    #[serde(default)]
    pub contract: Option<String>,
    #[serde(default)]
    pub token: TakesToken,
    /// What it cannot work without.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What it can use beside that, with some settings.
    #[serde(default)]
    pub may: Vec<Need>,
    /// Only where these inputs have one of these values, `*` standing for any.
    #[serde(default)]
    pub only_if: BTreeMap<String, Vec<String>>,
    /// Not where one of these inputs has one of these values.
    #[serde(default)]
    pub not_if: BTreeMap<String, Vec<String>>,
    /// What it makes that starts workflows when another token makes it.
    #[serde(default)]
    pub makes: Vec<Event>,
    /// It makes none of that where one of these inputs has one of these values.
    #[serde(default)]
    pub silent_if: BTreeMap<String, Vec<String>>,
    /// Inputs that name the files it pushes.
    #[serde(default)]
    pub files: Vec<String>,
    /// It runs what it is given, which may do anything.
    #[serde(default)]
    pub anything: bool,
    /// Where something else may spare it the need, it is not sure.
    #[serde(default = "yes")]
    pub sure: bool,
    /// Its own words that the job's token will not do.
    #[serde(default)]
    pub fails: Option<String>,
    pub source: Source,
}

/// Where an action takes its token from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakesToken {
    #[serde(default)]
    pub inputs: Vec<String>,
    #[serde(default)]
    pub variables: Vec<String>,
    /// Without any of these it takes the job's own.
    #[serde(default)]
    pub own: bool,
    /// It uses what the checkout left for Git.
    #[serde(default)]
    pub git: bool,
    /// It uses what an earlier step signed in to this registry with.
    #[serde(default)]
    pub registry: Option<String>,
}

fn yes() -> bool {
    true
}

/// `contents=write`, or several names of which any will do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Need(pub Vec<(String, Grade)>);

impl TryFrom<String> for Need {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let one = |way: &str| {
            let (key, grade) = way.trim().split_once('=')?;
            Some((key.to_owned(), Grade::named(grade)?))
        };
        let ways: Option<Vec<_>> = text.split('|').map(one).collect();
        ways.map(Self).ok_or_else(|| format!("`{text}` is no permission with its grade"))
    }
}

/// Something that workflows can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    Push,
    Tag,
    Release,
    PullRequest,
}

/// A command of a forge's client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Its first words, such as `gh pr create`.
    pub words: String,
    /// What it does.
    #[serde(default)]
    pub does: Vec<Capability>,
    /// What it needs where no capability says it.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Not with one of these options.
    #[serde(default)]
    pub without: Vec<String>,
    #[serde(default)]
    pub makes: Vec<Event>,
    /// With one of these options it makes none of that.
    #[serde(default)]
    pub silent_with: Vec<String>,
    /// Asks for no token.
    #[serde(default)]
    pub anonymous: bool,
}

impl Parts {
    /// The entries of an action, by what stands behind `uses` without its version.
    pub fn actions<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p Action> {
        self.actions.iter().filter(move |action| action.names.iter().any(|held| held.eq_ignore_ascii_case(name)))
    }

    /// The command whose words are the first of these; the longest one that fits.
    pub fn command(&self, program: &str, words: &[String]) -> Option<&Command> {
        let called = format!("{program} {}", words.join(" "));
        let fits = |command: &&Command| {
            called.strip_prefix(&command.words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        self.commands.iter().filter(fits).max_by_key(|command| command.words.len())
    }
}

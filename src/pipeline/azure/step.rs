//! One step: its script, in which language, and what it starts with.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::reads;
use super::template::{self, Item};
use super::variables::Variables;
use super::words::{MAPPED, environment_name};
use crate::pipeline::files::{Files, Unread};
use crate::pipeline::model::{Act, Part, Word};
use crate::pipeline::reader::{Language, Reader, Scripts as _};
use crate::pipeline::shell::{Binding, Scope};
use crate::pipeline::text::Mapped;
use crate::pipeline::yaml::Node;

/// Keys of a step that are a script, and the language; `None`: that of the agent's system.
const KEYS: &[(&str, Option<Language>)] = &[
    ("bash", Some(Language::Shell)),
    ("pwsh", Some(Language::PowerShell)),
    ("powershell", Some(Language::PowerShell)),
    ("script", None),
];

/// A task that runs a script: the inputs that hold its text and its path, and the one that names the language.
struct Task {
    name: &'static str,
    text: &'static str,
    path: &'static str,
    language: Option<Language>,
    by_input: Option<&'static str>,
}

const fn task(name: &'static str, text: &'static str, path: &'static str, language: Option<Language>) -> Task {
    Task { name, text, path, language, by_input: None }
}

const TASKS: &[Task] = &[
    task("bash", "script", "filePath", Some(Language::Shell)),
    task("powershell", "script", "filePath", Some(Language::PowerShell)),
    task("cmdline", "script", "", None),
    task("shellscript", "", "scriptPath", Some(Language::Shell)),
    task("azurepowershell", "inline", "scriptPath", Some(Language::PowerShell)),
    task("pythonscript", "script", "scriptPath", Some(Language::Python)),
    Task { by_input: Some("scriptType"), ..task("azurecli", "inlineScript", "scriptPath", None) },
];

/// Tasks that have nothing to do with how Git or a client signs in.
const PLAIN_TASKS: &[&str] = &[
    "bash",
    "powershell",
    "cmdline",
    "pythonscript",
    "shellscript",
    "usedotnet",
    "usepythonversion",
    "usenode",
    "nodetool",
    "usernuby",
    "gotool",
    "copyfiles",
    "deletefiles",
    "publishbuildartifacts",
    "publishpipelineartifact",
    "downloadbuildartifacts",
    "downloadpipelineartifact",
    "publishtestresults",
    "publishcodecoverageresults",
    "archivefiles",
    "extractfiles",
    "dotnetcorecli",
    "npm",
    "maven",
    "gradle",
    "cache",
    "replacetokens",
    "gitversion",
];

pub(super) struct Script {
    pub(super) language: Language,
    pub(super) text: Rc<Mapped>,
    /// It stands in the pipeline itself.
    inline: bool,
}

/// The name of a task without what published it and without its version.
fn task_name(step: &Node) -> Option<String> {
    let text = step.get("task")?.text()?;
    let name = text.split('@').next().unwrap_or_default();
    Some(name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase())
}

fn input<'n>(step: &'n Node, name: &str) -> Option<&'n Rc<Node>> {
    let inputs = step.get("inputs")?.entries();
    inputs.iter().find(|(key, _)| key.text.eq_ignore_ascii_case(name)).map(|(_, node)| node)
}

/// The script of a step, its macros filled in.
pub(super) fn script(step: &Item, surroundings: &Surroundings, files: &mut Files) -> Option<Script> {
    if step.node.get("enabled").is_some_and(|node| node.is_false()) {
        return None;
    }
    let inline = |node: &Rc<Node>, language: Option<Language>, files: &mut Files| {
        let Some(language) = language.or_else(|| surroundings.of_system()) else {
            files.not_read(Unread::Script);
            return None;
        };
        let item = Item { node: Rc::clone(node), ..step.clone() };
        let text = template::text(&item, &surroundings.variables, files);
        Some(Script { language, text: Rc::new(surroundings.variables.fill(&text)), inline: true })
    };
    if let Some((node, language)) = KEYS.iter().find_map(|(key, language)| Some((step.node.get(key)?, *language))) {
        return inline(node, language, files);
    }
    let name = task_name(&step.node)?;
    let task = TASKS.iter().find(|task| task.name == name)?;
    let language = match task.by_input {
        None => task.language,
        Some(key) => match input(&step.node, key).and_then(|node| node.text()).unwrap_or_default() {
            "bash" => Some(Language::Shell),
            "ps" | "pscore" => Some(Language::PowerShell),
            _ => None,
        },
    };
    if let Some(node) = input(&step.node, task.text) {
        return inline(node, language, files);
    }
    let path = Item { node: Rc::clone(input(&step.node, task.path)?), ..step.clone() };
    let text = template::text(&path, &surroundings.variables, files);
    let word = Word { value: surroundings.variables.value_of(&text.text, 0), span: path.node.span };
    let Some(path) = crate::pipeline::programs::path_of_script(&word) else {
        files.not_read(Unread::Script);
        return None;
    };
    let (language, text) = files.script(&path)?;
    Some(Script { language, text, inline: false })
}

/// What the steps of a job share.
pub(super) struct Surroundings {
    pub(super) variables: Variables,
    windows: bool,
    /// Git would be asked for an account when it pushes.
    git_is_bare: bool,
    /// Where Git goes and who it is there, kept in files.
    kept: Scope,
    /// The token may be handed over in a way that does not stand in the step.
    set_elsewhere: bool,
}

impl Surroundings {
    pub(super) fn new(variables: Variables, pool: Option<&Item>, whole: bool, steps: &[Item]) -> Self {
        let image = pool.and_then(|pool| pool.node.get("vmImage")).and_then(|node| node.text());
        let hosted = whole && (pool.is_none() || image.is_some());
        let known = |step: &Item| task_name(&step.node).is_none_or(|name| PLAIN_TASKS.contains(&name.as_str()));
        let plain = hosted && steps.iter().all(known);
        let git_is_bare = plain && !steps.iter().any(|step| persists(&step.node));
        let image = image.unwrap_or_default().to_ascii_lowercase();
        Self {
            variables,
            windows: image.starts_with("win") || image.starts_with("vs20"),
            git_is_bare,
            kept: Scope {
                own_sign_in: !git_is_bare,
                clients: if plain { BTreeSet::new() } else { BTreeSet::from(["az"]) },
                ..Scope::default()
            },
            set_elsewhere: !whole,
        }
    }

    /// `script:` runs in the shell of the agent's system. There is no reader for `cmd`.
    fn of_system(&self) -> Option<Language> {
        (!self.windows).then_some(Language::Shell)
    }

    /// What a step finds when it begins.
    pub(super) fn scope(&self, step: &Item, files: &Files) -> Scope {
        let mut scope = Scope { arguments: None, functions: BTreeMap::new(), ..self.kept.clone() };
        scope.variables = self.variables.environment().collect();
        let Some(environment) = step.node.get("env") else { return scope };
        let environment = Item { node: Rc::clone(environment), ..step.clone() };
        for (name, item) in template::entries(&environment) {
            let text = template::text(&item, &self.variables, files);
            let place = text.span(0..text.text.len());
            let value = if item.conditional { vec![Part::Unknown] } else { self.variables.value_of(&text.text, 0) };
            scope.set(&name, Binding::of(value, true, place));
        }
        if environment.node.text().is_some() {
            // A parameter that nobody knows may map anything.
            scope.forget(MAPPED);
        }
        scope
    }

    pub(super) fn follow(&mut self, script: &Script, scope: &mut Scope, reader: &mut Reader<'_>) {
        if !scope.variables.contains_key(MAPPED) && !self.set_elsewhere {
            let found = reads::token(&script.text.text, script.language);
            reader
                .acts
                .extend(found.into_iter().filter_map(|range| Some(Act::Unset(MAPPED, script.text.span(range)?))));
        }
        reader.follow(script.language, &script.text, scope);
        // What a script sets for the steps behind it, it says on its output.
        for name in set_by_output(&script.text.text) {
            self.set_elsewhere |= environment_name(name) == MAPPED;
            self.variables.forget(name);
        }
        self.set_elsewhere |= !script.inline && script.text.text.contains("task.setvariable");
    }

    pub(super) fn after(&mut self, step: &Item, scope: Scope) {
        self.kept.keep_files_of(scope);
        if step.node.get("checkout").and_then(|node| node.text()) == Some("none") {
            self.git_is_bare = false;
        }
        self.kept.own_sign_in |= !self.git_is_bare;
    }
}

/// Does the step leave the job's token to Git?
fn persists(step: &Node) -> bool {
    let kept = step.get("persistCredentials").and_then(|node| node.text());
    let other = step.get("checkout").and_then(|node| node.text()).is_some_and(|what| what != "self");
    kept.is_some_and(|text| !text.eq_ignore_ascii_case("false")) || other
}

/// `##vso[task.setvariable variable=NAME;...]`.
fn set_by_output(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("task.setvariable").filter_map(|(at, _)| {
        let rest = &text[at..];
        let rest = &rest[rest.find("variable=")? + "variable=".len()..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
        let length = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '.'))?;
        Some(&rest[..length])
    })
}

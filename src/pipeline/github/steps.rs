//! The steps of a job, one after the other: what each leaves behind counts for the next.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::expression::{Context, may_hold_token};
use super::words::{TOKEN, is_own_token};
use super::{bound, read_again};
use crate::pipeline::files::{Files, Unread};
use crate::pipeline::model::{Act, ActionRun, ClientToken, GitVerb, Opaque, Part, Value};
use crate::pipeline::quiet_programs::is_quiet;
use crate::pipeline::reader::{Language, Reader};
use crate::pipeline::shell::{Binding, Scope};
use crate::pipeline::text::Span;
use crate::pipeline::yaml::Node;

/// Actions that use each other.
const MAX_DEPTH: usize = 8;
/// Steps of one job, those of its local actions counted each time.
const MAX_STEPS: usize = 5_000;
/// Variables of one block.
const MAX_VARIABLES: usize = 1_000;
/// Owners whose actions set no variables that a forge's client reads.
const QUIET_OWNERS: &[&str] = &["actions/", "docker/", "github/"];
const CHECKOUT: &str = "actions/checkout";
/// Words in a commit's message that keep workflows from starting.
const NO_PIPELINE: &[&str] = &["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]", "skip-checks:"];

/// What the job says above its steps.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one plain yes or no of the job")]
pub(super) struct Setting {
    pub(super) shell: Option<String>,
    pub(super) windows: bool,
    pub(super) hosted: bool,
    /// The job's own token stands in a variable of every step.
    pub(super) exposed: bool,
    /// Secrets and inputs come from a caller.
    pub(super) called: bool,
    /// Scripts run in a folder of their own.
    pub(super) elsewhere: bool,
}

/// Goes through the steps of one job.
pub(super) struct Walk<'f> {
    files: &'f mut Files,
    setting: Setting,
    /// Variables of the job, and what scripts left behind.
    scope: Scope,
    acts: Vec<Act>,
    /// The token that a checkout left for Git.
    left: Option<Value>,
    /// There are checkouts in folders of their own.
    several: bool,
    /// Something may have set variables for the steps that follow.
    changed: bool,
    /// A commit says that nothing is to start.
    skips: bool,
    count: usize,
}

impl<'f> Walk<'f> {
    pub(super) fn new(files: &'f mut Files, setting: Setting, scope: Scope) -> Self {
        Self {
            files,
            setting,
            scope,
            acts: Vec::new(),
            left: None,
            several: false,
            changed: false,
            skips: false,
            count: 0,
        }
    }

    pub(super) fn opaque(&mut self, opaque: Opaque) {
        self.acts.push(Act::Opaque(opaque));
    }

    pub(super) fn finish(self) -> Vec<Act> {
        self.acts
    }

    pub(super) fn steps(&mut self, list: &Node, inputs: Option<&BTreeMap<String, Value>>, depth: usize) {
        for step in list.items() {
            self.count += 1;
            if self.count > MAX_STEPS {
                self.opaque(Opaque { token: true, git: true });
                return;
            }
            self.step(step, inputs, depth);
        }
    }

    fn step(&mut self, step: &Rc<Node>, inputs: Option<&BTreeMap<String, Value>>, depth: usize) {
        let mut scope = self.scope.clone();
        let called = self.setting.called;
        let mut exposed = self.setting.exposed;
        if let Some(env) = step.get("env") {
            let context = Context { environment: &self.scope, inputs, called };
            scope.variables.extend(bindings(env, &context));
            exposed |= any_text(env, &|text| may_hold_token(text, called));
        }
        if let Some(run) = step.get("run") {
            self.run(step, run, scope, exposed, inputs);
        } else if let Some(uses) = step.get("uses") {
            self.uses(step, uses, scope, exposed, inputs, depth);
        }
    }

    fn run(
        &mut self,
        step: &Node,
        run: &Node,
        mut scope: Scope,
        mut exposed: bool,
        inputs: Option<&BTreeMap<String, Value>>,
    ) {
        let called = self.setting.called;
        let written = run.text().unwrap_or_default();
        exposed |= may_hold_token(written, called);
        let shell = step.get("shell").and_then(|node| node.text()).map(str::to_owned);
        let default = if self.setting.windows { "pwsh" } else { "bash" };
        let shell = shell.or_else(|| self.setting.shell.clone()).unwrap_or_else(|| default.to_owned());
        let git = self.git_is_own();
        self.skips |= NO_PIPELINE.iter().any(|words| written.contains(words));
        let Some(language) = Language::of_shell(&shell) else {
            self.opaque(Opaque { token: exposed, git });
            self.note_changes(written);
            return;
        };
        let script = run.mapped(self.files.source(run.span.file));
        let script = Context { environment: &scope, inputs, called }.script(&script);
        let unread = self.files.unread().values().sum::<usize>();
        let mut reader = Reader::new(self.files);
        reader.follow(language, &script, &mut scope);
        let (mut acts, missed) = reader.finish_telling(&scope);
        let missed = missed || self.files.unread().values().sum::<usize>() > unread;
        let elsewhere = self.several && (self.setting.elsewhere || step.get("working-directory").is_some());
        for act in &mut acts {
            match act {
                Act::Git(run) => {
                    run.left.clone_from(&self.left);
                    run.own_sign_in |= elsewhere;
                    run.wants_no_pipeline |= self.skips && run.verb == GitVerb::Push;
                }
                Act::Client(run) if run.token == ClientToken::Missing => {
                    let certain = self.setting.hosted && !self.changed && !called;
                    run.token = if certain { ClientToken::Missing } else { ClientToken::NotSeen };
                }
                _ => {}
            }
        }
        let loose = missed || acts.iter().any(|act| is_loose(act, exposed));
        let passed_on =
            exposed && ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE"].iter().any(|word| written.contains(word));
        self.acts.extend(acts);
        if loose || passed_on {
            self.opaque(Opaque { token: exposed, git });
        }
        self.scope.keep_files_of(scope);
        self.note_changes(written);
    }

    /// A script that writes variables for later steps makes the job's own ones unknown.
    fn note_changes(&mut self, script: &str) {
        if script.contains("GITHUB_ENV") || script.contains("set-env") {
            self.changed = true;
            let names: Vec<String> = self.scope.variables.keys().cloned().collect();
            for name in names {
                self.scope.forget(&name);
            }
        }
    }

    fn git_is_own(&self) -> bool {
        self.left.as_ref().is_some_and(|value| is_own_token(value) || value.contains(&Part::Unknown))
    }

    fn uses(
        &mut self,
        step: &Node,
        uses: &Node,
        scope: Scope,
        exposed: bool,
        inputs: Option<&BTreeMap<String, Value>>,
        depth: usize,
    ) {
        let text = uses.text().unwrap_or_default();
        let context = Context { environment: &scope, inputs, called: self.setting.called };
        let with: BTreeMap<String, (Value, Option<Span>)> = step
            .get("with")
            .map(|with| with.entries().to_vec())
            .unwrap_or_default()
            .iter()
            .map(|(key, node)| (key.text.clone(), (value_of(node, &context), Some(node.span))))
            .collect();
        if let Some(path) = text.strip_prefix("./") {
            let given = with.into_iter().map(|(name, (value, _))| (name, value)).collect();
            let outer = std::mem::replace(&mut self.scope, scope);
            let before = std::mem::replace(&mut self.setting.exposed, exposed);
            self.local(path, given, depth);
            self.setting.exposed = before;
            let inner = std::mem::replace(&mut self.scope, outer);
            self.scope.keep_files_of(inner);
            return;
        }
        let name = text.split('@').next().unwrap_or_default().trim_end_matches('/').to_owned();
        if name.is_empty() || name.contains("${{") || text.starts_with("docker://") {
            self.opaque(Opaque { token: true, git: self.git_is_own() });
            self.changed = true;
            return;
        }
        self.changed |= !QUIET_OWNERS.iter().any(|owner| name.starts_with(owner));
        let environment = scope.exported().filter(|(_, binding)| !binding.array);
        let environment = environment
            .filter_map(|(name, binding)| Some((name.clone(), binding.values.first()?.clone(), binding.place)))
            .collect();
        let is_checkout = name.eq_ignore_ascii_case(CHECKOUT);
        let left = self.left.clone();
        if is_checkout {
            self.checkout(&with);
        }
        self.acts.push(Act::Action(ActionRun { name, inputs: with, environment, left, span: uses.span }));
    }

    fn checkout(&mut self, with: &BTreeMap<String, (Value, Option<Span>)>) {
        let given = |name: &str| with.get(name).map(|(value, _)| value).filter(|value| !value.is_empty());
        let own = |value: &Value| matches!(value.as_slice(), [Part::Variable(name)] if name == "GITHUB_REPOSITORY");
        let is_beside = given("path").is_some() || given("repository").is_some_and(|value| !own(value));
        if is_beside {
            self.several = true;
            if self.left.is_some() {
                return;
            }
        }
        let keeps = given("persist-credentials").is_none_or(|value| value.as_slice() != [Part::Text("false".into())]);
        let by_key = given("ssh-key").is_some();
        let token = given("token").cloned().unwrap_or_else(|| vec![Part::Variable(TOKEN.to_owned())]);
        self.left = (keeps && !by_key).then_some(token);
    }

    /// An action of this repository, whose steps run here.
    fn local(&mut self, path: &str, given: BTreeMap<String, Value>, depth: usize) {
        let git = self.git_is_own();
        let paths = ["action.yml", "action.yaml"].map(|name| format!("{}/{name}", path.trim_end_matches('/')));
        let file =
            if depth < MAX_DEPTH { paths.iter().find_map(|path| self.files.read_below_root(path)) } else { None };
        let Some(root) = file.and_then(|file| read_again(file, self.files)) else {
            self.files.not_read(Unread::Script);
            self.changed = true;
            self.opaque(Opaque { token: true, git });
            return;
        };
        let Some(steps) = root.get("runs").and_then(|runs| runs.get("steps")) else {
            // A program of its own, which is given the token whenever it asks for it.
            self.changed = true;
            self.opaque(Opaque { token: true, git });
            return;
        };
        let mut inputs = root.get("inputs").map(|inputs| defaults(inputs)).unwrap_or_default();
        inputs.extend(given);
        let shell = self.setting.shell.take();
        self.steps(steps, Some(&inputs), depth + 1);
        self.setting.shell = shell;
    }
}

/// Could this do something with the token that is not seen here?
fn is_loose(act: &Act, exposed: bool) -> bool {
    match act {
        Act::Tool(run) => !run.words.first().is_some_and(|name| is_quiet(name)),
        // A sign-in that is not understood may carry it.
        Act::Request(request) if request.program != "git" => {
            exposed && !request.tokens.iter().any(|token| is_own_token(&token.value))
        }
        Act::Opaque(_) => true,
        _ => false,
    }
}

/// The values of an `env` block.
pub(super) fn bindings(env: &Node, context: &Context<'_>) -> Vec<(String, Binding)> {
    let each = env.entries().iter().take(MAX_VARIABLES);
    each.map(|(key, node)| (key.text.clone(), bound(value_of(node, context), Some(node.span)))).collect()
}

/// What a job or step hands over behind `with`.
pub(super) fn given(node: &Node, context: &Context<'_>) -> BTreeMap<String, Value> {
    let with = node.get("with").map(|with| with.entries().to_vec()).unwrap_or_default();
    with.iter().map(|(key, node)| (key.text.clone(), value_of(node, context))).collect()
}

/// The defaults of declared inputs.
pub(super) fn defaults(inputs: &Node) -> BTreeMap<String, Value> {
    let nothing = Scope::default();
    let context = Context { environment: &nothing, inputs: None, called: false };
    let each = inputs.entries().iter();
    each.map(|(key, about)| {
        let default = about.get("default").map(|node| value_of(node, &context)).unwrap_or_default();
        (key.text.clone(), default)
    })
    .collect()
}

fn value_of(node: &Node, context: &Context<'_>) -> Value {
    if node.is_map() || node.is_list() {
        return vec![Part::Unknown];
    }
    context.value(node.text().unwrap_or_default())
}

/// Does any text below fit?
pub(super) fn any_text(node: &Node, fits: &dyn Fn(&str) -> bool) -> bool {
    let below = || {
        let items = node.items().iter().chain(node.entries().iter().map(|(_, node)| node));
        items.into_iter().any(|node| any_text(node, fits))
    };
    node.text().is_some_and(fits) || below()
}

//! GitHub Actions: workflows with the local actions and workflows that they use, as jobs.

pub mod endpoint;
mod expression;
pub mod permissions;
mod steps;
pub mod triggers;
pub mod uses;
pub mod words;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::files::{Files, Unread};
use super::model::{Act, CallRun, Job, Opaque, Permissions, Value};
use super::reader::Scripts as _;
use super::shell::{Binding, Scope};
use super::text::{FileId, Span};
use super::yaml::{self, Node};
use expression::{Context, may_hold_token};
use steps::{Setting, Walk};

pub const FORGE: &str = "github";

/// Workflows that call each other.
const MAX_CALLS: usize = 6;
/// Jobs of one entry, those of called workflows counted each time.
const MAX_JOBS: usize = 2_000;

/// All jobs of a workflow. What cannot be read is told to `files`.
pub fn jobs(file: FileId, files: &mut Files) -> Vec<Job> {
    let mut jobs = Vec::new();
    if let Some(root) = read(file, files) {
        workflow(&root, None, 0, files, &mut jobs);
    }
    jobs
}

/// The steps of an action that nobody is seen to use: its inputs are what its callers give.
pub fn action(file: FileId, files: &mut Files) -> Vec<Job> {
    let Some(root) = read(file, files) else { return Vec::new() };
    let Some(steps) = root.get("runs").and_then(|runs| runs.get("steps")) else { return Vec::new() };
    let name = files.source(file).shown.clone();
    let mut walk = Walk::new(files, Setting { called: true, ..Setting::default() }, Scope::default());
    walk.steps(steps, None, 0);
    let acts = walk.finish();
    vec![Job { forge: FORGE, name, whole: files.unread().is_empty(), acts, permissions: None }]
}

/// Does the content look like a workflow, whatever the file is called?
pub fn is_ours(root: &Node) -> bool {
    let runs = |job: &Node| ["runs-on", "uses", "steps"].iter().any(|key| job.get(key).is_some());
    root.get("on").is_some() && root.get("jobs").is_some_and(|jobs| jobs.entries().iter().any(|(_, job)| runs(job)))
}

/// The same, from the first look at the text.
pub fn may_be_ours(text: &str) -> bool {
    let begins = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    begins(&["on:", "\"on\":", "'on':"]) && begins(&["jobs:"])
}

fn read(file: FileId, files: &mut Files) -> Option<Rc<Node>> {
    match yaml::parse(files.source(file), file) {
        Ok(documents) => documents.into_iter().next(),
        Err(fault) => {
            files.fault(Span { file, start: fault.offset, end: fault.offset }, fault.message);
            None
        }
    }
}

/// A file that may be used many times: only so often.
fn read_again(file: FileId, files: &mut Files) -> Option<Rc<Node>> {
    let size = files.source(file).text.len();
    if files.spend(size) { read(file, files) } else { None }
}

/// What a calling job hands to a workflow.
struct Caller {
    permissions: Option<Rc<Permissions>>,
    inputs: BTreeMap<String, Value>,
}

fn workflow(root: &Rc<Node>, caller: Option<&Caller>, depth: usize, files: &mut Files, jobs: &mut Vec<Job>) {
    let called = triggers::names(root).contains(&"workflow_call");
    let mut environment = Scope::default();
    let inputs = caller.map(|caller| with_defaults(&caller.inputs, root));
    let exposed = root.get("env").is_some_and(|env| steps::any_text(env, &|text| may_hold_token(text, called)));
    if let Some(env) = root.get("env") {
        let context = Context { environment: &Scope::default(), inputs: inputs.as_ref(), called };
        environment.variables.extend(steps::bindings(env, &context));
    }
    let shell = default_shell(root);
    let all = root.get("jobs").map(|jobs| jobs.entries().to_vec()).unwrap_or_default();
    for (key, job) in &all {
        if jobs.len() >= MAX_JOBS {
            return;
        }
        let own = permissions::of(job, root);
        let permissions = permissions::called(own, caller.and_then(|caller| caller.permissions.as_ref()));
        if let Some(uses) = job.get("uses") {
            let context = Context { environment: &Scope::default(), inputs: inputs.as_ref(), called };
            let caller = Caller { permissions, inputs: steps::given(job, &context) };
            let acts = call(uses, &caller, depth, files, jobs);
            let name = key.text.clone();
            jobs.push(Job { forge: FORGE, name, whole: true, acts, permissions: caller.permissions });
            continue;
        }
        let setting = Setting {
            shell: default_shell(job).or_else(|| shell.clone()),
            windows: runs_on_windows(job),
            hosted: runs_on_hosted(job),
            exposed: exposed
                || job.get("env").is_some_and(|env| steps::any_text(env, &|text| may_hold_token(text, called))),
            called,
            elsewhere: default_directory(job) || default_directory(root),
        };
        let mut scope = environment.clone();
        if let Some(env) = job.get("env") {
            let context = Context { environment: &environment, inputs: inputs.as_ref(), called };
            scope.variables.extend(steps::bindings(env, &context));
        }
        let mut walk = Walk::new(files, setting, scope);
        if beside_steps_holds_token(job, called) {
            walk.opaque(Opaque { token: true, git: false });
        }
        if let Some(list) = job.get("steps") {
            walk.steps(list, inputs.as_ref(), 0);
        }
        let acts = walk.finish();
        let name = key.text.clone();
        jobs.push(Job { forge: FORGE, name, whole: files.unread().is_empty(), acts, permissions });
    }
}

/// A job that runs another workflow: its jobs, or what stands for them where it cannot be read.
fn call(uses: &Node, caller: &Caller, depth: usize, files: &mut Files, jobs: &mut Vec<Job>) -> Vec<Act> {
    let unseen = vec![Act::Opaque(Opaque { token: true, git: true })];
    let Some(path) = uses.text().and_then(|text| text.strip_prefix("./")) else {
        files.not_read(Unread::Include);
        return unseen;
    };
    let file = if depth < MAX_CALLS { files.read_below_root(path) } else { None };
    let root = file.and_then(|file| read_again(file, files));
    let Some(root) = root else {
        files.not_read(Unread::Include);
        return unseen;
    };
    let mut acts = Vec::new();
    for (key, job) in root.get("jobs").map(|jobs| jobs.entries().to_vec()).unwrap_or_default() {
        if let Some(own) = permissions::of(&job, &root) {
            acts.push(Act::Call(CallRun { job: key.text.clone(), asks: own.given, span: uses.span }));
        }
    }
    workflow(&root, Some(caller), depth + 1, files, jobs);
    acts
}

fn with_defaults(given: &BTreeMap<String, Value>, root: &Node) -> BTreeMap<String, Value> {
    let declared = root.get("on").and_then(|on| on.get("workflow_call")).and_then(|call| call.get("inputs"));
    let mut inputs = declared.map(|inputs| steps::defaults(inputs)).unwrap_or_default();
    inputs.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    inputs
}

fn default_shell(node: &Node) -> Option<String> {
    node.get("defaults")?.get("run")?.get("shell")?.text().map(str::to_owned)
}

fn default_directory(node: &Node) -> bool {
    node.get("defaults").and_then(|node| node.get("run")).is_some_and(|node| node.get("working-directory").is_some())
}

fn runners(job: &Node) -> Vec<String> {
    let Some(runs_on) = job.get("runs-on") else { return Vec::new() };
    let mut all: Vec<String> = runs_on.text().into_iter().map(str::to_ascii_lowercase).collect();
    let labels = runs_on.get("labels").unwrap_or(runs_on);
    all.extend(labels.items().iter().filter_map(|item| item.text()).map(str::to_ascii_lowercase));
    all
}

fn runs_on_windows(job: &Node) -> bool {
    runners(job).iter().any(|label| label.starts_with("windows"))
}

/// On a machine of GitHub's, which brings no variables of its own along.
fn runs_on_hosted(job: &Node) -> bool {
    let hosted = |label: &String| {
        ["ubuntu-", "macos-", "windows-"].iter().any(|start| {
            label
                .strip_prefix(start)
                .is_some_and(|rest| rest == "latest" || rest.starts_with(|first: char| first.is_ascii_digit()))
        }) && !label.contains("core")
    };
    matches!(runners(job).as_slice(), [one] if hosted(one)) && job.get("container").is_none()
}

/// Does the token stand where neither steps nor variables are, such as in the sign-in of a container?
fn beside_steps_holds_token(job: &Node, called: bool) -> bool {
    let beside = job.entries().iter().filter(|(key, _)| !matches!(key.text.as_str(), "steps" | "env" | "if"));
    beside.into_iter().any(|(_, node)| steps::any_text(node, &|text| may_hold_token(text, called)))
}

fn bound(value: Value, place: Option<Span>) -> Binding {
    Binding::of(value, true, place)
}

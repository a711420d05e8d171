//! What a job is once `extends`, `default` and `!reference` are applied.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::RESERVED;
use super::include::merge;
use crate::pipeline::yaml::{Key, Node};

/// GitLab follows no longer chains.
const MAX_EXTENDS: usize = 11;
const MAX_REFERENCES: usize = 10;
const MAX_PARENTS: usize = 1_000;
/// Nodes of scripts that are put together, over all jobs.
const MAX_STEPS: usize = 500_000;

/// A whole configuration and the jobs in it.
pub(super) struct Configuration {
    root: Rc<Node>,
    jobs: BTreeMap<String, Rc<Node>>,
    /// Nodes and references that were followed; what refers to itself a thousandfold ends here.
    steps: Cell<usize>,
}

impl Configuration {
    pub(super) fn new(root: &Rc<Node>) -> Self {
        let mut extender = Extender { root, done: BTreeMap::new(), open: Vec::new() };
        for (key, node) in root.entries() {
            if node.is_map() && !RESERVED.contains(&key.text.as_str()) {
                let _ = extender.named(&key.text);
            }
        }
        let is_job = |name: &String| !RESERVED.contains(&name.as_str());
        let jobs = extender.done.into_iter().filter(|(name, node)| is_job(name) && node.is_map()).collect();
        Self { root: Rc::clone(root), jobs, steps: Cell::new(0) }
    }

    pub(super) fn root(&self) -> &Rc<Node> {
        &self.root
    }

    pub(super) fn job(&self, name: &str) -> Option<&Rc<Node>> {
        self.jobs.get(name)
    }

    /// Jobs that run, and hidden ones that no job here extends: another file may.
    pub(super) fn job_names(&self) -> Vec<&str> {
        let mut used = BTreeSet::new();
        for node in self.jobs.values() {
            used.extend(parents(node));
        }
        let runs = |name: &&str| !name.starts_with('.') || !used.contains(*name);
        // In the order of the file, so that messages follow it.
        let names = self.root.entries().iter().map(|(key, _)| key.text.as_str());
        names.filter(|name| self.jobs.contains_key(*name)).filter(runs).collect()
    }

    /// A key of a job, or what `default` (or the top level, as it was once written) gives it.
    pub(super) fn key(&self, job: &Node, name: &str) -> Option<Rc<Node>> {
        if let Some(own) = job.get(name) {
            return Some(Rc::clone(own));
        }
        let inherit = job.get("inherit").and_then(|node| node.get("default"));
        let inherits = match inherit {
            None => true,
            Some(node) if node.is_list() => node.items().iter().any(|item| item.text() == Some(name)),
            Some(node) => !node.is_false(),
        };
        let given = self.root.get("default").and_then(|node| node.get(name)).or_else(|| self.root.get(name));
        given.filter(|_| inherits).cloned()
    }

    /// Counts one step; is there room for it?
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() <= MAX_STEPS
    }

    /// What a `!reference [job, key, ...]` stands for.
    pub(super) fn referred(&self, node: &Node, depth: usize) -> Option<Rc<Node>> {
        if depth > MAX_REFERENCES || !self.step() {
            return None;
        }
        let mut path = node.items().iter().map(|item| item.text());
        let first = path.next()??;
        let start = self.job(first).or_else(|| self.root.get(first))?;
        let mut at = Rc::clone(start);
        for key in path {
            at = Rc::clone(at.get(key?)?);
        }
        Some(at)
    }
}

/// All jobs that a job extends, directly or not: [`Extender`] leaves them in a key of their own.
fn parents(node: &Node) -> Vec<String> {
    node.get(PARENTS)
        .map(|list| list.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect())
        .unwrap_or_default()
}

/// No job has a key of this name.
const PARENTS: &str = " parents";

/// Applies `extends`; each job once, and one that extends itself is left as it is.
struct Extender<'r> {
    root: &'r Rc<Node>,
    done: BTreeMap<String, Rc<Node>>,
    open: Vec<String>,
}

impl Extender<'_> {
    fn named(&mut self, name: &str) -> Option<Rc<Node>> {
        if let Some(done) = self.done.get(name) {
            return Some(Rc::clone(done));
        }
        let job = Rc::clone(self.root.get(name)?);
        if self.open.len() >= MAX_EXTENDS || self.open.iter().any(|held| held == name) {
            return Some(job);
        }
        self.open.push(name.to_owned());
        let extended = self.extended(&job);
        self.open.pop();
        self.done.insert(name.to_owned(), Rc::clone(&extended));
        Some(extended)
    }

    fn extended(&mut self, job: &Rc<Node>) -> Rc<Node> {
        let Some(extends) = job.get("extends") else { return Rc::clone(job) };
        let named: Vec<Rc<Node>> = if extends.is_list() { extends.items().to_vec() } else { vec![Rc::clone(extends)] };
        let mut whole: Option<Rc<Node>> = None;
        let mut all: Vec<Rc<Node>> = Vec::new();
        for name in named.iter().take(MAX_EXTENDS) {
            let Some(parent) = name.text().and_then(|name| self.named(name)) else { continue };
            all.push(Rc::clone(name));
            all.extend(parent.get(PARENTS).map(|list| list.items().to_vec()).unwrap_or_default());
            whole = Some(whole.map_or(Rc::clone(&parent), |held| merge(&held, &parent)));
        }
        let Some(whole) = whole else { return Rc::clone(job) };
        let merged = merge(&whole, job);
        let mut entries: Vec<_> = merged.entries().iter().filter(|(key, _)| key.text != PARENTS).cloned().collect();
        all.truncate(MAX_PARENTS);
        let key = Key { text: PARENTS.to_owned(), span: job.span };
        entries.push((key, Node::list(job.span, all)));
        Node::map(job.span, entries)
    }
}

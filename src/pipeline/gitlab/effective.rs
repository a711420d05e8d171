//! What a job is once `extends`, `default` and `!reference` are applied.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::RESERVED;
use super::include::merge;
use crate::pipeline::yaml::Node;

/// GitLab follows no longer chains.
const MAX_EXTENDS: usize = 11;
const MAX_REFERENCES: usize = 10;

/// A whole configuration and the jobs in it.
pub(super) struct Configuration {
    root: Rc<Node>,
    jobs: BTreeMap<String, Rc<Node>>,
    /// References that were followed; a text that refers to itself a thousandfold ends here.
    followed: RefCell<usize>,
}

impl Configuration {
    pub(super) fn new(root: &Rc<Node>) -> Self {
        let all =
            || root.entries().iter().filter(|(key, node)| node.is_map() && !RESERVED.contains(&key.text.as_str()));
        let jobs = all().map(|(key, node)| (key.text.clone(), extended(root, node, MAX_EXTENDS))).collect();
        Self { root: Rc::clone(root), jobs, followed: RefCell::new(0) }
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

    /// What a `!reference [job, key, ...]` stands for.
    pub(super) fn referred(&self, node: &Node, depth: usize) -> Option<Rc<Node>> {
        *self.followed.borrow_mut() += 1;
        if depth > MAX_REFERENCES || *self.followed.borrow() > 10_000 {
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

/// All jobs that a job's parents name, themselves and above: the merged node keeps the last `extends` only, so parents
/// are told by [`extended`] in a key of its own.
fn parents(node: &Node) -> Vec<String> {
    node.get(PARENTS)
        .map(|list| list.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect())
        .unwrap_or_default()
}

/// No job has a key of this name.
const PARENTS: &str = " parents";

fn extended(root: &Rc<Node>, job: &Rc<Node>, left: usize) -> Rc<Node> {
    let Some(extends) = job.get("extends").filter(|_| left > 0) else { return Rc::clone(job) };
    let named: Vec<Rc<Node>> = if extends.is_list() { extends.items().to_vec() } else { vec![Rc::clone(extends)] };
    let mut whole: Option<Rc<Node>> = None;
    let mut all: Vec<Rc<Node>> = Vec::new();
    for name in named.iter().take(MAX_EXTENDS) {
        let Some(parent) = name.text().and_then(|name| root.get(name)) else { continue };
        all.push(Rc::clone(name));
        let parent = extended(root, parent, left - 1);
        all.extend(parent.get(PARENTS).map(|list| list.items().to_vec()).unwrap_or_default());
        whole = Some(whole.map_or(Rc::clone(&parent), |held| merge(&held, &parent)));
    }
    let Some(whole) = whole else { return Rc::clone(job) };
    let merged = merge(&whole, job);
    let mut entries: Vec<_> = merged.entries().iter().filter(|(key, _)| key.text != PARENTS).cloned().collect();
    all.truncate(1_000);
    let key = crate::pipeline::yaml::Key { text: PARENTS.to_owned(), span: job.span };
    entries.push((key, Node::list(job.span, all)));
    Node::map(job.span, entries)
}

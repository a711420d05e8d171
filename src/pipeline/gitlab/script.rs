//! The scripts of a job, as the runner puts them together.

use std::rc::Rc;

use super::effective::Configuration;
use super::variables::INPUT;
use crate::pipeline::files::Files;
use crate::pipeline::text::Mapped;
use crate::pipeline::yaml::Node;

/// Lists in lists that GitLab flattens.
const MAX_DEPTH: usize = 10;
/// Bytes of one job's scripts.
const MAX_SIZE: usize = 1024 * 1024;

pub(super) struct Scripts {
    /// One shell runs `before_script` and `script`.
    pub(super) main: Mapped,
    /// Another one runs `after_script`.
    pub(super) after: Mapped,
}

pub(super) fn of_job(configuration: &Configuration, job: &Rc<Node>, files: &Files) -> Scripts {
    let mut main = Mapped::default();
    let hook = configuration.key(job, "hooks").and_then(|hooks| hooks.get("pre_get_sources_script").cloned());
    let parts = [hook, configuration.key(job, "before_script"), job.get("script").cloned()];
    for part in parts.into_iter().flatten() {
        collect(configuration, &part, files, 0, &mut main);
    }
    let mut after = Mapped::default();
    if let Some(part) = configuration.key(job, "after_script") {
        collect(configuration, &part, files, 0, &mut after);
    }
    Scripts { main, after }
}

fn collect(configuration: &Configuration, node: &Node, files: &Files, depth: usize, into: &mut Mapped) {
    if depth > MAX_DEPTH || into.text.len() > MAX_SIZE || !configuration.step() {
        return;
    }
    if node.tag.as_deref() == Some("reference") {
        if let Some(referred) = configuration.referred(node, depth) {
            collect(configuration, &referred, files, depth + 1, into);
        }
    } else if node.is_list() {
        for item in node.items() {
            collect(configuration, item, files, depth + 1, into);
        }
    } else if node.text().is_some() {
        into.push_line(&without_inputs(&node.mapped(files.source(node.span.file))));
    }
}

/// `$[[ inputs.name ]]` is filled in before a shell sees it; here it is a value nobody knows.
pub(super) fn without_inputs(text: &Mapped) -> Mapped {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.text[from..].find("$[[").map(|at| at + from) {
        let Some(length) = text.text[start..].find("]]") else { break };
        from = start + length + 2;
        found.push((start..from, format!("${{{INPUT}}}")));
    }
    if found.is_empty() { text.clone() } else { text.replace(&found) }
}

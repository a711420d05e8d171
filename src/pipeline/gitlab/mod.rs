//! GitLab CI: a configuration with its local includes, as jobs.

mod effective;
pub mod endpoint;
mod include;
mod script;
pub mod uses;
mod variables;
pub mod words;

use std::rc::Rc;

use super::files::Files;
use super::model::Job;
use super::reader::{Language, Reader};
use super::text::FileId;
use effective::Configuration;

pub const FORGE: &str = "gitlab";

/// Keys of the top level that are no jobs.
const RESERVED: &[&str] = &[
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "spec",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "types",
    "pages_settings",
];

/// All jobs of a file. What cannot be read is told to `files`.
pub fn jobs(file: FileId, files: &mut Files) -> Vec<Job> {
    let Some(root) = include::load(file, files) else { return Vec::new() };
    let configuration = Configuration::new(&root);
    let mut jobs = Vec::new();
    for name in configuration.job_names() {
        let job = Rc::clone(configuration.job(name).unwrap_or(configuration.root()));
        let mut scope = variables::scope(&configuration, &job, files);
        let scripts = script::of_job(&configuration, &job, files);
        let mut after = scope.clone();
        let mut reader = Reader::new(files);
        reader.follow(Language::Shell, &scripts.main, &mut scope);
        after.keep_files_of(scope.clone());
        reader.follow(Language::Shell, &scripts.after, &mut after);
        scope.functions.extend(after.functions);
        let acts = reader.finish(&scope);
        let whole = files.unread().is_empty();
        jobs.push(Job { forge: FORGE, name: name.to_owned(), whole, acts, permissions: None });
    }
    jobs
}

/// Does the content look like GitLab's, whatever the file is called?
pub fn is_ours(root: &super::yaml::Node) -> bool {
    let known =
        root.entries().iter().any(|(key, _)| matches!(key.text.as_str(), "include" | "stages" | "spec" | "default"));
    let has_job = |node: &super::yaml::Node| {
        ["script", "extends", "trigger", "before_script"].iter().any(|key| node.get(key).is_some())
    };
    known || root.entries().iter().any(|(_, node)| has_job(node))
}

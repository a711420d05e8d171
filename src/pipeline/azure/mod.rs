//! Azure Pipelines: a pipeline with its local templates, as jobs.

mod job;
mod reads;
mod step;
mod template;
pub mod uses;
mod variables;
pub mod words;

use std::rc::Rc;

use super::files::Files;
use super::model::Job;
use super::text::FileId;
use super::yaml::Node;
use job::Walk;
use template::{Context, Item, Loader};

pub const FORGE: &str = "azure-devops";

/// All jobs of a file. What cannot be read is told to `files`.
pub fn jobs(file: FileId, files: &mut Files) -> Vec<Job> {
    let Some(root) = template::root_of(file, files) else { return Vec::new() };
    let context = Context::root(file, &root);
    let whole = is_pipeline(&root);
    let item = Item { node: root, context, conditional: false };
    let mut walk = Walk { files, loader: Loader::new(), jobs: Vec::new(), whole, steps: 0 };
    walk.pipeline(&item);
    let complete = whole && walk.files.unread().is_empty();
    let mut jobs = walk.jobs;
    for job in &mut jobs {
        job.whole &= complete;
    }
    jobs
}

/// A pipeline that runs by itself, rather than a template for others.
fn is_pipeline(root: &Node) -> bool {
    ["trigger", "pr", "schedules", "resources", "pool", "name", "extends"].iter().any(|key| root.get(key).is_some())
}

/// Does the content look like a pipeline or template of Azure Pipelines, whatever the file is called?
pub fn is_ours(root: &Node) -> bool {
    const STEPS: &[&str] =
        &["script", "bash", "pwsh", "powershell", "task", "checkout", "template", "publish", "download"];
    const JOBS: &[&str] = &["job", "deployment", "template"];
    let has = |node: &Rc<Node>, keys: &[&str]| {
        node.is_list() && node.items().iter().any(|item| keys.iter().any(|key| item.get(key).is_some()))
    };
    let steps = root.get("steps").is_some_and(|steps| has(steps, STEPS));
    let jobs = root.get("jobs").is_some_and(|jobs| has(jobs, JOBS));
    let stages = root.get("stages").is_some_and(|stages| has(stages, &["stage", "template"]));
    let extends = root.get("extends").is_some_and(|extends| extends.get("template").is_some());
    steps || jobs || stages || extends
}

//! What starts the workflows of a repository.

use std::path::Path;

use crate::pipeline::files::Files;
use crate::pipeline::yaml::{self, Node};

/// Where a repository has its workflows.
const FOLDER: &str = ".github/workflows";

/// Something that was made in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A push to a branch, by name where it is known.
    Branch(Option<String>),
    Tag,
    Release,
    PullRequest,
}

/// A workflow that waits for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its file, as messages call it.
    pub shown: String,
    push: Option<Push>,
    release: bool,
    pull_request: bool,
}

/// The filters of `push`, as far as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Push {
    branches: Option<Vec<String>>,
    tags: bool,
    other: bool,
}

/// Every workflow of a repository that waits for something another one may make.
pub fn listeners(root: &Path, directory: &Path) -> Vec<Listener> {
    let mut files = Files::new(root, directory);
    let mut found = Vec::new();
    let folder = root.join(FOLDER);
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|ending| ending == "yml" || ending == "yaml"));
    names.sort();
    for name in names {
        let Some(file) = files.read_below_root(&format!("{FOLDER}/{name}")) else { continue };
        let source = files.source(file);
        if let Ok(documents) = yaml::parse(source, file)
            && let Some(root) = documents.first()
        {
            found.push(of(root, &source.shown));
        }
    }
    found
}

/// Names of the events that start a workflow.
pub(super) fn names(workflow: &Node) -> Vec<&str> {
    let Some(on) = workflow.get("on") else { return Vec::new() };
    if on.is_map() {
        return on.entries().iter().map(|(key, _)| key.text.as_str()).collect();
    }
    on.text().into_iter().chain(on.items().iter().filter_map(|item| item.text())).collect()
}

fn of(workflow: &Node, shown: &str) -> Listener {
    let names = names(workflow);
    let about = |name: &str| workflow.get("on").and_then(|on| on.get(name));
    let has_type = |name: &str, wanted: &[&str]| {
        names.contains(&name)
            && about(name)
                .and_then(|about| about.get("types"))
                .is_none_or(|types| texts(types).iter().any(|held| wanted.contains(&held.as_str())))
    };
    let opened = ["opened", "synchronize"];
    Listener {
        shown: shown.to_owned(),
        push: names.contains(&"push").then(|| about("push").map(|about| filters(about)).unwrap_or_default()),
        release: has_type("release", &["published", "created", "released", "prereleased"]),
        pull_request: has_type("pull_request", &opened) || has_type("pull_request_target", &opened),
    }
}

fn filters(push: &Node) -> Push {
    Push {
        branches: push.get("branches").map(|node| texts(node)),
        tags: push.get("tags").is_some(),
        other: ["branches-ignore", "tags-ignore", "paths", "paths-ignore"].iter().any(|key| push.get(key).is_some()),
    }
}

fn texts(node: &Node) -> Vec<String> {
    let items = node.items().iter().filter_map(|item| item.text());
    node.text().into_iter().chain(items).map(str::to_owned).collect()
}

impl Listener {
    /// Would this start the workflow, had another token made it? Where filters leave it open: no.
    pub fn hears(&self, made: &Made) -> bool {
        match (made, &self.push) {
            (Made::Release, _) => self.release,
            (Made::PullRequest, _) => self.pull_request,
            (Made::Tag, Some(push)) => push.tags && !push.other,
            (Made::Branch(name), Some(push)) if !push.other => match (&push.branches, name) {
                (None, _) => !push.tags,
                (Some(branches), Some(name)) => branches.iter().any(|branch| branch == name),
                (Some(_), None) => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::text::Source;

    fn listener(on: &str) -> Listener {
        let source = Source::new("x.yml".into(), format!("on:{on}\njobs: {{}}\n"));
        of(&yaml::parse(&source, 0).unwrap()[0], "x.yml")
    }

    fn main() -> Made {
        Made::Branch(Some("main".into()))
    }

    #[test]
    fn filters_decide_what_is_heard() {
        assert!(listener(" push").hears(&main()));
        assert!(listener(" [push, release]").hears(&Made::Release));
        assert!(listener("\n  push:\n    branches: [main]").hears(&main()));
        assert!(!listener("\n  push:\n    branches: [dev]").hears(&main()));
        assert!(!listener("\n  push:\n    branches: [main]").hears(&Made::Branch(None)));
        assert!(!listener("\n  push:\n    paths: [src/**]").hears(&main()));
        let tags = listener("\n  push:\n    tags: ['v*']");
        assert!(tags.hears(&Made::Tag) && !tags.hears(&main()));
        assert!(!listener(" push").hears(&Made::Tag));
    }

    #[test]
    fn types_decide_too() {
        assert!(!listener("\n  release: { types: [deleted] }").hears(&Made::Release));
        assert!(!listener("\n  pull_request: { types: [closed] }").hears(&Made::PullRequest));
        assert!(listener("\n  pull_request_target:").hears(&Made::PullRequest));
    }
}

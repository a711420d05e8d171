//! The `permissions` of a workflow and of its jobs.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::domain::connection::{Given, Granted};
use crate::domain::finding::Place;
use crate::pipeline::model::Permissions;
use crate::pipeline::text::Source;
use crate::pipeline::yaml::{self, Node};

const KEY: &str = "permissions";

/// What a job gives, else what the workflow gives; `None`: neither says it.
pub(super) fn of(job: &Node, workflow: &Node) -> Option<Permissions> {
    block(job, false).or_else(|| block(workflow, true))
}

fn block(owner: &Node, of_all: bool) -> Option<Permissions> {
    let (key, node) = owner.entries().iter().find(|(key, _)| key.text == KEY)?;
    let mut places = BTreeMap::new();
    let given = if node.is_map() {
        let mut each = BTreeMap::new();
        for (name, grade) in node.entries() {
            each.insert(name.text.clone(), grade.text()?.to_owned());
            let span = if grade.span.start > name.span.start && grade.span.file == name.span.file {
                crate::pipeline::text::Span { end: grade.span.end, ..name.span }
            } else {
                name.span
            };
            places.insert(name.text.clone(), span);
        }
        Given::Each(each)
    } else {
        let word = node.text().filter(|word| matches!(*word, "read-all" | "write-all"))?;
        Given::All(word.to_owned())
    };
    let span = if node.is_map() || node.span.file != key.span.file {
        key.span
    } else {
        crate::pipeline::text::Span { end: node.span.end.max(key.span.end), ..key.span }
    };
    Some(Permissions { given, span, places, of_all, callers: Vec::new() })
}

/// What a called job is left with: its own block within the caller's, else the caller's.
pub(super) fn called(own: Option<Permissions>, caller: Option<&Rc<Permissions>>) -> Option<Rc<Permissions>> {
    match (own, caller) {
        (Some(own), Some(caller)) => {
            let mut callers = vec![Rc::clone(caller)];
            callers.extend(caller.callers.iter().cloned());
            Some(Rc::new(Permissions { callers, ..own }))
        }
        (Some(own), None) => Some(Rc::new(own)),
        (None, caller) => caller.cloned(),
    }
}

/// The block that counts for one job of a workflow's text. `Err`: why the file does not say.
pub fn granted(text: &str, shown: &str, job: &str) -> Result<Granted, String> {
    let broken = || format!("`{shown}` cannot be read as a workflow");
    let source = Source::new(shown.to_owned(), text.to_owned());
    let documents = yaml::parse(&source, 0).map_err(|_| broken())?;
    let workflow = documents.first().ok_or_else(broken)?;
    let jobs = workflow.get("jobs").filter(|jobs| jobs.is_map()).ok_or_else(broken)?;
    let Some(own) = jobs.get(job) else {
        // A called workflow's job stands in another file, and is given at most what the caller has.
        return Err(format!("`{shown}` has no job `{job}`; it may be one of a workflow that this one calls"));
    };
    if let Some(permissions) = of(own, workflow) {
        let (line, _) = source.position(permissions.span.start);
        return Ok(Granted { given: permissions.given, place: Place { file: shown.to_owned(), line, column: 1 } });
    }
    let stated = |node: &Node| node.get(KEY).is_some_and(|node| node.text().is_some() || node.is_map());
    if stated(own) || stated(workflow) {
        return Err(broken());
    }
    Err(format!("`{shown}` has no `permissions`, so the repository's default counts, which the job cannot read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
on: push
permissions: { contents: read }
jobs:
  build:
    runs-on: ubuntu-latest
    steps: [{ run: make }]
  release:
    permissions:
      contents: write
      pull-requests: write
    steps: []
  all:
    permissions: write-all
  nothing:
    permissions: {}
";

    fn of(job: &str) -> Result<Granted, String> {
        granted(TEXT, "release.yml", job)
    }

    #[test]
    fn the_jobs_own_block_counts_and_else_the_workflows() {
        let release = of("release").unwrap();
        let Given::Each(each) = &release.given else { panic!("{release:?}") };
        assert_eq!(each["pull-requests"], "write");
        assert_eq!((each.len(), release.place.line), (2, 8));
        let build = of("build").unwrap();
        assert_eq!(build.given, Given::Each(BTreeMap::from([("contents".to_owned(), "read".to_owned())])));
        assert_eq!(build.place.line, 2);
    }

    #[test]
    fn short_forms_and_an_empty_block_are_kept_as_they_are() {
        assert_eq!(of("all").unwrap().given, Given::All("write-all".to_owned()));
        assert_eq!(of("nothing").unwrap().given, Given::Each(BTreeMap::new()));
    }

    #[test]
    fn what_the_file_does_not_say_is_told() {
        assert!(of("called").unwrap_err().contains("no job `called`"));
        assert!(granted("jobs: { a: {} }", "x.yml", "a").unwrap_err().contains("no `permissions`"));
        assert!(granted("jobs: [", "x.yml", "a").unwrap_err().contains("cannot be read"));
        assert!(granted("permissions: 3\njobs: { a: {} }", "x.yml", "a").is_err());
    }

    #[test]
    fn c_01_an_alias_bomb_is_no_workflow() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let below = vec![format!("*a{}", level - 1); 9].join(",");
            let line = format!("a{level}: &a{level} [{below}]\n");
            bomb.push_str(&line);
        }
        assert!(granted(&bomb, "x.yml", "a").is_err());
    }
}

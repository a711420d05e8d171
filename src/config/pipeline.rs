//! What a pipeline file gives the job's own token: the `permissions` of a GitHub workflow and of its job.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::connection::{Given, Granted};
use crate::domain::finding::Place;

#[derive(Deserialize)]
struct Workflow {
    #[serde(default)]
    permissions: Option<Block>,
    #[serde(default)]
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    permissions: Option<Block>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Block {
    Each(BTreeMap<String, String>),
    All(String),
}

/// The block that counts for the job: its own, else the workflow's. `Err`: why the file does not say.
pub fn granted(text: &str, shown: &str, job: &str) -> Result<Granted, String> {
    let workflow: Workflow =
        serde_yaml::from_str(text).map_err(|_| format!("`{shown}` cannot be read as a workflow"))?;
    let Some(own) = workflow.jobs.get(job) else {
        // A called workflow's job stands in another file, and is given at most what the caller has.
        return Err(format!("`{shown}` has no job `{job}`; it may be one of a workflow that this one calls"));
    };
    let (block, line) = match (&own.permissions, &workflow.permissions) {
        (Some(block), _) => (block, line_of(text, Some(job))),
        (None, Some(block)) => (block, line_of(text, None)),
        (None, None) => {
            return Err(format!(
                "`{shown}` has no `permissions`, so the repository's default counts, which the job cannot read"
            ));
        }
    };
    let given = match block {
        Block::Each(each) => Given::Each(each.clone()),
        Block::All(word) => Given::All(word.clone()),
    };
    Ok(Granted { given, place: Place { file: shown.to_owned(), line, column: 1 } })
}

/// The line of the `permissions` key: the first one below the job, else the one that is not indented.
fn line_of(text: &str, job: Option<&str>) -> u32 {
    let mut inside = job.is_none();
    for (index, line) in text.lines().enumerate() {
        let key = line.trim_start();
        inside |= job.is_some_and(|job| key.strip_prefix(job).is_some_and(|rest| rest.trim_end() == ":"));
        let fits = inside && key.starts_with("permissions:") && (job.is_some() || key.len() == line.len());
        if fits {
            return u32::try_from(index + 1).unwrap_or(1);
        }
    }
    1
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

//! One reading for `init` and `advise`: what the pipelines do with tokens, judged by nobody.

use std::path::Path;

use super::discover::Entry;
use super::files::Files;
use super::lint::{self, STACK};
use super::rules::Ground;
use super::uses::{Tongue, of_job};
use crate::domain::usage::Survey;

/// Reads all entries. Places are told from `directory`.
pub fn survey(entries: &[Entry], directory: &Path, tongues: &[Tongue], ground: &Ground<'_>) -> Survey {
    let work = || {
        let mut survey = Survey::default();
        for entry in entries {
            add(entry, directory, tongues, ground, &mut survey);
        }
        survey
    };
    // The syntax tree of a script is followed by recursion, which needs room.
    let mut survey =
        std::thread::scope(|scope| match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => work(),
        });
    survey.uses.sort_by(|one, other| (&one.place, &one.job, &one.deed).cmp(&(&other.place, &other.job, &other.deed)));
    survey.uses.dedup();
    survey.files.sort();
    survey.files.dedup();
    survey
}

fn add(entry: &Entry, directory: &Path, tongues: &[Tongue], ground: &Ground<'_>, survey: &mut Survey) {
    let mut files = Files::new(&entry.root, directory);
    match files.read_entry(&entry.path) {
        Ok(file) => {
            let jobs = lint::jobs(file, entry, &mut files);
            survey.jobs += jobs.len();
            survey.forges.extend(jobs.iter().map(|job| job.forge));
            survey.uses.extend(jobs.iter().flat_map(|job| of_job(job, &files, tongues, ground)));
            survey.faults.extend(files.faults().iter().map(|(place, why)| (Some(place.clone()), why.clone())));
        }
        Err(why) => survey.faults.push((None, why)),
    }
    survey.files.extend(files.sources().iter().map(|(_, source)| source.shown.clone()));
}

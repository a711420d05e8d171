//! One run: files to findings. Entries are read side by side, each with all that it includes and calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::discover::{Entry, Sort};
use super::files::Files;
use super::github::triggers::Listener;
use super::model::Job;
use super::reader::{Language, Reader};
use super::rules::{self, Ground, Told};
use super::shell::Scope;
use super::text::{FileId, Mapped, Span};
use super::{azure, excerpt, github, gitlab, literal, quiet, yaml};
use crate::domain::finding::{Finding, Place, Severity};
use crate::domain::remedy::{Words, fix};
use crate::domain::report::Reading;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    /// Files that cannot be read, and where they break.
    pub faults: Vec<(Option<Place>, String)>,
    pub reading: Reading,
}

/// What one entry brought, and the files it was read from.
type Share = (Outcome, BTreeSet<String>);

/// Reads and judges all entries.
pub fn run(entries: &[Entry], directory: &Path, ground: &Ground<'_>) -> Outcome {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = entries.len().div_ceil(workers).max(1);
    let root =
        |entry: &Entry| (entry.root.clone(), Root { path: entry.root.clone(), directory, listeners: OnceLock::new() });
    let roots: BTreeMap<PathBuf, Root<'_>> = entries.iter().map(root).collect();
    let shares: Vec<Share> = std::thread::scope(|scope| {
        let work = |chunk: &[Entry]| {
            chunk.iter().map(|entry| one(entry, directory, ground, &roots[&entry.root])).collect::<Vec<Share>>()
        };
        // The syntax tree of a script is followed by recursion, which needs room.
        let start = |chunk| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(chunk));
        let started: Vec<_> = entries.chunks(share).map(|chunk| start(chunk).map_err(|_| chunk)).collect();
        let finish = |started: Result<std::thread::ScopedJoinHandle<'_, Vec<Share>>, _>| match started {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Where there is no room for another thread this one does the work.
            Err(chunk) => work(chunk),
        };
        started.into_iter().flat_map(finish).collect()
    });
    let mut whole = Outcome::default();
    let mut files = BTreeSet::new();
    for (one, read) in shares {
        whole.findings.extend(one.findings);
        whole.faults.extend(one.faults);
        whole.reading.jobs += one.reading.jobs;
        whole.reading.not_read += one.reading.not_read;
        whole.reading.unresolved.extend(one.reading.unresolved);
        files.extend(read);
    }
    whole.reading.files = files.len();
    whole.reading.unresolved.sort();
    whole.reading.unresolved.dedup();
    whole.faults.sort();
    whole.faults.dedup();
    tidy(&mut whole.findings);
    whole
}

pub(super) const STACK: usize = 64 * 1024 * 1024;

/// A repository with entries, and the workflows in it that wait for something: read once, when they are asked for.
struct Root<'d> {
    path: PathBuf,
    directory: &'d Path,
    listeners: OnceLock<Vec<Listener>>,
}

impl Root<'_> {
    fn listeners(&self) -> Vec<Listener> {
        self.listeners.get_or_init(|| github::triggers::listeners(&self.path, self.directory)).clone()
    }
}

fn one(entry: &Entry, directory: &Path, ground: &Ground<'_>, root: &Root<'_>) -> Share {
    let mut files = Files::new(&entry.root, directory);
    let mut outcome = Outcome::default();
    match files.read_entry(&entry.path) {
        Ok(file) => {
            let jobs = jobs(file, entry, &mut files);
            outcome.findings = findings(&jobs, &files, ground, root);
            outcome.reading.jobs = jobs.len();
            let unresolved = jobs.iter().flat_map(rules::unresolved);
            outcome.reading.unresolved = unresolved.map(|span| files.place(span)).collect();
            outcome.reading.not_read = files.unread().values().sum();
            outcome.faults = files.faults().iter().map(|(place, why)| (Some(place.clone()), why.clone())).collect();
        }
        Err(why) => outcome.faults.push((None, why)),
    }
    (outcome, files.sources().iter().map(|(_, source)| source.shown.clone()).collect())
}

pub(super) fn jobs(file: FileId, entry: &Entry, files: &mut Files) -> Vec<Job> {
    match entry.sort {
        Sort::GitLab => gitlab::jobs(file, files),
        Sort::Azure => azure::jobs(file, files),
        Sort::Workflow => github::jobs(file, files),
        Sort::Action => github::action(file, files),
        Sort::Yaml => match yaml::parse(files.source(file), file) {
            Ok(documents) if documents.iter().any(|root| azure::is_ours(root)) => azure::jobs(file, files),
            Ok(documents) if documents.iter().any(|root| github::is_ours(root)) => github::jobs(file, files),
            Ok(documents) if documents.iter().any(|root| gitlab::is_ours(root)) => gitlab::jobs(file, files),
            Ok(_) => Vec::new(),
            Err(fault) => {
                files.fault(Span { file, start: fault.offset, end: fault.offset }, fault.message);
                Vec::new()
            }
        },
        Sort::Script => Language::of_file(&entry.path.to_string_lossy(), &files.source(file).text)
            .map_or_else(Vec::new, |language| script(language, file, files)),
    }
}

/// A script on its own: its variables and arguments are known only to those who call it.
fn script(language: Language, file: FileId, files: &mut Files) -> Vec<Job> {
    let text = Mapped::exact(files.source(file).text.clone(), file, 0);
    let name = files.source(file).shown.clone();
    let mut scope = Scope::default();
    let mut reader = Reader::new(files);
    reader.follow(language, &text, &mut scope);
    vec![Job { name, acts: reader.finish(&scope), ..Job::default() }]
}

fn findings(jobs: &[Job], files: &Files, ground: &Ground<'_>, root: &Root<'_>) -> Vec<Finding> {
    // As many as anybody reads, and more.
    const MAX_TOLD: usize = 2_000;
    let mut told: Vec<Told> = rules::apply(jobs, ground);
    let forge = jobs.first().map_or("", |job| job.forge);
    for (file, source) in files.sources().iter() {
        let literals = rules::literals(source, file, &literal::judge);
        told.extend(literals.into_iter().map(|told| Told { forge, ..told }));
    }
    told.truncate(MAX_TOLD);
    told.retain(|one| {
        one.where_file.as_ref().is_none_or(|wanted| files.hold(wanted))
            && !one.unless_file.as_ref().is_some_and(|wanted| files.hold(wanted))
    });
    told.retain_mut(|one| one.is_heard(&files.source(one.span.file).shown, || root.listeners()));
    let heard =
        told.into_iter().filter(|one| !quiet::is_ignored(one.rule, one.span, one.around, files.source(one.span.file)));
    heard.map(|one| finding(one, files, ground)).collect()
}

fn finding(told: Told, files: &Files, ground: &Ground<'_>) -> Finding {
    let mut words = Words::default();
    for (name, text) in told.words {
        words.set(name, text);
    }
    let fix = fix(told.rule, ground.rules, &words, ground.catalogue(told.forge));
    let severity = ground.rules.get(told.rule).map_or(Severity::Warning, |rule| rule.severity);
    Finding {
        rule: told.rule.to_owned(),
        severity: told.severity.unwrap_or(severity),
        connection: None,
        capability: None,
        layer: None,
        message: told.message,
        fix: told.fix.or(fix.text),
        link: fix.link,
        place: Some(files.place(told.span)),
        excerpt: Some(excerpt::of(told.span, files.source(told.span.file))),
    }
}

/// In the order of files and lines, each thing once.
fn tidy(findings: &mut Vec<Finding>) {
    findings
        .sort_by(|one, other| (&one.place, &one.rule, &one.message).cmp(&(&other.place, &other.rule, &other.message)));
    findings.dedup_by(|one, other| one.place == other.place && one.rule == other.rule && one.message == other.message);
}

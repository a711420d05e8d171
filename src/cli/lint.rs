//! `hallpass lint`

use std::path::{Path, PathBuf};

use super::args::{LintArguments, Run};
use super::check::limit;
use super::output;
use super::process::Process;
use super::selection::ignores;
use crate::app::lint::{exit_status, report};
use crate::domain::conclude::Setting;
use crate::domain::redact::Redactor;
use crate::domain::version::Version;
use crate::wiring::{Library, git, human, pipelines};

pub(super) fn run(arguments: &LintArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let plan = output::plan(&arguments.common, process, &library.rules)?;
    let directory = process.directory.clone().ok_or("the working directory is gone")?;
    let version = version(arguments, process)?;
    let ignores = ignores(arguments.common.config.as_deref(), process, &library)?;
    let entries = entries(&arguments.paths, &directory)?;
    let ground =
        pipelines::ground(&library, version).map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let outcome = pipelines::run(&entries, &directory, &ground);
    let setting = Setting {
        rules: &library.rules,
        titles: &library.titles,
        ignores: &ignores,
        now: process.clock.now(),
        in_ci: false,
    };
    let complete = outcome.faults.is_empty();
    for (place, why) in &outcome.faults {
        let at = place.as_ref().map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let _ = writeln!(process.stderr, "error: {}", crate::wiring::log_text(&format!("{at}{why}")).trim_end());
    }
    let report = report(outcome.findings, outcome.reading, complete, &setting);
    plan.write_own(&report, human::render, &Redactor::default(), process)?;
    Ok(exit_status(&report, limit(arguments.result.fail_on), complete || arguments.result.allow_unknown))
}

/// What the command line says, else what the job knows.
fn version(arguments: &LintArguments, process: &Process<'_>) -> Result<Option<Version>, String> {
    match &arguments.gitlab_version {
        Some(text) => text.parse().map(Some).map_err(|error| format!("`--gitlab-version`: {error}")),
        None => Ok(process.variable("CI_SERVER_VERSION").and_then(|text| text.parse().ok())),
    }
}

fn entries(paths: &[PathBuf], directory: &Path) -> Result<Vec<pipelines::Entry>, String> {
    if paths.is_empty() {
        let root = git::work_tree(directory).unwrap_or_else(|| directory.to_owned());
        return Ok(pipelines::of_repository(&root));
    }
    let mut entries = Vec::new();
    for path in paths {
        let whole = directory.join(path);
        entries.extend(pipelines::named(&whole, directory).map_err(|why| format!("`{}`: {why}", path.display()))?);
    }
    Ok(entries)
}

impl Run {
    /// For a command that asks nobody.
    pub(super) fn quiet() -> Self {
        Self {
            offline: true,
            probe: super::args::Probe::None,
            allow_origin: Vec::new(),
            allow_http: Vec::new(),
            ca_file: None,
            timeout: None,
            deadline: None,
        }
    }
}

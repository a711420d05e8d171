//! `hallpass report`

use std::path::Path;

use super::args::ReportArguments;
use super::check::limit;
use super::output;
use super::process::Process;
use crate::app::compare::matrix;
use crate::app::merge::{Part, exit_status, merge};
use crate::app::since::compare;
use crate::domain::redact::Redactor;
use crate::domain::report::Report;
use crate::wiring::{Library, human, read_bounded, read_report};

pub(super) fn run(arguments: &ReportArguments, process: &mut Process<'_>) -> Result<u8, String> {
    if arguments.common.config.is_some() {
        return Err("`--config` has no meaning here: a report is judged already".to_owned());
    }
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let mut plan = output::plan(&arguments.common, process, &library.rules)?;
    plan.options.sections = arguments.log_sections;
    let directory = process.directory.clone().unwrap_or_default();
    let mut parts = Vec::new();
    for path in &arguments.files {
        let report = from_file(path, &directory, &library)?;
        parts.push(Part { file: path.display().to_string(), report });
    }
    let before = arguments.baseline.as_deref().map(|path| from_file(path, &directory, &library)).transpose()?;
    let mut merged =
        merge(parts, arguments.latest).map_err(|refusal| format!("{refusal}\nhint: {}", refusal.hint()))?;
    if let Some(before) = &before {
        compare(&mut merged.report, before, &[]);
    }
    plan.write_own(&merged.report, human::render, &Redactor::default(), process)?;
    Ok(exit_status(&merged, limit(arguments.result.fail_on), arguments.result.allow_unknown))
}

/// A report as it was when it was written, titles and matrix included.
pub(super) fn from_file(path: &Path, directory: &Path, library: &Library) -> Result<Report, String> {
    let shown = path.display();
    let bytes = read_bounded(&directory.join(path)).map_err(|why| format!("`{shown}` {why}"))?;
    let written = read_report(&bytes).map_err(|why| format!("`{shown}` {why}\nhint: {}", why.hint()))?;
    let mut report = written.report;
    for connection in &mut report.connections {
        let catalogue = library.forge(&connection.forge).map(crate::app::ports::Provider::catalogue);
        let kind = connection.token.kind.as_ref().filter(|kind| **kind != crate::domain::token::Kind::UNKNOWN);
        connection.token.kind_title = kind.zip(catalogue).map(|(kind, catalogue)| catalogue.kind_title(kind));
        for entry in &mut connection.capabilities {
            if let Some(title) = library.titles.get(&entry.id) {
                entry.title.clone_from(title);
            }
        }
    }
    if let Some(compared) = written.matrix {
        let of_a_job = |at: usize| {
            let held = &report.connections[at];
            let kind = held.token.kind.as_ref();
            let row = kind.and_then(|kind| library.forge(&held.forge)?.catalogue().kind(kind));
            row.is_some_and(|row| row.of_a_job)
        };
        report.matrix = Some(matrix(&report, &compared.rows, |_| compared.least, of_a_job));
    }
    Ok(report)
}

//! What was found in files, as a report.

use crate::domain::concerns::is_ignored;
use crate::domain::conclude::Setting;
use crate::domain::finding::{Finding, Severity};
use crate::domain::report::{Reading, Report, Status};

/// The report of a run. `complete`: nothing that was to be read is broken.
pub fn report(findings: Vec<Finding>, reading: Reading, complete: bool, setting: &Setting<'_>) -> Report {
    let findings: Vec<Finding> = findings.into_iter().filter(|finding| !is_ignored(finding, setting)).collect();
    let worst = findings.iter().map(|finding| finding.severity).max();
    let status = match worst {
        Some(Severity::Error) => Status::Fail,
        _ if !complete || reading.files == 0 => Status::Unknown,
        Some(Severity::Warning) => Status::Warn,
        _ => Status::Pass,
    };
    Report { status, findings, reading: Some(reading), ..Report::at(setting.now) }
}

/// The exit status of a run, the same for all formats.
pub fn exit_status(report: &Report, fail_on: Option<Severity>, complete: bool) -> u8 {
    let failed = fail_on.is_some_and(|limit| report.worst_finding().is_some_and(|worst| worst >= limit));
    let read = report.reading.as_ref().is_some_and(|reading| reading.files > 0);
    match (failed, complete && read) {
        (true, _) => 1,
        (false, false) => 3,
        (false, true) => 0,
    }
}

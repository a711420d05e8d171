//! `hallpass check`

use super::args::{CheckArguments, FailOn};
use super::process::Process;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask, exit_status, report};
use crate::domain::finding::Severity;
use crate::wiring::human;

pub(super) fn run(arguments: &CheckArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let said = Said {
        names: &arguments.names,
        adhoc: &arguments.adhoc,
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::Each,
    };
    let mut session = Session::open(&said, process)?;
    session.plan.options.sections = arguments.log_sections;
    let listing = Listing::UsualWhereNothingIsDemanded;
    let report = session.run(
        &said,
        process,
        |means| report(&ask(&session.selection.connections, &listing, means), means),
        human::render,
    )?;
    Ok(exit_status(&report, limit(arguments.result.fail_on), arguments.result.allow_unknown))
}

pub(super) fn limit(fail_on: FailOn) -> Option<Severity> {
    match fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Note => Some(Severity::Note),
        FailOn::Never => None,
    }
}

//! `hallpass check`

use super::args::{CheckArguments, FailOn};
use super::process::Process;
use super::report::from_file;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask, exit_status, of_shard, report};
use crate::app::since::against;
use crate::domain::finding::Severity;
use crate::domain::shard::Shard;
use crate::wiring::human;

pub(super) fn run(arguments: &CheckArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let said = Said {
        names: &arguments.names,
        adhoc: &arguments.adhoc,
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::Each,
    };
    let shard = arguments.shard.as_deref().map(|text| shard(text, process)).transpose()?;
    let directory = process.directory.clone().unwrap_or_default();
    let mut session = Session::open(&said, process)?;
    session.plan.options.sections = arguments.log_sections;
    if let Some(shard) = shard {
        session.selection.connections.retain(|connection| shard.holds(&connection.name));
    }
    let before = arguments.baseline.as_deref();
    let before = before.map(|path| from_file(path, &directory, &session.library)).transpose()?;
    let listing = Listing::UsualWhereNothingIsDemanded;
    let report = session.run(
        &said,
        process,
        |means| {
            let audited = ask(&session.selection.connections, &listing, means);
            let report = report(&audited, means);
            let mut report = match shard {
                Some(shard) => of_shard(report, shard),
                None => report,
            };
            if let Some(before) = &before {
                against(&mut report, &audited, before, &arguments.names, means);
            }
            report
        },
        human::render,
    )?;
    Ok(exit_status(&report, limit(arguments.result.fail_on), arguments.result.allow_unknown))
}

/// Variables with the number of this job among equal ones, and how many there are: GitLab's `parallel`, Azure's.
const PARALLEL: [(&str, &str); 2] =
    [("CI_NODE_INDEX", "CI_NODE_TOTAL"), ("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE")];

fn shard(text: &str, process: &Process<'_>) -> Result<Shard, String> {
    if text != "auto" {
        let wrong = "`--shard` takes I/N, such as 2/5, or auto\nhint: I counts from 1 to N";
        return Shard::parse(text).ok_or_else(|| wrong.to_owned());
    }
    let variable = |name: &str| process.variable(name).filter(|value| !value.is_empty());
    for (index, total) in PARALLEL {
        let found = match (variable(index), variable(total)) {
            (None, None) => continue,
            // GitLab gives a job that has no others a total alone.
            (None, Some(of)) if of == "1" => Shard::new(1, 1),
            (Some(index), Some(of)) => index.parse().ok().zip(of.parse().ok()).and_then(|(i, of)| Shard::new(i, of)),
            _ => None,
        };
        return found
            .ok_or_else(|| format!("`--shard auto`: `{index}` and `{total}` do not say which part is this job's"));
    }
    let missing = "`--shard auto`: nothing here says which of several equal jobs this is";
    let hint = "GitLab sets CI_NODE_INDEX and CI_NODE_TOTAL with `parallel:`; elsewhere give `--shard I/N`";
    Err(format!("{missing}\nhint: {hint}"))
}

pub(super) fn limit(fail_on: FailOn) -> Option<Severity> {
    match fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Note => Some(Severity::Note),
        FailOn::Never => None,
    }
}

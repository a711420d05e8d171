//! `hallpass compare`

use super::args::CompareArguments;
use super::process::Process;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask};
use crate::app::compare::{compare, exit_status, rows, share_facts};
use crate::domain::capability::Capability;
use crate::wiring::human;

pub(super) fn run(arguments: &CompareArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let said = Said {
        names: &arguments.connections,
        adhoc: &arguments.adhoc,
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::Compare,
    };
    let session = Session::open(&said, process)?;
    let connections = &session.selection.connections;
    let typed: Vec<Capability> = arguments.capabilities.iter().map(|id| Capability::new(id)).collect();
    super::can::known(&typed, connections, &session)?;
    let report = session.run(
        &said,
        process,
        |means| {
            let rows = rows(typed, connections, means);
            let mut audited = ask(connections, &Listing::Observe(rows.clone()), means);
            share_facts(&mut audited);
            compare(&audited, &rows, means)
        },
        human::render,
    )?;
    Ok(report.matrix.as_ref().map_or(3, exit_status))
}

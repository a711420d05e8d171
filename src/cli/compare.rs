//! `hallpass compare`

use super::args::CompareArguments;
use super::process::Process;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask};
use crate::app::compare::{compare, rows, share_facts};
use crate::domain::capability::Capability;
use crate::domain::report::Report;
use crate::domain::verdict::Verdict;
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
    Ok(status(&report))
}

/// 0 when some token suffices, 1 when none does, 3 when that is not known.
fn status(report: &Report) -> u8 {
    let Some(matrix) = &report.matrix else { return 3 };
    let any = |verdict| matrix.tokens.iter().any(|token| token.suffices == verdict);
    if matrix.least.is_some() {
        0
    } else if any(Verdict::Unknown) || matrix.tokens.is_empty() {
        3
    } else {
        1
    }
}

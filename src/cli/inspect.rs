//! `hallpass inspect`

use super::args::InspectArguments;
use super::process::Process;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask, report};
use crate::wiring::human;

pub(super) fn run(arguments: &InspectArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let names: Vec<String> = arguments.connection.iter().cloned().collect();
    let said = Said {
        names: &names,
        adhoc: &arguments.adhoc,
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::One,
    };
    let session = Session::open(&said, process)?;
    super::can::one_only(&session.selection.connections)?;
    let report = session.run(
        &said,
        process,
        |means| report(&ask(&session.selection.connections, &Listing::Nothing, means), means),
        human::inspect,
    )?;
    let active = report.connections.first().and_then(|connection| connection.token.active);
    Ok(match active {
        Some(true) => 0,
        Some(false) => 1,
        // Offline, that nothing is wrong with the text is all there is to know.
        None if arguments.run.offline => 0,
        None => 3,
    })
}

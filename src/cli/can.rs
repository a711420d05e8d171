//! `hallpass can`

use super::args::CanArguments;
use super::process::Process;
use super::selection::Manner;
use super::session::{Said, Session};
use crate::app::check::{Listing, ask, report};
use crate::domain::capability::{Capability, nearest};
use crate::domain::connection::Connection;
use crate::domain::report::Report;
use crate::domain::verdict::Verdict;
use crate::wiring::human;

pub(super) fn run(arguments: &CanArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let names: Vec<String> = arguments.connection.iter().cloned().collect();
    let said = Said {
        names: &names,
        adhoc: &arguments.adhoc,
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::One,
    };
    let session = Session::open(&said, process)?;
    one_only(&session.selection.connections)?;
    let wanted: Vec<Capability> = arguments.capability.iter().map(|id| Capability::new(id)).collect();
    known(&wanted, &session.selection.connections, &session)?;
    let listing = if arguments.list { Listing::Everything } else { Listing::Observe(wanted.clone()) };
    let own = |report: &Report, options: &_| match wanted.first() {
        Some(capability) => human::one_capability(report, capability, options).unwrap_or_default(),
        None => human::render(report, options),
    };
    let report = session.run(
        &said,
        process,
        |means| report(&ask(&session.selection.connections, &listing, means), means),
        own,
    )?;
    Ok(if arguments.list { listed(&report) } else { answer(&report, &wanted) })
}

/// A question is about one token.
pub(super) fn one_only(connections: &[Connection]) -> Result<(), String> {
    if connections.len() > 1 {
        let names = connections.iter().map(|connection| connection.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(format!("which token is meant?\nhint: add `--connection NAME`; there are {names}"));
    }
    Ok(())
}

/// A capability that no forge at hand knows was mistyped.
pub(super) fn known(wanted: &[Capability], connections: &[Connection], session: &Session) -> Result<(), String> {
    let catalogues: Vec<_> = connections
        .iter()
        .filter_map(|connection| session.library.forge(&connection.forge))
        .map(crate::app::ports::Provider::catalogue)
        .collect();
    for capability in wanted {
        if catalogues.iter().all(|catalogue| catalogue.row(capability).is_none()) {
            let ids = catalogues.iter().flat_map(|catalogue| catalogue.rows.keys()).map(Capability::as_str);
            let hint = nearest(capability.as_str(), ids)
                .map_or_else(|| "`hallpass explain` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(format!("there is no such capability\nhint: {hint}"));
        }
    }
    Ok(())
}

fn answer(report: &Report, wanted: &[Capability]) -> u8 {
    let entry = report.connections.iter().flat_map(|connection| &connection.capabilities);
    match entry.filter(|entry| wanted.contains(&entry.id)).map(|entry| entry.verdict).next() {
        Some(Verdict::Allowed) => 0,
        Some(Verdict::Denied) => 1,
        Some(Verdict::Unknown) | None => 3,
    }
}

/// A list answers many questions and fails none of them; it fails when the token could not be asked about.
fn listed(report: &Report) -> u8 {
    let told = report.connections.iter().any(|connection| connection.token.active == Some(true));
    if told { 0 } else { 3 }
}

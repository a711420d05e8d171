//! `hallpass advise`

use super::args::{AdHoc, AdviseArguments, Run};
use super::output;
use super::process::Process;
use super::selection::{Manner, Wanted, select};
use crate::app::advise::about;
use crate::domain::advise::Advised;
use crate::domain::redact::Redactor;
use crate::domain::version::Version;
use crate::wiring::{Library, advice_json, human};

pub(super) fn run(arguments: &AdviseArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let adhoc = AdHoc {
        contract: arguments.contract.clone(),
        needs: arguments.needs.clone(),
        forge: arguments.forge.clone(),
        url: arguments.url.clone(),
        target: arguments.target.clone(),
        ..AdHoc::default()
    };
    let common = &arguments.common;
    let run = Run::default();
    let wanted = Wanted {
        config: common.config.as_deref(),
        names: &arguments.names,
        adhoc: &adhoc,
        run: &run,
        manner: Manner::Demands,
    };
    let version = server_version(arguments.server_version.as_deref())?;
    let plan = output::plan_of_text(common, process, &library.rules)?;
    let selection = select(&wanted, process, &library)?;
    let named = adhoc.contract.is_empty() && adhoc.needs.is_empty();
    let advised: Vec<Advised> = selection
        .connections
        .iter()
        .filter_map(|connection| Some(about(connection, named, version, library.forge(&connection.forge)?)))
        .filter(|advised| !advised.capabilities.is_empty())
        .collect();
    if advised.is_empty() {
        let hint = "name a tool with `--contract`, or what is to be done with `--needs`";
        return Err(format!("nothing is demanded, so any token is too much\nhint: {hint}"));
    }
    let say = |format: &str, options: &_| match format {
        "json" => advice_json(&advised, options),
        _ => human::advice(&advised, options),
    };
    plan.write_texts(say, &Redactor::default(), process)?;
    Ok(u8::from(!advised.iter().all(|one| one.best.is_some())))
}

fn server_version(text: Option<&str>) -> Result<Option<Version>, String> {
    let parse = |text: &str| text.parse().map_err(|error| format!("`--server-version`: {error}"));
    text.map(parse).transpose()
}

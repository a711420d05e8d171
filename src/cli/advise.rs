//! `hallpass advise`

use super::args::{AdHoc, AdviseArguments, Run};
use super::home;
use super::output;
use super::process::Process;
use super::selection::{Manner, Wanted, placed, select};
use super::survey::survey;
use crate::app::advise::{about, about_job, kept};
use crate::app::init::{site, software};
use crate::domain::advise::{Advices, Advised, JobOf, OfJob, Unresolved};
use crate::domain::outline::Home;
use crate::domain::redact::Redactor;
use crate::domain::usage::{Deed, Doings, Sight, Use, Where, gathered};
use crate::domain::version::Version;
use crate::wiring::{Library, advice_json, git, human};

/// The exit status where the files do not tell what is done.
const UNKNOWN: u8 = 3;

pub(super) fn run(arguments: &AdviseArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let version = server_version(arguments.server_version.as_deref())?;
    let plan = output::plan_of_text(&arguments.common, process, &library.rules)?;
    let mut advices = asked_for(arguments, version, process, &library)?;
    if arguments.names.is_empty() && arguments.contract.is_empty() && arguments.needs.is_empty() {
        of_pipelines(arguments, version, &mut advices, process, &library)?;
    }
    if advices.all.is_empty() && advices.unresolved.is_empty() {
        let hint = "name a tool with `--contract`, or what is to be done with `--needs`";
        return Err(format!("nothing is demanded, so any token is too much\nhint: {hint}"));
    }
    let say = |format: &str, options: &_| match format {
        "json" => advice_json(&advices, options),
        _ => human::advice(&advices, options),
    };
    plan.write_texts(say, &Redactor::default(), process)?;
    Ok(match advices.all.iter().all(|one| one.best.is_some()) {
        false => 1,
        true if advices.all.is_empty() => UNKNOWN,
        true => 0,
    })
}

fn server_version(text: Option<&str>) -> Result<Option<Version>, String> {
    let parse = |text: &str| text.parse().map_err(|error| format!("`--server-version`: {error}"));
    text.map(parse).transpose()
}

/// About what was typed, or else about the connections of the configuration.
fn asked_for(
    arguments: &AdviseArguments,
    version: Option<Version>,
    process: &Process<'_>,
    library: &Library,
) -> Result<Advices, String> {
    let adhoc = AdHoc {
        contract: arguments.contract.clone(),
        needs: arguments.needs.clone(),
        forge: arguments.forge.clone(),
        url: arguments.url.clone(),
        target: arguments.target.clone(),
        ..AdHoc::default()
    };
    let run = Run::default();
    let config = arguments.common.config.as_deref();
    let wanted = Wanted { config, names: &arguments.names, adhoc: &adhoc, run: &run, manner: Manner::Demands };
    let selection = select(&wanted, process, library)?;
    let named = adhoc.contract.is_empty() && adhoc.needs.is_empty();
    let all = selection
        .connections
        .iter()
        .filter_map(|connection| Some(about(connection, named, version, library.forge(&connection.forge)?)))
        .filter(|advised| !advised.capabilities.is_empty())
        .collect();
    Ok(Advices { all, unresolved: Vec::new() })
}

/// About every job of this repository's pipelines, one token after the other.
fn of_pipelines(
    arguments: &AdviseArguments,
    version: Option<Version>,
    advices: &mut Advices,
    process: &mut Process<'_>,
    library: &Library,
) -> Result<(), String> {
    let directory = process.directory.clone().ok_or("the working directory is gone")?;
    let root = git::work_tree(&directory).unwrap_or_else(|| directory.clone());
    let survey = survey(&root, &directory, process, library)?;
    if survey.uses.is_empty() {
        return Ok(());
    }
    let mut home = home::find(arguments.forge.as_deref(), &root, &survey.forges, process, library)?;
    if let Some(url) = &arguments.url {
        home.url.clone_from(url);
    }
    home.target = arguments.target.clone().or(home.target);
    let mut followed = Vec::new();
    for one in survey.uses {
        let why = match (&one.deed, software(&one, &home, &library.forges)) {
            (Deed::Untold(why), _) => *why,
            (_, Some(Err(why))) => why,
            _ => {
                followed.push(one);
                continue;
            }
        };
        let sight = Sight { place: one.place, job: one.job };
        advices.unresolved.push(Unresolved { sight, holder: one.holder, why });
    }
    let key = |one: &Use| (one.job.clone(), one.holder.clone(), one.aim.clone());
    for (wanted, doings) in gathered(&followed, key) {
        let one = followed.iter().find(|one| key(one) == wanted);
        advices.all.extend(one.map(|one| for_job(one, doings, &home, version, process, library)).transpose()?);
    }
    advices.all.sort_by(|one, other| first(one).cmp(&first(other)));
    advices.unresolved.sort();
    Ok(())
}

/// Connections of the configuration first, then jobs as they stand in their files.
fn first(advised: &Advised) -> Option<&Sight> {
    advised.job.as_ref()?.doings.first()
}

fn for_job(
    one: &Use,
    doings: Doings,
    home: &Home,
    version: Option<Version>,
    process: &Process<'_>,
    library: &Library,
) -> Result<Advised, String> {
    let site = site(one, home, &library.forges);
    let unplaced = site.as_ref().err().copied();
    let (forge, url, target) = match site {
        Ok(site) => (site.forge, site.url, site.target),
        Err(_) => (home.forge.clone(), home.url.clone(), None),
    };
    let adhoc = AdHoc {
        contract: doings.contracts.keys().cloned().collect(),
        needs: doings.capabilities.keys().map(|capability| capability.as_str().to_owned()).collect(),
        forge: Some(forge.clone()),
        url: Some(url.clone()),
        target: target.clone(),
        ..AdHoc::default()
    };
    // Nothing is sent anywhere.
    let allow_http = if url.starts_with("http://") { vec![url.clone()] } else { Vec::new() };
    let run = Run { allow_http, ..Run::default() };
    let wanted = Wanted { config: None, names: &[], adhoc: &adhoc, run: &run, manner: Manner::Demands };
    let mut connection = placed(&wanted, process, library)?;
    if unplaced.is_some() {
        connection.target = None;
    }
    let from = if (&forge, &url) != (&home.forge, &home.url) || one.aim.base == Where::Unknown {
        JobOf::Elsewhere
    } else if one.aim.target == Where::Own || (target.is_some() && target == home.target) {
        JobOf::Here
    } else {
        JobOf::Beside
    };
    let kept = library.forge(&home.forge).and_then(|provider| kept(home, provider));
    let job = OfJob { name: one.job.clone(), holder: one.holder.clone(), unplaced, kept, doings };
    let provider = library.forge(&connection.forge).ok_or("the forge is not known")?;
    Ok(about_job(&connection, job, from, version, provider))
}

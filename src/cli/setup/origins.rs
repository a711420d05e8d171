//! Which places setup is about.

use super::super::args::SetupArguments;
use super::super::credential::Known;
use crate::domain::connection::Connection;
use crate::domain::origin::{Origin, Scheme};
use crate::wiring::{git, offhand};

/// Those that were named. Else, for a repository, those of its remotes; and otherwise the origins of the user's
/// configuration, the public forges, the job's platform and the remotes.
pub(super) fn wanted(
    arguments: &SetupArguments,
    known: &Known<'_>,
    connections: &[Connection],
    configuration: &git::Configuration,
) -> Result<Vec<Origin>, String> {
    let mut wanted = Vec::new();
    let mut add = |origin: Origin| {
        if !wanted.contains(&origin) {
            wanted.push(origin);
        }
    };
    if !arguments.origins.is_empty() {
        for text in &arguments.origins {
            add(typed(text, connections)?);
        }
        return Ok(wanted);
    }
    if !arguments.local {
        connections.iter().filter(|one| one.barred.is_none()).for_each(|one| add(one.base.origin.clone()));
        offhand().filter_map(|forge| Origin::parse(forge.public_origin).ok()).for_each(&mut add);
        known.platform().cloned().into_iter().for_each(&mut add);
    }
    of_remotes(configuration).into_iter().for_each(&mut add);
    if wanted.is_empty() && !arguments.migrate {
        return Err("no remote of this repository is on https\n\
                    hint: name the place: `hallpass setup --local https://gitlab.example.com`"
            .to_owned());
    }
    Ok(wanted)
}

fn of_remotes(configuration: &git::Configuration) -> Vec<Origin> {
    let remotes = configuration.remotes().into_iter();
    let addresses = remotes.flat_map(|remote| remote.addresses.into_iter().chain(remote.push_addresses));
    let bare = addresses.filter_map(|(address, _)| Some(git::Address::read(address.expose())?.bare()));
    let origins = bare.filter_map(|bare| Some(Origin::parse_with_path(&bare).ok()?.0));
    origins.filter(|origin| origin.scheme_of() == Scheme::Https).collect()
}

/// A whole address of a repository names its origin too.
fn typed(text: &str, connections: &[Connection]) -> Result<Origin, String> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let (origin, _) = Origin::parse_with_path(&whole).map_err(|error| format!("a place cannot be used: {error}"))?;
    let agreed = |one: &Connection| one.insecure && one.base.origin == origin;
    if origin.scheme_of() == Scheme::Http && !connections.iter().any(agreed) {
        return Err(format!(
            "hallpass answers nothing for {origin}, since tokens would travel unencrypted\n\
             hint: where that is agreed to, give it a connection with `insecure: true` in your own configuration"
        ));
    }
    Ok(origin)
}

/// Organizations of Azure DevOps share an origin, and so do projects that have tokens of their own.
pub(super) fn tokens_differ_by_path(origin: &Origin, connections: &[Connection]) -> bool {
    let azure = origin.host() == "dev.azure.com" || origin.host().ends_with(".visualstudio.com");
    azure || connections.iter().any(|one| one.target.is_some() && one.base.origin == *origin)
}

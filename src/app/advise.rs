//! The least token for each connection's demands, without asking anybody.

use std::collections::BTreeSet;

use super::ports::Provider;
use crate::domain::advise::{Advice, Advised, Candidate, Task, advise};
use crate::domain::capability::Capability;
use crate::domain::connection::Connection;
use crate::domain::demands::Demands;
use crate::domain::remedy::{Words, fill_link};
use crate::domain::version::Version;

pub fn about(connection: &Connection, named: bool, server: Option<Version>, provider: &dyn Provider) -> Advised {
    let catalogue = provider.catalogue();
    let capabilities: BTreeSet<Capability> = Demands::of(connection).required.into_keys().collect();
    let sections = connection.contracts.iter().map(|(_, section)| section).collect();
    let stated = || connection.job.as_ref()?.server_version.as_deref()?.parse().ok();
    let task = Task { capabilities: capabilities.clone(), sections, server: server.or_else(stated) };
    let kinds: Vec<Candidate> = advise(&task, catalogue)
        .into_iter()
        .map(|advice| Candidate { link: link(&advice, connection, provider), advice })
        .collect();
    let best = best(&kinds, &task);
    Advised {
        connection: named.then(|| connection.name.clone()),
        forge: connection.forge.clone(),
        forge_title: catalogue.about.title.clone(),
        url: connection.base.to_string(),
        target: connection.target.clone(),
        contracts: connection.contracts.iter().map(|(id, _)| id.clone()).collect(),
        capabilities,
        expiry: connection.expiry,
        kinds,
        best,
    }
}

/// The job's own token where it will do, for nothing has to be made; else what the tool's authors prefer; else the least
/// powerful.
fn best(kinds: &[Candidate], task: &Task<'_>) -> Option<usize> {
    let fits = |at: &usize| kinds[*at].advice.fits;
    let of_a_job = (0..kinds.len()).filter(fits).find(|at| kinds[*at].advice.of_a_job);
    let preferred = || {
        let wanted = task.sections.iter().flat_map(|section| &section.prefer);
        wanted.into_iter().find_map(|kind| (0..kinds.len()).filter(fits).find(|at| kinds[*at].advice.kind == *kind))
    };
    of_a_job.or_else(preferred).or_else(|| (0..kinds.len()).find(fits))
}

fn link(advice: &Advice, connection: &Connection, provider: &dyn Provider) -> Option<String> {
    let catalogue = provider.catalogue();
    let mut words = Words::of(connection, &crate::domain::evidence::Evidence::default(), catalogue);
    let scopes: Vec<&str> = advice.scopes.iter().map(String::as_str).collect();
    words.set("scopes", scopes.join(","));
    let page = || catalogue.about.links.get(advice.made_at.as_ref()?);
    fill_link(advice.prefilled.as_ref().or_else(page)?, &words)
}

//! The least token for each connection's demands, without asking anybody.

use std::collections::BTreeSet;

use super::ports::Provider;
use crate::domain::advise::{Advice, Advised, Candidate, JobOf, OfJob, Task, advise};
use crate::domain::capability::Capability;
use crate::domain::connection::Connection;
use crate::domain::demands::Demands;
use crate::domain::evidence::Evidence;
use crate::domain::outline::Home;
use crate::domain::remedy::{Words, fill_link};
use crate::domain::version::Version;

/// For a connection, which `named` says is one of the configuration.
pub fn about(connection: &Connection, named: bool, server: Option<Version>, provider: &dyn Provider) -> Advised {
    Advised {
        connection: named.then(|| connection.name.clone()),
        ..advised(connection, None, BTreeSet::new(), server, provider)
    }
}

/// For what a job does.
pub fn about_job(
    connection: &Connection,
    job: OfJob,
    from: JobOf,
    server: Option<Version>,
    provider: &dyn Provider,
) -> Advised {
    let permissions = job.doings.permissions.keys().cloned().collect();
    Advised { job: Some(job), ..advised(connection, Some(from), permissions, server, provider) }
}

/// Where jobs of this project find a token that somebody made, and the page for it.
pub fn kept(home: &Home, provider: &dyn Provider) -> Option<(String, Option<String>)> {
    let about = &provider.catalogue().about;
    let kept = about.kept.as_ref()?;
    let mut words = Words::default();
    words.set("url", home.url.clone());
    if let Some(target) = &home.target {
        words.set("target", target.clone());
    }
    let page = kept.link.as_ref().and_then(|key| about.links.get(key));
    Some((kept.text.clone(), page.and_then(|page| fill_link(page, &words))))
}

fn advised(
    connection: &Connection,
    job: Option<JobOf>,
    permissions: BTreeSet<String>,
    server: Option<Version>,
    provider: &dyn Provider,
) -> Advised {
    let catalogue = provider.catalogue();
    let capabilities: BTreeSet<Capability> = Demands::of(connection).required.into_keys().collect();
    let sections = connection.contracts.iter().map(|(_, section)| section).collect();
    let stated = || connection.job.as_ref()?.server_version.as_deref()?.parse().ok();
    let task = Task { capabilities: capabilities.clone(), sections, server: server.or_else(stated), job, permissions };
    let kinds: Vec<Candidate> = advise(&task, catalogue)
        .into_iter()
        .map(|advice| Candidate { link: link(&advice, connection, provider), advice })
        .collect();
    let best = best(&kinds, &task);
    Advised {
        connection: None,
        forge: connection.forge.clone(),
        forge_title: catalogue.about.title.clone(),
        url: connection.base.to_string(),
        target: connection.target.clone(),
        contracts: connection.contracts.iter().map(|(id, _)| id.clone()).collect(),
        capabilities,
        expiry: connection.expiry,
        kinds,
        best,
        job: None,
    }
}

/// The job's own token where it will do, for nothing has to be made; else what the tool's authors prefer; else the least
/// powerful.
fn best(kinds: &[Candidate], task: &Task<'_>) -> Option<usize> {
    let fits = |at: &usize| kinds[*at].advice.fits;
    let of_a_job = (0..kinds.len()).filter(fits).find(|at| kinds[*at].advice.of_a_job);
    // A person's token is in no machine's hands where another will do.
    let made = || (0..kinds.len()).filter(fits).find(|at| task.job.is_none() || !kinds[*at].advice.personal);
    let preferred = || {
        let wanted = task.sections.iter().flat_map(|section| &section.prefer);
        wanted.into_iter().find_map(|kind| (0..kinds.len()).filter(fits).find(|at| kinds[*at].advice.kind == *kind))
    };
    of_a_job.or_else(preferred).or_else(made).or_else(|| (0..kinds.len()).find(fits))
}

fn link(advice: &Advice, connection: &Connection, provider: &dyn Provider) -> Option<String> {
    let catalogue = provider.catalogue();
    let mut words = Words::of(connection, &Evidence::default(), catalogue);
    let scopes: Vec<&str> = advice.scopes.iter().map(String::as_str).collect();
    words.set("scopes", scopes.join(","));
    let page = || catalogue.about.links.get(advice.made_at.as_ref()?);
    fill_link(advice.prefilled.as_ref().or_else(page)?, &words)
}

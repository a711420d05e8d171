//! The least token for a job: what each kind would need to do it, the least powerful first.

use std::collections::BTreeSet;

use super::capability::Capability;
use super::catalogue::{Catalogue, KindRow, PermissionWays, Power, RouteNeed, Row, ScopeWays};
use super::contract::Section;
use super::excess;
use super::expiry::ExpiryPolicy;
use super::routes;
use super::token::Kind;
use super::usage::{Doings, Holder, Sight};
use super::version::{Presence, Version};

/// What is to be done, and on which server.
#[derive(Clone, Debug, Default)]
pub struct Task<'a> {
    pub capabilities: BTreeSet<Capability>,
    /// What the contracts ask for beside their capabilities.
    pub sections: Vec<&'a Section>,
    pub server: Option<Version>,
    pub job: Option<JobOf>,
    /// Permissions that are needed beside those of the capabilities.
    pub permissions: BTreeSet<String>,
}

/// The job that does it, as seen from what it is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOf {
    /// The same project.
    Here,
    /// Another project of the same instance.
    Beside,
    /// Another instance, or one nobody can name.
    Elsewhere,
}

/// What one kind of token would need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub kind: Kind,
    pub title: String,
    /// Nothing of the task is out of its reach.
    pub fits: bool,
    pub of_a_job: bool,
    /// It belongs to a person.
    pub personal: bool,
    /// How a step of the job comes by it.
    pub handed: Option<String>,
    pub scopes: BTreeSet<String>,
    pub permissions: BTreeSet<String>,
    /// The role its bearer needs on a private target.
    pub role: Option<String>,
    /// What it cannot do, and why.
    pub beyond: Vec<(Capability, String)>,
    /// What else must be so.
    pub conditions: Vec<String>,
    /// The page where it is made, as keys of the forge's links.
    pub made_at: Option<String>,
    /// The same page with the form filled in, as a template.
    pub prefilled: Option<String>,
}

/// Everything that is to be said about one connection.
#[derive(Clone, Debug)]
pub struct Advised {
    pub connection: Option<String>,
    pub forge: String,
    pub forge_title: String,
    pub url: String,
    pub target: Option<String>,
    pub contracts: Vec<String>,
    pub capabilities: BTreeSet<Capability>,
    pub expiry: ExpiryPolicy,
    pub kinds: Vec<Candidate>,
    /// The one to take, by its place in `kinds`.
    pub best: Option<usize>,
    /// The job it is about, where a pipeline file told what is done.
    pub job: Option<OfJob>,
}

/// What one job of a pipeline does with one token.
#[derive(Clone, Debug)]
pub struct OfJob {
    pub name: String,
    pub holder: Holder,
    /// Why the place cannot be told, where it cannot.
    pub unplaced: Option<&'static str>,
    /// Where it would find a token that somebody made, and the page for that.
    pub kept: Option<(String, Option<String>)>,
    pub doings: Doings,
}

/// Advice, and calls that could not be followed.
#[derive(Clone, Debug, Default)]
pub struct Advices {
    pub all: Vec<Advised>,
    pub unresolved: Vec<Unresolved>,
}

/// A call with a token of which the files do not tell what it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    pub sight: Sight,
    pub holder: Holder,
    pub why: &'static str,
}

/// Advice with the addresses of its pages.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub advice: Advice,
    pub link: Option<String>,
}

/// Every kind that can do anything of the task: those that can do all of it first, then by power.
pub fn advise(task: &Task<'_>, catalogue: &Catalogue) -> Vec<Advice> {
    let rows: Vec<&Row> = task.capabilities.iter().filter_map(|capability| catalogue.row(capability)).collect();
    let mut all: Vec<(u16, Advice)> = catalogue
        .about
        .kinds
        .iter()
        .filter(|(kind, _)| allowed_by_contracts(kind, task))
        .filter(|(_, about)| !about.of_a_job || task.job != Some(JobOf::Elsewhere))
        .map(|(kind, about)| (about.rank, of_kind(kind, about, &rows, task, catalogue)))
        .filter(|(_, advice)| advice.beyond.len() < rows.len() || rows.is_empty())
        .collect();
    all.sort_by_key(|(rank, advice)| (!advice.fits, advice.beyond.len(), *rank));
    all.into_iter().map(|(_, advice)| advice).collect()
}

/// A contract that lists kinds works with no other.
fn allowed_by_contracts(kind: &Kind, task: &Task<'_>) -> bool {
    task.sections.iter().all(|section| section.kinds.is_empty() || section.kinds.contains(kind))
}

fn of_kind(kind: &Kind, about: &KindRow, rows: &[&Row], task: &Task<'_>, catalogue: &Catalogue) -> Advice {
    let mut advice = Advice {
        kind: kind.clone(),
        title: about.title.clone(),
        fits: true,
        of_a_job: about.of_a_job,
        personal: about.personal,
        handed: about.handed.clone(),
        scopes: BTreeSet::new(),
        permissions: BTreeSet::new(),
        role: role(about, rows, task, catalogue),
        beyond: Vec::new(),
        conditions: Vec::new(),
        made_at: about.made_at.clone(),
        prefilled: about.prefilled.clone(),
    };
    let away = about.elsewhere.as_ref().filter(|_| task.job == Some(JobOf::Beside));
    if let Some(elsewhere) = away.filter(|elsewhere| elsewhere.reaches) {
        note(&mut advice, elsewhere.text.clone());
    }
    for row in rows {
        if let Some(elsewhere) = away.filter(|elsewhere| !elsewhere.reaches && catalogue.is_on_target(row)) {
            advice.beyond.push((row.capability.clone(), elsewhere.text.clone()));
        } else if let Err(why) = reach(kind, about, row, task, catalogue, &mut advice) {
            advice.beyond.push((row.capability.clone(), why));
        }
    }
    for (capability, rule) in about.traps.iter().filter(|(capability, _)| task.capabilities.contains(capability)) {
        note(&mut advice, format!("`{capability}` has a catch: `hallpass explain {rule}`"));
    }
    if about.power == Power::Permissions {
        advice.permissions.extend(task.permissions.iter().cloned());
        drop_lower(&mut advice.permissions, catalogue);
    }
    if about.power == Power::Scopes {
        let named = task.sections.iter().flat_map(|section| section.scopes_for(kind).iter().cloned()).collect();
        let wanted = rows.iter().map(|row| &row.capability);
        advice.scopes = excess::smallest_scopes(wanted, &named, kind, catalogue);
    }
    advice.fits = advice.beyond.is_empty();
    advice
}

fn reach(
    kind: &Kind,
    about: &KindRow,
    row: &Row,
    task: &Task<'_>,
    catalogue: &Catalogue,
    advice: &mut Advice,
) -> Result<(), String> {
    if let (Some(since), Some(server)) = (row.since, task.server)
        && server < since
    {
        return Err(format!("came with version {since}"));
    }
    match about.power {
        Power::Routes => by_route(row, task, catalogue, advice),
        Power::Permissions => match row.permission.for_kind(kind) {
            PermissionWays::Closed => Err("no permission opens it".to_owned()),
            PermissionWays::Any => Ok(()),
            PermissionWays::Unstated => {
                note(advice, format!("which permission `{}` needs is not documented", row.capability));
                Ok(())
            }
            PermissionWays::Named { ways, sure } => {
                advice.permissions.extend(ways.first().into_iter().flatten().cloned());
                drop_lower(&mut advice.permissions, catalogue);
                if !sure {
                    note(advice, format!("the permission for `{}` is not verified", row.capability));
                }
                Ok(())
            }
        },
        Power::Scopes => match row.scopes.for_kind(kind, about.only_listed) {
            ScopeWays::Closed => Err("no scope opens it".to_owned()),
            ScopeWays::Ways(ways) if ways.iter().all(|way| way.disputed) => {
                note(advice, format!("the sources disagree about `{}`", row.capability));
                Ok(())
            }
            ScopeWays::Any | ScopeWays::Ways(_) => Ok(()),
        },
    }
}

fn by_route(row: &Row, task: &Task<'_>, catalogue: &Catalogue, advice: &mut Advice) -> Result<(), String> {
    let call = format!("`{} {}`", row.method, row.path);
    if !routes::ever_open(row, catalogue) {
        return Err(format!("{call} is closed to it"));
    }
    let (since, own_only) = match &row.routes {
        RouteNeed::Since { since, own_only } => (*since, *own_only),
        RouteNeed::Setting { name, since } => {
            note(advice, format!("`{}` needs the setting `{name}` of the target", row.capability));
            (*since, false)
        }
        RouteNeed::Lookup | RouteNeed::Closed => match catalogue.route(&row.method, &row.path) {
            Some(route) => (route.since, route.own_only),
            None => return Err(format!("{call} is closed to it")),
        },
    };
    if let Some(server) = task.server {
        match since.in_version(server) {
            Presence::Yes => {}
            Presence::No => return Err(format!("{call} is open to it since {since} only")),
            Presence::Unsure => note(advice, format!("{call} was opened to it in {since}")),
        }
    } else if since.not_before.is_some() {
        note(advice, format!("{call} is open to it since {since}"));
    }
    if own_only {
        note(advice, format!("`{}` only in the job's own project", row.capability));
    }
    Ok(())
}

fn note(advice: &mut Advice, text: String) {
    if !advice.conditions.contains(&text) {
        advice.conditions.push(text);
    }
}

/// Of two grades of one permission the higher is enough.
fn drop_lower(names: &mut BTreeSet<String>, catalogue: &Catalogue) {
    let all = names.clone();
    names.retain(|name| !all.iter().any(|other| other != name && catalogue.covers(other, name)));
}

fn role(about: &KindRow, rows: &[&Row], task: &Task<'_>, catalogue: &Catalogue) -> Option<String> {
    if about.roleless {
        return None;
    }
    let named = task.sections.iter().filter_map(|section| catalogue.role_level(section.role.as_deref()?)).max();
    let bands = || rows.iter().filter(|row| catalogue.is_on_target(row)).map(|row| row.role.private);
    let least = bands().map(|band| band.never_below).chain(named).max().unwrap_or(0);
    let sure = bands().map(|band| band.surely_from).max().unwrap_or(0);
    match (catalogue.role_name(least), catalogue.role_name(sure)) {
        _ if least.max(sure) == 0 => None,
        (role, _) if sure <= least => Some(role),
        (role, more) => Some(format!("{role}; where that is refused, {more}")),
    }
}

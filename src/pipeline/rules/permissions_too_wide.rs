//! `permissions-too-wide`: a permission that nothing in the job can use. Silent where anything is not understood.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::own_token::held_by;
use super::power::Power;
use super::{Ground, Told};
use crate::domain::connection::Given;
use crate::domain::job_permissions::Grade;
use crate::pipeline::github::FORGE;
use crate::pipeline::model::{Job, Permissions};
use crate::pipeline::text::Span;

const RULE: &str = "permissions-too-wide";

/// A block of permissions and the jobs it counts for.
struct Users<'j> {
    permissions: &'j Rc<Permissions>,
    jobs: Vec<&'j Job>,
}

pub(super) fn told(jobs: &[Job], ground: &Ground<'_>) -> Vec<Told> {
    let mut blocks: BTreeMap<Span, Users<'_>> = BTreeMap::new();
    for job in jobs.iter().filter(|job| job.forge == FORGE) {
        let Some(permissions) = &job.permissions else { continue };
        for block in std::iter::once(permissions).chain(&permissions.callers) {
            blocks.entry(block.span).or_insert_with(|| Users { permissions: block, jobs: Vec::new() }).jobs.push(job);
        }
    }
    blocks.into_values().flat_map(|users| of_block(&users, ground)).collect()
}

fn of_block(users: &Users<'_>, ground: &Ground<'_>) -> Vec<Told> {
    let permissions = users.permissions;
    let Given::Each(each) = &permissions.given else {
        let all = permissions.given == Given::All("write-all".to_owned());
        return if all { vec![everything(permissions)] } else { Vec::new() };
    };
    let mut power = Power::default();
    for job in &users.jobs {
        let one = Power::of(job, ground);
        power.all |= one.all;
        for (key, grade) in one.keys {
            power.add(&key, grade);
        }
        // What a called job writes down for itself it is meant to have.
        if let Some(own) = job.permissions.as_ref().filter(|own| own.span != permissions.span) {
            for (key, grade) in held_by(own, ground) {
                power.add(key, grade);
            }
        }
    }
    if power.all {
        return Vec::new();
    }
    let known = &ground.catalogue(FORGE).about.job_permissions;
    let written = each.iter().filter(|(key, grade)| grade.as_str() == "write" && known.contains_key(*key));
    let unused = written.filter(|(key, _)| power.keys.get(*key) != Some(&Grade::Write));
    unused.map(|(key, _)| too_wide(key, power.keys.contains_key(key), permissions)).collect()
}

fn too_wide(key: &str, reads: bool, permissions: &Permissions) -> Told {
    let span = permissions.places.get(key).copied().unwrap_or(permissions.span);
    let nothing = if permissions.of_all { "no job that this counts for" } else { "nothing in this job" };
    let message = format!("{nothing} can use `{key}: write`");
    let fix = if reads { format!("`{key}: read` is enough") } else { format!("take `{key}: write` out") };
    Told { fix: Some(fix), ..Told::new(RULE, message, span, permissions.span) }
}

fn everything(permissions: &Permissions) -> Told {
    let message = "`write-all` gives every permission there is, also to every action and dependency";
    let fix = "name those that are needed; all others are then none";
    Told { fix: Some(fix.to_owned()), ..Told::new(RULE, message, permissions.span, permissions.span).likely() }
}

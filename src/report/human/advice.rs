//! What `advise` says, for people.

use super::paint::{BOLD, Paint};
use super::wrap::hang;
use crate::domain::advise::{Advices, Advised, Candidate, OfJob, Unresolved};
use crate::domain::capability::Capability;
use crate::domain::expiry::ExpiryPolicy;
use crate::domain::usage::{Holder, Sight};
use crate::report::Options;
use crate::report::lines::Lines;

/// Kinds that would do as well and are named beside the best.
const OTHERS: usize = 3;

pub fn advice(advices: &Advices, options: &Options) -> Vec<u8> {
    let paint = Paint::new(options);
    let mut out = String::new();
    for advised in &advices.all {
        one(&mut out, advised, options.verbose, paint);
    }
    open(&mut out, &advices.unresolved, options.verbose, paint);
    paint.finish(&out)
}

fn one(out: &mut String, advised: &Advised, verbose: bool, paint: Paint) {
    if let Some(job) = &advised.job {
        let first = job.doings.first().map_or(String::new(), |sight| format!(" ({})", at(sight, paint)));
        let name = if job.name.is_empty() { String::new() } else { format!(" `{}`", paint.field(&job.name)) };
        let head = format!("job{name}{first} with {}", token(&job.holder, paint));
        out.line(format_args!("{}", paint.style(BOLD, head)));
    }
    let name = advised.connection.as_ref().map_or(String::new(), |name| format!("{}: ", paint.field(name)));
    let at = advised.target.as_ref().map_or(String::new(), |target| format!(", {}", paint.field(target)));
    let head = format!("{name}{} at {}{at}", paint.field(&advised.forge_title), paint.field(&advised.url));
    match &advised.job {
        None => out.line(format_args!("{}", paint.style(BOLD, head))),
        Some(job) => row(out, "at", &job.unplaced.map_or(head, |why| format!("a place not known here: {why}")), paint),
    }
    let permissions = advised.job.iter().flat_map(|job| job.doings.permissions.keys().map(String::as_str));
    let wanted: Vec<&str> = advised.capabilities.iter().map(Capability::as_str).chain(permissions).collect();
    let by = if advised.contracts.is_empty() { String::new() } else { format!(" ({})", advised.contracts.join(", ")) };
    row(out, "for", &format!("{}{}", paint.message(&wanted.join(", ")), paint.field(&by)), paint);
    if let Some(job) = advised.job.as_ref().filter(|_| verbose) {
        calls(out, job, paint);
    }
    out.push('\n');
    match advised.best.map(|at| &advised.kinds[at]) {
        Some(best) => recommend(out, best, advised, paint),
        None => out.line(format_args!("  no single kind of token can do all of this\n")),
    }
    others(out, advised);
    short_of(out, advised, paint);
}

fn recommend(out: &mut String, best: &Candidate, advised: &Advised, paint: Paint) {
    let advice = &best.advice;
    if advice.of_a_job {
        let spared = match advised.job.as_ref().map(|job| &job.holder) {
            Some(holder @ Holder::Variable(_)) => format!("{} is not needed for this", token(holder, paint)),
            _ => "nothing has to be made".to_owned(),
        };
        let text = format!("the {} will do: {spared}", advice.title);
        out.line(format_args!("  {}", paint.style(BOLD, text)));
        if let Some(handed) = advice.handed.as_ref().filter(|_| advised.job.is_some()) {
            row(out, "in the step", handed, paint);
        }
    } else {
        out.line(format_args!("  {}", paint.style(BOLD, format!("make {} {}", article(&advice.title), advice.title))));
        power(out, best, paint);
        row(out, "lifetime", &lifetime(&advised.expiry), paint);
        if let Some((kept, link)) = advised.job.as_ref().and_then(|job| job.kept.as_ref()) {
            let page = link.as_ref().map_or(String::new(), |link| format!(": {}", paint.message(link)));
            row(out, "keep it in", &format!("{kept}{page}"), paint);
        }
    }
    if advice.of_a_job && !advice.permissions.is_empty() {
        row(out, "in the job", "permissions:", paint);
        for name in &advice.permissions {
            out.line(format_args!("{:19}{}", "", name.replace('=', ": ")));
        }
    }
    if let Some(role) = advice.role.as_ref().filter(|_| advice.of_a_job) {
        row(out, "started by", &format!("somebody with role {role}"), paint);
    }
    for condition in &advice.conditions {
        row(out, "note", &paint.message(condition), paint);
    }
    if let Some(link) = &best.link {
        row(out, if advice.of_a_job { "settings" } else { "page" }, &paint.message(link), paint);
    }
    out.push('\n');
}

/// What asks for each of them, and where.
fn calls(out: &mut String, job: &OfJob, paint: Paint) {
    let capabilities = job.doings.capabilities.iter().map(|(id, sights)| (id.as_str(), sights));
    let contracts = job.doings.contracts.iter().map(|(id, sights)| (id.as_str(), sights));
    let permissions = job.doings.permissions.iter().map(|(id, sights)| (id.as_str(), sights));
    for (id, sights) in capabilities.chain(contracts).chain(permissions) {
        let places: Vec<String> = sights.iter().map(|sight| at(sight, paint)).collect();
        out.line(format_args!("      {}: {}", paint.field(id), places.join(", ")));
    }
}

/// Calls that could not be followed: how many, and with `-v` which.
fn open(out: &mut String, unresolved: &[Unresolved], verbose: bool, paint: Paint) {
    if unresolved.is_empty() {
        return;
    }
    let count = unresolved.len();
    let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
    let more = if verbose { "" } else { "; `-v` lists them" };
    out.line(format_args!("not told by the files: {calls} with a token{more}"));
    for one in unresolved.iter().filter(|_| verbose) {
        out.line(format_args!("  {}: {}: {}", at(&one.sight, paint), token(&one.holder, paint), one.why));
    }
}

fn at(sight: &Sight, paint: Paint) -> String {
    paint.field(&format!("{}:{}", sight.place.file, sight.place.line))
}

fn token(holder: &Holder, paint: Paint) -> String {
    match holder {
        Holder::Own => "its own token".to_owned(),
        Holder::Variable(name) => format!("`{}`", paint.field(name)),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" }
}

fn power(out: &mut String, kind: &Candidate, paint: Paint) {
    let list = |words: &std::collections::BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(", ");
    let advice = &kind.advice;
    if !advice.scopes.is_empty() {
        row(out, "scopes", &list(&advice.scopes), paint);
    }
    if !advice.permissions.is_empty() {
        row(out, "permissions", &list(&advice.permissions), paint);
    }
    if let Some(role) = &advice.role {
        row(out, "role", role, paint);
    }
}

fn lifetime(policy: &ExpiryPolicy) -> String {
    let most = policy.max.map_or_else(|| "90 days or less".to_owned(), |max| format!("at most {max} days"));
    format!("{most}; `hallpass check` warns {} days before its end", policy.warn)
}

fn others(out: &mut String, advised: &Advised) {
    let also = (0..advised.kinds.len()).filter(|at| Some(*at) != advised.best && advised.kinds[*at].advice.fits);
    let also: Vec<&Candidate> = also.map(|at| &advised.kinds[at]).filter(|kind| !kind.advice.of_a_job).collect();
    if also.is_empty() {
        return;
    }
    out.line(format_args!("  would do too"));
    for kind in also.iter().take(OTHERS) {
        let advice = &kind.advice;
        let words: Vec<String> =
            advice.scopes.iter().chain(&advice.permissions).map(|name| format!("`{name}`")).collect();
        let with = if words.is_empty() { String::new() } else { format!(" with {}", words.join(", ")) };
        out.line(format_args!("    {}{with}", advice.title));
    }
    out.push('\n');
}

/// The job's own token is what people try first, so what it lacks is told; the others are only kinds one could make.
fn short_of(out: &mut String, advised: &Advised, paint: Paint) {
    for kind in advised.kinds.iter().filter(|kind| kind.advice.of_a_job && !kind.advice.fits) {
        out.line(format_args!("  the {} will not do", kind.advice.title));
        for (capability, why) in &kind.advice.beyond {
            out.line(format_args!("    {}: {}", paint.field(capability.as_str()), paint.message(why)));
        }
        out.push('\n');
    }
}

fn row(out: &mut String, label: &str, text: &str, paint: Paint) {
    hang(out, 4, &format!("{label:<12} "), text, paint.width);
}

//! What `advise` says, for people.

use super::paint::{BOLD, Paint};
use super::wrap::hang;
use crate::domain::advise::{Advised, Candidate};
use crate::domain::capability::Capability;
use crate::domain::expiry::ExpiryPolicy;
use crate::report::Options;
use crate::report::lines::Lines;

/// Kinds that would do as well and are named beside the best.
const OTHERS: usize = 3;

pub fn advice(all: &[Advised], options: &Options) -> Vec<u8> {
    let paint = Paint::new(options);
    let mut out = String::new();
    for advised in all {
        one(&mut out, advised, paint);
    }
    paint.finish(&out)
}

fn one(out: &mut String, advised: &Advised, paint: Paint) {
    let name = advised.connection.as_ref().map_or(String::new(), |name| format!("{}: ", paint.field(name)));
    let at = advised.target.as_ref().map_or(String::new(), |target| format!(", {}", paint.field(target)));
    let head = format!("{name}{} at {}{at}", paint.field(&advised.forge_title), paint.field(&advised.url));
    out.line(format_args!("{}", paint.style(BOLD, head)));
    let wanted: Vec<&str> = advised.capabilities.iter().map(Capability::as_str).collect();
    let by = if advised.contracts.is_empty() { String::new() } else { format!(" ({})", advised.contracts.join(", ")) };
    row(out, "for", &format!("{}{}", paint.message(&wanted.join(", ")), paint.field(&by)), paint);
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
        let text = format!("the {} will do: nothing has to be made", advice.title);
        out.line(format_args!("  {}", paint.style(BOLD, text)));
    } else {
        out.line(format_args!("  {}", paint.style(BOLD, format!("make a {}", advice.title))));
        power(out, best, paint);
        row(out, "lifetime", &lifetime(&advised.expiry), paint);
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

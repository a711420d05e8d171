//! What a token can do, in as few lines as tell it: what is allowed, and what is not but was asked by nobody.

use super::diagnostic::{labelled, seen};
use super::paint::{self, BOLD, DIM, Paint};
use super::wrap::hang;
use crate::domain::report::{CapabilityReport, ConnectionReport};
use crate::domain::verdict::Verdict;
use crate::report::digest::{Diagnostic, is_demanded};
use crate::report::lines::Lines;

pub(super) fn push(out: &mut String, held: &ConnectionReport, told: &[Diagnostic], verbose: bool, paint: Paint) {
    let untold = |capability: &&CapabilityReport| !told.iter().any(|one| one.concerns(capability));
    let (demanded, listed): (Vec<_>, Vec<_>) =
        held.capabilities.iter().filter(untold).partition(|capability| is_demanded(capability));
    let required = held.capabilities.iter().any(is_demanded);
    section(out, &demanded, 2, verbose, paint);
    if !listed.is_empty() {
        let head = if required { "not required:" } else { "nothing is required; it can do:" };
        out.line(format_args!("  {}", paint.style(DIM, head)));
        section(out, &listed, 4, verbose, paint);
    }
    if !demanded.is_empty() || !listed.is_empty() {
        out.push('\n');
    }
}

fn section(out: &mut String, capabilities: &[&CapabilityReport], indent: usize, verbose: bool, paint: Paint) {
    if verbose {
        for capability in capabilities {
            in_full(out, capability, indent, paint);
        }
        return;
    }
    let mut groups: Vec<(String, Vec<&CapabilityReport>)> = Vec::new();
    for capability in capabilities {
        let label = label(capability);
        match groups.iter_mut().find(|(held, _)| *held == label) {
            Some((_, members)) => members.push(capability),
            None => groups.push((label, vec![capability])),
        }
    }
    let width = groups.iter().map(|(label, _)| label.len()).max().unwrap_or(0).max(19);
    groups.sort_by_key(|(_, members)| members.first().map(|one| (one.verdict, one.forbidden, one.basis)));
    for (label, members) in groups {
        let names: Vec<String> = members.iter().map(|one| paint.field(one.id.as_str())).collect();
        compact(out, members[0], &format!("{label:<width$}"), &names.join(", "), indent, paint);
    }
}

/// `✓ allowed (observed): git.clone, mr.list`.
fn compact(out: &mut String, one: &CapabilityReport, label: &str, names: &str, indent: usize, paint: Paint) {
    let (mark, style) = mark_of(one);
    let mut block = String::new();
    hang(&mut block, indent, &format!("{mark} {label}  "), names, paint.width);
    *out += &block.replacen(mark, &paint.style(style, mark), 1).replacen(label, &paint.style(style, label), 1);
}

fn in_full(out: &mut String, one: &CapabilityReport, indent: usize, paint: Paint) {
    let (mark, style) = mark_of(one);
    let id = paint.style(BOLD, paint.field(one.id.as_str()));
    out.line(format_args!("{}{} {id} {}", " ".repeat(indent), paint.style(style, mark), label(one)));
    labelled(out, indent + 2, "why", &paint.message(&one.reason), paint);
    for origin in &one.evidence {
        labelled(out, indent + 2, "seen", &seen(origin, paint), paint);
    }
}

fn label(one: &CapabilityReport) -> String {
    let why = one.layer.map_or(one.basis.as_str(), crate::domain::verdict::Layer::as_str);
    match (one.verdict, one.forbidden) {
        (Verdict::Denied, true) => format!("not held ({why}):"),
        (verdict, true) => format!("must not be held, {} ({why}):", verdict.as_str()),
        (verdict, false) => format!("{} ({why}):", verdict.as_str()),
    }
}

/// What must not be held is fine when it is denied.
fn mark_of(one: &CapabilityReport) -> (&'static str, anstyle::Style) {
    match (one.verdict, one.forbidden) {
        (Verdict::Denied, true) => paint::verdict(Verdict::Allowed),
        (Verdict::Allowed, true) => paint::verdict(Verdict::Denied),
        (verdict, _) => paint::verdict(verdict),
    }
}

//! One cause with its place, what it concerns, what was seen, and what to do.

use super::paint::{self, BOLD, DIM, PLACE, Paint};
use super::wrap::{hang, wrap};
use crate::domain::evidence::Origin;
use crate::domain::finding::Place;
use crate::domain::verdict::Verdict;
use crate::report::digest::Diagnostic;
use crate::report::lines::Lines;

/// More than this is shown with `-v` only.
const EVIDENCE: usize = 3;
const PLACES: usize = 5;
/// Columns of a label, `unknown: ` being the longest.
const LABEL: usize = 9;

pub(super) fn push(out: &mut String, one: &Diagnostic, indent: usize, verbose: bool, paint: Paint) {
    headline(out, one, indent, paint);
    let limit = |few: usize| if verbose { usize::MAX } else { few };
    let inner = indent + 2;
    for (place, excerpt) in one.places.iter().zip(&one.excerpts).take(limit(PLACES)) {
        out.line(format_args!("{}{} {}", " ".repeat(inner), paint.style(PLACE, "-->"), paint.field(&spot(place))));
        if let Some(excerpt) = excerpt {
            super::excerpt::push(out, excerpt, place.line, inner, one.severity, paint);
        }
    }
    more(out, one.places.len(), limit(PLACES), "places", inner, paint);
    if let Some(concerned) = concerned(one, paint) {
        labelled(out, inner, word(one.verdict()), &concerned, paint);
    }
    let evidence: Vec<String> =
        one.evidence().into_iter().filter_map(|origin| news(origin, one.text, verbose, paint)).collect();
    for text in evidence.iter().take(limit(EVIDENCE)) {
        labelled(out, inner, "seen", text, paint);
    }
    more(out, evidence.len(), limit(EVIDENCE), "pieces of evidence", inner, paint);
    if let Some(fix) = one.fix {
        labelled(out, inner, "fix", &paint.message(fix), paint);
    }
    if let Some(link) = one.link {
        labelled(out, inner, "link", &paint.message(link), paint);
    }
}

/// `GET /api/v4/job → 403, insufficient_scope`.
pub(super) fn seen(origin: &Origin, paint: Paint) -> String {
    let status = origin.status.map_or(String::new(), |status| format!(" → {status}"));
    let says = if origin.says.is_empty() { String::new() } else { format!(", {}", paint.message(&origin.says)) };
    format!("{}{status}{says}", paint.field(&origin.request))
}

/// The same without what the headline says already; `None` where nothing is left to tell.
fn news(origin: &Origin, headline: &str, verbose: bool, paint: Paint) -> Option<String> {
    let told = !verbose && !origin.says.is_empty() && headline.contains(&origin.says);
    if !told {
        return Some(seen(origin, paint));
    }
    let is_request = origin.request.contains(" /");
    let end = origin.status.map_or("no answer".to_owned(), |status| status.to_string());
    is_request.then(|| format!("{} → {end}", paint.field(&origin.request)))
}

/// A label and its text; the label dimmed, so that the text stands out.
pub(super) fn labelled(out: &mut String, indent: usize, label: &str, text: &str, paint: Paint) {
    let label = format!("{label}:");
    let mut block = String::new();
    hang(&mut block, indent, &format!("{label:<LABEL$}"), text, paint.width);
    *out += &block.replacen(&label, &paint.style(DIM, &label), 1);
}

pub(super) fn spot(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

fn headline(out: &mut String, one: &Diagnostic, indent: usize, paint: Paint) {
    let label = format!("{}[{}]:", one.severity.as_str(), paint.field(one.rule));
    let text = format!("{label} {}", paint.message(one.text));
    for line in wrap(&text, paint.width.saturating_sub(indent + 2)) {
        let pad = " ".repeat(indent);
        match line.strip_prefix(&label) {
            Some(rest) => {
                let label = paint.style(paint::severity(one.severity), &label);
                out.line(format_args!("{pad}{label}{}", paint.style(BOLD, rest)));
            }
            None => out.line(format_args!("{pad}  {}", paint.style(BOLD, line))),
        }
    }
}

/// `mr.create, mr.note.create (declared; for semantic-release)`.
fn concerned(one: &Diagnostic, paint: Paint) -> Option<String> {
    if one.capabilities.is_empty() {
        return None;
    }
    let names: Vec<String> = one.capabilities.iter().map(|capability| paint.field(capability.id.as_str())).collect();
    let by = |name: &&str| if *name == "needs" { "`needs`".to_owned() } else { paint.field(name) };
    let needed: Vec<String> = one.required_by().iter().map(by).collect();
    let needed = if needed.is_empty() { String::new() } else { format!("; for {}", needed.join(", ")) };
    Some(format!("{} ({}{needed})", names.join(", "), one.bases().join(" or ")))
}

fn word(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("about", Verdict::as_str)
}

fn more(out: &mut String, all: usize, shown: usize, noun: &str, indent: usize, paint: Paint) {
    if all > shown {
        let text = format!("… and {} more {noun}, shown with `-v`", all - shown);
        out.line(format_args!("{}{}", " ".repeat(indent + LABEL), paint.style(DIM, text)));
    }
}

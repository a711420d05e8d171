//! `doctor` for people: the way, who answers on it, what is kept, what the token may do, and what is wrong.

use super::diagnostic::{self, labelled, seen};
use super::paint::{self, BAD, BOLD, DIM, DOUBT, GOOD, PLAIN, Paint};
use super::wrap::hang;
use super::{Options, count, head, token, told, trace};
use crate::domain::diagnosis::{Answer, Diagnosis, Kept, Link, Sort, State, Uses, Way};
use crate::domain::finding::Severity;
use crate::domain::report::Report;
use crate::report::digest::Digest;
use crate::report::lines::Lines;

/// Columns of the longest name in a chain, beyond which the rest moves on.
const NAME: usize = 24;

pub(in crate::report) fn render(diagnosis: &Diagnosis, report: &Report, options: &Options) -> Vec<u8> {
    let paint = Paint::new(options);
    let mut out = String::new();
    let remote = diagnosis.remote.as_ref().map_or(String::new(), |name| format!(" (remote {})", paint.field(name)));
    out.line(format_args!("{}{remote}", paint.style(BOLD, paint.field(&diagnosis.address))));
    out.push('\n');
    for way in &diagnosis.ways {
        push_way(&mut out, way, &diagnosis.address, paint);
    }
    if !diagnosis.kept.is_empty() {
        out.line(format_args!("{}", paint.style(BOLD, "kept by hallpass")));
        diagnosis.kept.iter().for_each(|kept| push_kept(&mut out, kept, paint));
        out.push('\n');
    }
    let digest = Digest::of(report);
    push_verdicts(&mut out, report, &digest, options.verbose, paint);
    for one in digest.of_the_run() {
        diagnostic::push(&mut out, one, 0, options.verbose, paint);
        out.push('\n');
    }
    for note in &diagnosis.notes {
        labelled(&mut out, 0, "note", &paint.message(note), paint);
    }
    if !diagnosis.notes.is_empty() {
        out.push('\n');
    }
    summary(&mut out, report, paint);
    paint.finish(&out)
}

fn push_way(out: &mut String, way: &Way, asked: &str, paint: Paint) {
    let heading = paint.style(BOLD, way.uses.as_str());
    if way.address == asked {
        out.line(format_args!("{heading}"));
    } else {
        let verb = if way.uses == Uses::Both { "go" } else { "goes" };
        out.line(format_args!("{heading} {verb} to {}", paint.field(&way.address)));
    }
    if let Some(rewrite) = &way.rewrite {
        let text = format!("url.{}.{} in {}", paint.field(&rewrite.base), rewrite.key, paint.field(&rewrite.place));
        hang(out, 2, "by ", &text, paint.width);
    }
    if !way.over_http {
        out.line(format_args!("  this is not HTTP(S): Git asks no helper, and hallpass has no part in it"));
        out.push('\n');
        return;
    }
    if let Some((user, from)) = &way.user {
        labelled(out, 2, "user", &format!("{}, from {}", paint.field(user), paint.message(from)), paint);
    }
    let mut rest = way.links.as_slice();
    let mut number = 1;
    let mut answered = false;
    while let Some((link, after)) = rest.split_first() {
        push_link(out, link, number, answered, paint);
        answered |= link.state == State::Has;
        rest = after;
        number += 1;
    }
    for link in &way.dropped {
        let text =
            format!("{} ({}) was taken out by a later empty entry", paint.field(&link.name), paint.field(&link.place));
        hang(out, 2, "-  ", &text, paint.width);
    }
    conclusion(out, way, paint);
    out.push('\n');
}

/// `1. store            has     user me; ~/.gitconfig`.
fn push_link(out: &mut String, link: &Link, number: usize, answered: bool, paint: Paint) {
    let (mark, style) = match (link.state, answered, link.sort) {
        (State::Has, false, _) => ("answers", GOOD),
        (State::Has, true, _) => ("behind it", DIM),
        (State::Empty, ..) => ("nothing", PLAIN),
        (State::Unknown, ..) => ("not known", DOUBT),
        (State::Absent, ..) => ("not there", BAD),
    };
    let name = paint.field(&link.name);
    let gap = " ".repeat(NAME.saturating_sub(name.chars().count()).max(1));
    let title = title(link);
    out.line(format_args!("  {number}. {}{gap}{}{title}", paint.style(BOLD, &name), paint.style(style, mark)));
    if let Some(user) = &link.user {
        labelled(out, 5, "user", &paint.field(user), paint);
    }
    for says in &link.says {
        hang(out, 5, "", &paint.message(says), paint.width);
    }
    let program = link.program.as_ref().map_or(String::new(), |program| format!("; {}", paint.field(program)));
    hang(out, 5, "", &paint.style(DIM, format!("{}{program}", paint.field(&link.place))), paint.width);
}

/// What a well-known helper is, where its name does not say.
fn title(link: &Link) -> &'static str {
    match (link.sort, link.name.as_str()) {
        (Sort::Helper, "store") => "   git credential-store, a plain file",
        (Sort::Helper, "cache") => "   git credential-cache, in memory for a while",
        (Sort::Helper, "manager" | "manager-core") => "   Git Credential Manager",
        (Sort::Helper, "gh") => "   GitHub's command line",
        (Sort::Helper, "osxkeychain") => "   the Keychain",
        (Sort::Helper, "wincred") => "   the Credential Manager of Windows",
        (Sort::Helper, "libsecret") => "   the Secret Service",
        _ => "",
    }
}

fn conclusion(out: &mut String, way: &Way, paint: Paint) {
    let text = match way.answer() {
        Answer::By(_) if way.public == Some(true) && way.bypass().is_none() => {
            "the server lets everybody fetch: for that Git asks nobody".to_owned()
        }
        Answer::By(_) => return,
        Answer::Perhaps(link) => {
            format!("{} answers, unless one before it does that was not asked", paint.field(&link.name))
        }
        Answer::NotKnown => "who answers is not known: others were not asked (`--ask` asks them)".to_owned(),
        Answer::Nobody if way.public == Some(true) => {
            "nobody answers; the server lets everybody fetch, and pushing needs an account".to_owned()
        }
        Answer::Nobody => "nobody answers".to_owned(),
    };
    hang(out, 2, "=> ", &text, paint.width);
}

fn push_kept(out: &mut String, kept: &Kept, paint: Paint) {
    let mut text = kept.user.as_ref().map_or("no user".to_owned(), |user| format!("user {}", paint.field(user)));
    if let Some(path) = &kept.path {
        text.add(format_args!(", path {}", paint.field(path)));
    }
    match (kept.expires, kept.dead) {
        (Some(end), true) => text.add(format_args!(", ended {end}")),
        (Some(end), false) => text.add(format_args!(", until {end}")),
        (None, _) => text.add(format_args!(", no end known")),
    }
    if kept.given {
        text.add(format_args!("; this one is given"));
    }
    hang(out, 2, "", &format!("{}: {text}", paint.field(&kept.origin)), paint.width);
}

/// What the token that answers is and may do.
fn push_verdicts(out: &mut String, report: &Report, digest: &Digest, verbose: bool, paint: Paint) {
    for held in &report.connections {
        head(out, held, paint);
        if held.token.kind.is_some() {
            token::lines(out, held, false, paint);
        }
        for capability in &held.capabilities {
            let (mark, style) = paint::verdict(capability.verdict);
            let verdict = paint.style(style.bold(), format!("{mark} {}", capability.verdict.as_str()));
            let layer = capability.layer.map_or(String::new(), |layer| format!(", {}", layer.as_str()));
            let why = format!("{} ({}{layer})", paint.message(&capability.reason), capability.basis.as_str());
            hang(out, 2, &format!("{verdict}: {}: ", paint.field(capability.id.as_str())), &why, paint.width);
            if verbose {
                capability.evidence.iter().for_each(|origin| labelled(out, 4, "seen", &seen(origin, paint), paint));
            }
        }
        out.push('\n');
        told(out, held, digest.about(held), verbose, paint);
        trace(out, held, verbose, paint);
    }
}

fn summary(out: &mut String, report: &Report, paint: Paint) {
    let (mark, style) = paint::status(report.status);
    let status = paint.style(style.bold(), format!("{mark} {}:", report.status.as_str()));
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let held = report.findings.iter().filter(|finding| finding.severity == severity).count();
        if held > 0 {
            parts.push(count(held, severity.as_str()));
        }
    }
    if parts.is_empty() {
        parts.push("no findings".to_owned());
    }
    out.line(format_args!("{status} {}", parts.join(", ")));
}

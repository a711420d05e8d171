//! Markdown for a job summary or a comment: the status, a table of connections, details of those that do not pass, and
//! for `compare` the table of tokens.

use super::digest::{Diagnostic, Digest};
use super::escape::markdown::{address, code, html_code, prose};
use super::{Options, human, since};
use crate::domain::report::{ConnectionReport, Matrix, MatrixCell, Report, Status};
use crate::domain::verdict::{Layer, Verdict};
use crate::report::lines::Lines;

/// Kept free for the last line.
const RESERVE: usize = 512;

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let digest = Digest::of(report);
    let mut page = Page { text: String::new(), limit: options.limits.summary.saturating_sub(RESERVE), left_out: 0 };
    page.push(&format!(
        "## {} hallpass: {}\n\n{}\n\n",
        sign(report.status),
        report.status.as_str(),
        human::tally(report)
    ));
    if let Some(held) = &report.since {
        page.push(&format!("**{}**\n\n", since::headline(held)));
        for (label, text) in since::lines(held, options.verbose, code) {
            page.push(&format!("- {label}: {text}\n"));
        }
        page.push("\n");
    }
    for remark in &report.remarks {
        page.push(&format!("- note: {}\n\n", prose(remark)));
    }
    if let Some(matrix) = &report.matrix {
        comparison(&mut page, matrix);
    } else {
        connections(&mut page, report, &digest);
    }
    digest.of_the_run().iter().for_each(|one| page.push(&format!("{}\n", item(one))));
    page.finish()
}

/// Text that grows in whole parts and stops before the platform would drop all of it.
struct Page {
    text: String,
    limit: usize,
    left_out: usize,
}

impl Page {
    fn push(&mut self, part: &str) {
        if self.left_out == 0 && self.text.len() + part.len() <= self.limit {
            self.text += part;
        } else {
            self.left_out += 1;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.left_out > 0 {
            let parts = human::count(self.left_out, "part");
            let rest = "left out: the summary would be too long. The JSON report has everything.";
            self.text.line(format_args!("\n{parts} {rest}"));
        }
        self.text.into_bytes()
    }
}

fn connections(page: &mut Page, report: &Report, digest: &Digest) {
    if report.connections.is_empty() {
        return;
    }
    page.push("| | connection | forge | target | token | role | expires | capabilities |\n|---|---|---|---|---|---|---|---|\n");
    for held in &report.connections {
        page.push(&row(held));
    }
    page.push("\n");
    let mut worst_first: Vec<&ConnectionReport> = report.connections.iter().collect();
    worst_first.sort_by_key(|held| std::cmp::Reverse(held.status));
    for held in worst_first {
        let own = digest.about(held);
        if !own.is_empty() || !held.remarks.is_empty() {
            page.push(&details(held, own));
        }
    }
}

fn row(held: &ConnectionReport) -> String {
    let token = &held.token;
    let kind = token.kind_title.as_deref().map_or("token of unknown kind".to_owned(), prose);
    let cells = [
        format!("{} {}", sign(held.status), held.status.as_str()),
        code(&held.name),
        format!("{} {}", prose(&held.forge), code(&held.url)),
        held.target.as_deref().map_or(String::new(), code),
        format!("{kind} from {}", code(&held.source)),
        token.role.as_deref().map_or(String::new(), code),
        human::end(&held.token, code),
        tally(held),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// `4 allowed, 2 denied`, of what is demanded.
fn tally(held: &ConnectionReport) -> String {
    let demanded: Vec<_> = held.capabilities.iter().filter(|one| !one.required_by.is_empty()).collect();
    let counts: Vec<String> = [Verdict::Allowed, Verdict::Denied, Verdict::Unknown]
        .into_iter()
        .map(|verdict| (verdict, demanded.iter().filter(|one| one.verdict == verdict).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(verdict, number)| format!("{number} {}", verdict.as_str()))
        .collect();
    if counts.is_empty() { "none required".to_owned() } else { counts.join(", ") }
}

fn details(held: &ConnectionReport, own: &[Diagnostic]) -> String {
    let open = if held.status == Status::Fail { " open" } else { "" };
    let mut out = format!(
        "<details{open}>\n<summary>{} {}: {}</summary>\n\n",
        sign(held.status),
        held.status.as_str(),
        html_code(&held.name)
    );
    for one in own {
        out += &item(one);
    }
    for remark in &held.remarks {
        out.line(format_args!("- note: {}", prose(remark)));
    }
    out + "\n</details>\n\n"
}

/// One cause as an item of a list, its parts below it.
fn item(one: &Diagnostic) -> String {
    let mut out = format!("- **{}** {}: {}\n", one.severity.as_str(), code(one.rule), prose(one.text));
    if let Some(verdict) = one.verdict() {
        let names: Vec<String> = one.capabilities.iter().map(|capability| code(capability.id.as_str())).collect();
        let needed: Vec<String> = one.required_by().iter().map(|name| code(name)).collect();
        let needed = if needed.is_empty() { String::new() } else { format!("; for {}", needed.join(", ")) };
        out.line(format_args!("  - {}: {} ({}{needed})", verdict.as_str(), names.join(", "), one.bases().join(" or ")));
    }
    for place in one.places.iter().take(5) {
        out.line(format_args!("  - at {}", code(&format!("{}:{}:{}", place.file, place.line, place.column))));
    }
    for origin in one.evidence().into_iter().take(5) {
        let status = origin.status.map_or(String::new(), |status| format!(" → {status}"));
        out.line(format_args!("  - seen: {}{status}, {}", code(&origin.request), prose(&origin.says)));
    }
    if let Some(fix) = one.fix {
        out.line(format_args!("  - fix: {}", prose(fix)));
    }
    if let Some(link) = one.link {
        out.line(format_args!("  - see {}", address(link)));
    }
    out
}

fn comparison(page: &mut Page, matrix: &Matrix) {
    let heads: Vec<String> =
        matrix.tokens.iter().map(|token| format!("{}<br>{}", code(&token.label), prose(&token.kind_title))).collect();
    page.push(&format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len())));
    let mut reasons: Vec<&str> = Vec::new();
    for row in &matrix.rows {
        let held = |label: &str| row.cells.iter().find(|cell| cell.token == label);
        let cells =
            matrix.tokens.iter().map(|token| held(&token.label).map_or(String::new(), |held| cell(held, &mut reasons)));
        let cells: Vec<String> = cells.collect();
        page.push(&format!("| {} | {} |\n", code(row.capability.as_str()), cells.join(" | ")));
    }
    let suffices: Vec<&str> = matrix.tokens.iter().map(|token| suffices(token.suffices)).collect();
    page.push(&format!("| **suffices** | {} |\n\n", suffices.join(" | ")));
    conclusion(page, matrix);
    for (index, reason) in reasons.iter().enumerate() {
        page.push(&format!("{}. reason: {}\n", index + 1, prose(reason)));
    }
}

fn suffices(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "✅ yes",
        Verdict::Denied => "❌ no",
        Verdict::Unknown => "❔ unknown",
    }
}

fn conclusion(page: &mut Page, matrix: &Matrix) {
    let least = matrix.least.as_deref();
    let least = least.map_or("**no token is known to suffice**".to_owned(), |label| {
        format!("**least powerful that suffices:** {}", code(label))
    });
    page.push(&format!("{least}\n\nbecause: {}\n\n", prose(&matrix.because)));
    if matrix.job_token_needs.is_empty() {
        return;
    }
    page.push("for the job token to do:\n\n");
    matrix.job_token_needs.iter().for_each(|need| page.push(&format!("- to do: {}\n", prose(need))));
    page.push("\n");
}

fn cell<'a>(held: &'a MatrixCell, reasons: &mut Vec<&'a str>) -> String {
    if held.verdict == Verdict::Allowed {
        return format!("{} {}", verdict_sign(held.verdict), held.basis.as_str());
    }
    let index = reasons.iter().position(|reason| *reason == held.reason).unwrap_or_else(|| {
        reasons.push(&held.reason);
        reasons.len() - 1
    });
    let layer = held.layer.map_or(held.verdict.as_str(), Layer::as_str);
    format!("{} {layer} ({})", verdict_sign(held.verdict), index + 1)
}

fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✅",
        Status::Warn => "⚠️",
        Status::Unknown => "❔",
        Status::Fail => "❌",
    }
}

fn verdict_sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "✅",
        Verdict::Denied => "❌",
        Verdict::Unknown => "❔",
    }
}

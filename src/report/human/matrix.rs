//! `compare`: capabilities down, tokens across, reasons as numbered notes below.

use crate::report::lines::Lines;
use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::paint::{self, BOLD, DIM, PLAIN, Paint};
use super::wrap::{fit, hang, pad, wrap};
use crate::domain::report::{Matrix, MatrixCell, MatrixRow, Report};
use crate::domain::verdict::Verdict;

const GAP: usize = 2;
/// A column of tokens is at least this wide where it can be, and never wider than the second.
const COLUMN: std::ops::RangeInclusive<usize> = 14..=26;
/// Space that wrapping does not break at; shown as a space.
const GLUE: char = '\u{a0}';

pub(super) fn push(out: &mut String, report: &Report, matrix: &Matrix, verbose: bool, paint: Paint) {
    let notes = Notes::of(matrix);
    title(out, report, matrix, paint);
    let first = first_column(matrix, paint);
    let widths: Vec<usize> =
        (0..matrix.tokens.len()).map(|index| natural(matrix, index, &notes, verbose, paint)).collect();
    for panel in panels(&widths, paint.width.saturating_sub(first)) {
        table(out, matrix, &panel, first, &notes, verbose, paint);
        out.push('\n');
    }
    conclusion(out, matrix, paint);
    notes.push(out, paint);
}

struct Cell {
    text: String,
    style: Style,
}

/// The distinct reasons of what is not allowed, in the order of the table.
struct Notes<'a>(Vec<&'a str>);

impl<'a> Notes<'a> {
    fn of(matrix: &'a Matrix) -> Self {
        let mut reasons: Vec<&str> = Vec::new();
        for cell in matrix.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.verdict != Verdict::Allowed) {
            let reason = without_call(&cell.reason);
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Self(reasons)
    }

    fn number(&self, cell: &MatrixCell) -> String {
        let found = self.0.iter().position(|reason| *reason == without_call(&cell.reason));
        found
            .filter(|_| cell.verdict != Verdict::Allowed)
            .map_or(String::new(), |index| format!("{GLUE}[{}]", index + 1))
    }

    fn push(&self, out: &mut String, paint: Paint) {
        for (index, reason) in self.0.iter().enumerate() {
            hang(out, 0, &format!("{:>4} ", format!("[{}]", index + 1)), &paint.message(reason), paint.width);
        }
        if !self.0.is_empty() {
            out.push('\n');
        }
    }
}

/// The row names the capability, so the call in parentheses at the end of a reason would only keep equal ones apart.
fn without_call(reason: &str) -> &str {
    let cut = reason.strip_suffix("`)").and_then(|rest| rest.rfind(" (`"));
    cut.map_or(reason, |end| &reason[..end])
}

fn title(out: &mut String, report: &Report, matrix: &Matrix, paint: Paint) {
    let mut places: Vec<String> = Vec::new();
    for held in &report.connections {
        let place = super::whereabouts(held, paint);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let text = format!("{} on {}", super::count(matrix.tokens.len(), "token"), places.join(", "));
    for line in wrap(text.trim_end_matches(" on "), paint.width) {
        out.line(format_args!("{}", paint.style(BOLD, line)));
    }
    out.push('\n');
}

fn table(
    out: &mut String,
    matrix: &Matrix,
    panel: &[(usize, usize)],
    first: usize,
    notes: &Notes,
    verbose: bool,
    paint: Paint,
) {
    let widths: Vec<usize> = std::iter::once(first).chain(panel.iter().map(|(_, width)| *width)).collect();
    let across = |cell: &dyn Fn(usize) -> Cell| panel.iter().map(|(index, _)| cell(*index)).collect::<Vec<_>>();
    let plain = |text: &str| Cell { text: text.to_owned(), style: PLAIN };
    let label = |index: usize| Cell { text: paint.field(&matrix.tokens[index].label), style: BOLD };
    let kind = |index: usize| Cell { text: paint.field(&matrix.tokens[index].kind_title), style: DIM };
    line(out, plain(""), across(&label), &widths, paint);
    line(out, plain(""), across(&kind), &widths, paint);
    rule(out, &widths, paint);
    for row in &matrix.rows {
        let cells = across(&|index: usize| cell(row, &matrix.tokens[index].label, notes, verbose));
        line(out, plain(&row_name(matrix, row, paint)), cells, &widths, paint);
    }
    rule(out, &widths, paint);
    let suffices = |index: usize| suffices(matrix.tokens[index].suffices);
    line(out, Cell { text: "suffices".to_owned(), style: BOLD }, across(&suffices), &widths, paint);
}

fn cell(row: &MatrixRow, token: &str, notes: &Notes, verbose: bool) -> Cell {
    let Some(cell) = row.cells.iter().find(|cell| cell.token == token) else {
        return Cell { text: "not asked".to_owned(), style: DIM };
    };
    let (mark, style) = paint::verdict(cell.verdict);
    let layer =
        cell.layer.filter(|_| cell.verdict != Verdict::Allowed).map_or(cell.verdict.as_str(), |layer| layer.as_str());
    let text = match cell.verdict {
        Verdict::Allowed if verbose => format!("{mark}{GLUE}{}", cell.basis.as_str()),
        Verdict::Allowed => mark.to_owned(),
        Verdict::Denied | Verdict::Unknown => format!("{mark}{GLUE}{layer}{}", notes.number(cell)),
    };
    Cell { text, style }
}

fn suffices(verdict: Verdict) -> Cell {
    let (mark, style) = paint::verdict(verdict);
    let word = match verdict {
        Verdict::Allowed => "yes",
        Verdict::Denied => "no",
        Verdict::Unknown => "unknown",
    };
    Cell { text: format!("{mark}{GLUE}{word}"), style: style.bold() }
}

/// The star is worth its place only where not everything is required.
fn row_name(matrix: &Matrix, row: &MatrixRow, paint: Paint) -> String {
    let mixed = matrix.rows.iter().any(|row| row.required) && matrix.rows.iter().any(|row| !row.required);
    let star = if mixed && row.required { " *" } else { "" };
    format!("{}{star}", paint.field(row.capability.as_str()))
}

fn conclusion(out: &mut String, matrix: &Matrix, paint: Paint) {
    if matrix.rows.iter().any(|row| row_name(matrix, row, paint).ends_with(" *")) {
        *out += "* required\n\n";
    }
    let least = match &matrix.least {
        Some(label) => format!("least powerful that suffices: {}", paint.style(BOLD, paint.field(label))),
        None => paint.style(BOLD, "no token is known to suffice"),
    };
    out.line(format_args!("{least}"));
    if !matrix.because.is_empty() {
        hang(out, 2, "", &paint.message(&matrix.because), paint.width);
    }
    if !matrix.job_token_needs.is_empty() {
        *out += "for the job token to do:\n";
        for need in &matrix.job_token_needs {
            hang(out, 2, "- ", &paint.message(need), paint.width);
        }
    }
    out.push('\n');
}

fn first_column(matrix: &Matrix, paint: Paint) -> usize {
    let widest = matrix.rows.iter().map(|row| row_name(matrix, row, paint).width()).max().unwrap_or(0);
    widest.clamp("suffices".len(), paint.width / 3)
}

/// As wide as its cells ask, labels being the ones that can be broken.
fn natural(matrix: &Matrix, index: usize, notes: &Notes, verbose: bool, paint: Paint) -> usize {
    let token = &matrix.tokens[index];
    let cells = matrix.rows.iter().map(|row| cell(row, &token.label, notes, verbose).text.width());
    let heads = [paint.field(&token.label).width(), paint.field(&token.kind_title).width()];
    let widest = cells.chain(heads).max().unwrap_or(0);
    widest.clamp(*COLUMN.start(), *COLUMN.end())
}

/// Columns with their widths, split into as many tables as the room demands, all of about the same size.
fn panels(natural: &[usize], room: usize) -> Vec<Vec<(usize, usize)>> {
    let most = (room / (COLUMN.start() + GAP)).max(1);
    let tables = natural.len().div_ceil(most).max(1);
    let each = natural.len().div_ceil(tables).max(1);
    let columns: Vec<(usize, usize)> = natural.iter().copied().enumerate().collect();
    columns.chunks(each).map(|chunk| narrowed(chunk, room)).collect()
}

/// The widest columns give way first.
fn narrowed(columns: &[(usize, usize)], room: usize) -> Vec<(usize, usize)> {
    let mut columns = columns.to_vec();
    let gaps = columns.len() * GAP;
    while columns.iter().map(|(_, width)| width).sum::<usize>() + gaps > room {
        match columns.iter_mut().max_by_key(|(_, width)| *width) {
            Some((_, width)) if *width > 8 => *width -= 1,
            _ => break,
        }
    }
    columns
}

fn line(out: &mut String, first: Cell, others: Vec<Cell>, widths: &[usize], paint: Paint) {
    let cells: Vec<(Vec<String>, Style)> = std::iter::once(first)
        .chain(others)
        .zip(widths)
        .map(|(cell, width)| (fit(&cell.text, *width), cell.style))
        .collect();
    let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
    for index in 0..height {
        let mut row = String::new();
        let mut owed = String::new();
        for ((lines, style), width) in cells.iter().zip(widths) {
            let text = lines.get(index).map_or(String::new(), |text| text.replace(GLUE, " "));
            let after = pad(&text, width + GAP);
            if text.is_empty() {
                owed += &after;
                continue;
            }
            row.add(format_args!("{owed}{}", paint.style(*style, &text)));
            owed = after;
        }
        out.line(format_args!("{row}"));
    }
}

fn rule(out: &mut String, widths: &[usize], paint: Paint) {
    let width = widths.iter().sum::<usize>() + (widths.len() - 1) * GAP;
    out.line(format_args!("{}", paint.style(DIM, "─".repeat(width))));
}

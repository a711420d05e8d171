//! A line of a file with the part of it marked that is meant.

use unicode_width::UnicodeWidthStr as _;

use super::paint::{self, PLACE, Paint};
use crate::domain::finding::{Excerpt, Severity};
use crate::report::lines::Lines;

/// Columns that a line must have left to be worth showing.
const LEAST: usize = 20;

pub(super) fn push(out: &mut String, excerpt: &Excerpt, line: u32, indent: usize, severity: Severity, paint: Paint) {
    let number = line.to_string();
    let gutter = format!("{}{} |", " ".repeat(indent), " ".repeat(number.len()));
    let room = paint.width.saturating_sub(gutter.len() + 1).max(LEAST);
    let (text, from, to) = window(excerpt, room);
    let before: String = text.chars().take(from).collect();
    let marked: String = text.chars().skip(from).take(to - from).collect();
    let mark = "^".repeat(paint.field(&marked).width().max(1));
    let pad = " ".repeat(paint.field(&before).width());
    out.line(format_args!("{}", paint.style(PLACE, &gutter)));
    let head = paint.style(PLACE, format!("{}{number} |", " ".repeat(indent)));
    out.line(format_args!("{head} {}", paint.field(&text)));
    let mark = paint.style(paint::severity(severity), mark);
    out.line(format_args!("{} {pad}{mark}", paint.style(PLACE, &gutter)));
}

/// As much of the line as there is room for, around what is marked; columns count from 0.
fn window(excerpt: &Excerpt, room: usize) -> (String, usize, usize) {
    let line = excerpt.line.replace('\t', " ");
    let length = line.chars().count();
    let from = (excerpt.mark.0 as usize).saturating_sub(1).min(length);
    let to = (excerpt.mark.1 as usize).saturating_sub(1).clamp(from, length);
    if length <= room {
        return (line, from, to.max(from));
    }
    // Indentation is the first to go.
    let indentation = line.chars().take_while(|character| *character == ' ').count();
    let start = if to - indentation.min(to) <= room { indentation } else { from.min(length.saturating_sub(room)) };
    let text: String = line.chars().skip(start).take(room).collect();
    let shown = text.chars().count();
    (text, from.saturating_sub(start).min(shown), to.saturating_sub(start).min(shown))
}

//! Where each byte of a scalar's text stands in the file.
//!
//! The parser gives the text and the bytes it was written as. Both are walked side by side: what is alike stands for
//! itself, escapes and folded line breaks stand for what was written.

use serde_yaml::granit_parser::ScalarStyle;

use crate::pipeline::text::{Mapped, Source, Span};

pub(super) fn map(text: &str, style: ScalarStyle, span: Span, source: &Source) -> Mapped {
    let Some(raw) = source.text.get(span.start..span.end) else { return Mapped::loose(text, span) };
    let walked = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => block(text, raw, span),
        ScalarStyle::SingleQuoted => flow(text, raw, 1, Quote::Single, span),
        ScalarStyle::DoubleQuoted => flow(text, raw, 1, Quote::Double, span),
        ScalarStyle::Plain => flow(text, raw, 0, Quote::None, span),
    };
    walked.unwrap_or_else(|| Mapped::loose(text, span))
}

/// Each line of the file, its indentation and end off, stands in the text; between two lie breaks or a folded space.
fn block(text: &str, raw: &str, span: Span) -> Option<Mapped> {
    let mut mapped = Mapped::default();
    let mut done = 0;
    let mut offset = 0;
    for (index, line) in raw.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let is_header = index == 0 && line.trim_start().starts_with(['|', '>']);
        let written = line.trim_end_matches(['\n', '\r']);
        if is_header || written.trim().is_empty() {
            continue;
        }
        let rest = &text[done..];
        let breaks = rest.len() - rest.trim_start_matches('\n').len();
        let folded = usize::from(breaks == 0 && done > 0 && rest.starts_with(' '));
        // White space at the start of the line may be its own, where it is indented further than the first.
        let found = [breaks, folded].into_iter().find_map(|skip| {
            let rest = &rest[skip..];
            let held = rest.split('\n').next().unwrap_or_default();
            (0..=written.len() - written.trim_start().len()).find_map(|indent| {
                let content = written.get(indent..)?;
                // Folding joins lines: the text goes on where this line ends.
                held.starts_with(content).then_some((skip, indent, content.len()))
            })
        });
        let (skip, indent, length) = found?;
        let at = Span { file: span.file, start: span.start + start + indent, end: span.start + start + written.len() };
        mapped.push_loose(&text[done..done + skip], Span { end: at.start, start: at.start, ..at });
        mapped.push_exact(&text[done + skip..done + skip + length], at);
        done += skip + length;
    }
    let rest = &text[done..];
    rest.trim().is_empty().then(|| {
        mapped.push_loose(rest, Span { start: span.end, ..span });
        mapped
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

fn flow(text: &str, raw: &str, skip: usize, quote: Quote, span: Span) -> Option<Mapped> {
    let mut mapped = Mapped::default();
    let mut at = skip;
    let mut done = 0;
    while done < text.len() {
        let rest = raw.get(at..)?;
        let wanted = text[done..].chars().next()?;
        let (written, made) = step(rest, &text[done..], wanted, quote)?;
        if written == 0 && made == 0 {
            return None;
        }
        let origin = Span { file: span.file, start: span.start + at, end: span.start + at + written };
        let piece = &text[done..done + made];
        if rest.get(..written) == Some(piece) {
            // Runs of equal text become one piece each, not one per character.
            let run = run(&rest[written..], &text[done + made..], quote);
            let whole = &text[done..done + made + run];
            mapped.push_exact(whole, Span { end: origin.end + run, ..origin });
            at += run;
            done += run;
        } else {
            mapped.push_loose(piece, origin);
        }
        at += written;
        done += made;
    }
    Some(mapped)
}

/// How much of the file, and how much of the text, the next step takes.
fn step(rest: &str, text: &str, wanted: char, quote: Quote) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    if quote == Quote::Double && first == '\\' {
        return escape(rest, wanted);
    }
    if quote == Quote::Single && rest.starts_with("''") {
        return (wanted == '\'').then_some((2, 1));
    }
    let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    if rest[..blank].contains('\n') {
        // A fold: all white space around the break became one space, or as many breaks as there were empty lines.
        let breaks = text.len() - text.trim_start_matches('\n').len();
        let made = if breaks > 0 { breaks } else { usize::from(wanted == ' ') };
        return Some((blank, made));
    }
    (first == wanted).then(|| (first.len_utf8(), first.len_utf8()))
}

fn escape(rest: &str, wanted: char) -> Option<(usize, usize)> {
    let kind = rest.chars().nth(1)?;
    if kind == '\n' || kind == '\r' {
        let after = rest[1..].trim_start_matches([' ', '\t', '\r', '\n']);
        return Some((rest.len() - after.len(), 0));
    }
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    Some((1 + kind.len_utf8() + digits, wanted.len_utf8()))
}

/// How far file and text go on alike.
fn run(rest: &str, text: &str, quote: Quote) -> usize {
    let stops = |character: char| match quote {
        Quote::Single => matches!(character, '\'' | '\n' | '\r' | ' ' | '\t'),
        Quote::Double => matches!(character, '\\' | '\n' | '\r' | ' ' | '\t'),
        Quote::None => matches!(character, '\n' | '\r' | ' ' | '\t'),
    };
    let pairs = rest.chars().zip(text.chars());
    pairs.take_while(|(one, other)| one == other && !stops(*one)).map(|(one, _)| one.len_utf8()).sum()
}

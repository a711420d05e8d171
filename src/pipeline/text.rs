//! Files, spans in them, and texts that are put together from pieces of them without forgetting where each came from.

use std::ops::Range;

/// A file that was read, by its number in [`Sources`].
pub type FileId = u32;

/// Bytes of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: usize,
    pub end: usize,
}

/// One file as it was read.
#[derive(Debug)]
pub struct Source {
    /// What messages call it.
    pub shown: String,
    pub text: String,
    line_starts: Vec<usize>,
}

impl Source {
    pub fn new(shown: String, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Self { shown, text, line_starts }
    }

    /// Line and column of a byte, both counting from 1, columns in characters.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        (number(line), number(column))
    }

    /// The text of a line, counting from 1, without its end.
    pub fn line(&self, line: u32) -> &str {
        let index = (line as usize).saturating_sub(1);
        let Some(start) = self.line_starts.get(index) else { return "" };
        let end = self.line_starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\n', '\r'])
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// All files of one reading.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    pub fn add(&mut self, source: Source) -> FileId {
        self.0.push(source);
        number(self.0.len() - 1)
    }

    pub fn get(&self, file: FileId) -> &Source {
        &self.0[file as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).zip(&self.0)
    }
}

/// A text and, for each byte of it, the place in a file that it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    pub text: String,
    pieces: Vec<Piece>,
}

/// From `at` on, up to the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    at: usize,
    origin: Span,
    /// Byte by byte; otherwise the whole piece stands for the whole of `origin`, as an escape does.
    exact: bool,
}

impl Mapped {
    /// Text that stands in the file just so.
    pub fn exact(text: impl Into<String>, file: FileId, start: usize) -> Self {
        let mut mapped = Self::default();
        let text = text.into();
        let end = start + text.len();
        mapped.add(&text, Span { file, start, end }, true);
        mapped
    }

    /// Text that the whole span stands for.
    pub fn loose(text: &str, origin: Span) -> Self {
        let mut mapped = Self::default();
        mapped.add(text, origin, false);
        mapped
    }

    pub fn push_exact(&mut self, text: &str, origin: Span) {
        self.add(text, origin, true);
    }

    pub fn push_loose(&mut self, text: &str, origin: Span) {
        self.add(text, origin, false);
    }

    fn add(&mut self, text: &str, origin: Span, exact: bool) {
        if !text.is_empty() {
            self.pieces.push(Piece { at: self.text.len(), origin, exact });
            self.text.push_str(text);
        }
    }

    /// Appends another text, and a line break after it.
    pub fn push_line(&mut self, line: &Self) {
        let shift = self.text.len();
        self.pieces.extend(line.pieces.iter().map(|piece| Piece { at: piece.at + shift, ..*piece }));
        self.text.push_str(&line.text);
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// The same bytes with other words in some ranges, which go on standing for what they stood for.
    pub fn replace(&self, ranges: &[(Range<usize>, String)]) -> Self {
        let mut changed = Self::default();
        let mut done = 0;
        for (range, with) in ranges {
            self.copy(done..range.start, &mut changed);
            if let Some(origin) = self.span(range.clone()) {
                changed.push_loose(with, origin);
            }
            done = range.end;
        }
        self.copy(done..self.text.len(), &mut changed);
        changed
    }

    /// A part of it, with its places.
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        self.copy(range, &mut part);
        part
    }

    fn copy(&self, range: Range<usize>, into: &mut Self) {
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        let before_end = |(_, piece): &(usize, &Piece)| piece.at < range.end;
        for (index, piece) in self.pieces.iter().enumerate().skip(first).take_while(before_end) {
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |next| next.at);
            let (from, to) = (piece.at.max(range.start), end.min(range.end));
            if from < to {
                let start = if piece.exact { piece.origin.start + (from - piece.at) } else { piece.origin.start };
                into.add(&self.text[from..to], Span { start, ..piece.origin }, piece.exact);
            }
        }
    }

    /// Where a range of this text stands. Over the border of a file it ends where the first one's piece does.
    pub fn span(&self, range: Range<usize>) -> Option<Span> {
        let first = self.place(range.start)?;
        let last = self.place(range.end.max(range.start + 1) - 1)?;
        let in_order = last.file == first.file && last.end >= first.start;
        Some(if in_order { Span { end: last.end.max(first.end), ..first } } else { first })
    }

    fn place(&self, at: usize) -> Option<Span> {
        let index = self.pieces.partition_point(|piece| piece.at <= at).checked_sub(1)?;
        let piece = &self.pieces[index];
        if !piece.exact {
            return Some(piece.origin);
        }
        let start = (piece.origin.start + (at - piece.at)).min(piece.origin.end);
        Some(Span { start, end: (start + 1).min(piece.origin.end.max(start)), ..piece.origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("a".into(), "é: x\r\nb\n".into());
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(4), (1, 4));
        assert_eq!(source.position(7), (2, 1));
        assert_eq!(source.line(1), "é: x");
        assert_eq!(source.line(9), "");
    }

    #[test]
    fn a_joined_text_knows_where_each_part_stood() {
        let mut joined = Mapped::default();
        joined.push_line(&Mapped::exact("one", 0, 10));
        joined.push_line(&Mapped::exact("two", 1, 50));
        assert_eq!(joined.text, "one\ntwo\n");
        assert_eq!(joined.span(4..7), Some(Span { file: 1, start: 50, end: 53 }));
        assert_eq!(joined.span(1..3), Some(Span { file: 0, start: 11, end: 13 }));
    }

    #[test]
    fn what_is_replaced_stands_for_what_was_there() {
        let text = Mapped::exact("a $[[ x ]] b", 0, 100);
        let changed = text.replace(&[(2..10, "${X}".into())]);
        assert_eq!(changed.text, "a ${X} b");
        assert_eq!(changed.span(2..6), Some(Span { file: 0, start: 102, end: 110 }));
        assert_eq!(changed.span(7..8), Some(Span { file: 0, start: 111, end: 112 }));
    }
}

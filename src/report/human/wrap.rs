//! Text into lines, by the columns that a terminal gives each character.

use unicode_width::UnicodeWidthStr;

/// Lines of at most `width` columns. A word that is wider stands on a line of its own, so that addresses can be copied.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The same for a cell of a table: a wider word is broken, after punctuation where there is some.
pub(super) fn fit(text: &str, width: usize) -> Vec<String> {
    wrap(text, width).into_iter().flat_map(|line| break_word(line, width)).collect()
}

/// A label with text hanging beside it: `fix: …`, the following lines below the text.
pub(super) fn hang(out: &mut String, indent: usize, label: &str, text: &str, width: usize) {
    let column = indent + label.width();
    for (index, line) in wrap(text, width.saturating_sub(column).max(20)).iter().enumerate() {
        let lead = if index == 0 { label } else { "" };
        let pad = if index == 0 { indent } else { column };
        out.push_str(&" ".repeat(pad));
        out.push_str(lead);
        out.push_str(line);
        out.push('\n');
    }
}

pub(super) fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

fn break_word(line: String, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while rest.width() > width {
        let cut = cut_at(&rest, width);
        let tail = rest.split_off(cut);
        pieces.push(std::mem::replace(&mut rest, tail));
    }
    pieces.push(rest);
    pieces
}

/// The last place within `width` columns that follows punctuation, else the last at all; always at least one character.
fn cut_at(text: &str, width: usize) -> usize {
    let ends = || text.char_indices().map(|(start, character)| (start + character.len_utf8(), character));
    let fits = |end: usize| text[..end].width() <= width;
    let room = ends().map(|(end, _)| end).take_while(|end| fits(*end)).last();
    let first = ends().next().map_or(text.len(), |(end, _)| end);
    let room = room.unwrap_or(first);
    let after_mark = ends().rfind(|(end, mark)| *end <= room && matches!(mark, '-' | '_' | '/' | '.' | ':'));
    after_mark.map_or(room, |(end, _)| end)
}

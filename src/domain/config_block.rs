//! The lines that setup adds at the end of a file of Git's configuration, and taking them out again without touching
//! anything else: not a byte of what was there before, and nothing that somebody put there since.

use serde::{Deserialize, Serialize};

/// One entry to add, in the spelling that it gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    pub section: String,
    pub subsection: String,
    pub name: String,
    pub value: String,
}

impl Addition {
    pub fn new(section: &str, subsection: String, name: &str, value: String) -> Self {
        Self { section: section.to_owned(), subsection, name: name.to_owned(), value }
    }

    pub fn key(&self) -> String {
        format!("{}.{}.{}", self.section, self.subsection, self.name)
    }
}

/// Lines that were added to a file together: sections with their entries, each ended by a line break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub text: String,
    /// The file had no line break at its end, so one was put there first.
    pub ended_line: bool,
}

/// What became of a block that was to be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Whole,
    /// Somebody changed it; what was left of ours is out.
    Part,
    /// Nothing of it was there any more.
    Nothing,
}

/// The text with the block at its end.
pub fn added(text: &[u8], block: String) -> (Vec<u8>, Block) {
    let ended_line = !text.is_empty() && !text.ends_with(b"\n");
    let mut new = text.to_vec();
    if ended_line {
        new.push(b'\n');
    }
    new.extend_from_slice(block.as_bytes());
    (new, Block { text: block, ended_line })
}

/// The text without the block.
pub fn without(text: &[u8], block: &Block) -> (Vec<u8>, Taken) {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let ours: Vec<&[u8]> = block.text.as_bytes().split_inclusive(|byte| *byte == b'\n').collect();
    if let Some(at) = whole(&lines, &ours) {
        let mut before = lines[..at].concat();
        let after = lines[at + ours.len()..].concat();
        if block.ended_line && after.is_empty() && before.ends_with(b"\n") {
            before.pop();
        }
        return ([before, after].concat(), Taken::Whole);
    }
    let gone = scattered(&lines, &ours);
    let taken = if gone.is_empty() { Taken::Nothing } else { Taken::Part };
    let kept = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, line)| *line);
    (kept.collect::<Vec<_>>().concat(), taken)
}

/// Where the lines stand together, the last place of several. A section that somebody went on in is not whole: its
/// header is theirs too.
fn whole(lines: &[&[u8]], ours: &[&[u8]]) -> Option<usize> {
    let last = lines.len().checked_sub(ours.len())?;
    (0..=last).rev().find(|at| {
        let next = lines[at + ours.len()..].iter().find(|line| !is_blank(line));
        lines[*at..at + ours.len()] == *ours && next.is_none_or(|line| is_header(line))
    })
}

/// Our entries where they still stand below our header, and the header where nothing else is below it.
fn scattered(lines: &[&[u8]], ours: &[&[u8]]) -> Vec<usize> {
    let mut gone = Vec::new();
    for (header, entries) in sections(ours) {
        let places = sections(lines).into_iter().zip(places(lines)).filter(|((line, _), _)| *line == header);
        // Of several with this header ours is the one that has the most of our entries.
        let best = places.map(|((_, below), at)| (matched(&below, &entries), below.len(), at));
        let best = best.max_by_key(|(matched, ..)| matched.len()).filter(|(matched, ..)| !matched.is_empty());
        let Some((matched, below, at)) = best else { continue };
        let left = (0..below).filter(|index| !matched.contains(index) && !is_blank(lines[at + 1 + index])).count();
        if left == 0 {
            gone.push(at);
        }
        gone.extend(matched.into_iter().map(|index| at + 1 + index));
    }
    gone
}

/// Headers with the lines below each.
fn sections<'a>(lines: &[&'a [u8]]) -> Vec<(&'a [u8], Vec<&'a [u8]>)> {
    let places = places(lines);
    let ends = places.iter().skip(1).copied().chain([lines.len()]);
    places.iter().zip(ends).map(|(at, end)| (lines[*at], lines[at + 1..end].to_vec())).collect()
}

fn places(lines: &[&[u8]]) -> Vec<usize> {
    lines.iter().enumerate().filter(|(_, line)| is_header(line)).map(|(at, _)| at).collect()
}

/// Where our entries stand among the lines, each once and in our order.
fn matched(lines: &[&[u8]], entries: &[&[u8]]) -> Vec<usize> {
    let mut from = 0;
    let mut found = Vec::new();
    for entry in entries {
        if let Some(at) = lines[from..].iter().position(|line| line == entry) {
            found.push(from + at);
            from += at + 1;
        }
    }
    found
}

fn is_header(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"[")
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "[credential \"https://a.test\"]\n\thelper = /h credential\n";

    #[track_caller]
    fn round_trip(before: &[u8]) {
        let (new, block) = added(before, BLOCK.to_owned());
        assert!(new.ends_with(BLOCK.as_bytes()));
        assert_eq!(without(&new, &block), (before.to_vec(), Taken::Whole));
    }

    #[test]
    fn every_byte_that_was_there_is_there_again() {
        for before in [
            &b""[..],
            b"[user]\n\tname = me\n",
            b"[user]\n\tname = me",
            b"\n\n# nothing\n",
            b"[user]\r\n\tname = me\r\n",
            b"[user]\n\tname = \xff\n",
            b"[credential \"https://a.test\"]\n\tusername = me",
        ] {
            round_trip(before);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_there_is_there_again(before: Vec<u8>, lines in "[\\[\\]a#;\\\\\"\n\t =]{0,60}") {
            round_trip(&before);
            round_trip(lines.as_bytes());
        }
    }

    #[test]
    fn several_blocks_go_in_any_order() {
        let (one, first) = added(b"[user]\n\tname = me", BLOCK.to_owned());
        let (two, second) = added(&one, BLOCK.replace("a.test", "b.test"));
        let (left, taken) = without(&two, &first);
        assert_eq!(taken, Taken::Whole);
        let expected = format!("[user]\n\tname = me\n{}", second.text);
        assert_eq!(String::from_utf8(left).unwrap(), expected);
        let (left, _) = without(&two, &second);
        assert_eq!(without(&left, &first).0, b"[user]\n\tname = me");
    }

    #[test]
    fn what_somebody_added_to_our_section_stays_with_its_header() {
        let (_, block) = added(b"", BLOCK.to_owned());
        let changed = format!("{BLOCK}\tusername = me\n[user]\n");
        let (left, taken) = without(changed.as_bytes(), &block);
        assert_eq!(taken, Taken::Part);
        assert_eq!(String::from_utf8(left).unwrap(), "[credential \"https://a.test\"]\n\tusername = me\n[user]\n");
    }

    #[test]
    fn what_somebody_took_out_or_changed_is_no_business_of_ours() {
        let text = "[credential \"https://a.test\"]\n\thelper =\n\thelper = /h credential\n";
        let block = Block { text: text.to_owned(), ended_line: false };
        let (left, taken) = without(b"[credential \"https://a.test\"]\n\thelper =\n\thelper = mine\n", &block);
        assert_eq!(taken, Taken::Part);
        assert_eq!(String::from_utf8(left).unwrap(), "[credential \"https://a.test\"]\n\thelper = mine\n");
        let other = b"[credential \"https://a.test\"]\n\thelper = theirs\n";
        assert_eq!(without(other, &block), (other.to_vec(), Taken::Nothing));
        assert_eq!(without(b"", &block), (Vec::new(), Taken::Nothing));
    }

    #[test]
    fn a_block_of_several_sections_goes_whole() {
        let text = format!("{BLOCK}[url \"https://a.test/\"]\n\tinsteadOf = https://a.test/\n");
        let (new, block) = added(b"# mine\n", text);
        assert_eq!(without(&new, &block), (b"# mine\n".to_vec(), Taken::Whole));
    }
}

//! The difference between two texts, line by line.

/// Lines that were taken out at one place and put in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The first line of the change in the old and in the new text, counted from one. Where nothing was taken out or put
    /// in: the line before.
    pub old_line: usize,
    pub new_line: usize,
    pub removed: Vec<&'a [u8]>,
    pub added: Vec<&'a [u8]>,
}

/// Above this many pairs of lines the middle of the texts counts as one change.
const MOST_PAIRS: usize = 4_000_000;

pub fn changes<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<Change<'a>> {
    let (old, new): (Vec<_>, Vec<_>) = (lines(old).collect(), lines(new).collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count();
    let pairs = matching(&old[start..old.len() - end], &new[start..new.len() - end]);
    let pairs = pairs.into_iter().map(|(a, b)| (a + start, b + start));
    let mut changes = Vec::new();
    let (mut a, mut b) = (start, start);
    for (next_a, next_b) in pairs.chain([(old.len() - end, new.len() - end)]) {
        if next_a > a || next_b > b {
            let line = |from: usize, to: usize| if to > from { from + 1 } else { from };
            changes.push(Change {
                old_line: line(a, next_a),
                new_line: line(b, next_b),
                removed: old[a..next_a].to_vec(),
                added: new[b..next_b].to_vec(),
            });
        }
        (a, b) = (next_a + 1, next_b + 1);
    }
    changes
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// The longest common run of lines, as places in both.
fn matching(old: &[&[u8]], new: &[&[u8]]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a * width + b] = if old[a] == new[b] {
                longest[(a + 1) * width + b + 1] + 1
            } else {
                longest[(a + 1) * width + b].max(longest[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::new();
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if longest[(a + 1) * width + b] >= longest[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<(usize, usize, String, String)> {
        let text = |lines: &[&[u8]]| String::from_utf8(lines.concat()).unwrap();
        let changes = changes(old.as_bytes(), new.as_bytes());
        changes.iter().map(|one| (one.old_line, one.new_line, text(&one.removed), text(&one.added))).collect()
    }

    #[test]
    fn equal_texts_have_no_changes() {
        assert!(shown("", "").is_empty());
        assert!(shown("a\nb\n", "a\nb\n").is_empty());
    }

    #[test]
    fn changes_are_told_with_their_places() {
        assert_eq!(shown("a\n", "a\nb\nc\n"), [(1, 2, String::new(), "b\nc\n".to_owned())]);
        assert_eq!(shown("a\nb\nc\n", "a\nc\n"), [(2, 1, "b\n".to_owned(), String::new())]);
        assert_eq!(shown("a", "a\nb\n"), [(1, 1, "a".to_owned(), "a\nb\n".to_owned())]);
    }

    #[test]
    fn what_is_between_two_changes_is_in_neither() {
        let changes = shown("x\na\nsecret\nb\ny\n", "x\nsecret\nc\ny\n");
        let expected = [(2, 1, "a\n".to_owned(), String::new()), (4, 3, "b\n".to_owned(), "c\n".to_owned())];
        assert_eq!(changes, expected);
    }
}

//! Shell scripts, read with tree-sitter and followed as far as they can be without running them.
//!
//! Values are followed through assignments, functions, sourced and called scripts. Where ways part and meet again, what
//! they disagree on is unknown; nothing is guessed.

mod assign;
mod expand;
mod scope;
mod walk;

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Tree};

pub use scope::{Binding, Scope};

use super::reader::Reader;
use super::text::Mapped;

/// Commands followed in one job, functions and scripts included.
pub(super) const MAX_STEPS: usize = 10_000;
/// Nesting of the syntax tree that is followed.
const MAX_NESTING: usize = 150;
/// The parser reports now and then; a text that it has not read by then is left alone.
const MAX_REPORTS: usize = 20_000;

impl Reader<'_> {
    pub(super) fn shell(&mut self, script: &Mapped, scope: &mut Scope) {
        let Some(tree) = parse(&script.text) else {
            self.missed = true;
            return;
        };
        self.missed |= tree.root_node().has_error();
        let step = walk::Step { script, depth: 0 };
        self.walk(tree.root_node(), step, scope);
    }
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let bytes = plain(text);
    let mut reports = 0;
    let mut progress = |_: &tree_sitter::ParseState| {
        reports += 1;
        if reports > MAX_REPORTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// The same text with a letter for every byte beyond ASCII, so that offsets stay. To a shell these are parts of words
/// alike; the grammar's scanner asks `isdigit` of them, which reads beyond its table.
fn plain(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte.is_ascii() { byte } else { b'x' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_sees_nothing_beyond_ascii_and_every_offset_stays() {
        let text = "echo {1\u{10ffff}..2} — \"Grüße\" \u{a0}x; curl a";
        assert_eq!(plain(text).len(), text.len());
        assert!(plain(text).is_ascii());
        let tree = parse(text).unwrap();
        let root = tree.root_node();
        let last = root.children(&mut root.walk()).last().unwrap();
        assert_eq!(&text[last.byte_range()], "curl a");
    }
}

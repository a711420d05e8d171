//! Shell scripts, read with tree-sitter and followed as far as they can be without running them.
//!
//! Values are followed through assignments, functions, sourced and called scripts. Where ways part and meet again, what
//! they disagree on is unknown; nothing is guessed.

mod assign;
mod expand;
mod scope;
mod walk;

use std::ops::ControlFlow;
use std::rc::Rc;

use tree_sitter::{ParseOptions, Parser, Tree};

pub use scope::{Binding, Scope};

use super::model::Act;
use super::text::Mapped;

/// Commands followed in one job, functions and scripts included.
const MAX_STEPS: usize = 10_000;
/// Functions and scripts that call each other.
const MAX_CALLS: usize = 12;
/// Nesting of the syntax tree that is followed.
const MAX_NESTING: usize = 150;
/// The parser reports now and then; a text that it has not read by then is left alone.
const MAX_REPORTS: usize = 20_000;

/// Scripts beside the one at hand.
pub trait Scripts {
    /// The text of a script of this repository; `None` where there is none or it may not be read.
    fn script(&mut self, path: &str) -> Option<Rc<Mapped>>;

    /// May as many more bytes be read? What calls itself over and over ends here.
    fn spend(&mut self, bytes: usize) -> bool;
}

/// Follows scripts and gathers what they do.
pub struct Reader<'a> {
    scripts: &'a mut dyn Scripts,
    acts: Vec<Act>,
    steps: usize,
    calls: usize,
    missed: bool,
    /// Functions that something called.
    called: std::collections::BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub fn new(scripts: &'a mut dyn Scripts) -> Self {
        Self { scripts, acts: Vec::new(), steps: 0, calls: 0, missed: false, called: std::collections::BTreeSet::new() }
    }

    /// Follows one script from its beginning to its end.
    pub fn follow(&mut self, script: &Mapped, scope: &mut Scope) {
        let tree = if self.scripts.spend(script.text.len()) { parse(&script.text) } else { None };
        let Some(tree) = tree else {
            self.missed = true;
            return;
        };
        self.missed |= tree.root_node().has_error();
        let step = walk::Step { script, depth: 0 };
        self.walk(tree.root_node(), step, scope);
    }

    /// What was gathered. Functions that nothing called are followed last, with arguments nobody knows.
    pub fn finish(self, scope: &Scope) -> Vec<Act> {
        self.finish_telling(scope).0
    }

    /// The same, and whether there was something that could not be followed.
    pub fn finish_telling(mut self, scope: &Scope) -> (Vec<Act>, bool) {
        let left: Vec<Rc<Mapped>> = scope
            .functions
            .iter()
            .filter(|(name, _)| !self.called.contains(*name))
            .map(|(_, body)| Rc::clone(body))
            .collect();
        for body in left {
            let mut inner = Scope { arguments: None, ..scope.clone() };
            self.follow(&body, &mut inner);
        }
        (self.acts, self.missed)
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

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
    let bytes = text.as_bytes();
    let mut reports = 0;
    let mut progress = |_: &tree_sitter::ParseState| {
        reports += 1;
        if reports > MAX_REPORTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

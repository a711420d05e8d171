//! Assignments and declarations of variables.

use std::ops::Range;

use tree_sitter::Node;

use super::expand::{fields, literal, value};
use super::scope::{Binding, Scope};
use super::walk::{Step, children, runs};
use crate::pipeline::model::{Part, Value, push, split_once};
use crate::pipeline::reader::Reader;

/// Bytes of a value that is put together piece by piece.
const MAX_VALUE: usize = 16 * 1024;

impl Reader<'_> {
    /// `range`: the assignment with whatever stands right behind it.
    pub(super) fn assign(
        &mut self,
        node: Node<'_>,
        range: Range<usize>,
        exported: bool,
        step: Step<'_>,
        scope: &mut Scope,
    ) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let place = step.script.span(range.clone());
        self.look_inside(node, step, scope);
        let name_text = step.text(name).to_owned();
        if name.kind() != "variable_name" {
            scope.forget(name_text.split('[').next().unwrap_or_default());
            return;
        }
        let rest = step.script.text.get(name.end_byte()..range.end).unwrap_or_default();
        let (adds, written) = match rest.strip_prefix("+=") {
            Some(written) => (true, written),
            None => (false, rest.strip_prefix('=').unwrap_or_default()),
        };
        let array = node.child_by_field_name("value").filter(|value| value.kind() == "array");
        let mut binding = match array {
            Some(array) => {
                let items: Vec<_> = children(array).into_iter().filter(Node::is_named).collect();
                let values = runs(&items).into_iter().flat_map(|(range, _)| fields(&step.script.text[range], scope));
                Binding { values: values.collect(), array: true, exported, place }
            }
            None => Binding::of(value(written, scope), exported, place),
        };
        if adds {
            binding.values = added(scope, &name_text, binding.values, binding.array);
        }
        scope.set(&name_text, binding);
    }

    pub(super) fn declare(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let exports = step.text(node).starts_with("export") || step.text(node).contains(" -x");
        let parts: Vec<_> = children(node).into_iter().filter(Node::is_named).collect();
        for (range, nodes) in runs(&parts) {
            let first = nodes[0];
            match first.kind() {
                "variable_assignment" => self.assign(first, range, exports, step, scope),
                "variable_name" if exports => {
                    if let Some(binding) = scope.variables.get_mut(step.text(first)) {
                        binding.exported = true;
                    }
                }
                _ => {
                    // `export "NAME=value"` and the like.
                    for word in self.words(range, &nodes, step, scope) {
                        if let Some((name, value)) = split_once(&word.value, '=')
                            && let Some(name) = literal(&name)
                        {
                            scope.set(&name, Binding::of(value, exports, Some(word.span)));
                        }
                    }
                }
            }
        }
    }

    pub(super) fn unset(node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        for child in children(node).into_iter().filter(Node::is_named) {
            scope.forget(step.text(child));
        }
    }
}

fn added(scope: &Scope, name: &str, more: Vec<Value>, array: bool) -> Vec<Value> {
    let Some(held) = scope.variables.get(name) else { return more };
    let mut values = held.values.clone();
    if array {
        values.extend(more);
        return values;
    }
    let mut whole = values.into_iter().next().unwrap_or_default();
    for part in more.into_iter().flatten() {
        push(&mut whole, part);
    }
    let is_long = matches!(whole.last(), Some(Part::Text(text)) if text.len() > MAX_VALUE);
    vec![if is_long { vec![Part::Unknown] } else { whole }]
}

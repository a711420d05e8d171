//! The variables a job starts with, as far as the files set them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::effective::Configuration;
use super::script::without_inputs;
use crate::pipeline::files::Files;
use crate::pipeline::model::{Part, Value, push};
use crate::pipeline::shell::{Binding, Scope};
use crate::pipeline::text::Mapped;
use crate::pipeline::yaml::Node;

/// Stands for what an input is filled with; a script cannot name it by chance.
pub(super) const INPUT: &str = "hallpass_input";
const MAX_DEPTH: usize = 8;
const MAX_SIZE: usize = 4 * 1024;
/// Variables inside of variables, for one job: what names itself a thousandfold ends here.
const MAX_FILLED: usize = 20_000;

/// A variable as written.
#[derive(Clone)]
struct Written {
    text: Mapped,
    expands: bool,
}

pub(super) fn scope(configuration: &Configuration, job: &Rc<Node>, files: &Files) -> Scope {
    let mut written: BTreeMap<String, Option<Written>> = BTreeMap::new();
    let inherit = job.get("inherit").and_then(|node| node.get("variables"));
    if let Some(all) = configuration.root().get("variables") {
        for (key, node) in all.entries() {
            let inherited = match inherit {
                None => true,
                Some(node) if node.is_list() => node.items().iter().any(|item| item.text() == Some(&key.text)),
                Some(node) => !node.is_false(),
            };
            if inherited {
                written.insert(key.text.clone(), as_written(configuration, node, files));
            }
        }
    }
    let workflow = configuration.root().get("workflow");
    for name in workflow.into_iter().flat_map(set_by_rules) {
        written.insert(name, None);
    }
    if let Some(own) = job.get("variables") {
        let own = match own.tag.as_deref() {
            Some("reference") => configuration.referred(own, 0).unwrap_or_else(|| Rc::clone(own)),
            _ => Rc::clone(own),
        };
        for (key, node) in own.entries() {
            written.insert(key.text.clone(), as_written(configuration, node, files));
        }
    }
    // Which of these holds is settled when the pipeline is made.
    for name in set_by_rules(job).into_iter().chain(set_by_matrix(job)) {
        written.insert(name, None);
    }
    bound(&written)
}

fn as_written(configuration: &Configuration, node: &Rc<Node>, files: &Files) -> Option<Written> {
    let node = match node.tag.as_deref() {
        Some("reference") => configuration.referred(node, 0)?,
        _ => Rc::clone(node),
    };
    let expands = !node.get("expand").is_some_and(|node| node.is_false());
    let value = if node.is_map() { Rc::clone(node.get("value")?) } else { node };
    if value.is_list() || value.is_map() {
        return None;
    }
    Some(Written { text: without_inputs(&value.mapped(files.source(value.span.file))), expands })
}

fn set_by_rules(node: &Rc<Node>) -> Vec<String> {
    let rules = node.get("rules").map(|rules| rules.items().to_vec()).unwrap_or_default();
    let maps = rules.iter().filter_map(|rule| rule.get("variables"));
    maps.flat_map(|map| map.entries().iter().map(|(key, _)| key.text.clone()).collect::<Vec<_>>()).collect()
}

fn set_by_matrix(job: &Rc<Node>) -> Vec<String> {
    let matrix = job.get("parallel").and_then(|node| node.get("matrix"));
    let rows = matrix.map(|matrix| matrix.items().to_vec()).unwrap_or_default();
    rows.iter().flat_map(|row| row.entries().iter().map(|(key, _)| key.text.clone()).collect::<Vec<_>>()).collect()
}

fn bound(written: &BTreeMap<String, Option<Written>>) -> Scope {
    let mut left = MAX_FILLED;
    let mut scope = Scope::default();
    scope.set(INPUT, Binding::of(vec![Part::Unknown], true, None));
    for (name, one) in written {
        let binding = match one {
            None => Binding::of(vec![Part::Unknown], true, None),
            Some(one) if one.expands => {
                let mut value = Value::new();
                expand(&one.text.text, written, 0, &mut left, &mut value);
                Binding::of(value, true, one.text.span(0..one.text.text.len()))
            }
            Some(one) => Binding::of(vec![Part::Text(one.text.text.clone())], true, None),
        };
        scope.set(name, binding);
    }
    scope
}

/// `$NAME`, `${NAME}` and `%NAME%` are filled in by GitLab; `$$` is a dollar sign.
fn expand(text: &str, written: &BTreeMap<String, Option<Written>>, depth: usize, left: &mut usize, into: &mut Value) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        push(into, Part::Text(rest[..at].to_owned()));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            push(into, Part::Text("$".to_owned()));
            rest = after;
            continue;
        }
        let braced = rest.starts_with('{');
        let body = if braced { &rest[1..] } else { rest };
        let length = body.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, after) = body.split_at(length);
        let closed = !braced || after.starts_with('}');
        if name.is_empty() || !closed {
            push(into, Part::Unknown);
            return;
        }
        rest = if braced { &after[1..] } else { after };
        match written.get(name) {
            _ if name == INPUT || depth > MAX_DEPTH || into.len() > MAX_SIZE || *left == 0 => push(into, Part::Unknown),
            None => push(into, Part::Variable(name.to_owned())),
            Some(None) => push(into, Part::Unknown),
            Some(Some(one)) if one.expands => {
                *left -= 1;
                expand(&one.text.text, written, depth + 1, left, into);
            }
            Some(Some(one)) => push(into, Part::Text(one.text.text.clone())),
        }
    }
    push(into, Part::Text(rest.to_owned()));
}

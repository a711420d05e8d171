//! A file with what it includes from its own repository. What lies elsewhere is counted as not read.

use std::rc::Rc;

use super::super::files::{Files, Unread};
use super::super::text::{FileId, Span};
use super::super::yaml::{self, Node};

const MAX_DEPTH: usize = 10;
const MAX_INCLUDES: usize = 150;

/// The whole configuration: included files first, each overruled by those after it and by the file that includes it.
pub(super) fn load(file: FileId, files: &mut Files) -> Option<Rc<Node>> {
    let mut left = MAX_INCLUDES;
    load_at(file, files, 0, &mut left)
}

fn load_at(file: FileId, files: &mut Files, depth: usize, left: &mut usize) -> Option<Rc<Node>> {
    let documents = match yaml::parse(files.source(file), file) {
        Ok(documents) => documents,
        Err(fault) => {
            files.fault(Span { file, start: fault.offset, end: fault.offset }, fault.message);
            return None;
        }
    };
    let content = content(&documents)?;
    if !content.is_map() {
        return None;
    }
    let mut whole: Option<Rc<Node>> = None;
    for entry in content.get("include").map(entries).unwrap_or_default() {
        for path in local(&entry, files) {
            if depth >= MAX_DEPTH || *left == 0 {
                files.not_read(Unread::Include);
                continue;
            }
            *left -= 1;
            let Some(included) = files.read_below_root(&path) else {
                files.not_read(Unread::Include);
                continue;
            };
            if let Some(more) = load_at(included, files, depth + 1, left) {
                whole = Some(whole.map_or(Rc::clone(&more), |held| merge(&held, &more)));
            }
        }
    }
    Some(whole.map_or(Rc::clone(content), |held| merge(&held, content)))
}

/// The document with the jobs: behind a header of inputs where there is one.
fn content(documents: &[Rc<Node>]) -> Option<&Rc<Node>> {
    match documents {
        [header, content, ..] if header.get("spec").is_some() => Some(content),
        [only, ..] => Some(only),
        [] => None,
    }
}

fn entries(node: &Rc<Node>) -> Vec<Rc<Node>> {
    if node.is_list() { node.items().to_vec() } else { vec![Rc::clone(node)] }
}

/// The paths of an entry that lie in this repository.
fn local(entry: &Node, files: &mut Files) -> Vec<String> {
    let stated = match entry.text() {
        Some(text) => (!text.contains("://")).then_some(text),
        None => entry.get("local").and_then(|node| node.text()),
    };
    let Some(path) = stated.filter(|path| !path.contains('$')) else {
        files.not_read(Unread::Include);
        return Vec::new();
    };
    let path = path.trim_start_matches('/');
    if path.contains('*') { files.matching(path) } else { vec![path.to_owned()] }
}

/// Mappings are merged key by key; of anything else the later one counts.
pub(super) fn merge(base: &Rc<Node>, over: &Rc<Node>) -> Rc<Node> {
    if !base.is_map() || !over.is_map() {
        return Rc::clone(over);
    }
    let mut all = base.entries().to_vec();
    for (key, node) in over.entries() {
        match all.iter_mut().find(|(held, _)| held.text == key.text) {
            Some((held, value)) => {
                *value = merge(value, node);
                *held = key.clone();
            }
            None => all.push((key.clone(), Rc::clone(node))),
        }
    }
    Node::map(over.span, all)
}

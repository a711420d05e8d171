//! Templates: files with parameters, and `${{ }}` in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::variables::Variables;
use crate::pipeline::files::{Files, Unread};
use crate::pipeline::filled::written;
use crate::pipeline::model::Part;
use crate::pipeline::text::{FileId, Mapped, Span};
use crate::pipeline::yaml::{self, Node};

const MAX_DEPTH: usize = 20;
const MAX_TEMPLATES: usize = 200;
/// Values of a list that `each` goes through, and steps that are taken from parameters.
const MAX_LEVELS: usize = 50;
/// Bytes of one parameter.
const MAX_SIZE: usize = 16 * 1024;

/// A file with what its parameters are.
pub(super) struct Context {
    pub(super) file: FileId,
    parameters: BTreeMap<String, Parameter>,
    /// Whose values the parameters are.
    caller: Option<Rc<Context>>,
    depth: usize,
}

/// What a parameter is.
enum Parameter {
    Text(String),
    /// A list or mapping, whose own parameters are those of the caller.
    Node(Rc<Node>),
    /// Known only when it runs.
    Open,
}

impl Parameter {
    /// As the caller writes it. Each is worked out once, so that no chain of templates doubles it over and over.
    fn of(node: Option<&Rc<Node>>, caller: Option<&Rc<Context>>) -> Self {
        match node {
            Some(node) if node.is_list() || node.is_map() => Self::Node(Rc::clone(node)),
            Some(node) => match (node.text(), caller) {
                (Some(text), _) if !text.contains("${{") => Self::Text(text.to_owned()),
                (Some(text), Some(caller)) => caller.known(text).map_or(Self::Open, Self::Text),
                (Some(_), None) => Self::Open,
                (None, _) => Self::Text(String::new()),
            },
            None => Self::Open,
        }
    }
}

/// A node, and the file whose parameters it means.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) node: Rc<Node>,
    pub(super) context: Rc<Context>,
    /// It stands below a condition.
    pub(super) conditional: bool,
}

impl Context {
    pub(super) fn root(file: FileId, root: &Node) -> Rc<Self> {
        let mut parameters = defaults(root);
        // Whoever starts the run, or whoever uses the template, may say something else.
        for value in parameters.values_mut() {
            if matches!(value, Parameter::Text(_)) {
                *value = Parameter::Open;
            }
        }
        Rc::new(Self { file, parameters, caller: None, depth: 0 })
    }

    /// A text made of parameters, where all of it is known.
    fn known(&self, text: &str) -> Option<String> {
        let mut whole = String::new();
        let mut done = 0;
        for (range, inner) in expressions(text) {
            let Some(Parameter::Text(held)) = self.parameters.get(member(inner, "parameters")?) else { return None };
            whole.push_str(&text[done..range.start]);
            whole.push_str(held);
            done = range.end;
            if whole.len() > MAX_SIZE {
                return None;
            }
        }
        whole.push_str(&text[done..]);
        Some(whole)
    }
}

fn defaults(root: &Node) -> BTreeMap<String, Parameter> {
    let Some(parameters) = root.get("parameters") else { return BTreeMap::new() };
    let named = |one: &Rc<Node>| Some((one.get("name")?.text()?.to_owned(), Parameter::of(one.get("default"), None)));
    let listed = parameters.items().iter().filter_map(named);
    let mapped = parameters.entries().iter().map(|(key, node)| (key.text.clone(), Parameter::of(Some(node), None)));
    listed.chain(mapped).collect()
}

/// Loads templates, a limited number of them.
pub(super) struct Loader {
    left: usize,
    held: BTreeMap<FileId, Option<Rc<Node>>>,
}

impl Loader {
    pub(super) fn new() -> Self {
        Self { left: MAX_TEMPLATES, held: BTreeMap::new() }
    }

    /// The file that `template:` names, with the parameters of the place that names it.
    pub(super) fn load(&mut self, item: &Item, files: &mut Files) -> Option<Item> {
        let Item { node, context, conditional } = item;
        let path = node.get("template").and_then(|node| node.text()).filter(|path| !path.contains(['@', '$', '\\']));
        let path = path.and_then(|path| from_root(files.folder_of(context.file)?.as_str(), path));
        let Some(path) = path.filter(|_| self.left > 0 && context.depth < MAX_DEPTH) else {
            files.not_read(Unread::Include);
            return None;
        };
        self.left -= 1;
        let Some(file) = files.read_below_root(&path) else {
            files.not_read(Unread::Include);
            return None;
        };
        let root = self.held.entry(file).or_insert_with(|| root_of(file, files)).clone()?;
        let mut parameters = defaults(&root);
        for (key, value) in node.get("parameters").map(|node| node.entries()).unwrap_or_default() {
            // Below a condition it is one or the other.
            if key.text.contains("${{") {
                for value in parameters.values_mut() {
                    *value = Parameter::Open;
                }
            } else {
                parameters.insert(key.text.clone(), Parameter::of(Some(value), Some(context)));
            }
        }
        let context = Context { file, parameters, caller: Some(Rc::clone(context)), depth: context.depth + 1 };
        Some(Item { node: root, context: Rc::new(context), conditional: *conditional })
    }
}

/// The first document of a file. What is no YAML is told to `files`.
pub(super) fn root_of(file: FileId, files: &mut Files) -> Option<Rc<Node>> {
    match yaml::parse(files.source(file), file) {
        Ok(documents) => documents.into_iter().next().filter(|root| root.is_map()),
        Err(fault) => {
            files.fault(Span { file, start: fault.offset, end: fault.offset }, fault.message);
            None
        }
    }
}

/// A path from the root of the repository; `None` where it leaves it.
fn from_root(folder: &str, path: &str) -> Option<String> {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The items of a list, with those below conditions and those that a parameter holds.
pub(super) fn items(list: &Item) -> Vec<Item> {
    let mut found = Vec::new();
    gather(list, 0, &mut found);
    found
}

fn gather(list: &Item, level: usize, found: &mut Vec<Item>) {
    if level > MAX_LEVELS || found.len() > 10_000 {
        return;
    }
    let Item { node, context, conditional } = list;
    if let Some(held) = parameter_of(node, context) {
        gather(&Item { conditional: *conditional, ..held }, level + 1, found);
        return;
    }
    for item in node.items() {
        let item = Item { node: Rc::clone(item), context: Rc::clone(context), conditional: *conditional };
        match item.node.entries() {
            [(key, inner)] if key.text.starts_with("${{") => {
                let inner = Item { node: Rc::clone(inner), conditional: true, ..item };
                gather(&inner, level + 1, found);
            }
            _ => match parameter_of(&item.node, context) {
                Some(held) => gather(&Item { conditional: *conditional, ..held }, level + 1, found),
                None => found.push(item),
            },
        }
    }
}

/// The entries of a mapping, with those below conditions.
pub(super) fn entries(map: &Item) -> Vec<(String, Item)> {
    let held = parameter_of(&map.node, &map.context);
    let map = held.as_ref().unwrap_or(map);
    let mut found = Vec::new();
    let mut open = vec![(map.clone(), 0)];
    while let Some((item, level)) = open.pop() {
        for (key, node) in item.node.entries() {
            let inner = Item { node: Rc::clone(node), ..item.clone() };
            if !key.text.starts_with("${{") {
                found.push((key.text.clone(), inner));
            } else if level < MAX_LEVELS {
                open.push((Item { conditional: true, ..inner }, level + 1));
            }
        }
    }
    found
}

/// `${{ parameters.name }}`, where that is all there is and the parameter is a list or mapping.
fn parameter_of(node: &Node, context: &Rc<Context>) -> Option<Item> {
    let text = node.text()?.trim();
    let inner = text.strip_prefix("${{")?.strip_suffix("}}")?;
    let Some(Parameter::Node(held)) = context.parameters.get(member(inner, "parameters")?) else { return None };
    let caller = context.caller.as_ref().unwrap_or(context);
    Some(Item { node: Rc::clone(held), context: Rc::clone(caller), conditional: false })
}

/// The name in `parameters.name` or `parameters['name']`.
fn member<'t>(expression: &'t str, of: &str) -> Option<&'t str> {
    let rest = expression.trim().strip_prefix(of)?;
    let name = match rest.strip_prefix('.') {
        Some(name) => name,
        None => rest.strip_prefix("['")?.strip_suffix("']")?,
    };
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (!name.is_empty() && name.bytes().all(belongs)).then_some(name)
}

/// The text of a scalar with its `${{ }}` filled in, as far as they are known; `None` where all of it is open.
pub(super) fn text(item: &Item, variables: &Variables, files: &Files) -> Mapped {
    let mapped = item.node.mapped(files.source(item.node.span.file));
    filled(&mapped, &item.context, variables)
}

fn filled(text: &Mapped, context: &Rc<Context>, variables: &Variables) -> Mapped {
    let found: Vec<(Range<usize>, String)> = expressions(&text.text)
        .map(|(range, inner)| {
            let known = value(inner, context, variables);
            (range, known.unwrap_or_else(|| written(&[Part::Unknown])))
        })
        .collect();
    if found.is_empty() { text.clone() } else { text.replace(&found) }
}

fn value(expression: &str, context: &Context, variables: &Variables) -> Option<String> {
    if let Some(name) = member(expression, "variables") {
        // Most of the platform's own are not known when the file is read; scripts find them in the environment.
        return match variables.text(name) {
            Some(text) => Some(text.to_owned()),
            None => name.contains('.').then(|| written(&[Part::Variable(super::words::environment_name(name))])),
        };
    }
    match context.parameters.get(member(expression, "parameters")?)? {
        Parameter::Text(text) => Some(text.clone()),
        Parameter::Node(_) | Parameter::Open => None,
    }
}

/// What stands between `${{` and `}}`.
fn expressions(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = text[from..].find("${{")? + from;
        let length = text[start..].find("}}")?;
        from = start + length + 2;
        Some((start..from, &text[start + 3..start + length]))
    })
}

//! YAML as CI systems read it: several documents, anchors, merge keys and tags, with the place of every node.
//!
//! The configuration has a reader of its own, which is strict where this one is lenient. Both are bounded: an alias shares
//! the node it repeats, and what a file would be with its aliases written out is counted.

mod scalar;

use std::collections::HashMap;
use std::rc::Rc;

use serde_yaml::granit_parser as yaml;
use yaml::{Event, Parser, ScalarStyle, Tag};

use super::text::{FileId, Mapped, Source, Span};

const MAX_DEPTH: usize = 64;
/// With aliases written out.
const MAX_NODES: usize = 200_000;

#[derive(Debug)]
pub struct Node {
    pub span: Span,
    /// A tag of its own, such as `reference`.
    pub tag: Option<String>,
    pub value: Value,
    /// How many nodes it would be with its aliases written out, itself included.
    size: usize,
    depth: usize,
}

#[derive(Debug)]
pub enum Value {
    Scalar { text: String, style: ScalarStyle },
    List(Vec<Rc<Node>>),
    Map(Vec<(Key, Rc<Node>)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

/// A file that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub message: &'static str,
}

/// All documents of a file.
pub fn parse(source: &Source, file: FileId) -> Result<Vec<Rc<Node>>, Fault> {
    let mut options = yaml::Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let shift = source.text.len() - text.len();
    let mut builder = Builder { file, anchors: HashMap::new(), open: Vec::new(), documents: Vec::new(), nodes: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                let bytes = span.byte_range().unwrap_or_default();
                builder.take(event, Span { file, start: bytes.start + shift, end: bytes.end + shift })?;
            }
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or_default() + shift;
                return Err(Fault { offset, message: message(error.kind()) });
            }
        }
    }
    Ok(builder.documents)
}

/// The parser's own words may quote the file, so they are not passed on.
fn message(kind: &yaml::ErrorKind) -> &'static str {
    use yaml::ErrorKind as Kind;
    match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar => "a tab stands where indentation belongs",
        Kind::RecursionLimitExceeded => "it is nested too deeply",
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => "a quote is opened and never closed",
        Kind::UnclosedFlowCollection { .. }
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::MisplacedFlowCollectionEnd
        | Kind::MismatchedFlowCollectionEnd { .. } => "brackets or braces do not pair up",
        Kind::MappingKeyNotAllowed | Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement => {
            "a colon stands where none can be; put text with a colon in quotes"
        }
        Kind::InvalidIndentation | Kind::ExpectedBlockMappingKey | Kind::ExpectedBlockSequenceEntry => {
            "the indentation does not fit the lines above"
        }
        _ => "this is not YAML",
    }
}

impl Node {
    fn new(span: Span, tag: Option<String>, value: Value) -> Self {
        let (size, depth) = match &value {
            Value::Scalar { .. } => (1, 0),
            Value::List(items) => weigh(items.iter()),
            Value::Map(entries) => weigh(entries.iter().map(|(_, node)| node)),
        };
        Self { span, tag, value, size, depth }
    }

    /// A mapping that stands nowhere, made of parts that do.
    pub fn map(span: Span, entries: Vec<(Key, Rc<Self>)>) -> Rc<Self> {
        Rc::new(Self::new(span, None, Value::Map(entries)))
    }

    pub fn list(span: Span, items: Vec<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self::new(span, None, Value::List(items)))
    }

    pub fn entries(&self) -> &[(Key, Rc<Self>)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Rc<Self>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Rc<Self>> {
        self.entries().iter().find(|(held, _)| held.text == key).map(|(_, node)| node)
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, style } => {
                let nothing = *style == ScalarStyle::Plain && matches!(text.as_str(), "" | "~" | "null");
                (!nothing).then_some(text)
            }
            _ => None,
        }
    }

    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// Is it the plain word `false`?
    pub fn is_false(&self) -> bool {
        self.text() == Some("false")
    }

    /// The text with the place of each byte; empty for anything but a text.
    pub fn mapped(&self, source: &Source) -> Mapped {
        match &self.value {
            Value::Scalar { text, style } if self.text().is_some() => scalar::map(text, *style, self.span, source),
            _ => Mapped::default(),
        }
    }
}

fn weigh<'a>(children: impl Iterator<Item = &'a Rc<Node>>) -> (usize, usize) {
    children.fold((1, 1), |(size, depth), child| (size.saturating_add(child.size), depth.max(child.depth + 1)))
}

/// A list or mapping whose end has not come yet.
struct Open {
    span: Span,
    tag: Option<String>,
    anchor: usize,
    items: Vec<Rc<Node>>,
    entries: Vec<(Key, Rc<Node>)>,
    is_map: bool,
    key: Option<Key>,
}

struct Builder {
    file: FileId,
    anchors: HashMap<usize, Rc<Node>>,
    open: Vec<Open>,
    documents: Vec<Rc<Node>>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = Value::Scalar { text: text.into_owned(), style };
                self.close(Node::new(span, own_tag(tag.as_deref()), value), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => self.begin(span, own_tag(tag.as_deref()), anchor, false),
            Event::MappingStart(_, anchor, tag) => self.begin(span, own_tag(tag.as_deref()), anchor, true),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let value = if open.is_map { Value::Map(merged(open.entries)) } else { Value::List(open.items) };
                    let span = Span { end: span.end.max(open.span.start), ..open.span };
                    self.close(Node::new(span, open.tag, value), open.anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(held) => self.place(Rc::clone(held), span),
                None => Err(Fault { offset: span.start, message: "this alias stands inside the value it repeats" }),
            },
            Event::UnresolvedAlias(_) => {
                Err(Fault { offset: span.start, message: "no anchor of this name stands above" })
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, span: Span, tag: Option<String>, anchor: usize, is_map: bool) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(Open { span, tag, anchor, items: Vec::new(), entries: Vec::new(), is_map, key: None });
        Ok(())
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        let (node, span) = (Rc::new(node), Span { file: self.file, start: 0, end: 0 });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.place(node, span)
    }

    /// Puts a finished node, or one that an alias repeats, where it belongs.
    fn place(&mut self, node: Rc<Node>, alias: Span) -> Result<(), Fault> {
        let at = if alias.end == 0 { node.span } else { alias };
        self.nodes = self.nodes.saturating_add(if alias.end == 0 { 1 } else { node.size });
        if self.nodes > MAX_NODES {
            let message = "the file holds more than 200000 values, aliases counted in full";
            return Err(Fault { offset: at.start, message });
        }
        if self.open.len() + node.depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        if !open.is_map {
            open.items.push(node);
        } else if let Some(key) = open.key.take() {
            open.entries.push((key, node));
        } else {
            let text = node.text().unwrap_or_default().to_owned();
            open.key = Some(Key { text, span: at });
        }
        Ok(())
    }
}

fn too_deep(span: Span) -> Fault {
    Fault { offset: span.start, message: "it is nested deeper than 64 levels" }
}

fn own_tag(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| tag.suffix().to_owned())
}

/// Merge keys (`<<`) resolved, and of a repeated key the last one kept.
fn merged(entries: Vec<(Key, Rc<Node>)>) -> Vec<(Key, Rc<Node>)> {
    let mut all: Vec<(Key, Rc<Node>)> = Vec::with_capacity(entries.len());
    let mut sources: Vec<Rc<Node>> = Vec::new();
    for (key, node) in entries {
        if key.text == "<<" {
            match &node.value {
                Value::Map(_) => sources.push(node),
                Value::List(items) => sources.extend(items.iter().cloned()),
                Value::Scalar { .. } => {}
            }
        } else {
            all.retain(|(held, _)| held.text != key.text);
            all.push((key, node));
        }
    }
    for source in sources {
        for (key, node) in source.entries() {
            if all.iter().all(|(held, _)| held.text != key.text) {
                all.push((key.clone(), Rc::clone(node)));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Rc<Node>>, Fault> {
        parse(&Source::new("f".into(), text.into()), 0)
    }

    /// The place in the file of a word inside the first value of the first document.
    fn place_of(text: &str, word: &str) -> String {
        let source = Source::new("f".into(), text.into());
        let node = Rc::clone(&parse(&source, 0).unwrap()[0].entries()[0].1);
        let mapped = node.mapped(&source);
        let at = mapped.text.find(word).unwrap_or_else(|| panic!("{word} is not in {:?}", mapped.text));
        let span = mapped.span(at..at + word.len()).unwrap();
        source.text[span.start..span.end].to_owned()
    }

    #[test]
    fn words_are_found_in_every_kind_of_scalar() {
        let cases = [
            "k: see here now",
            "k: 'see here now'",
            "k: 'it''s here now'",
            "k: \"a\\tb here\\n now\"",
            "k: |\n  one\n    two here\n  three\n",
            "k: |2-\n    one here\n  three\n",
            "k: >\n  one\n  two here\n\n    three\n  four\n",
            "k: >-\n\n  one here\n",
            "k: one\n  two here\n  three\n",
            "k: 'one\n  two here\n\n  three'\n",
            "k: \"one\n  two \\\n  here\n  three\"\n",
            "k: |\r\n  one\r\n  two here\r\n",
            "\u{feff}k: |\n  é here\n",
            "k: &a !str |\n  one\n  here\n",
            "k:   # why\n  |  # so\n  here\n",
        ];
        for case in cases {
            assert_eq!(place_of(case, "here"), "here", "{case:?}");
        }
    }

    #[test]
    fn merge_keys_yield_to_what_stands_there() {
        let documents = read("a: &a {x: 1, y: 2}\nb: &b {y: 3}\nc:\n  <<: [*b, *a]\n  x: 9\n").unwrap();
        let c = documents[0].get("c").unwrap();
        let held: Vec<_> = c.entries().iter().map(|(key, node)| (key.text.as_str(), node.text().unwrap())).collect();
        assert_eq!(held, [("x", "9"), ("y", "3")]);
    }

    #[test]
    fn several_documents_and_tags_are_read() {
        let documents = read("spec:\n  inputs: {}\n---\na: !reference [.b, script]\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[1].get("a").unwrap().tag.as_deref(), Some("reference"));
    }

    #[test]
    fn c01_an_alias_bomb_ends_in_an_error() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let item = format!("*a{}", level - 1);
            let line = format!("a{level}: &a{level} [{}]\n", vec![item; 9].join(", "));
            text.push_str(&line);
        }
        assert!(read(&text).unwrap_err().message.contains("aliases counted"));
    }

    #[test]
    fn c02_brackets_without_end_are_an_error() {
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("a: &a [*a]").unwrap_err().message.contains("inside the value"));
        assert!(read("a: *b").unwrap_err().message.contains("no anchor"));
    }
}

//! Text to a tree of nodes that know their places. Strict YAML 1.2: one document, bounded, no tags, no merge keys.
//!
//! The tree is built from parser events rather than by derived types, since a derived reader stops at the first error
//! and words it itself, value included. The parser's own error text never leaves this file.

use std::collections::HashMap;

use serde_yaml::granit_parser as yaml;
use yaml::{ErrorKind, Event, Marker, Parser, ScalarStyle, Tag};

use super::error::{ConfigError, Spot};

const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 10_000;

/// A value and the place where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) spot: Spot,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `plain`: written without quotes, so that it may mean a number, a boolean or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Reads the one document of a file.
pub(super) fn parse(text: &str, file: &str) -> Result<Node, ConfigError> {
    let mut options = yaml::Options::default();
    options.set_emit_comments(false);
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder = Builder { anchors: HashMap::new(), open: Vec::new(), root: None, nodes: 0, documents: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let step = match event {
            Ok((event, span)) => builder.take(event, spot(&span.start)),
            Err(error) => Err(broken(error.kind(), spot(error.marker()))),
        };
        step.map_err(|fault| fault.in_file(file))?;
    }
    match builder.root {
        Some(root) if !root.is_nothing() => Ok(root),
        _ => Err(Fault::new(Spot::START, "the file is empty")
            .hint("a configuration starts with `version: 1`")
            .in_file(file)),
    }
}

impl Node {
    /// Is it an empty value, `null` or `~`?
    pub(super) fn is_nothing(&self) -> bool {
        let nothing = |text: &str| matches!(text, "" | "~" | "null" | "Null" | "NULL");
        matches!(&self.value, Value::Scalar { text, plain: true } if nothing(text))
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|(key, value)| key.count() + value.count()).sum(),
        }
    }

    fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
        }
    }
}

struct Fault {
    spot: Spot,
    message: &'static str,
    hint: Option<&'static str>,
}

impl Fault {
    fn new(spot: Spot, message: &'static str) -> Self {
        Self { spot, message, hint: None }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    fn in_file(self, file: &str) -> ConfigError {
        let hint = self.hint.map(str::to_owned);
        ConfigError { place: self.spot.in_file(file), message: self.message.to_owned(), hint }
    }
}

fn spot(marker: &Marker) -> Spot {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Spot { line: number(marker.line()).max(1), column: number(marker.col().saturating_add(1)) }
}

/// A list or mapping whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    /// A mapping's key that waits for its value.
    key: Option<Node>,
}

struct Builder {
    anchors: HashMap<usize, Node>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, spot: Spot) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(
                        Fault::new(spot, "a second document starts here").hint("a configuration is one document")
                    );
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                refuse_tag(tag.as_deref(), spot, true)?;
                let node = Node { spot, value: Value::Scalar { text: text.into_owned(), plain } };
                self.count(1, spot)?;
                self.close(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), spot, false)?;
                self.begin(Value::List(Vec::new()), anchor, spot)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), spot, false)?;
                self.begin(Value::Map(Vec::new()), anchor, spot)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => self.repeat(anchor, spot),
            Event::UnresolvedAlias(_) => Err(Fault::new(spot, "no anchor of this name stands above")),
            _ => Ok(()),
        }
    }

    fn count(&mut self, more: usize, spot: Spot) -> Result<(), Fault> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            return Err(Fault::new(spot, "the file holds more than 10000 values, aliases counted in full"));
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, anchor: usize, spot: Spot) -> Result<(), Fault> {
        self.count(1, spot)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(spot));
        }
        self.open.push(Open { node: Node { spot, value }, anchor, key: None });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.count(node.count(), node.spot)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some(checked_key(node)?),
                Some(key) => entries.push((key, node)),
            },
            Value::Scalar { .. } => {}
        }
        Ok(())
    }

    fn repeat(&mut self, anchor: usize, spot: Spot) -> Result<(), Fault> {
        let Some(held) = self.anchors.get(&anchor) else {
            return Err(Fault::new(spot, "this alias stands inside the value it repeats"));
        };
        if self.open.len() + held.depth() > MAX_DEPTH {
            return Err(too_deep(spot));
        }
        let more = held.count();
        self.count(more, spot)?;
        let mut node = self.anchors[&anchor].clone();
        node.spot = spot;
        self.close(node, 0)
    }
}

fn checked_key(key: Node) -> Result<Node, Fault> {
    match &key.value {
        Value::Scalar { text, plain: true } if text == "<<" => {
            Err(Fault::new(key.spot, "merge keys are not read").hint("repeat the keys, or an alias for each value"))
        }
        Value::Scalar { .. } if !key.is_nothing() => Ok(key),
        _ => Err(Fault::new(key.spot, "a key must be a word")),
    }
}

/// `!!str` before a scalar is the same as quotes; every other tag asks for something we do not do.
fn refuse_tag(tag: Option<&Tag>, spot: Spot, scalar: bool) -> Result<(), Fault> {
    match tag {
        Some(tag) if !(scalar && tag.is_yaml_core_schema_tag("str")) => {
            Err(Fault::new(spot, "a tag (`!...`) has no meaning here"))
        }
        _ => Ok(()),
    }
}

fn too_deep(spot: Spot) -> Fault {
    Fault::new(spot, "nested deeper than 32 levels")
}

/// A parser's error in our words.
fn broken(kind: &ErrorKind, spot: Spot) -> Fault {
    use ErrorKind as Kind;
    let message = match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar => {
            return Fault::new(spot, "a tab stands where indentation belongs").hint("indent with spaces");
        }
        Kind::RecursionLimitExceeded => return too_deep(spot),
        Kind::DirectiveDisallowed | Kind::DirectiveByteLimitExceeded { .. } => "directives (`%...`) are not read",
        Kind::UndeclaredTagHandle => "a tag (`!...`) has no meaning here",
        Kind::UnknownAnchor => "no anchor of this name stands above",
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => "a quote is opened and never closed",
        Kind::InvalidQuotedScalarIndent => "a quoted text is not closed, or goes on without indentation",
        Kind::UnclosedFlowCollection { .. }
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::MisplacedFlowCollectionEnd
        | Kind::MismatchedFlowCollectionEnd { .. } => "brackets or braces do not pair up",
        Kind::ExpectedFlowMappingSeparator | Kind::ExpectedFlowSequenceSeparator => {
            "a comma or a closing bracket is missing before this"
        }
        Kind::InvalidIndentation
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::InvalidFlowScalarIndent
        | Kind::InvalidBlockScalarIndent => "the indentation does not fit the lines above",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "a colon is missing after this key",
        Kind::MappingKeyNotAllowed
        | Kind::MappingValueNotAllowed
        | Kind::InvalidMappingValueWhitespace
        | Kind::InvalidColonPlacement => {
            return Fault::new(spot, "a colon stands where none can be").hint("put text with a colon in quotes");
        }
        _ => "this is not YAML",
    };
    Fault::new(spot, message)
}

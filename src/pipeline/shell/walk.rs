//! Statements of a shell, in the order in which they would run.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use tree_sitter::Node;

use super::expand::{fields, literal};
use super::scope::{Binding, Scope};
use super::{MAX_NESTING, MAX_STEPS};
use crate::pipeline::model::{Part, Word};
use crate::pipeline::reader::{Language, Reader};
use crate::pipeline::text::{Mapped, Span};

/// Where in which script.
#[derive(Clone, Copy)]
pub(super) struct Step<'s> {
    pub(super) script: &'s Mapped,
    pub(super) depth: usize,
}

impl<'s> Step<'s> {
    pub(super) fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    pub(super) fn text(self, node: Node<'_>) -> &'s str {
        &self.script.text[node.byte_range()]
    }
}

/// Nodes without anything between them: one word, whatever the grammar makes of it.
pub(super) fn runs<'t>(nodes: &[Node<'t>]) -> Vec<(Range<usize>, Vec<Node<'t>>)> {
    let mut runs: Vec<(Range<usize>, Vec<Node<'t>>)> = Vec::new();
    for node in nodes {
        match runs.last_mut() {
            Some((range, held)) if range.end == node.start_byte() => {
                range.end = node.end_byte();
                held.push(*node);
            }
            _ => runs.push((node.byte_range(), vec![*node])),
        }
    }
    runs
}

pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

impl Reader<'_> {
    pub(super) fn walk(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let step = step.deeper();
        if step.depth > MAX_NESTING || self.steps > MAX_STEPS {
            self.missed = true;
            return;
        }
        match node.kind() {
            "command" => self.command(node, &[], step, scope),
            "redirected_statement" => self.redirected(node, step, scope),
            "variable_assignment" => self.assign(node, node.byte_range(), false, step, scope),
            "declaration_command" => self.declare(node, step, scope),
            "unset_command" => Self::unset(node, step, scope),
            "function_definition" => Self::define(node, step, scope),
            "if_statement" => self.branches(node, step, scope),
            "case_statement" => self.cases(node, step, scope),
            "for_statement" => self.for_each(node, step, scope),
            "while_statement" | "c_style_for_statement" => self.repeat(node, step, scope),
            "list" => self.list(node, step, scope),
            "pipeline" | "subshell" => {
                for child in children(node) {
                    self.apart(child, step, scope);
                }
            }
            "command_substitution" | "process_substitution" => self.substitution(node, step, scope),
            _ => self.look_inside(node, step, scope),
        }
    }

    /// What stands inside an expression or an error: nothing of it is a statement in its own right, parts may be.
    pub(super) fn look_inside(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        for child in children(node) {
            if child.is_named() {
                self.walk(child, step, scope);
            }
        }
    }

    pub(super) fn substitution(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        for child in children(node) {
            if child.is_named() {
                self.apart(child, step, scope);
            }
        }
    }

    /// In a shell of its own: variables stay there, files do not.
    fn apart(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        self.copied(scope);
        let mut inner = scope.clone();
        self.walk(node, step, &mut inner);
        scope.keep_files_of(inner);
    }

    /// `a && b` runs on, unless `a` asks something; behind `||` anything may be skipped.
    fn list(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let parts = children(node);
        let operator = parts.iter().find(|part| !part.is_named()).map_or("", |part| step.text(*part));
        let statements: Vec<_> = parts.iter().filter(|part| part.is_named()).collect();
        for (index, part) in statements.iter().enumerate() {
            let asked = index > 0 && Self::asks(*statements[index - 1], step);
            if index == 0 || (operator == "&&" && !asked) {
                self.walk(**part, step, scope);
            } else {
                self.copied(scope);
                let mut way = scope.clone();
                self.walk(**part, step, &mut way);
                scope.join(vec![way, scope.clone()]);
            }
        }
    }

    fn asks(node: Node<'_>, step: Step<'_>) -> bool {
        match node.kind() {
            "test_command" | "negated_command" => true,
            "list" | "pipeline" | "redirected_statement" => {
                children(node).into_iter().any(|child| child.is_named() && Self::asks(child, step))
            }
            "command" => {
                let name = node.child_by_field_name("name").map_or("", |name| step.text(name));
                matches!(name, "test" | "[" | "grep" | "command" | "which" | "type" | "cmp" | "diff")
            }
            _ => false,
        }
    }

    /// Copies of a scope cost time too.
    fn copied(&mut self, scope: &Scope) {
        self.steps += scope.variables.len() / 64;
    }

    fn branches(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        self.copied(scope);
        let mut ways = Vec::new();
        let mut way = scope.clone();
        let mut inside = false;
        let mut ends_open = true;
        for child in children(node) {
            match child.kind() {
                "then" => {
                    inside = true;
                    way = scope.clone();
                }
                "elif_clause" | "else_clause" => {
                    ends_open &= child.kind() != "else_clause";
                    let mut other = scope.clone();
                    self.look_inside(child, step, &mut other);
                    ways.push(other);
                }
                _ if !child.is_named() => {}
                _ if inside => self.walk(child, step, &mut way),
                _ => self.walk(child, step, scope),
            }
        }
        ways.push(way);
        if ends_open {
            ways.push(scope.clone());
        }
        scope.join(ways);
    }

    fn cases(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let mut ways = vec![scope.clone()];
        self.copied(scope);
        for child in children(node).into_iter().filter(|child| child.kind() == "case_item") {
            let mut way = scope.clone();
            let patterns: Vec<_> = {
                let mut cursor = child.walk();
                child.children_by_field_name("value", &mut cursor).map(|pattern| pattern.id()).collect()
            };
            for statement in children(child) {
                if statement.is_named() && !patterns.contains(&statement.id()) {
                    self.walk(statement, step, &mut way);
                }
            }
            ways.push(way);
        }
        scope.join(ways);
    }

    fn for_each(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        const FEW: usize = 8;
        let variable = node.child_by_field_name("variable").map_or("", |name| step.text(name)).to_owned();
        let mut values = Vec::new();
        let written: Vec<_> = {
            let mut cursor = node.walk();
            node.children_by_field_name("value", &mut cursor).collect()
        };
        for (range, nodes) in runs(&written) {
            values.extend(self.words(range, &nodes, step, scope).into_iter().map(|word| word.value));
        }
        let Some(body) = node.child_by_field_name("body") else { return };
        let all_known = values.iter().all(|value| literal(value).is_some());
        if values.is_empty() || values.len() > FEW || !all_known {
            values = vec![vec![Part::Unknown]];
        }
        let before = scope.clone();
        Self::forget_assigned(body, step, scope);
        for value in values {
            scope.set(&variable, Binding::of(value, false, None));
            self.look_inside(body, step, scope);
        }
        let after = std::mem::take(scope);
        *scope = before.clone();
        scope.join(vec![after, before]);
    }

    fn repeat(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        self.copied(scope);
        let before = scope.clone();
        let mut way = scope.clone();
        Self::forget_assigned(node, step, &mut way);
        self.look_inside(node, step, &mut way);
        scope.join(vec![way, before]);
    }

    /// In a loop a variable may hold what an earlier round left there.
    fn forget_assigned(body: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let mut names = BTreeSet::new();
        let mut open = vec![body];
        while let Some(node) = open.pop() {
            if node.kind() == "variable_assignment"
                && let Some(name) = node.child_by_field_name("name")
            {
                names.insert(step.text(name).to_owned());
            }
            open.extend(children(node));
        }
        for name in names {
            scope.forget(&name);
        }
    }

    fn define(node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) else {
            return;
        };
        let body = step.script.part(body.byte_range());
        scope.functions.insert(step.text(name).to_owned(), Rc::new(body));
    }

    /// One written word as the arguments it becomes.
    pub(super) fn words(
        &mut self,
        range: Range<usize>,
        nodes: &[Node<'_>],
        step: Step<'_>,
        scope: &mut Scope,
    ) -> Vec<Word> {
        for node in nodes {
            self.look_inside(*node, step, scope);
        }
        let Some(span) = step.script.span(range.clone()) else { return Vec::new() };
        fields(&step.script.text[range], scope).into_iter().map(|value| Word { value, span }).collect()
    }

    /// A statement with redirections; the words that follow a here-document's start on its line belong to the command.
    fn redirected(&mut self, node: Node<'_>, step: Step<'_>, scope: &mut Scope) {
        let body = node.child_by_field_name("body");
        let mut more = Vec::new();
        let mut rest = Vec::new();
        for child in children(node) {
            if Some(child.id()) == body.map(|body| body.id()) || !child.is_named() {
                continue;
            }
            if child.kind() != "heredoc_redirect" {
                rest.push(child);
                continue;
            }
            let mut cursor = child.walk();
            let arguments: Vec<_> = child.children_by_field_name("argument", &mut cursor).collect();
            let is_argument = |part: &Node<'_>| arguments.iter().any(|argument| argument.id() == part.id());
            rest.extend(children(child).into_iter().filter(|part| part.is_named() && !is_argument(part)));
            more.extend(arguments);
        }
        match body {
            Some(command) if command.kind() == "command" => self.command(command, &more, step, scope),
            Some(statement) => self.walk(statement, step, scope),
            None => {}
        }
        for part in rest {
            self.walk(part, step, scope);
        }
    }

    fn command(&mut self, node: Node<'_>, more: &[Node<'_>], step: Step<'_>, scope: &mut Scope) {
        self.steps += 1;
        let mut own: Vec<(String, Binding)> = Vec::new();
        let mut words = Vec::new();
        let parts: Vec<_> = children(node).into_iter().filter(Node::is_named).chain(more.iter().copied()).collect();
        for (range, nodes) in runs(&parts) {
            let first = nodes[0];
            match first.kind() {
                "variable_assignment" => {
                    let mut inner = scope.clone();
                    self.assign(first, range, true, step, &mut inner);
                    let name = first.child_by_field_name("name").map_or("", |name| step.text(name));
                    own.extend(inner.variables.remove(name).map(|binding| (name.to_owned(), binding)));
                }
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => self.look_inside(first, step, scope),
                _ => words.extend(self.words(range, &nodes, step, scope)),
            }
        }
        let Some(span) = step.script.span(node.byte_range()) else { return };
        if words.is_empty() {
            for (name, binding) in own {
                scope.set(&name, Binding { exported: false, ..binding });
            }
            return;
        }
        let outer: Vec<_> = own.iter().map(|(name, _)| (name.clone(), scope.variables.get(name).cloned())).collect();
        scope.variables.extend(own);
        self.run(words, span, scope);
        for (name, binding) in outer {
            match binding {
                Some(binding) => scope.variables.insert(name, binding),
                None => scope.variables.remove(&name),
            };
        }
    }

    /// Runs a function or a program.
    fn run(&mut self, words: Vec<Word>, span: Span, scope: &mut Scope) {
        if let Some(name) = words[0].text()
            && let Some(body) = scope.functions.get(&name).cloned()
        {
            self.called.insert(name);
            self.call(&body, &words[1..], scope);
            return;
        }
        self.start(words, span, scope);
    }

    fn call(&mut self, body: &Rc<Mapped>, arguments: &[Word], scope: &mut Scope) {
        let values = arguments.iter().map(|word| word.value.clone()).collect();
        let outer = scope.arguments.replace(values);
        self.inside(|reader| reader.follow(Language::Shell, body, scope));
        scope.arguments = outer;
    }
}

//! What a shell knows at one point of a script: variables, functions, arguments, and where Git would push.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::pipeline::model::{Part, Value};
use crate::pipeline::text::{Mapped, Span};

/// Elements of an array, and parts of all of them.
const MAX_VALUES: usize = 1_000;

/// A variable as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// One value, or those of an array.
    pub values: Vec<Value>,
    pub array: bool,
    pub exported: bool,
    /// Where it was set.
    pub place: Option<Span>,
}

impl Binding {
    pub fn of(value: Value, exported: bool, place: Option<Span>) -> Self {
        Self { values: vec![value], array: false, exported, place }
    }

    fn unknown(exported: bool) -> Self {
        Self::of(vec![Part::Unknown], exported, None)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub variables: BTreeMap<String, Binding>,
    pub functions: BTreeMap<String, Rc<Mapped>>,
    /// `None`: nobody knows.
    pub arguments: Option<Vec<Value>>,
    /// Addresses that the job gave to Git's remotes.
    pub remotes: BTreeMap<String, Value>,
    /// The job changed how Git signs in.
    pub own_sign_in: bool,
    /// Clients of forges that were signed in.
    pub clients: BTreeSet<&'static str>,
    /// The job staged files below `.github/workflows`.
    pub workflow_files: bool,
}

impl Scope {
    /// The value of a variable; one that nothing sets stands for itself.
    pub fn value(&self, name: &str) -> Value {
        match self.variables.get(name) {
            Some(binding) if !binding.array => binding.values.first().cloned().unwrap_or_default(),
            Some(binding) => binding.values.first().cloned().unwrap_or_else(|| vec![Part::Unknown]),
            None => vec![Part::Variable(name.to_owned())],
        }
    }

    pub fn set(&mut self, name: &str, binding: Binding) {
        let too_much =
            binding.values.len() > MAX_VALUES || binding.values.iter().map(Vec::len).sum::<usize>() > MAX_VALUES;
        let binding = if too_much { Binding::unknown(binding.exported) } else { binding };
        let exported = binding.exported || self.variables.get(name).is_some_and(|held| held.exported);
        self.variables.insert(name.to_owned(), Binding { exported, ..binding });
    }

    pub fn forget(&mut self, name: &str) {
        let exported = self.variables.get(name).is_some_and(|held| held.exported);
        self.variables.insert(name.to_owned(), Binding::unknown(exported));
    }

    /// What a program that is started sees.
    pub fn exported(&self) -> impl Iterator<Item = (&String, &Binding)> {
        self.variables.iter().filter(|(_, binding)| binding.exported)
    }

    /// The scope of a script that is started as a program of its own.
    pub fn child(&self, arguments: Vec<Value>) -> Self {
        Self {
            variables: self.exported().map(|(name, binding)| (name.clone(), binding.clone())).collect(),
            functions: BTreeMap::new(),
            arguments: Some(arguments),
            remotes: self.remotes.clone(),
            own_sign_in: self.own_sign_in,
            clients: self.clients.clone(),
            workflow_files: self.workflow_files,
        }
    }

    /// After ways that may each have been taken: what they disagree on is unknown.
    pub fn join(&mut self, ways: Vec<Self>) {
        let mut ways = ways.into_iter();
        let Some(first) = ways.next() else { return };
        *self = ways.fold(first, Self::either);
    }

    fn either(mut self, other: Self) -> Self {
        for (name, binding) in &other.variables {
            match self.variables.get(name) {
                Some(held) if held.values == binding.values => {}
                held => {
                    let exported = binding.exported || held.is_some_and(|held| held.exported);
                    self.variables.insert(name.clone(), Binding::unknown(exported));
                }
            }
        }
        for (name, binding) in &mut self.variables {
            if !other.variables.contains_key(name) {
                *binding = Binding::unknown(binding.exported);
            }
        }
        for (name, body) in other.functions {
            self.functions.entry(name).or_insert(body);
        }
        if self.remotes != other.remotes {
            let names = self.remotes.keys().chain(other.remotes.keys()).cloned();
            self.remotes = names.map(|name| (name, vec![Part::Unknown])).collect();
        }
        self.own_sign_in |= other.own_sign_in;
        self.clients.extend(other.clients);
        // On one of the ways it may be left out.
        self.workflow_files &= other.workflow_files;
        self
    }

    /// What outlives a subshell because it is kept in files.
    pub fn keep_files_of(&mut self, inner: Self) {
        self.remotes = inner.remotes;
        self.own_sign_in = inner.own_sign_in;
        self.clients = inner.clients;
        self.workflow_files = inner.workflow_files;
    }
}

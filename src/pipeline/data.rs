//! Values of languages that have tables, as far as they are written out.

use std::collections::BTreeMap;

use super::model::{Value, Word};

/// Entries of one table.
const MAX_ENTRIES: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Text(Word),
    Table(Vec<(String, Data)>),
    Unknown,
}

impl Data {
    pub(super) fn text(&self) -> Option<&Word> {
        match self {
            Self::Text(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn value(&self) -> Option<&Value> {
        self.text().map(|word| &word.value)
    }

    /// Adds an entry; one of the same name is replaced.
    pub(super) fn add(&mut self, name: &str, data: Data) {
        let Self::Table(entries) = self else {
            *self = Self::Unknown;
            return;
        };
        entries.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
        entries.push((name.to_owned(), data));
        if entries.len() > MAX_ENTRIES {
            *self = Self::Unknown;
        }
    }
}

/// Local variables of a script.
pub(super) type Locals = BTreeMap<String, Data>;

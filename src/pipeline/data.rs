//! Values of languages that have tables, as far as they are written out.

use std::collections::BTreeMap;

use super::model::{Part, Value, Word};

/// Bytes of one table with all that is in it.
const MAX_SIZE: usize = 64 * 1024;

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

    /// Adds an entry; one of the same name is replaced. What grows without end is known no longer.
    pub(super) fn add(&mut self, name: &str, data: Data) {
        let size = self.size() + name.len() + data.size();
        match self {
            Self::Table(entries) if size <= MAX_SIZE => {
                entries.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
                entries.push((name.to_owned(), data));
            }
            _ => *self = Self::Unknown,
        }
    }

    fn size(&self) -> usize {
        const LEAST: usize = 64;
        match self {
            Self::Text(word) => LEAST + size(&word.value),
            Self::Table(entries) => entries.iter().map(|(name, data)| name.len() + data.size()).sum::<usize>() + LEAST,
            Self::Unknown => LEAST,
        }
    }
}

fn size(value: &Value) -> usize {
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Variable(text) => text.len() + 1,
        Part::Unknown => 1,
    };
    value.iter().map(part).sum()
}

/// A value that is put together piece by piece; beyond 16 KiB it is known no longer.
pub(super) fn bounded(value: Value) -> Value {
    if size(&value) > 16 * 1024 { vec![Part::Unknown] } else { value }
}

/// Local variables of a script.
pub(super) type Locals = BTreeMap<String, Data>;

//! What a pipeline file gives the job's own token, key by key.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::connection::Given;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Read,
    Write,
}

impl Grade {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// The grades that a key can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    Read,
    Write,
    WriteOnly,
}

impl Range {
    pub fn can_write(self) -> bool {
        self != Self::Read
    }

    /// What is left of a grade that a file asks for.
    fn within(self, wanted: Grade) -> Option<Grade> {
        match (self, wanted) {
            (Self::WriteOnly, Grade::Read) => None,
            (Self::Read, Grade::Write) => Some(Grade::Read),
            (_, grade) => Some(grade),
        }
    }
}

/// Keys that can be given, by name.
pub type Keys = BTreeMap<String, Range>;

/// What is held of each key.
pub type Held<'k> = BTreeMap<&'k str, Grade>;

/// What each key gives; one that no job can be given gives nothing.
pub fn held<'k>(given: &Given, keys: &'k Keys) -> Held<'k> {
    let all = |wanted: Grade| {
        let each = keys.iter().filter_map(move |(key, range)| Some((key.as_str(), range.within(wanted)?)));
        each.collect()
    };
    match given {
        Given::All(word) => match word.as_str() {
            "read-all" => all(Grade::Read),
            "write-all" => all(Grade::Write),
            _ => Held::new(),
        },
        Given::Each(each) => each
            .iter()
            .filter_map(|(key, word)| {
                let (key, range) = keys.get_key_value(key)?;
                Some((key.as_str(), range.within(Grade::named(word)?)?))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        let each = [("contents", Range::Write), ("models", Range::Read), ("id-token", Range::WriteOnly)];
        each.into_iter().map(|(key, range)| (key.to_owned(), range)).collect()
    }

    fn each(pairs: &[(&str, &str)]) -> Given {
        Given::Each(pairs.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect())
    }

    #[test]
    fn naming_one_key_sets_the_others_to_none() {
        let given = each(&[("contents", "write"), ("id-token", "none"), ("workflows", "write"), ("models", "write")]);
        assert_eq!(held(&given, &keys()), Held::from([("contents", Grade::Write), ("models", Grade::Read)]));
        assert_eq!(held(&each(&[("id-token", "read")]), &keys()), Held::new());
    }

    #[test]
    fn short_forms_stand_for_every_key() {
        let keys = keys();
        let all = |word: &str| held(&Given::All(word.to_owned()), &keys).into_iter().collect::<Vec<_>>();
        assert_eq!(all("read-all"), [("contents", Grade::Read), ("models", Grade::Read)]);
        assert_eq!(all("write-all").len(), 3);
        assert!(all("everything").is_empty());
    }
}

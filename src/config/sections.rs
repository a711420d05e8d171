//! Contracts written in the file itself: every word known to its forge.

use std::collections::BTreeMap;

use super::decode::{At, shown, suggest};
use super::error::Complaints;
use super::raw::{self, Table};
use super::vocabulary::{ForgeWords, Vocabulary};
use crate::domain::capability::Capability;
use crate::domain::contract::Section;
use crate::domain::elsewhere;
use crate::domain::token::Kind;

/// The file's own contracts by name, each with its sections by forge.
pub type Own = Vec<(String, Vec<(String, Section)>)>;

pub(super) fn own(
    contracts: Table<Table<raw::Section>>,
    vocabulary: &Vocabulary<'_>,
    complaints: &mut Complaints,
) -> Own {
    let read = |(name, sections): (At<String>, Table<raw::Section>), complaints: &mut Complaints| {
        let name = self::name(name, complaints)?;
        let sections = sections.0.into_iter().filter_map(|(id, section)| {
            let words = forge(&id, vocabulary, complaints)?;
            Some((id.value, self::section(section, words, complaints)))
        });
        Some((name, sections.collect()))
    };
    contracts.0.into_iter().filter_map(|entry| read(entry, complaints)).collect()
}

/// A name that is the user's to choose: short and plain, since it ends up in every output format.
pub(super) fn name(name: At<String>, complaints: &mut Complaints) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let starts_well = name.value.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if starts_well && name.value.len() <= 64 && name.value.bytes().all(plain) {
        return Some(name.value);
    }
    complaints.add(name.spot, "a name is made of letters, digits, `.`, `_` and `-`, begins with a letter or digit, and has at most 64 characters");
    None
}

/// The forge of this id, or a complaint.
pub(super) fn forge<'a>(
    id: &At<String>,
    vocabulary: &'a Vocabulary<'_>,
    complaints: &mut Complaints,
) -> Option<&'a ForgeWords<'a>> {
    let found = vocabulary.forge(&id.value);
    let known = || vocabulary.forges.iter().map(|forge| format!("`{}`", forge.id)).collect::<Vec<_>>().join(", ");
    if found.is_none()
        && let Some(forge) = elsewhere::unserved(&id.value)
    {
        let message = format!("hallpass has no engine for {}", forge.title);
        complaints.add_with_hint(id.spot, message, format!("there are engines for {}", known()));
    } else if found.is_none() && !id.value.is_empty() {
        unknown(complaints, "there is no", "forge", id, vocabulary.forges.iter().map(|forge| forge.id));
    }
    found
}

/// Complains about a word that is not in its list; `lead` is `there is no` or `gitlab has no`.
pub(super) fn unknown<'a>(
    complaints: &mut Complaints,
    lead: &str,
    what: &str,
    word: &At<String>,
    known: impl IntoIterator<Item = &'a str>,
) {
    let message = match shown(&word.value) {
        Some(word) => format!("{lead} {what} `{word}`"),
        None => format!("{lead} such {what}"),
    };
    suggest(complaints, word.spot, message, &word.value, known);
}

/// Capabilities that this forge has, with their places.
pub(super) fn capabilities(
    words: Vec<At<String>>,
    forge: &ForgeWords<'_>,
    complaints: &mut Complaints,
) -> Vec<At<Capability>> {
    let mut known: Vec<At<Capability>> = Vec::new();
    for word in words {
        let capability = Capability::new(&word.value);
        if forge.catalogue.is_some_and(|catalogue| catalogue.row(&capability).is_none()) {
            let rows = forge.catalogue.iter().flat_map(|catalogue| catalogue.rows.keys());
            unknown(complaints, &format!("{} has no", forge.id), "capability", &word, rows.map(Capability::as_str));
        } else if let Some(first) = known.iter().find(|held| held.value == capability) {
            complaints.add(word.spot, format!("`{capability}` is listed twice; the first is at {}", first.spot));
        } else {
            known.push(At { value: capability, spot: word.spot });
        }
    }
    known
}

fn section(section: raw::Section, forge: &ForgeWords<'_>, complaints: &mut Complaints) -> Section {
    let mut bare = |words| capabilities(words, forge, complaints).into_iter().map(|word| word.value).collect();
    let (capabilities, optional) = (bare(section.capabilities), bare(section.optional));
    let about = forge.catalogue.map(|catalogue| &catalogue.about);
    let scope_words = about.map(|about| about.scopes.keys().map(String::as_str).collect::<Vec<_>>());
    let kind_words = about.map(|about| about.kinds.keys().map(Kind::as_str).collect::<Vec<_>>());
    let role_words = about.map(|about| about.roles.keys().map(String::as_str).collect::<Vec<_>>());
    let scopes = |words: Vec<At<String>>, complaints: &mut Complaints| {
        checked(words, "scope", forge.id, scope_words.as_deref(), complaints)
    };
    let kinds = |words: Vec<At<String>>, complaints: &mut Complaints| -> Vec<Kind> {
        let words = checked(words, "kind of token", forge.id, kind_words.as_deref(), complaints);
        words.into_iter().map(Kind::new).collect()
    };
    let mut by_kind = BTreeMap::new();
    for (kind, words) in section.scopes_by_kind {
        let words = scopes(words, complaints);
        if let Some(kind) = kinds(vec![kind], complaints).pop() {
            by_kind.insert(kind, words);
        }
    }
    Section {
        capabilities,
        optional,
        scopes: scopes(section.scopes, complaints),
        scopes_by_kind: by_kind,
        permissions: section.permissions.into_iter().map(|word| word.value).collect(),
        role: checked(section.role.into_iter().collect(), "role", forge.id, role_words.as_deref(), complaints).pop(),
        kinds: kinds(section.kinds, complaints),
        prefer: kinds(section.prefer, complaints),
        job_token: section.job_token.map(|word| word.value),
        notes: section.notes.into_iter().map(|word| word.value).collect(),
    }
}

/// The words that are known; all of them where nobody said what is known.
fn checked(
    words: Vec<At<String>>,
    what: &str,
    forge: &str,
    known: Option<&[&str]>,
    complaints: &mut Complaints,
) -> Vec<String> {
    let mut kept = Vec::with_capacity(words.len());
    for word in words {
        match known {
            Some(known) if !known.contains(&word.value.as_str()) => {
                unknown(complaints, &format!("{forge} has no"), what, &word, known.iter().copied());
            }
            _ => kept.push(word.value),
        }
    }
    kept
}

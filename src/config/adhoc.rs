//! Connections without a file: made from flags, or from a job's environment. The checks are those of the file, and
//! complaints name the flag in place of the file.

use super::address;
use super::decode::At;
use super::error::{Complaints, ConfigErrors, Spot};
use super::sections::{Own, capabilities, forge, unknown};
use super::vocabulary::Vocabulary;
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::contract::Section;

/// What is known before any check.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub forge: &'a str,
    pub url: Option<&'a str>,
    pub target: Option<&'a str>,
    pub source: SourceSpec,
    pub username: Option<&'a str>,
    /// Origins that may be asked without TLS were named apart from this.
    pub insecure: bool,
}

/// A connection named after its source.
pub fn connection(draft: &Draft<'_>, vocabulary: &Vocabulary<'_>) -> Result<Connection, ConfigErrors> {
    let mut of_forge = Complaints::new("--forge");
    let Some(forge) = forge(&at(draft.forge), vocabulary, &mut of_forge) else { return Err(of_forge.into_errors()) };
    let mut of_url = Complaints::new("--url");
    let url = at(draft.url.unwrap_or(&forge.url));
    let base = address::base(&url, forge, draft.insecure, &mut of_url);
    let (base, remark) = of_url.finish(base)?.unwrap_or_else(|| unreachable!("a refused address was complained about"));
    let mut of_target = Complaints::new("--target");
    let target = draft.target.and_then(|target| address::target(&at(target), &mut of_target));
    let target = of_target.finish(target)?;
    Ok(Connection {
        target,
        username: draft.username.map(str::to_owned),
        insecure: draft.insecure,
        remarks: remark.into_iter().collect(),
        ..Connection::bare(
            draft.source.label().split_once(':').map_or_else(|| draft.source.label(), |(_, name)| name.to_owned()),
            forge.id.to_owned(),
            base,
            draft.source.clone(),
        )
    })
}

/// Adds demands that were typed to those the connection has.
pub fn demand(
    connection: &mut Connection,
    contracts: &[String],
    needs: &[String],
    own: &Own,
    vocabulary: &Vocabulary<'_>,
) -> Result<(), ConfigErrors> {
    let mut complaints = Complaints::new("--contract");
    for word in contracts {
        if let Some(found) = section(&at(word), &connection.forge, own, vocabulary, &mut complaints) {
            connection.contracts.push(found);
        }
    }
    complaints.finish(())?;
    let mut complaints = Complaints::new("--needs");
    if let Some(forge) = vocabulary.forge(&connection.forge) {
        let needs = capabilities(needs.iter().map(|word| at(word)).collect(), forge, &mut complaints);
        connection.needs.extend(needs.into_iter().map(|need| need.value));
    }
    complaints.finish(())
}

fn section(
    word: &At<String>,
    forge: &str,
    own: &Own,
    vocabulary: &Vocabulary<'_>,
    complaints: &mut Complaints,
) -> Option<(String, Section)> {
    if let Some((id, sections)) = own.iter().find(|(id, _)| *id == word.value) {
        let found = sections.iter().find(|(held, _)| held == forge).map(|(_, section)| section.clone());
        return told(found, id, forge, word, complaints);
    }
    if let Some(contract) = vocabulary.contract(&word.value) {
        return told(contract.forges.get(forge).cloned(), &contract.id, forge, word, complaints);
    }
    let builtin = vocabulary.contracts.unwrap_or_default();
    let names = builtin.iter().flat_map(|contract| std::iter::once(&contract.id).chain(&contract.aliases));
    unknown(complaints, "there is no", "contract", word, own.iter().map(|(id, _)| id).chain(names).map(String::as_str));
    None
}

fn told(
    found: Option<Section>,
    id: &str,
    forge: &str,
    word: &At<String>,
    complaints: &mut Complaints,
) -> Option<(String, Section)> {
    if found.is_none() {
        complaints.add(word.spot, format!("the contract `{id}` says nothing about {forge}"));
    }
    Some((id.to_owned(), found?))
}

fn at(text: &str) -> At<String> {
    At { value: text.to_owned(), spot: Spot::START }
}

//! Tools that are told by files of theirs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::files::Files;
use crate::domain::contract::{Contract, FileText};
use crate::domain::usage::{Holder, ToolFound};

const TEXT: &str = include_str!("signs.yml");
/// In [`Sign::tokens`].
const JOB: &str = "job";
const DEPENDENCIES: &str = "package.json";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    contract: String,
    files: Vec<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    dependency: Option<String>,
    #[serde(default)]
    without: Option<String>,
    tokens: BTreeMap<String, String>,
}

/// Tools at work in the repository, for this forge.
pub fn tools(root: &Path, forge: &str, contracts: &[Contract]) -> Result<Vec<ToolFound>, String> {
    let signs: Vec<Sign> = serde_yaml::from_str(TEXT).map_err(|error| error.to_string())?;
    let files = Files::new(root, root);
    let known = |sign: &Sign| contracts.iter().any(|one| one.id == sign.contract && one.forges.contains_key(forge));
    let found = signs.iter().filter(|sign| known(sign)).filter_map(|sign| {
        let token = sign.tokens.get(forge)?;
        let holder = if token == JOB { Holder::Own } else { Holder::Variable(token.clone()) };
        Some(ToolFound { contract: sign.contract.clone(), holder, file: shown_by(sign, &files)? })
    });
    Ok(found.collect())
}

/// The file that shows it.
fn shown_by(sign: &Sign, files: &Files) -> Option<String> {
    let holds = |file: &str, text: &str| files.hold(&FileText { files: vec![file.to_owned()], text: text.to_owned() });
    let named = |pattern: &String| if pattern.contains('*') { files.matching(pattern) } else { vec![pattern.clone()] };
    let all: Vec<String> = sign.files.iter().flat_map(named).collect();
    let spared = |text: &String| all.iter().map(String::as_str).chain([DEPENDENCIES]).any(|file| holds(file, text));
    if sign.without.as_ref().is_some_and(spared) {
        return None;
    }
    let by_file = all.iter().find(|file| holds(file, &sign.text)).cloned();
    by_file.or_else(|| {
        let name = format!("\"{}\"", sign.dependency.as_ref()?);
        holds(DEPENDENCIES, &name).then(|| DEPENDENCIES.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_names_a_contract_that_knows_its_forges() {
        let contracts = crate::contracts::FILES;
        let signs: Vec<Sign> = serde_yaml::from_str(TEXT).unwrap();
        for sign in &signs {
            let (_, text) = contracts.iter().find(|(id, _)| *id == sign.contract).expect(&sign.contract);
            for forge in sign.tokens.keys() {
                assert!(text.contains(&format!("\n  {forge}:\n")), "{} has no section {forge}", sign.contract);
            }
        }
        assert!(signs.windows(2).all(|pair| pair[0].contract < pair[1].contract), "in alphabetical order");
    }
}

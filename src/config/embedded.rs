//! Reads the data that is built into the program: contracts, rules, capability titles and the forges' catalogues.
//!
//! These texts are ours, so the first error is enough and third-party error text may be shown: it names our file.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::cells;
use crate::domain::capability::Capability;
use crate::domain::catalogue::{About, Catalogue, Probing, Route, Row};
use crate::domain::contract::Contract;
use crate::domain::finding::Rule;
use crate::domain::parts::Parts;

/// Built-in contracts, in the order given. Each pair is a file name and its text; the id is the name without `.yml`.
pub fn contracts(files: &[(&str, &str)]) -> Result<Vec<Contract>> {
    let mut contracts = Vec::with_capacity(files.len());
    let mut seen = BTreeMap::new();
    for (name, text) in files {
        let mut contract: Contract = yaml(name, text)?;
        take_id(&mut contract.id, name)?;
        for word in std::iter::once(&contract.id).chain(&contract.aliases) {
            if let Some(other) = seen.insert(word.clone(), contract.id.clone()) {
                bail!("{name}: `{word}` is already a name of the contract `{other}`");
            }
        }
        contracts.push(contract);
    }
    Ok(contracts)
}

/// Rules, in the order given. Each pair is a file name and its text; the id must be the name without `.yml`.
pub fn rules(files: &[(&str, &str)]) -> Result<Vec<Rule>> {
    let read = |(name, text): &(&str, &str)| {
        let mut rule: Rule = yaml(name, text)?;
        take_id(&mut rule.id, name)?;
        Ok(rule)
    };
    files.iter().map(read).collect()
}

/// What ready-made parts of pipelines need.
pub fn parts(text: &str) -> Result<Parts> {
    yaml("parts.yml", text)
}

/// What each capability means, one line each: a mapping from id to title.
pub fn capability_titles(text: &str) -> Result<BTreeMap<Capability, String>> {
    yaml("capabilities.yml", text)
}

/// One forge's catalogue, from its three files. `routes_csv` may be empty for a forge without a list of routes.
pub fn catalogue(catalogue_yaml: &str, capabilities_csv: &str, routes_csv: &str) -> Result<Catalogue> {
    let about: About = yaml("catalogue.yml", catalogue_yaml)?;
    let forge = about.forge.clone();
    let rows = rows(capabilities_csv, &format!("{forge}/capabilities.csv"))?;
    let routes = routes(routes_csv, &format!("{forge}/routes.csv"))?;
    for capability in &about.usual {
        ensure!(rows.contains_key(capability), "{forge}/catalogue.yml: `usual` names `{capability}`, which has no row");
    }
    Ok(Catalogue { about, rows, routes })
}

fn yaml<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    serde_yaml::from_str(text).with_context(|| format!("{name} is not as it should be"))
}

/// Fills an empty id from the file name; a stated one must agree with it.
fn take_id(id: &mut String, name: &str) -> Result<()> {
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.strip_suffix(".yml").unwrap_or(stem);
    if id.is_empty() {
        stem.clone_into(id);
    }
    ensure!(id == stem, "{name}: the id `{id}` differs from the file name");
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    capability: String,
    method: String,
    path: String,
    scopes: String,
    permission: String,
    role_private: String,
    role_public: String,
    #[serde(default)]
    ability: String,
    #[serde(default)]
    setting: String,
    #[serde(default = "no_routes")]
    routes: String,
    feature: String,
    effect: String,
    probe: String,
    since: String,
    role_note: String,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoute {
    method: String,
    path: String,
    policies: String,
    since: String,
    own_only: String,
    note: String,
}

/// Where a forge has no kind whose power is a list of routes, its table has no such column.
fn no_routes() -> String {
    "none".to_owned()
}

fn rows(text: &str, file: &str) -> Result<BTreeMap<Capability, Row>> {
    let mut rows: BTreeMap<Capability, Row> = BTreeMap::new();
    for (line, raw) in records::<RawRow>(text, file)? {
        let row = row(&raw).with_context(|| format!("{file}, line {line}, `{}`", raw.capability))?;
        if let Some(earlier) = rows.insert(row.capability.clone(), row) {
            bail!("{file}, line {line}: `{}` has a row already", earlier.capability);
        }
    }
    for row in rows.values() {
        if let Probing::Via(other) = &row.probe {
            ensure!(rows.contains_key(other), "{file}: `{}` is probed via `{other}`, which has no row", row.capability);
        }
    }
    Ok(rows)
}

fn row(raw: &RawRow) -> Result<Row> {
    ensure!(!raw.capability.is_empty(), "the capability is empty");
    Ok(Row {
        capability: Capability::new(&raw.capability),
        method: raw.method.clone(),
        path: raw.path.clone(),
        scopes: cells::scopes(&raw.scopes).context("column scopes")?,
        permission: cells::permission(&raw.permission).context("column permission")?,
        role: cells::roles(&raw.role_private, &raw.role_public)?,
        ability: cells::optional(&raw.ability),
        routes: cells::route_need(&raw.routes).context("column routes")?,
        settings: cells::settings(&raw.setting).context("column setting")?,
        feature: cells::optional(&raw.feature),
        effect: cells::effect(&raw.effect).context("column effect")?,
        probe: cells::probe(&raw.probe).context("column probe")?,
        since: cells::optional(&raw.since).map(|text| text.parse()).transpose().context("column since")?,
        role_note: cells::optional(&raw.role_note),
        note: cells::optional(&raw.note),
    })
}

fn routes(text: &str, file: &str) -> Result<Vec<Route>> {
    let mut routes = Vec::new();
    for (line, raw) in records::<RawRoute>(text, file)? {
        routes.push(route(raw).with_context(|| format!("{file}, line {line}"))?);
    }
    Ok(routes)
}

fn route(raw: RawRoute) -> Result<Route> {
    ensure!(raw.path.starts_with('/'), "the path `{}` does not start with a slash", raw.path);
    Ok(Route {
        policies: raw.policies.split_whitespace().map(str::to_owned).collect(),
        since: raw.since.parse().context("column since")?,
        own_only: cells::flag(&raw.own_only).context("column own_only")?,
        note: cells::optional(&raw.note),
        method: raw.method,
        path: raw.path,
    })
}

/// All records with their line numbers. A line starting with `#` is a comment.
fn records<T: DeserializeOwned>(text: &str, file: &str) -> Result<Vec<(u64, T)>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let headers = reader.headers().with_context(|| format!("{file}: the heading line"))?.clone();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| file.to_owned())?;
        let line = record.position().map_or(0, csv::Position::line);
        let read = record.deserialize(Some(&headers)).with_context(|| format!("{file}, line {line}"))?;
        records.push((line, read));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capability::Capability;

    const ABOUT: &str = "
forge: gitlab
title: GitLab
read_at: 18.10
read_on: 2026-11-01
source: https://docs.example/
roles: { none: 0, developer: 30 }
kinds:
  personal: { title: personal access token, power: scopes, rank: 90, personal: true }
scopes:
  api: { opens: everything, weight: 100, implies: [read_api] }
links: {}
target_paths: [/projects/:id]
usual: [mr.create]
";
    const HEADING: &str = "capability,method,path,scopes,permission,role_private,role_public,routes,feature,effect,\
                           probe,since,role_note,note\n";

    fn row_text(scopes: &str, probe: &str) -> String {
        format!("{HEADING}mr.create,POST,/projects/:id/merge_requests,{scopes},create,30,30,lookup,,write,{probe},,,\n")
    }

    #[test]
    fn a_catalogue_is_read_from_its_three_files() {
        let routes = "method,path,policies,since,own_only,note\nGET,/job,,<=17.10,yes,\n";
        let catalogue = catalogue(ABOUT, &row_text("api", "role"), routes).unwrap();
        assert_eq!(catalogue.about.read_at.to_string(), "18.10");
        assert!(catalogue.row(&Capability::new("pr.create")).is_some());
        assert!(catalogue.route("GET", "/job").unwrap().own_only);
    }

    #[test]
    fn errors_name_file_line_and_column() {
        let error = catalogue(ABOUT, &row_text("a||b", "role"), "").unwrap_err();
        assert!(format!("{error:#}").starts_with("gitlab/capabilities.csv, line 2, `mr.create`: column scopes"));
    }

    #[test]
    fn a_row_for_an_unknown_neighbour_or_twice_is_an_error() {
        assert!(catalogue(ABOUT, &row_text("api", "via mr.list"), "").is_err());
        let twice = row_text("api", "role") + "mr.create,POST,/x,api,none,0,0,none,,write,role,,,\n";
        assert!(format!("{:#}", catalogue(ABOUT, &twice, "").unwrap_err()).contains("has a row already"));
    }

    #[test]
    fn unknown_and_missing_columns_are_errors() {
        assert!(catalogue(ABOUT, "capability,colour\nmr.create,red\n", "").is_err());
    }

    #[test]
    fn a_contract_is_named_by_its_file() {
        let text = "
title: semantic-release
aliases: [sr]
confidence: documented
forges: { gitlab: { capabilities: [git.push] } }
source: { repository: https://example.org, path: README.md, read_on: 2026-11-01 }
";
        let read = contracts(&[("semantic-release.yml", text)]).unwrap();
        assert_eq!(read[0].id, "semantic-release");
        let clash = contracts(&[("semantic-release.yml", text), ("sr.yml", text)]);
        assert!(format!("{:#}", clash.unwrap_err()).contains("`sr` is already a name"));
    }

    #[test]
    fn a_rule_must_be_named_as_its_file() {
        let text = "
id: token-missing
title: t
severity: error
question: q
why: w
fix: { any: { text: do it } }
since: 0.1.0
";
        assert_eq!(rules(&[("token-missing.yml", text)]).unwrap().len(), 1);
        assert!(rules(&[("token-lost.yml", text)]).is_err());
    }

    #[test]
    fn titles_fold_the_two_spellings() {
        let titles = capability_titles("pr.create: open a merge request\n").unwrap();
        assert_eq!(titles[&Capability::new("mr.create")], "open a merge request");
    }
}

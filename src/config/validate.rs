//! The file's shape to a configuration that can be used, with every complaint at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::address::{base, expand, target};
use super::decode::{At, shown};
use super::document::{self, Node, Value};
use super::error::{Complaints, ConfigErrors, Spot};
use super::find::Trust;
use super::origin_of_token::{path_from, source};
use super::raw;
use super::secret::looks_like_a_secret;
use super::sections::{self, Own, capabilities, unknown};
use super::take;
use super::vocabulary::{ForgeWords, Vocabulary};
use crate::app::ports::Environment;
use crate::domain::capability::{Capability, nearest};
use crate::domain::connection::{Connection, Ignore, Places, SourceSpec};
use crate::domain::contract::Section;
use crate::domain::expiry::ExpiryPolicy;
use crate::domain::finding::Place;
use crate::domain::origin::Origin;

/// One file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Whose word the file is; the same for everything in it.
    pub trust: Trust,
    pub connections: Vec<Connection>,
    pub ignores: Vec<Ignore>,
    /// Its own contracts.
    pub contracts: Own,
}

/// The text of a file and where it was found.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub text: &'a str,
    /// What messages and places call the file.
    pub shown: &'a str,
    /// The folder it stands in; relative paths in the file start there.
    pub folder: &'a Path,
    pub trust: Trust,
}

/// Reads a configuration, or tells everything that is wrong with it.
pub fn load(
    input: &Input<'_>,
    vocabulary: &Vocabulary<'_>,
    environment: &dyn Environment,
) -> Result<Configuration, ConfigErrors> {
    let root = document::parse(input.text, input.shown)?;
    let mut complaints = Complaints::new(input.shown);
    refuse_secrets(&root, &mut complaints);
    let mut configuration =
        Configuration { trust: input.trust, connections: Vec::new(), ignores: Vec::new(), contracts: Own::default() };
    if let Some(file) = take::file(root, &mut complaints) {
        let own = sections::own(file.contracts, vocabulary, &mut complaints);
        let checker = Checker { vocabulary, environment, folder: input.folder, own };
        let names: Vec<String> = file.connections.0.iter().map(|(name, _)| name.value.clone()).collect();
        for (name, raw) in file.connections.0 {
            let connection = checker.connection(name, raw, &mut complaints);
            configuration.connections.extend(connection);
        }
        one_default_each(&configuration.connections, &mut complaints);
        for raw in file.ignore {
            configuration.ignores.push(checker.ignore(raw, &names, &mut complaints));
        }
        configuration.contracts = checker.own;
    }
    complaints.finish(configuration)
}

/// Looks at every word of the file, wherever it stands.
fn refuse_secrets(node: &Node, complaints: &mut Complaints) {
    match &node.value {
        Value::Scalar { text, .. } if looks_like_a_secret(text) => complaints.close(
            node.spot,
            "this looks like a secret, and secrets never stand in the file itself",
            "name where it is, such as `token: { env: MY_TOKEN }`; if it was a real one, revoke it",
        ),
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter().for_each(|item| refuse_secrets(item, complaints)),
        Value::Map(entries) => {
            for (key, value) in entries {
                refuse_secrets(key, complaints);
                refuse_secrets(value, complaints);
            }
        }
    }
}

struct Checker<'a> {
    vocabulary: &'a Vocabulary<'a>,
    environment: &'a dyn Environment,
    folder: &'a Path,
    own: Own,
}

impl Checker<'_> {
    fn connection(&self, name: At<String>, raw: raw::Connection, complaints: &mut Complaints) -> Option<Connection> {
        let places = places(&name, &raw, complaints);
        let name = sections::name(name, complaints);
        let forge = sections::forge(&raw.forge, self.vocabulary, complaints);
        let expiry = raw.expiry.map(|found| expiry(&found.value, complaints)).unwrap_or_default();
        let owner = self.label(raw.owner, complaints);
        let tenant = self.label(raw.tenant, complaints);
        let ca_file = raw.ca_file.and_then(|path| path_from(&path, self.folder, self.environment, complaints));
        let target = raw.target.and_then(|text| expand(text, self.environment, complaints));
        let target = target.and_then(|text| self::target(&text, complaints));
        let own_token = forge.map_or("", |forge| forge.own_token);
        let by_store = matches!(raw.token.value, raw::Token::Store(()));
        let source = source(raw.token.value, own_token, self.folder, self.environment, complaints);
        // Without a forge nothing else can be checked.
        let forge = forge?;
        let insecure = raw.insecure.is_some_and(|found| found.value);
        let url = raw.url.map_or_else(
            || Some(At { value: forge.url.clone(), spot: raw.forge.spot }),
            |url| expand(url, self.environment, complaints),
        );
        let base = url.and_then(|url| {
            let origin = Origin::parse_with_path(&url.value).ok().map(|(origin, _)| origin);
            let agreed = origin.is_some_and(|origin| self.vocabulary.plain_http.contains(&origin));
            base(&url, forge, insecure || agreed, complaints)
        });
        let contracts = raw.contract.iter().filter_map(|word| self.contract(word, forge, complaints)).collect();
        let needs = capabilities(raw.needs, forge, complaints);
        let must_not = capabilities(raw.must_not, forge, complaints);
        refuse_both(&needs, &must_not, complaints);
        let (base, remark) = base?;
        let username = raw.username.map(|found| found.value);
        let kept = || SourceSpec::Store { origin: base.origin.clone(), user: username.clone() };
        let source = if by_store { kept() } else { source? };
        Some(Connection {
            name: name?,
            forge: forge.id.to_owned(),
            base,
            target,
            source,
            contracts,
            needs: needs.into_iter().map(|held| held.value).collect(),
            must_not: must_not.into_iter().map(|held| held.value).collect(),
            expiry,
            owner,
            tenant,
            username,
            ca_file,
            insecure,
            default: raw.default.is_some_and(|found| found.value),
            places,
            remarks: remark.into_iter().collect(),
            job: None,
            barred: None,
        })
    }

    /// Free text that reports show.
    fn label(&self, text: Option<At<String>>, complaints: &mut Complaints) -> Option<String> {
        let text = expand(text?, self.environment, complaints)?;
        if text.value.chars().count() > 100 {
            complaints.add(text.spot, "this text is longer than 100 characters");
        }
        Some(text.value)
    }

    /// The section of a contract for this forge. The file's own contracts come before built-in ones of that name.
    fn contract(
        &self,
        word: &At<String>,
        forge: &ForgeWords<'_>,
        complaints: &mut Complaints,
    ) -> Option<(String, Section)> {
        let builtin = self.vocabulary.contract(&word.value);
        let (id, forges, section) = if let Some((id, sections)) = self.own.iter().find(|(id, _)| *id == word.value) {
            let section = sections.iter().find(|(held, _)| held == forge.id).map(|(_, section)| section);
            (id, sections.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), section)
        } else if let Some(held) = builtin {
            (&held.id, held.forges.keys().map(String::as_str).collect(), held.forges.get(forge.id))
        } else {
            let builtin = self.vocabulary.contracts?;
            let names = builtin.iter().flat_map(|contract| std::iter::once(&contract.id).chain(&contract.aliases));
            let known = self.own.iter().map(|(id, _)| id).chain(names).map(String::as_str);
            unknown(complaints, "there is no", "contract", word, known);
            return None;
        };
        if section.is_none() {
            let has = if forges.is_empty() { "none".to_owned() } else { format!("`{}`", forges.join("`, `")) };
            let message = format!("the contract `{id}` says nothing about {}; its forges: {has}", forge.id);
            complaints.add(word.spot, message);
        }
        Some((id.clone(), section?.clone()))
    }

    fn ignore(&self, raw: raw::Ignore, names: &[String], complaints: &mut Complaints) -> Ignore {
        if let Some(rules) = &self.vocabulary.rules
            && !rules.contains(&raw.rule.value.as_str())
        {
            unknown(complaints, "there is no", "rule", &raw.rule, rules.iter().copied());
        }
        if let Some(word) = &raw.connection
            && !names.contains(&word.value)
        {
            unknown(complaints, "there is no", "connection", word, names.iter().map(String::as_str));
        }
        let capability = raw.capability.map(|word| {
            let capability = Capability::new(&word.value);
            let mut known = self.vocabulary.forges.iter().filter_map(|forge| forge.catalogue).peekable();
            let unchecked = known.peek().is_none();
            let rows: BTreeSet<&str> = known.flat_map(|held| held.rows.keys()).map(Capability::as_str).collect();
            if !unchecked && !rows.contains(capability.as_str()) {
                unknown(complaints, "there is no", "capability", &word, rows);
            }
            capability
        });
        Ignore {
            rule: raw.rule.value,
            connection: raw.connection.map(|word| word.value),
            capability,
            reason: raw.reason.value,
            until: raw.until.map(|date| date.value),
        }
    }
}

/// Limits filled from the defaults; stated limits must make sense together.
fn expiry(raw: &raw::Expiry, complaints: &mut Complaints) -> ExpiryPolicy {
    let standard = ExpiryPolicy::default();
    let stated = |limit: &Option<At<u32>>| limit.as_ref().map(|found| found.value);
    let fail = stated(&raw.fail).unwrap_or(standard.fail);
    // A limit that fails earlier than the usual warning moves the warning along.
    let warn = stated(&raw.warn).unwrap_or(standard.warn.max(fail));
    if let Some(found) = raw.fail.as_ref().filter(|_| fail > warn) {
        complaints.add(found.spot, "`fail` comes before `warn`: a run would fail before it ever warned");
    }
    if let Some(found) = raw.max.as_ref().filter(|found| found.value <= fail) {
        complaints.add(found.spot, "no token can live at most `max` and still have more than `fail` left");
    }
    let required = raw.required.as_ref().map_or(standard.required, |found| found.value);
    ExpiryPolicy { warn, fail, max: stated(&raw.max), required }
}

fn refuse_both(needs: &[At<Capability>], must_not: &[At<Capability>], complaints: &mut Complaints) {
    for word in must_not {
        if let Some(needed) = needs.iter().find(|held| held.value == word.value) {
            complaints.add(word.spot, format!("`{}` is also needed, at {}", word.value, needed.spot));
        }
    }
}

/// Git sends no path most of the time: of the connections of one place at most one may be the default.
fn one_default_each(connections: &[Connection], complaints: &mut Complaints) {
    let mut seen: Vec<&Connection> = Vec::new();
    for connection in connections.iter().filter(|connection| connection.default) {
        match seen.iter().find(|held| held.base.origin == connection.base.origin) {
            Some(first) => {
                let place = connection.places.clause("default");
                let spot = place.map_or(Spot::START, |place| Spot { line: place.line, column: place.column });
                complaints.add(spot, format!("`{}` is already the default of {}", first.name, first.base.origin));
            }
            None => seen.push(connection),
        }
    }
}

fn places(name: &At<String>, raw: &raw::Connection, complaints: &Complaints) -> Places {
    let place = |spot: Spot| spot.in_file(complaints.file());
    let mut places = Places { connection: Some(place(name.spot)), ..Places::default() };
    let clauses = [
        ("forge", Some(raw.forge.spot)),
        ("url", raw.url.as_ref().map(|found| found.spot)),
        ("target", raw.target.as_ref().map(|found| found.spot)),
        ("token", Some(raw.token.spot)),
        ("contract", raw.contract.first().map(|found| found.spot)),
        ("needs", raw.needs.first().map(|found| found.spot)),
        ("must_not", raw.must_not.first().map(|found| found.spot)),
        ("expiry", raw.expiry.as_ref().map(|found| found.spot)),
        ("owner", raw.owner.as_ref().map(|found| found.spot)),
        ("tenant", raw.tenant.as_ref().map(|found| found.spot)),
        ("username", raw.username.as_ref().map(|found| found.spot)),
        ("ca_file", raw.ca_file.as_ref().map(|found| found.spot)),
        ("insecure", raw.insecure.as_ref().map(|found| found.spot)),
        ("default", raw.default.as_ref().map(|found| found.spot)),
    ];
    places.clauses.extend(clauses.into_iter().filter_map(|(key, spot)| Some((key, place(spot?)))));
    let each = |words: &[At<String>]| -> BTreeMap<Capability, Place> {
        words.iter().rev().map(|word| (Capability::new(&word.value), place(word.spot))).collect()
    };
    places.needs = each(&raw.needs);
    places.must_not = each(&raw.must_not);
    places
}

impl Configuration {
    /// The connection of this name, or the nearest name there is.
    pub fn connection(&self, name: &str) -> Result<&Connection, Option<&str>> {
        let found = self.connections.iter().find(|connection| connection.name == name);
        let names = || self.connections.iter().map(|connection| connection.name.as_str());
        found.ok_or_else(|| shown(name).and_then(|name| nearest(name, names())))
    }
}

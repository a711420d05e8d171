//! Fills the fixes of the rules with the case at hand.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::connection::Connection;
use super::evidence::Evidence;
use super::finding::{Remedy, RuleBook};
use super::token::Kind;

/// A fix in words, and the page where it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    pub text: Option<String>,
    pub link: Option<String>,
}

/// Words for the placeholders of a fix.
#[derive(Clone, Debug, Default)]
pub struct Words {
    by_name: BTreeMap<&'static str, String>,
    /// The page where tokens of the kind at hand are made: a key of the forge's links.
    made_at: Option<String>,
    kind: Option<Kind>,
}

impl Words {
    /// What is known of the connection and its token, whatever the rule.
    pub fn of(connection: &Connection, evidence: &Evidence, catalogue: &Catalogue) -> Self {
        let made_at = catalogue.kind(&evidence.kind()).and_then(|about| about.made_at.clone());
        let mut words = Self { made_at, kind: Some(evidence.kind()), ..Self::default() };
        words.set("token", connection.source.label());
        words.set("url", connection.base.to_string());
        words.set("kind", catalogue.kind_title(&evidence.kind()));
        if let Some(target) = &connection.target {
            words.set("target", target.clone());
        }
        if let Some(project) = connection.job.as_ref().and_then(|job| job.project.clone()) {
            words.set("source", project);
        }
        if let Some(user) = &evidence.user {
            words.set("user", user.value.clone());
        }
        if let Some(expires) = &evidence.expires {
            words.set("expires", expires.value.to_string());
        }
        for (name, text) in &evidence.words {
            words.set(name, text.clone());
        }
        words
    }

    pub fn set(&mut self, name: &'static str, text: impl Into<String>) {
        self.by_name.insert(name, text.into());
    }

    /// The scopes that a page can be told beforehand: those held already and the first way to what is needed.
    pub fn set_scopes(&mut self, needed: &[String], held: &[String]) {
        let way = needed.first().map(String::as_str).unwrap_or_default().replace('`', "");
        let names = way.split(" with ").filter(|name| !name.is_empty());
        let mut scopes: Vec<&str> = held.iter().map(String::as_str).chain(names).collect();
        scopes.sort_unstable();
        scopes.dedup();
        self.set("scopes", scopes.join(","));
    }

    pub fn with(&self, name: &'static str, text: impl Into<String>) -> Self {
        let mut words = self.clone();
        words.set(name, text);
        words
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }
}

/// What stands in for a word that is not known in the case at hand.
fn in_general(name: &str) -> &'static str {
    match name {
        "token" | "kind" => "the token",
        "target" => "the target",
        "source" => "the job's project",
        "user" => "the token's user",
        "url" => "the forge",
        "replacement" => "token of another kind",
        "action" => "this",
        _ => "what is needed",
    }
}

/// The fix of a rule for this kind of token (`github/actions`), else for this forge, else for any.
pub fn fix(rule: &str, rules: &RuleBook, words: &Words, catalogue: &Catalogue) -> Fix {
    let forge = &catalogue.about.forge;
    let narrowest = words.kind.as_ref().map(|kind| format!("{forge}/{kind}"));
    let remedy = rules.get(rule).and_then(|rule| {
        let special = narrowest.and_then(|key| rule.fix.get(&key));
        special.or_else(|| rule.fix.get(forge)).or_else(|| rule.fix.get("any"))
    });
    let Some(Remedy { text, link }) = remedy else { return Fix::default() };
    let link = link.as_deref().and_then(|key| if key == "made_at" { words.made_at.as_deref() } else { Some(key) });
    let template = link.and_then(|key| catalogue.about.links.get(key));
    Fix { text: Some(fill(text, words)), link: template.and_then(|template| fill_link(template, words)) }
}

fn fill(template: &str, words: &Words) -> String {
    let filled = replace(template, |name| Some(words.word(name).unwrap_or_else(|| in_general(name)).to_owned()));
    filled.unwrap_or_else(|| template.to_owned())
}

/// A link with a hole in it leads nowhere; none is given then. What a page can be told beforehand may be left out.
pub fn fill_link(template: &str, words: &Words) -> Option<String> {
    let filled = |template: &str| replace(template, |name| words.word(name).map(str::to_owned));
    filled(template).or_else(|| filled(template.split_once('?')?.0))
}

fn replace(template: &str, word: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(&word(name)?);
        rest = tail;
    }
    filled.push_str(rest);
    Some(filled)
}

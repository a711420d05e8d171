//! What of a connection is worth telling: judgements and conditions to findings.

mod contract;
mod life;

use std::collections::BTreeSet;

use crate::domain::capability::Capability;
use crate::domain::catalogue::Catalogue;
use crate::domain::conclude::Setting;
use crate::domain::connection::Connection;
use crate::domain::demands::{self, Demands};
use crate::domain::evidence::{Evidence, Known, Trouble};
use crate::domain::finding::{Finding, Place, Severity};
use crate::domain::judge::Judgement;
use crate::domain::remedy::{Words, fix};
use crate::domain::verdict::{Layer, Verdict};

/// Everything the findings of one connection are made from.
pub struct Concerns<'a> {
    pub connection: &'a Connection,
    pub evidence: &'a Evidence,
    pub demands: &'a Demands,
    pub judgements: &'a [Judgement],
    pub catalogue: &'a Catalogue,
    pub setting: &'a Setting<'a>,
}

impl Concerns<'_> {
    /// All findings, ignored ones included.
    pub fn findings(&self) -> Vec<Finding> {
        if let Some(barred) = &self.connection.barred {
            let finding = self.finding("origin-not-trusted", barred.why.clone(), &self.words());
            return vec![Finding { fix: Some(barred.fix.clone()), place: self.at(barred.clause), ..finding }];
        }
        if let Some(dead) = &self.evidence.dead {
            return vec![self.dead(dead)];
        }
        let mut findings = Vec::new();
        findings.extend(self.troubles());
        findings.extend(self.wrong_kind());
        findings.extend(self.life());
        findings.extend(self.retiring());
        findings.extend(self.required());
        findings.extend(self.forbidden());
        findings.extend(self.contract_scopes());
        findings.extend(self.contract_roles());
        findings.extend(self.contract_permissions());
        findings.extend(self.scope_excess());
        findings.extend(self.personal_in_ci());
        findings.extend(self.traps());
        findings
    }

    fn words(&self) -> Words {
        Words::of(self.connection, self.evidence, self.catalogue)
    }

    fn finding(&self, rule: &str, message: String, words: &Words) -> Finding {
        let fix = fix(rule, self.setting.rules, words, self.catalogue);
        Finding {
            rule: rule.to_owned(),
            severity: self.setting.rules.get(rule).map_or(Severity::Warning, |rule| rule.severity),
            connection: Some(self.connection.name.clone()),
            capability: None,
            layer: None,
            message,
            fix: fix.text,
            link: fix.link,
            place: self.connection.places.clause("token"),
            excerpt: None,
        }
    }

    fn at(&self, clause: &str) -> Option<Place> {
        self.connection.places.clause(clause)
    }

    fn dead(&self, dead: &Known<(Layer, String)>) -> Finding {
        let (layer, text) = &dead.value;
        let message = format!("{}: {text}", self.connection.source.label());
        Finding { layer: Some(*layer), ..self.finding(dead_rule(*layer), message, &self.words().with("text", text)) }
    }

    /// What kept the whole run from knowing, told once and not per capability.
    fn troubles(&self) -> Vec<Finding> {
        let mut told = BTreeSet::new();
        let whole = self.evidence.troubles.iter().map(|known| &known.value).filter(|trouble| trouble.about.is_none());
        whole
            .filter(|trouble| told.insert((trouble.layer, &trouble.text)))
            .map(|trouble| self.trouble(trouble))
            .collect()
    }

    fn trouble(&self, trouble: &Trouble) -> Finding {
        let words = self.words().with("text", &trouble.text);
        let severity = Severity::Warning;
        let finding = self.finding(trouble.layer.rule(), trouble.text.clone(), &words);
        Finding { layer: Some(trouble.layer), severity, place: self.at("url"), ..finding }
    }

    fn required(&self) -> Vec<Finding> {
        let required =
            self.judgements.iter().filter(|judgement| self.demands.required.contains_key(&judgement.capability));
        required
            .filter_map(|judgement| match judgement.verdict {
                Verdict::Denied => Some(self.denied(judgement)),
                Verdict::Unknown if self.told_by_trouble(judgement) => None,
                Verdict::Unknown => Some(self.unknown(judgement)),
                Verdict::Allowed if judgement.layer == Some(Layer::Contradiction) => Some(self.contradicted(judgement)),
                Verdict::Allowed => None,
            })
            .collect()
    }

    fn told_by_trouble(&self, judgement: &Judgement) -> bool {
        self.evidence.troubles.iter().any(|known| known.value.about.is_none() && known.value.text == judgement.reason)
    }

    fn of_capability(&self, rule: &str, severity: Severity, judgement: &Judgement) -> Finding {
        let words = self.judgement_words(judgement);
        let title = self.setting.title(&judgement.capability);
        let by = self.demands.required.get(&judgement.capability).map_or_else(String::new, |by| wanted_by(by));
        let message = match judgement.verdict {
            Verdict::Denied => format!("cannot {title}{by}: {}", judgement.reason),
            Verdict::Unknown => format!("may or may not {title}{by}: {}", judgement.reason),
            Verdict::Allowed => format!("can {title}: {}", judgement.reason),
        };
        let finding = self.finding(rule, message, &words);
        Finding {
            severity,
            capability: Some(judgement.capability.clone()),
            layer: judgement.layer,
            place: demands::place(self.connection, &judgement.capability),
            ..finding
        }
    }

    /// The words of a fix for one judgement.
    pub fn judgement_words(&self, judgement: &Judgement) -> Words {
        let mut words = self.words();
        words.set("capability", judgement.capability.as_str());
        words.set("action", self.setting.title(&judgement.capability));
        if !judgement.needed.is_empty() {
            words.set("needed", judgement.needed.join(" or "));
            words.set("feature", judgement.needed.join(" or "));
            words.set("replacement", judgement.needed.join(", "));
        }
        if !judgement.held.is_empty() {
            words.set("held", judgement.held.join(", "));
        }
        if judgement.layer == Some(Layer::Scope) {
            words.set_scopes(&judgement.needed, &judgement.held);
        }
        words.set("text", &judgement.reason);
        words
    }

    fn denied(&self, judgement: &Judgement) -> Finding {
        let rule = match judgement.layer {
            Some(Layer::Contradiction) | None => "capability-denied",
            Some(layer) => layer.rule(),
        };
        self.of_capability(rule, Severity::Error, judgement)
    }

    fn unknown(&self, judgement: &Judgement) -> Finding {
        let run = [Layer::RateLimit, Layer::Unreachable, Layer::UnusableAnswer, Layer::Contradiction];
        let rule = match judgement.layer {
            Some(layer) if run.contains(&layer) => layer.rule(),
            Some(Layer::Feature) => "setting-unknown",
            _ => "capability-unknown",
        };
        self.of_capability(rule, Severity::Warning, judgement)
    }

    fn contradicted(&self, judgement: &Judgement) -> Finding {
        self.of_capability("contradiction", Severity::Note, judgement)
    }

    fn forbidden(&self) -> Vec<Finding> {
        let forbidden =
            self.judgements.iter().filter(|judgement| self.demands.forbidden.contains(&judgement.capability));
        forbidden
            .filter_map(|judgement| match judgement.verdict {
                Verdict::Allowed => {
                    let finding = self.of_capability("must-not-held", Severity::Error, judgement);
                    let title = self.setting.title(&judgement.capability);
                    Some(Finding { message: format!("can {title} and must not: {}", judgement.reason), ..finding })
                }
                Verdict::Unknown if !self.told_by_trouble(judgement) => Some(self.unknown(judgement)),
                _ => None,
            })
            .collect()
    }

    fn personal_in_ci(&self) -> Option<Finding> {
        let personal = self.catalogue.kind(&self.evidence.kind()).is_some_and(|about| about.personal);
        if !personal || !self.setting.in_ci || self.evidence.alive.is_none() {
            return None;
        }
        let owner =
            self.evidence.user.as_ref().map_or_else(|| "a person".to_owned(), |user| format!("`{}`", user.value));
        let title = self.catalogue.kind_title(&self.evidence.kind());
        let message = format!("this {title} belongs to {owner}; the pipeline stops when that account does");
        Some(self.finding("token-personal-in-ci", message, &self.words()))
    }

    /// What a required capability brings along with this kind of token, though it is allowed.
    fn traps(&self) -> Vec<Finding> {
        let Some(about) = self.catalogue.kind(&self.evidence.kind()) else { return Vec::new() };
        let allowed = self.judgements.iter().filter(|judgement| {
            judgement.verdict == Verdict::Allowed && self.demands.required.contains_key(&judgement.capability)
        });
        allowed
            .filter_map(|judgement| Some((judgement, about.traps.get(&judgement.capability)?)))
            .map(|(judgement, rule)| {
                let title = self.setting.rules.get(rule).map_or(rule.as_str(), |rule| rule.title.as_str());
                let finding = self.of_capability(rule, Severity::Note, judgement);
                Finding { message: format!("{title} (made with a {})", about.title), layer: None, ..finding }
            })
            .collect()
    }

    /// The fix of a judgement, for the report's capability entry.
    pub fn fix_of(&self, judgement: &Judgement) -> crate::domain::remedy::Fix {
        match (judgement.verdict, judgement.layer) {
            (Verdict::Denied, Some(layer)) if layer != Layer::Contradiction => {
                let rule = if self.evidence.dead.is_some() { dead_rule(layer) } else { layer.rule() };
                fix(rule, self.setting.rules, &self.judgement_words(judgement), self.catalogue)
            }
            _ => crate::domain::remedy::Fix::default(),
        }
    }
}

/// A text of another sort altogether is no use for anything, which is more than one call being closed to a kind.
fn dead_rule(layer: Layer) -> &'static str {
    if layer == Layer::Kind { "token-wrong-kind" } else { layer.rule() }
}

/// ` (needed by semantic-release)`, or nothing for the connection's own needs.
fn wanted_by(by: &[String]) -> String {
    let contracts: Vec<&str> = by.iter().map(String::as_str).filter(|by| *by != "needs").collect();
    if contracts.is_empty() { String::new() } else { format!(" (needed by {})", contracts.join(", ")) }
}

/// Does a user's `ignore` entry cover this finding today?
pub fn is_ignored(finding: &Finding, setting: &Setting<'_>) -> bool {
    setting.ignores.iter().any(|ignore| {
        let fits = |wanted: &Option<String>, held: &Option<String>| wanted.is_none() || wanted == held;
        let capability: &Option<Capability> = &ignore.capability;
        ignore.rule == finding.rule
            && fits(&ignore.connection, &finding.connection)
            && (capability.is_none() || *capability == finding.capability)
            && ignore.until.is_none_or(|until| setting.today() <= until)
    })
}

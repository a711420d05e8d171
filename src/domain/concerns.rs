//! What of a connection is worth telling: judgements and conditions to findings.

use std::collections::BTreeSet;

use super::capability::Capability;
use super::catalogue::Catalogue;
use super::conclude::Setting;
use super::connection::Connection;
use super::demands::{self, Demands};
use super::evidence::{Evidence, Known, Trouble};
use super::excess;
use super::expiry::{self, ExpiryVerdict};
use super::finding::{Finding, Place, Severity};
use super::judge::Judgement;
use super::remedy::{Words, fix};
use super::token::Kind;
use super::verdict::{Layer, Verdict};

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
        findings.extend(self.required());
        findings.extend(self.forbidden());
        findings.extend(self.contract_scopes());
        findings.extend(self.contract_roles());
        findings.extend(self.contract_permissions());
        findings.extend(self.scope_excess());
        findings.extend(self.personal_in_ci());
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

    fn wrong_kind(&self) -> Vec<Finding> {
        let kind = self.evidence.kind();
        let refused = |kinds: &[Kind]| kind != Kind::UNKNOWN && !kinds.is_empty() && !kinds.contains(&kind);
        let contracts = self.connection.contracts.iter().filter(|(_, section)| refused(&section.kinds));
        contracts
            .map(|(id, section)| {
                let wanted =
                    section.kinds.iter().map(|kind| self.catalogue.kind_title(kind)).collect::<Vec<_>>().join(" or ");
                let message = format!("`{id}` works with a {wanted}; this is a {}", self.catalogue.kind_title(&kind));
                let words = self.words().with("replacement", wanted);
                Finding { layer: Some(Layer::Kind), ..self.finding("token-wrong-kind", message, &words) }
            })
            .collect()
    }

    fn life(&self) -> Vec<Finding> {
        let Some(expires) = &self.evidence.expires else { return self.life_unstated() };
        let of_a_job = self.catalogue.kind(&self.evidence.kind()).is_some_and(|about| about.of_a_job);
        if of_a_job {
            // It ends with the job; limits in days say nothing about it.
            return Vec::new();
        }
        let created = self.evidence.created_at.as_ref().map(|known| known.value);
        let verdicts = expiry::judge(expires.value, created, self.setting.now, &self.connection.expiry);
        verdicts.into_iter().map(|verdict| self.life_finding(verdict)).collect()
    }

    /// No answer stated an end; only an owner who demands one hears of it.
    fn life_unstated(&self) -> Vec<Finding> {
        let alive = self.evidence.alive.is_some();
        let of_a_job = self.catalogue.kind(&self.evidence.kind()).is_some_and(|about| about.of_a_job);
        if !self.connection.expiry.required || !alive || of_a_job {
            return Vec::new();
        }
        let message = "an expiry is required, and when this token dies could not be read".to_owned();
        let finding = self.finding("capability-unknown", message, &self.words());
        vec![Finding { severity: Severity::Warning, place: self.at("expiry"), ..finding }]
    }

    fn life_finding(&self, verdict: ExpiryVerdict) -> Finding {
        let words = self.words();
        let place = self.at("expiry");
        match verdict {
            ExpiryVerdict::Expiring { days_left, too_soon } => {
                let ends = self.evidence.expires.as_ref().map_or_else(String::new, |known| known.value.to_string());
                let message = format!("expires in {} ({ends})", days(days_left));
                let severity = if too_soon { Severity::Error } else { Severity::Warning };
                Finding { severity, place, ..self.finding("token-expiring", message, &words) }
            }
            ExpiryVerdict::NoExpiry { required } => {
                let severity = if required { Severity::Error } else { Severity::Warning };
                let message = "never expires".to_owned();
                Finding { severity, place, ..self.finding("token-no-expiry", message, &words) }
            }
            ExpiryVerdict::TooLong { days: held, max } => {
                let message = format!("lives {}; at most {} are allowed", days(held), days(i64::from(max)));
                let words = words.with("limit", days(i64::from(max)));
                Finding { place, ..self.finding("token-lifetime-too-long", message, &words) }
            }
            ExpiryVerdict::Unreadable => {
                let message = "the forge states an expiry that is not a date".to_owned();
                let finding = self.finding("answer-unusable", message, &words);
                Finding { severity: Severity::Warning, layer: Some(Layer::UnusableAnswer), place, ..finding }
            }
        }
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
        let rule = judgement.layer.filter(|layer| run.contains(layer)).map_or("capability-unknown", Layer::rule);
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

    /// Scopes that a contract names and no required capability has already found missing.
    fn contract_scopes(&self) -> Vec<Finding> {
        let Some(known) = &self.evidence.scopes else { return Vec::new() };
        let kind = self.evidence.kind();
        let by_scopes = self.catalogue.kind(&kind).is_none_or(|about| about.power == super::catalogue::Power::Scopes);
        let held = self.catalogue.implied(&known.value, &kind);
        let already = |scope: &str| {
            self.judgements.iter().any(|judgement| {
                judgement.layer == Some(Layer::Scope) && judgement.needed.iter().any(|needed| needed.contains(scope))
            })
        };
        let asked = demands::scopes(self.connection, &kind).into_iter();
        let missing = asked.filter(|(scope, _)| by_scopes && !held.contains(scope) && !already(scope));
        missing
            .map(|(scope, contract)| {
                let held = known.value.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "`{contract}` asks for scope `{scope}`; the token has {}",
                    if held.is_empty() { "none" } else { &held }
                );
                let words = self.words().with("needed", format!("`{scope}`")).with("held", held);
                Finding {
                    layer: Some(Layer::Scope),
                    place: self.at("contract"),
                    ..self.finding("scope-missing", message, &words)
                }
            })
            .collect()
    }

    fn contract_roles(&self) -> Vec<Finding> {
        let Some(role) = &self.evidence.role else { return Vec::new() };
        let already = self
            .judgements
            .iter()
            .any(|judgement| judgement.layer == Some(Layer::Role) && judgement.verdict == Verdict::Denied);
        let asked = self.connection.contracts.iter().filter_map(|(id, section)| Some((id, section.role.as_ref()?)));
        let too_low = asked.filter(|(_, name)| {
            let needed = self.catalogue.role_level(name).unwrap_or_default();
            !already && role.value.level < needed && role.value.exact && !role.value.custom
        });
        too_low
            .map(|(id, name)| {
                let held = self.catalogue.role_name(role.value.level);
                let words = self.words().with("needed", name).with("held", &held);
                let message = format!("`{id}` asks for role {name}; the token has {held}");
                Finding {
                    layer: Some(Layer::Role),
                    place: self.at("contract"),
                    ..self.finding("role-too-low", message, &words)
                }
            })
            .collect()
    }

    fn contract_permissions(&self) -> Vec<Finding> {
        let Some(known) = &self.evidence.permissions else { return Vec::new() };
        let key = super::gates::permission_key;
        let held: BTreeSet<String> =
            known.value.iter().filter(|held| held.on_target != Some(false)).map(|held| key(&held.name)).collect();
        let asked = self
            .connection
            .contracts
            .iter()
            .flat_map(|(id, section)| section.permissions.iter().map(move |name| (id, name)));
        asked
            .filter(|(_, name)| !held.contains(&key(name)))
            .map(|(id, name)| {
                let message = format!("`{id}` asks for permission `{name}`, which the token does not hold");
                let words = self.words().with("needed", format!("`{name}`"));
                Finding {
                    layer: Some(Layer::Permission),
                    place: self.at("contract"),
                    ..self.finding("permission-missing", message, &words)
                }
            })
            .collect()
    }

    fn scope_excess(&self) -> Option<Finding> {
        let held = &self.evidence.scopes.as_ref()?.value;
        let kind = self.evidence.kind();
        let about = self.catalogue.kind(&kind)?;
        if about.power != super::catalogue::Power::Scopes || self.demands.required.is_empty() {
            return None;
        }
        let named: BTreeSet<String> = demands::scopes(self.connection, &kind).into_keys().collect();
        let smallest = excess::smallest_scopes(self.demands.required.keys(), &named, &kind, self.catalogue);
        let excess = excess::of_scopes(held, &smallest, &kind, self.catalogue)?;
        let spell = |scopes: &[String]| scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
        let enough = if excess.enough.is_empty() { "no scope at all".to_owned() } else { spell(&excess.enough) };
        let message =
            format!("holds {} beyond what is needed; a {} with {enough} would do", spell(&excess.extra), about.title);
        let words = self.words().with("needed", enough).with("held", spell(&held.iter().cloned().collect::<Vec<_>>()));
        Some(Finding { layer: Some(Layer::Scope), ..self.finding("scope-excess", message, &words) })
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

    /// The fix of a judgement, for the report's capability entry.
    pub fn fix_of(&self, judgement: &Judgement) -> super::remedy::Fix {
        match (judgement.verdict, judgement.layer) {
            (Verdict::Denied, Some(layer)) if layer != Layer::Contradiction => {
                let rule = if self.evidence.dead.is_some() { dead_rule(layer) } else { layer.rule() };
                fix(rule, self.setting.rules, &self.judgement_words(judgement), self.catalogue)
            }
            _ => super::remedy::Fix::default(),
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

fn days(count: i64) -> String {
    match count {
        1 => "1 day".to_owned(),
        0 => "less than a day".to_owned(),
        count => format!("{count} days"),
    }
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

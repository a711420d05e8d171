//! How long the token lives, against what its owner wants.

use super::Concerns;
use crate::domain::expiry::{self, ExpiryVerdict};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::{Basis, Layer};

impl Concerns<'_> {
    pub(super) fn life(&self) -> Vec<Finding> {
        let Some(expires) = &self.evidence.expires else { return self.life_unstated() };
        let by_hours =
            self.catalogue.kind(&self.evidence.kind()).is_some_and(|about| about.of_a_job || about.short_lived);
        if by_hours {
            // It ends with the job, or is renewed before it does; limits in days say nothing about it.
            return Vec::new();
        }
        let created = self.evidence.created_at.as_ref().map(|known| known.value);
        let verdicts = expiry::judge(expires.value, created, self.setting.now, &self.connection.expiry);
        verdicts.into_iter().map(|verdict| self.life_finding(verdict)).collect()
    }

    /// Where it only may be of the form that goes away, that is a note.
    pub(super) fn retiring(&self) -> Option<Finding> {
        let known = self.evidence.retiring.as_ref()?;
        let text = &known.value;
        let finding = self.finding("token-retiring", text.clone(), &self.words().with("text", text));
        let severity = if known.basis == Basis::Inferred { Severity::Note } else { finding.severity };
        Some(Finding { severity, ..finding })
    }

    /// No answer stated an end; only an owner who demands one hears of it.
    pub(super) fn life_unstated(&self) -> Vec<Finding> {
        let alive = self.evidence.alive.is_some();
        let of_a_job = self.catalogue.kind(&self.evidence.kind()).is_some_and(|about| about.of_a_job);
        if !self.connection.expiry.required || !alive || of_a_job {
            return Vec::new();
        }
        let message = "an expiry is required, and when this token dies could not be read".to_owned();
        let finding = self.finding("capability-unknown", message, &self.words());
        vec![Finding { severity: Severity::Warning, place: self.at("expiry"), ..finding }]
    }

    pub(super) fn life_finding(&self, verdict: ExpiryVerdict) -> Finding {
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
}

fn days(count: i64) -> String {
    match count {
        1 => "1 day".to_owned(),
        0 => "less than a day".to_owned(),
        count => format!("{count} days"),
    }
}

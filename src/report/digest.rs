//! What is to be told, each cause once. Ten capabilities refused for one reason are one diagnostic, in every format that
//! people read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::domain::capability::Capability;
use crate::domain::evidence::Origin;
use crate::domain::finding::{Excerpt, Finding, Place, Severity};
use crate::domain::report::{CapabilityReport, ConnectionReport, Report};
use crate::domain::verdict::{Layer, Verdict};

/// One cause with everything that it concerns.
pub(crate) struct Diagnostic<'a> {
    pub(crate) severity: Severity,
    pub(crate) rule: &'a str,
    pub(crate) connection: Option<&'a str>,
    pub(crate) layer: Option<Layer>,
    pub(crate) text: &'a str,
    pub(crate) fix: Option<&'a str>,
    pub(crate) link: Option<&'a str>,
    pub(crate) places: Vec<&'a Place>,
    /// What stands there; as many as there are places.
    pub(crate) excerpts: Vec<Option<&'a Excerpt>>,
    /// Refused or undecided for this cause.
    pub(crate) capabilities: Vec<&'a CapabilityReport>,
    /// Capabilities it names without being the cause of their verdict.
    pub(crate) about: Vec<&'a str>,
    /// It is about the token or the target as a whole.
    whole: bool,
}

impl<'a> Diagnostic<'a> {
    /// `None` when it is not about capabilities.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.capabilities.first().map(|capability| capability.verdict)
    }

    /// What was seen, each thing once.
    pub(crate) fn evidence(&self) -> Vec<&'a Origin> {
        let mut seen: Vec<&Origin> = Vec::new();
        for origin in self.capabilities.iter().flat_map(|capability| &capability.evidence) {
            if !seen.contains(&origin) {
                seen.push(origin);
            }
        }
        seen
    }

    /// Contracts, or `needs`, that ask for what is refused.
    pub(crate) fn required_by(&self) -> Vec<&'a str> {
        distinct(self.capabilities.iter().flat_map(|capability| capability.required_by.iter().map(String::as_str)))
    }

    pub(crate) fn bases(&self) -> Vec<&'a str> {
        distinct(self.capabilities.iter().map(|capability| capability.basis.as_str()))
    }

    pub(crate) fn concerns(&self, capability: &CapabilityReport) -> bool {
        self.capabilities.iter().any(|held| std::ptr::eq(*held, capability))
    }

    /// A dead token first, then what is refused, then what is not known, then the rest.
    fn rank(&self) -> (u8, Reverse<Severity>) {
        let rank = match (self.layer.is_some_and(Layer::ends_the_token), self.verdict()) {
            (true, _) => 0,
            (_, Some(Verdict::Denied)) => 1,
            (_, Some(Verdict::Unknown)) => 2,
            _ => 3,
        };
        (rank, Reverse(self.severity))
    }

    fn of_finding(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity,
            rule: &finding.rule,
            connection: finding.connection.as_deref(),
            layer: finding.layer,
            text: &finding.message,
            fix: finding.fix.as_deref(),
            link: finding.link.as_deref(),
            places: finding.place.iter().collect(),
            excerpts: finding.place.iter().map(|_| finding.excerpt.as_ref()).collect(),
            capabilities: Vec::new(),
            about: finding.capability.iter().map(Capability::as_str).collect(),
            whole: finding.capability.is_none(),
        }
    }

    fn of_capability(finding: &'a Finding, capability: &'a CapabilityReport) -> Self {
        Self {
            layer: capability.layer,
            text: &capability.reason,
            fix: capability.fix.as_deref().or(finding.fix.as_deref()),
            link: capability.link.as_deref().or(finding.link.as_deref()),
            capabilities: vec![capability],
            about: Vec::new(),
            ..Self::of_finding(finding)
        }
    }

    fn same_cause(&self, other: &Self) -> bool {
        let told_alike = (self.text, self.fix, self.link) == (other.text, other.fix, other.link);
        self.connection == other.connection
            && self.rule == other.rule
            && self.severity == other.severity
            && self.verdict() == other.verdict()
            && told_alike
    }

    /// Is this the finding about the whole token that also settles this capability?
    fn explains(&self, connection: Option<&str>, rule: &str, capability: &CapabilityReport) -> bool {
        let agrees = self.verdict().is_none_or(|verdict| verdict == capability.verdict);
        self.whole && self.connection == connection && self.rule == rule && agrees
    }

    fn absorb(&mut self, other: Self) {
        self.capabilities.extend(other.capabilities);
        for (place, excerpt) in other.places.into_iter().zip(other.excerpts) {
            if !self.places.contains(&place) {
                self.places.push(place);
                self.excerpts.push(excerpt);
            }
        }
        for name in other.about {
            if !self.about.contains(&name) {
                self.about.push(name);
            }
        }
    }
}

/// What is to be told of a report. Found once, since a fleet has thousands of connections.
pub(crate) struct Digest<'a> {
    /// By connection in the report's order; those of no connection come last.
    told: Vec<Diagnostic<'a>>,
    by_connection: BTreeMap<&'a str, Range<usize>>,
    of_the_run: usize,
}

impl<'a> Digest<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let mut findings: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
        let names: BTreeSet<&str> = report.connections.iter().map(|held| held.name.as_str()).collect();
        for finding in &report.findings {
            let name = finding.connection.as_deref().filter(|name| names.contains(name));
            findings.entry(name).or_default().push(finding);
        }
        let mut digest = Self { told: Vec::new(), by_connection: BTreeMap::new(), of_the_run: 0 };
        for held in &report.connections {
            let start = digest.told.len();
            digest.told.extend(causes(Some(held), findings.remove(&Some(held.name.as_str())).unwrap_or_default()));
            digest.by_connection.insert(&held.name, start..digest.told.len());
        }
        digest.of_the_run = digest.told.len();
        digest.told.extend(causes(None, findings.remove(&None).unwrap_or_default()));
        digest
    }

    pub(crate) fn all(&self) -> &[Diagnostic<'a>] {
        &self.told
    }

    pub(crate) fn into_all(self) -> Vec<Diagnostic<'a>> {
        self.told
    }

    pub(crate) fn about(&self, connection: &ConnectionReport) -> &[Diagnostic<'a>] {
        self.by_connection.get(connection.name.as_str()).map_or(&[], |range| &self.told[range.clone()])
    }

    /// Those of no connection in the report.
    pub(crate) fn of_the_run(&self) -> &[Diagnostic<'a>] {
        &self.told[self.of_the_run..]
    }
}

/// By weight.
fn causes<'a>(held: Option<&'a ConnectionReport>, findings: Vec<&'a Finding>) -> Vec<Diagnostic<'a>> {
    let mut all: Vec<Diagnostic> = Vec::new();
    let (of_capabilities, of_tokens): (Vec<&Finding>, Vec<&Finding>) =
        findings.into_iter().partition(|finding| cause_of(held, finding).is_some());
    for finding in of_tokens {
        add(&mut all, Diagnostic::of_finding(finding));
    }
    for finding in of_capabilities {
        let Some(capability) = cause_of(held, finding) else { continue };
        let one = Diagnostic::of_capability(finding, capability);
        // What the token's own finding has told already is not told again for each capability.
        match all.iter_mut().find(|told| told.explains(one.connection, one.rule, capability)) {
            Some(told) => told.capabilities.push(capability),
            None => add(&mut all, one),
        }
    }
    if let Some(held) = held {
        attach_quiet(&mut all, held);
    }
    all.sort_by_key(Diagnostic::rank);
    all
}

pub(crate) fn is_demanded(capability: &CapabilityReport) -> bool {
    !capability.required_by.is_empty() || capability.forbidden
}

fn add<'a>(all: &mut Vec<Diagnostic<'a>>, one: Diagnostic<'a>) {
    match all.iter_mut().find(|held| held.same_cause(&one)) {
        Some(held) => held.absorb(one),
        None => all.push(one),
    }
}

/// The capability whose verdict this finding tells.
fn cause_of<'a>(held: Option<&'a ConnectionReport>, finding: &Finding) -> Option<&'a CapabilityReport> {
    let capability = held?.capabilities.iter().find(|held| Some(&held.id) == finding.capability.as_ref())?;
    let rule = capability.layer.map_or("capability-denied", Layer::rule);
    let same = finding.layer == capability.layer || finding.rule == rule || finding.rule == "capability-denied";
    (capability.verdict != Verdict::Allowed && same).then_some(capability)
}

/// Capabilities refused with the whole token have no finding of their own; they belong to the token's.
fn attach_quiet<'a>(all: &mut [Diagnostic<'a>], connection: &'a ConnectionReport) {
    for capability in connection.capabilities.iter().filter(|held| held.verdict != Verdict::Allowed) {
        let Some(layer) = capability.layer else { continue };
        if all.iter().any(|held| held.concerns(capability)) {
            continue;
        }
        let name = Some(connection.name.as_str());
        let owner = all.iter_mut().find(|held| held.explains(name, layer.rule(), capability));
        if let Some(owner) = owner {
            owner.capabilities.push(capability);
        }
    }
}

fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}

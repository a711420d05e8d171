//! The judge: gates and observations to one verdict per capability.

use super::capability::Capability;
use super::catalogue::{Catalogue, Power, Row};
use super::evidence::{Evidence, Known, Origin, Outcome, Trouble, Visibility};
use super::gates::{Gate, Standing, gates};
use super::routes;
use super::verdict::{Basis, Layer, Verdict};

/// A verdict with everything needed to explain and mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub capability: Capability,
    pub verdict: Verdict,
    pub basis: Basis,
    pub layer: Option<Layer>,
    pub reason: String,
    /// What is needed and was not held, in the words of the layer.
    pub needed: Vec<String>,
    pub held: Vec<String>,
    pub evidence: Vec<Origin>,
}

/// Judges one capability of one token.
pub fn judge(capability: &Capability, evidence: &Evidence, catalogue: &Catalogue) -> Judgement {
    if let Some(dead) = &evidence.dead {
        return dead_token(capability, dead);
    }
    let Some(row) = catalogue.row(capability) else {
        let reason = format!("nothing is known of `{capability}` on {}", catalogue.about.title);
        return unknown(capability, Layer::UnusableAnswer, reason);
    };
    let gates = gates(row, evidence, catalogue);
    let declared = weigh(capability, &gates, evidence);
    match evidence.outcomes.get(capability) {
        Some(known) if known.value.verdict != Verdict::Unknown => {
            observed(known, row, &gates, declared, evidence, catalogue)
        }
        // The forge was asked, and what it answered puts in doubt what it declares.
        Some(known) if declared.verdict != Verdict::Denied => doubtful(known, declared),
        _ => declared,
    }
}

fn dead_token(capability: &Capability, dead: &Known<(Layer, String)>) -> Judgement {
    let (layer, text) = &dead.value;
    Judgement {
        capability: capability.clone(),
        verdict: Verdict::Denied,
        basis: dead.basis,
        layer: Some(*layer),
        reason: text.clone(),
        needed: Vec::new(),
        held: Vec::new(),
        evidence: vec![dead.origin.clone()],
    }
}

fn unknown(capability: &Capability, layer: Layer, reason: String) -> Judgement {
    Judgement {
        capability: capability.clone(),
        verdict: Verdict::Unknown,
        basis: Basis::Inferred,
        layer: Some(layer),
        reason,
        needed: Vec::new(),
        held: Vec::new(),
        evidence: Vec::new(),
    }
}

/// From the gates alone: the first refusal decides, else the first doubt, else it is allowed.
fn weigh(capability: &Capability, gates: &[Gate], evidence: &Evidence) -> Judgement {
    if let Some(gate) = gates.iter().find(|gate| gate.standing == Standing::Refused) {
        return from_gate(capability, Verdict::Denied, gate);
    }
    let unsure: Vec<&Gate> = gates.iter().filter(|gate| gate.standing == Standing::Unsure).collect();
    let trouble = evidence.trouble_about(capability);
    if let Some(first) = unsure.first() {
        let mut judgement = from_gate(capability, Verdict::Unknown, first);
        judgement.reason = unsure.iter().map(|gate| gate.reason.as_str()).collect::<Vec<_>>().join("; ");
        if let Some(trouble) = trouble {
            judgement.layer = Some(trouble.value.layer);
            judgement.reason.clone_from(&trouble.value.text);
            judgement.evidence.push(trouble.origin.clone());
        }
        return judgement;
    }
    let own = |known: &&Known<Trouble>| known.value.about.as_ref() == Some(capability);
    if let Some(trouble) = trouble.filter(|known| evidence.alive.is_none() || own(known)) {
        // Scopes may be known from elsewhere, but nobody saw the forge accept this token; or it was asked about this
        // very capability, and what came back is no answer.
        let mut judgement = unknown(capability, trouble.value.layer, trouble.value.text.clone());
        judgement.evidence.push(trouble.origin.clone());
        return judgement;
    }
    let contradiction = evidence.troubles.iter().find(|known| known.value.layer == Layer::Contradiction);
    if let Some(trouble) =
        contradiction.filter(|known| known.value.about.as_ref().is_none_or(|about| about == capability))
    {
        let mut judgement = unknown(capability, Layer::Contradiction, trouble.value.text.clone());
        judgement.evidence.push(trouble.origin.clone());
        return judgement;
    }
    allowed(capability, gates)
}

fn allowed(capability: &Capability, gates: &[Gate]) -> Judgement {
    let basis = gates.iter().map(|gate| gate.basis).max().unwrap_or(Basis::Inferred);
    Judgement {
        capability: capability.clone(),
        verdict: Verdict::Allowed,
        basis,
        layer: None,
        reason: gates.iter().map(|gate| gate.reason.as_str()).collect::<Vec<_>>().join(", "),
        needed: Vec::new(),
        held: Vec::new(),
        evidence: dedup(gates.iter().flat_map(|gate| gate.evidence.iter().cloned())),
    }
}

fn from_gate(capability: &Capability, verdict: Verdict, gate: &Gate) -> Judgement {
    Judgement {
        capability: capability.clone(),
        verdict,
        basis: gate.basis,
        layer: Some(gate.layer),
        reason: gate.reason.clone(),
        needed: gate.needed.clone(),
        held: gate.held.clone(),
        evidence: gate.evidence.clone(),
    }
}

/// What the forge did rules; where the table said otherwise, both are shown.
fn observed(
    known: &Known<Outcome>,
    row: &Row,
    gates: &[Gate],
    declared: Judgement,
    evidence: &Evidence,
    catalogue: &Catalogue,
) -> Judgement {
    if answered_as_to_a_visitor(known, row, evidence, catalogue) {
        let mut judgement = declared;
        judgement.reason.push_str("; the forge answers as to an anonymous visitor, so its answer proves nothing");
        judgement.evidence.push(known.origin.clone());
        return judgement;
    }
    let outcome = &known.value;
    let mut judgement = Judgement {
        capability: declared.capability.clone(),
        verdict: outcome.verdict,
        basis: Basis::Observed,
        layer: outcome.layer,
        reason: outcome.reason.clone(),
        needed: outcome.missing.clone(),
        held: declared.held.clone(),
        evidence: vec![known.origin.clone()],
    };
    if outcome.verdict == Verdict::Denied && declared.verdict == Verdict::Denied && declared.layer == outcome.layer {
        // The forge refused where it was expected to; the table knows better than the answer what is missing.
        judgement.reason.clone_from(&declared.reason);
        judgement.evidence.extend(declared.evidence.iter().cloned());
    }
    if judgement.needed.is_empty() {
        let same = gates.iter().find(|gate| Some(gate.layer) == outcome.layer);
        judgement.needed = same.map(|gate| gate.needed.clone()).unwrap_or_default();
    }
    let disputed = match outcome.verdict {
        Verdict::Allowed => declared.verdict == Verdict::Denied,
        // A refusal by something the table does not cover is news, not a contradiction.
        _ => gates.iter().any(|gate| {
            Some(gate.layer) == outcome.layer && gate.standing == Standing::Met && gate.basis == Basis::Declared
        }),
    };
    if disputed {
        judgement.layer = Some(Layer::Contradiction);
        let other = if outcome.verdict == Verdict::Allowed { declared.reason } else { met(gates) };
        judgement.reason = format!("{}; expected otherwise: {other}", outcome.reason);
        judgement.evidence = dedup(judgement.evidence.into_iter().chain(declared.evidence));
    }
    judgement
}

fn met(gates: &[Gate]) -> String {
    gates
        .iter()
        .filter(|gate| gate.standing == Standing::Met)
        .map(|gate| gate.reason.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A closed route drops the job token silently and answers as to anybody; a 200 then says nothing of the token.
fn answered_as_to_a_visitor(known: &Known<Outcome>, row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> bool {
    let by_routes = catalogue.kind(&evidence.kind()).is_some_and(|about| about.power == Power::Routes);
    let private = evidence.visibility.as_ref().is_some_and(|visibility| visibility.value != Visibility::Public);
    known.value.anonymous_too
        && known.value.verdict == Verdict::Allowed
        && by_routes
        && !private
        && !routes::surely_open(row, evidence, catalogue)
}

/// The forge was asked and its answer could not be read; that is more telling than what could not be read before.
fn doubtful(known: &Known<Outcome>, mut declared: Judgement) -> Judgement {
    declared.verdict = Verdict::Unknown;
    declared.layer = known.value.layer.or(declared.layer);
    declared.reason.clone_from(&known.value.reason);
    declared.evidence.push(known.origin.clone());
    declared
}

fn dedup(origins: impl IntoIterator<Item = Origin>) -> Vec<Origin> {
    let mut unique: Vec<Origin> = Vec::new();
    for origin in origins {
        if !unique.contains(&origin) {
            unique.push(origin);
        }
    }
    unique
}

//! Gates of a kind whose power is a list of routes: GitLab's `CI_JOB_TOKEN`.

use super::catalogue::{Catalogue, KindRow, RouteNeed, Row};
use super::evidence::{Evidence, Visibility};
use super::gates::{Gate, Standing, able_kinds, presence};
use super::verdict::{Basis, Layer, Verdict};
use super::version::{Presence, Since};

pub fn gates(row: &Row, evidence: &Evidence, catalogue: &Catalogue, about: &KindRow) -> Vec<Gate> {
    let mut gates = match &row.routes {
        RouteNeed::Closed => vec![closed(row, evidence, catalogue, about)],
        RouteNeed::Since { since, own_only: own } => {
            let mut gates = vec![opened(*since, row, evidence, catalogue, about)];
            gates.extend(own_only(*own, evidence, about));
            gates
        }
        RouteNeed::Setting { name, since } => {
            vec![opened(*since, row, evidence, catalogue, about), setting(name, evidence)]
        }
        RouteNeed::Lookup => match catalogue.route(&row.method, &row.path) {
            None => vec![closed(row, evidence, catalogue, about)],
            Some(route) => {
                let mut gates = vec![opened(route.since, row, evidence, catalogue, about)];
                gates.extend(own_only(route.own_only, evidence, about));
                gates
            }
        },
    };
    if catalogue.is_on_target(row) {
        gates.extend(foreign_target(row, evidence, catalogue));
    }
    gates
}

/// Does any server version open it?
pub fn ever_open(row: &Row, catalogue: &Catalogue) -> bool {
    match row.routes {
        RouteNeed::Closed => false,
        RouteNeed::Since { .. } | RouteNeed::Setting { .. } => true,
        RouteNeed::Lookup => catalogue.route(&row.method, &row.path).is_some(),
    }
}

/// Is the row surely open to the kind on the server at hand?
pub fn surely_open(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> bool {
    let since = match &row.routes {
        RouteNeed::Closed => return false,
        RouteNeed::Since { since, .. } | RouteNeed::Setting { since, .. } => *since,
        RouteNeed::Lookup => match catalogue.route(&row.method, &row.path) {
            None => return false,
            Some(route) => route.since,
        },
    };
    presence(since, evidence) == Presence::Yes
}

fn newer_major(evidence: &Evidence, catalogue: &Catalogue) -> bool {
    evidence.server.as_ref().is_some_and(|server| server.value.major > catalogue.about.read_at.major)
}

fn closed(row: &Row, evidence: &Evidence, catalogue: &Catalogue, about: &KindRow) -> Gate {
    let read_at = catalogue.about.read_at;
    let server = evidence.server.as_ref();
    let forge = &catalogue.about.title;
    let refused = |reason: String| Gate::new(Standing::Refused, Layer::Kind, Basis::Inferred, in_call(&reason, row));
    let title = &about.title;
    let gate = match server {
        Some(server) if newer_major(evidence, catalogue) => {
            let reason = format!(
                "closed to a {title} in {forge} {read_at}; this server is {}, and what it opened since is not known here",
                server.value
            );
            Gate::new(Standing::Unsure, Layer::Kind, Basis::Inferred, in_call(&reason, row))
        }
        Some(server) if server.value > read_at => {
            refused(format!("closed to a {title}; this was read at {forge} {read_at}, this server is {}", server.value))
        }
        Some(server) => refused(format!("closed to a {title} in {forge} {}", server.value)),
        None => refused(format!("closed to a {title} in every version up to {forge} {read_at}")),
    };
    gate.needing(able_kinds(row, catalogue)).seen(evidence.kind.as_ref()).seen(server)
}

/// The call comes last, in parentheses: where several calls share a reason, it is told once without them.
fn in_call(reason: &str, row: &Row) -> String {
    format!("{reason} (`{} {}`)", row.method, row.path)
}

fn opened(since: Since, row: &Row, evidence: &Evidence, catalogue: &Catalogue, about: &KindRow) -> Gate {
    let server = evidence.server.as_ref();
    let version = server.map_or_else(|| "of an unknown version".to_owned(), |known| known.value.to_string());
    let gate = match presence(since, evidence) {
        Presence::Yes => {
            let reason = format!("open to a {} since {since}", about.title);
            Gate::new(Standing::Met, Layer::Kind, Basis::Inferred, reason)
        }
        Presence::No => {
            let reason = in_call(&format!("opened to a {} in {since}; this server is {version}", about.title), row);
            Gate::new(Standing::Refused, Layer::Kind, Basis::Inferred, reason)
        }
        Presence::Unsure => {
            let reason = in_call(&format!("opened to a {} in {since}; this server is {version}", about.title), row);
            Gate::new(Standing::Unsure, Layer::Kind, Basis::Inferred, reason)
        }
    };
    gate.needing(able_kinds(row, catalogue)).seen(evidence.kind.as_ref()).seen(server)
}

/// A setting of the target that must be on.
pub(super) fn setting(name: &str, evidence: &Evidence) -> Gate {
    let Some(known) = evidence.settings.get(name) else {
        let reason = format!("depends on the target's setting `{name}`, which this token cannot read");
        return Gate::new(Standing::Unsure, Layer::Feature, Basis::Inferred, reason).needing([name.to_owned()]);
    };
    let (standing, state) = if known.value { (Standing::Met, "on") } else { (Standing::Refused, "off") };
    let reason = format!("the target's setting `{name}` is {state}");
    Gate::new(standing, Layer::Feature, known.basis, reason).needing([name.to_owned()]).seen(Some(known))
}

fn own_only(own_only: bool, evidence: &Evidence, about: &KindRow) -> Option<Gate> {
    if !own_only {
        return None;
    }
    match &evidence.own_target {
        Some(own) if own.value => None,
        Some(own) => {
            let reason = format!("a {} reaches this only in its own project", about.title);
            Some(Gate::new(Standing::Refused, Layer::Kind, own.basis, reason).seen(Some(own)))
        }
        None => {
            let reason = format!(
                "a {} reaches this only in its own project, and whether the target is that is not known",
                about.title
            );
            Some(Gate::new(Standing::Unsure, Layer::Kind, Basis::Inferred, reason))
        }
    }
}

/// Another project must let the job's project in, for everything or policy by policy.
fn foreign_target(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> Option<Gate> {
    let own = evidence.own_target.as_ref();
    if own.is_some_and(|own| own.value) {
        return None;
    }
    let refused = evidence.outcomes.values().find(|known| known.value.layer == Some(Layer::Allowlist));
    if let Some(refused) = refused {
        let gate = Gate::new(Standing::Refused, Layer::Allowlist, refused.basis, refused.value.reason.clone());
        return Some(gate.seen(Some(refused)));
    }
    let Some(own) = own else {
        let reason = "whether the target is the job's own project is not known";
        return Some(Gate::new(Standing::Unsure, Layer::Allowlist, Basis::Inferred, reason));
    };
    let let_in =
        evidence.outcomes.values().find(|known| known.value.verdict == Verdict::Allowed && !known.value.anonymous_too);
    let policies = catalogue.route(&row.method, &row.path).map(|route| route.policies.clone()).unwrap_or_default();
    let open_to_all = row.effect == super::catalogue::Effect::Read
        && evidence.visibility.as_ref().is_some_and(|known| known.value != Visibility::Private);
    match let_in {
        Some(_) if policies.is_empty() || open_to_all => None,
        Some(seen) => {
            let named = policies.iter().map(|policy| format!("`{policy}`")).collect::<Vec<_>>();
            let reason = format!(
                "the target lets this project in; whether its allowlist entry grants {} shows only in use",
                named.join(" and ")
            );
            Some(Gate::new(Standing::Unsure, Layer::Policy, Basis::Inferred, reason).needing(named).seen(Some(seen)))
        }
        None => {
            let reason = "the target is another project, and whether its allowlist lets this one in was not seen";
            Some(Gate::new(Standing::Unsure, Layer::Allowlist, Basis::Inferred, reason).seen(Some(own)))
        }
    }
}

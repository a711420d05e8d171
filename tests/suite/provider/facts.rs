//! Facts as one line each, for comparing.

use hallpass::domain::evidence::{
    Fact, FeatureState, HeldPermission, HeldRole, Known, Outcome, TargetFact, Visibility,
};
use hallpass::domain::verdict::Basis;

/// `denied scope mr.list: the forge asks for ...`: what the fact says, and for weak ones why it is believed.
pub(super) fn line(known: &Known<Fact>) -> String {
    match &known.value {
        Fact::Alive => "alive".to_owned(),
        Fact::Dead(layer, text) => format!("dead {}: {text}", layer.as_str()),
        Fact::Kind(kind) => format!("kind {kind}{}", basis(known.basis)),
        Fact::TokenId(id) => format!("token id {id}"),
        Fact::TokenName(name) => format!("token name {name}"),
        Fact::User(name) => format!("user {name}"),
        Fact::UserId(id) => format!("user id {id}"),
        Fact::CreatedAt(at) => format!("created {at}"),
        Fact::Expires(expiry) => format!("expires {expiry}"),
        Fact::Scopes(scopes) => {
            format!("scopes [{}]", scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        Fact::Permissions(held) => {
            format!("permissions [{}]", held.iter().map(permission).collect::<Vec<_>>().join(" "))
        }
        Fact::Shown(name, held) => format!("shown {name}{}", if *held { "" } else { " missing" }),
        Fact::Ability(name, let_do) => format!("ability {name}{}", if *let_do { "" } else { " refused" }),
        Fact::Role(role) => role_line(role),
        Fact::Target(fact) => target(fact),
        Fact::Server(version) => format!("server {version}"),
        Fact::OwnTarget(own) => format!("own target {own}"),
        Fact::Outcome(capability, outcome) => outcome_line(capability.as_str(), outcome),
        Fact::Sample(name, value) => format!("sample {name} {value}"),
        Fact::Trouble(trouble) => {
            let about = trouble.about.as_ref().map(|about| format!(" {about}")).unwrap_or_default();
            format!("trouble {}{about}: {}", trouble.layer.as_str(), trouble.text)
        }
        Fact::Retiring(text) => format!("retiring{}: {text}", basis(known.basis)),
        Fact::Remark(text) => format!("remark: {text}"),
        Fact::Word(name, text) => format!("word {name}: {text}"),
    }
}

fn basis(basis: Basis) -> String {
    if basis == Basis::Observed { String::new() } else { format!(" ({})", basis.as_str()) }
}

fn permission(held: &HeldPermission) -> String {
    match (&held.project, held.on_target) {
        (Some(project), _) => format!("{}@{project}", held.name),
        (None, Some(on_target)) => format!("{}@target={on_target}", held.name),
        (None, None) => held.name.clone(),
    }
}

fn role_line(role: &HeldRole) -> String {
    let exact = if role.exact { "" } else { " or more" };
    let custom = if role.custom { " custom" } else { "" };
    format!("role {}{exact}{custom}", role.level)
}

fn target(fact: &TargetFact) -> String {
    match fact {
        TargetFact::Hidden => "hidden".to_owned(),
        TargetFact::Barred(barrier) => {
            let missing = barrier.missing.iter().map(|name| format!(" <{name}>")).collect::<Vec<_>>().concat();
            format!("barred {}{missing}: {}", barrier.layer.as_str(), barrier.reason)
        }
        TargetFact::Id(id) => format!("target id {id}"),
        TargetFact::Visibility(Visibility::Private) => "private".to_owned(),
        TargetFact::Visibility(Visibility::Internal) => "internal".to_owned(),
        TargetFact::Visibility(Visibility::Public) => "public".to_owned(),
        TargetFact::Archived(yes) => format!("archived {yes}"),
        TargetFact::Feature(name, FeatureState::Enabled) => format!("feature {name} on"),
        TargetFact::Feature(name, FeatureState::MembersOnly) => format!("feature {name} members"),
        TargetFact::Feature(name, FeatureState::Disabled) => format!("feature {name} off"),
        TargetFact::Setting(name, on) => format!("setting {name} {on}"),
    }
}

fn outcome_line(capability: &str, outcome: &Outcome) -> String {
    let layer = outcome.layer.map(|layer| format!(" {}", layer.as_str())).unwrap_or_default();
    let visitor = if outcome.anonymous_too { " as visitor" } else { "" };
    let missing = if outcome.missing.is_empty() { String::new() } else { format!(" <{}>", outcome.missing.join(" ")) };
    format!("{}{layer}{visitor} {capability}{missing}: {}", outcome.verdict.as_str(), outcome.reason)
}

/// Does the line fit a pattern, whose `…` stands for any text? Its end may be left out.
pub(super) fn fits(line: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    parts.all(|part| {
        rest.find(part).is_some_and(|at| {
            rest = &rest[at + part.len()..];
            true
        })
    })
}

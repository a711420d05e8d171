//! `hallpass explain`: the page of a rule, a capability or a contract, from the same data that judges.

use std::fmt::Write as _;

use super::process::Process;
use crate::domain::capability::{Capability, nearest};
use crate::domain::catalogue::{Catalogue, PermissionWays, Power, RoleBand, RouteNeed, Row, ScopeWays};
use crate::domain::contract::{Contract, Section};
use crate::domain::finding::Rule;
use crate::domain::gates::able_kinds;
use crate::wiring::Library;

pub(super) fn run(id: Option<&str>, process: &mut Process<'_>) -> Result<u8, String> {
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let page = match id {
        None => list(&library),
        Some(id) => page(id, &library).ok_or_else(|| unknown(id, &library))?,
    };
    let _ = process.stdout.write_all(page.as_bytes());
    Ok(0)
}

/// The page of an id, whatever it is the id of.
pub fn page(id: &str, library: &Library) -> Option<String> {
    let capability = Capability::new(id);
    if let Some(title) = library.titles.get(&capability) {
        return Some(capability_page(&capability, title, library));
    }
    if let Some(rule) = library.rules.get(id) {
        return Some(rule_page(rule));
    }
    let contract = library.contracts.iter().find(|one| one.id == id || one.aliases.iter().any(|alias| alias == id));
    contract.map(|contract| contract_page(contract, library))
}

fn unknown(id: &str, library: &Library) -> String {
    let rules = library.rules.iter().map(|rule| rule.id.as_str());
    let contracts = library.contracts.iter().map(|contract| contract.id.as_str());
    let all = library.titles.keys().map(Capability::as_str).chain(rules).chain(contracts);
    let hint = nearest(id, all)
        .map_or_else(|| "`hallpass explain` lists all".to_owned(), |near| format!("did you mean `{near}`?"));
    format!("there is no rule, capability or contract of that name\nhint: {hint}")
}

fn list(library: &Library) -> String {
    let mut text = String::from("Rules\n");
    for rule in library.rules.iter() {
        let _ = writeln!(text, "  {:<28} {}", rule.id, rule.title);
    }
    text.push_str("\nContracts\n");
    for contract in &library.contracts {
        let _ = writeln!(text, "  {:<28} {}", contract.id, contract.title);
    }
    text.push_str("\nCapabilities\n");
    for (capability, title) in &library.titles {
        let _ = writeln!(text, "  {:<28} {title}", capability.as_str());
    }
    text
}

fn rule_page(rule: &Rule) -> String {
    let mut text = format!("{}: {}\n\n{}\n\n", rule.id, rule.title, rule.question);
    paragraph(&mut text, &rule.why);
    text.push_str("\nWhat to do\n");
    for (forge, remedy) in &rule.fix {
        let whom = if forge == "any" { String::new() } else { format!("{forge}: ") };
        paragraph_with(&mut text, "  ", &format!("{whom}{}", generic(&remedy.text)));
    }
    let _ = writeln!(text, "\nSeverity: {}. Since {}.", rule.severity.as_str(), rule.since);
    for reference in &rule.references {
        let _ = writeln!(text, "  {reference}");
    }
    text
}

/// Placeholders as a reader understands them.
fn generic(text: &str) -> String {
    text.replace('{', "<").replace('}', ">")
}

fn capability_page(capability: &Capability, title: &str, library: &Library) -> String {
    let mut text = format!("{capability}: {title}\n");
    for provider in &library.forges {
        let catalogue = provider.catalogue();
        if let Some(row) = catalogue.row(capability) {
            row_page(&mut text, row, catalogue);
        }
    }
    let needing: Vec<&str> =
        library.contracts.iter().filter(|contract| needs(contract, capability)).map(|one| one.id.as_str()).collect();
    if !needing.is_empty() {
        text.push_str("\nNeeded by\n");
        paragraph_with(&mut text, "  ", &needing.join(", "));
    }
    text
}

fn needs(contract: &Contract, capability: &Capability) -> bool {
    contract.forges.values().any(|section| section.capabilities.contains(capability))
}

fn row_page(text: &mut String, row: &Row, catalogue: &Catalogue) {
    let about = &catalogue.about;
    let _ = writeln!(text, "\n{}\n  {:<16} {} {}", about.title, "call", row.method, row.path);
    for (kind, held) in &about.kinds {
        let says = match held.power {
            Power::Scopes => spell_ways(row.scopes.for_kind(kind, held.only_listed)),
            Power::Permissions => spell_permission(row.permission.for_kind(kind)),
            Power::Routes => spell_routes(row, catalogue),
        };
        let _ = writeln!(text, "  {:<16} {says}", kind.as_str());
    }
    if row.role.private != RoleBand::NONE || row.role.public != RoleBand::NONE {
        let private = spell_band(row.role.private, catalogue);
        let public = spell_band(row.role.public, catalogue);
        let role =
            if private == public { private } else { format!("{private} on private targets, {public} on others") };
        let note = row.role_note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
        let _ = writeln!(text, "  {:<16} {role}{note}", "role");
    }
    if let Some(ability) = &row.ability {
        let _ = writeln!(text, "  {:<16} {ability}", "identity may");
    }
    if let Some(feature) = &row.feature {
        let _ = writeln!(text, "  {:<16} {}", "feature", feature.replace('_', " "));
    }
    if let Some(note) = &row.note {
        let _ = writeln!(text, "  {:<16} {note}", "note");
    }
    let able = able_kinds(row, catalogue);
    if !able.is_empty() {
        let _ = writeln!(text, "  {:<16} {}", "least tokens", able.join("; "));
    }
    let _ = writeln!(text, "  {:<16} {} {}, on {}", "read at", about.title, about.read_at, about.read_on);
}

fn spell_ways(ways: &ScopeWays) -> String {
    match ways {
        ScopeWays::Closed => "cannot".to_owned(),
        ScopeWays::Any => "any scope".to_owned(),
        ScopeWays::Ways(ways) => {
            let spell = |way: &crate::domain::catalogue::ScopeWay| {
                let all = way.all.iter().map(String::as_str).collect::<Vec<_>>().join(" with ");
                let all = match (way.public_only, all.is_empty()) {
                    (true, true) => "none on public targets".to_owned(),
                    (true, false) => format!("{all} on public targets"),
                    (false, _) => all,
                };
                if way.disputed { format!("{all} (disputed)") } else { all }
            };
            format!("scope {}", ways.iter().map(spell).collect::<Vec<_>>().join(" or "))
        }
    }
}

fn spell_permission(ways: &PermissionWays) -> String {
    match ways {
        PermissionWays::Closed => "cannot".to_owned(),
        PermissionWays::Any => "any permission".to_owned(),
        PermissionWays::Unstated => "not documented".to_owned(),
        PermissionWays::Named { ways, sure } => {
            let doubt = if *sure { "" } else { " (not verified)" };
            format!("permission {}{doubt}", spell_names(ways))
        }
    }
}

fn spell_names(ways: &[Vec<String>]) -> String {
    ways.iter().map(|way| way.join(" with ")).collect::<Vec<_>>().join(" or ")
}

fn spell_routes(row: &Row, catalogue: &Catalogue) -> String {
    match &row.routes {
        RouteNeed::Closed => "cannot".to_owned(),
        RouteNeed::Since { since, own_only } => format!("yes, since {since}{}", own(*own_only)),
        RouteNeed::Setting { name, since } => format!("since {since}, where the setting `{name}` is on"),
        RouteNeed::Lookup => match catalogue.route(&row.method, &row.path) {
            None => "cannot".to_owned(),
            Some(route) => {
                let policies = if route.policies.is_empty() {
                    String::new()
                } else {
                    format!("; allowlist policy {}", route.policies.join(", "))
                };
                format!("yes, since {}{}{policies}", route.since, own(route.own_only))
            }
        },
    }
}

fn own(own_only: bool) -> &'static str {
    if own_only { ", in its own project only" } else { "" }
}

fn spell_band(band: RoleBand, catalogue: &Catalogue) -> String {
    match (band.never_below, band.surely_from) {
        (0, 0) => "none".to_owned(),
        (low, high) if low == high => catalogue.role_name(low),
        (0, high) => format!("{} or less", catalogue.role_name(high)),
        (low, high) => format!("{} to {}", catalogue.role_name(low), catalogue.role_name(high)),
    }
}

fn contract_page(contract: &Contract, library: &Library) -> String {
    let mut text = format!("{}: {}\n", contract.id, contract.title);
    for (forge, section) in &contract.forges {
        let name = library.forge(forge).map_or(forge.as_str(), |provider| provider.catalogue().about.title.as_str());
        section_page(&mut text, name, section, library);
    }
    for note in &contract.notes {
        paragraph_with(&mut text, "  ", note);
    }
    let confidence = match contract.confidence {
        crate::domain::contract::Confidence::Documented => "documented by the tool",
        crate::domain::contract::Confidence::Derived => "derived from the tool's source or the forge's documentation",
        crate::domain::contract::Confidence::Own => "your own",
    };
    let _ = writeln!(
        text,
        "\nConfidence: {confidence}\nSource: {}, {}, read on {}",
        contract.source.repository, contract.source.path, contract.source.read_on
    );
    text
}

fn section_page(text: &mut String, forge: &str, section: &Section, library: &Library) {
    let _ = writeln!(text, "\n{forge}");
    let mut line = |label: &str, values: String| {
        if !values.is_empty() {
            let _ = writeln!(text, "  {label:<12} {values}");
        }
    };
    line("scopes", section.scopes.join(", "));
    for (kind, scopes) in &section.scopes_by_kind {
        line(kind.as_str(), scopes.join(", "));
    }
    line("permissions", section.permissions.join(", "));
    line("role", section.role.clone().unwrap_or_default());
    line("kinds", section.kinds.iter().map(crate::domain::token::Kind::as_str).collect::<Vec<_>>().join(", "));
    line("best", section.prefer.iter().map(crate::domain::token::Kind::as_str).collect::<Vec<_>>().join(", "));
    text.push_str("  needs\n");
    for capability in &section.capabilities {
        let title = library.titles.get(capability).map_or("", String::as_str);
        let _ = writeln!(text, "    {:<26} {title}", capability.as_str());
    }
    if !section.optional.is_empty() {
        text.push_str("  with some of its settings\n");
        for capability in &section.optional {
            let title = library.titles.get(capability).map_or("", String::as_str);
            let _ = writeln!(text, "    {:<26} {title}", capability.as_str());
        }
    }
    for note in &section.notes {
        paragraph_with(text, "  ", &format!("note: {note}"));
    }
}

fn paragraph(text: &mut String, words: &str) {
    paragraph_with(text, "", words);
}

/// Wrapped at 80 columns behind an indent.
fn paragraph_with(text: &mut String, indent: &str, words: &str) {
    let mut line = String::from(indent);
    for word in words.split_whitespace() {
        if line.len() > indent.len() && line.len() + 1 + word.len() > 80 {
            let _ = writeln!(text, "{line}");
            line = String::from(indent);
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}

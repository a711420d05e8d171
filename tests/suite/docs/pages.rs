//! Pages made from the same data that judges: rules, contracts, capabilities.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hallpass::domain::capability::Capability;
use hallpass::domain::catalogue::{Catalogue, PermissionWays, RoleBand, RouteNeed, Row, ScopeWays};
use hallpass::domain::contract::{Confidence, Contract, Section};
use hallpass::domain::finding::Rule;
use hallpass::domain::token::Kind;
use hallpass::wiring::Library;

const MADE: &str = "<!-- Made from the data by `HALLPASS_BLESS=1 cargo test docs`; edit the data. -->\n\n";

pub(super) fn all() -> BTreeMap<String, String> {
    let library = Library::read().unwrap();
    let raised = raised(&library);
    let rules: Vec<&Rule> = library.rules.iter().filter(|rule| raised.contains(&rule.id)).collect();
    let mut pages = BTreeMap::new();
    let mut index =
        format!("{MADE}# Rules\n\nWhat a finding can be about.\n\n| rule | severity | what |\n|---|---|---|\n");
    for rule in rules {
        let _ = writeln!(index, "| [`{0}`]({0}.md) | {1} | {2} |", rule.id, rule.severity.as_str(), rule.title);
        pages.insert(format!("docs/rules/{}.md", rule.id), rule_page(rule, &library));
    }
    pages.insert("docs/rules/README.md".to_owned(), index);
    let mut index =
        format!("{MADE}# Contracts\n\nWhat common tools need of their token.\n\n| contract | tool |\n|---|---|\n");
    for contract in &library.contracts {
        let _ = writeln!(index, "| [`{0}`]({0}.md) | {1} |", contract.id, contract.title);
        pages.insert(format!("docs/contracts/{}.md", contract.id), contract_page(contract, &library));
    }
    pages.insert("docs/contracts/README.md".to_owned(), index);
    pages.insert("docs/capabilities.md".to_owned(), capabilities(&library));
    for capability in library.titles.keys() {
        let page = capability_page(capability, &library);
        pages.insert(format!("docs/capabilities/{}.md", capability.as_str()), page);
    }
    pages
}

/// Rules that some code or a trap of some kind can raise; the words of others are written ahead of it.
fn raised(library: &Library) -> BTreeSet<String> {
    let kinds = library.forges.iter().flat_map(|provider| provider.catalogue().about.kinds.values());
    let traps: BTreeSet<&str> = kinds.flat_map(|kind| kind.traps.values()).map(String::as_str).collect();
    let mut code = String::new();
    gather(&super::root().join("src"), &mut code);
    hallpass::findings::FILES
        .iter()
        .map(|(id, _)| (*id).to_owned())
        .filter(|id| traps.contains(id.as_str()) || code.contains(&format!("\"{id}\"")))
        .collect()
}

fn gather(folder: &std::path::Path, code: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("findings") {
            gather(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn forge_title(id: &str, library: &Library) -> String {
    if let Some((forge, kind)) = id.split_once('/') {
        let kind = library.forge(forge).map(|provider| provider.catalogue().kind_title(&Kind::new(kind)));
        return format!("{}, {}", forge_title(forge, library), kind.unwrap_or_default());
    }
    library.forge(id).map_or_else(|| id.to_owned(), |provider| provider.catalogue().about.title.clone())
}

fn rule_page(rule: &Rule, library: &Library) -> String {
    let mut page =
        format!("{MADE}# `{}`: {}\n\n*{}*\n\n{}\n\n## What to do\n\n", rule.id, rule.title, rule.question, rule.why);
    for (forge, remedy) in &rule.fix {
        let whom = if forge == "any" { "Everywhere".to_owned() } else { forge_title(forge, library) };
        let _ = writeln!(page, "- {whom}: {}", remedy.text.replace('{', "⟨").replace('}', "⟩"));
    }
    let _ = writeln!(page, "\nSeverity: {}. Since {}.", rule.severity.as_str(), rule.since);
    if !rule.references.is_empty() {
        page.push_str("\n## Read on\n\n");
        rule.references.iter().for_each(|address| _ = writeln!(page, "- <{address}>"));
    }
    page
}

fn contract_page(contract: &Contract, library: &Library) -> String {
    let mut page = format!("{MADE}# `{}`: {}\n", contract.id, contract.title);
    if !contract.aliases.is_empty() {
        let _ = writeln!(page, "\nAlso called {}.", quoted(&contract.aliases));
    }
    for (forge, section) in &contract.forges {
        section_part(&mut page, &forge_title(forge, library), section, library);
    }
    if !contract.notes.is_empty() {
        page.push('\n');
        contract.notes.iter().for_each(|note| _ = writeln!(page, "- {note}"));
    }
    let confidence = match contract.confidence {
        Confidence::Documented => "Documented by the tool",
        Confidence::Derived => "Derived from the tool's source or the forge's documentation",
        Confidence::Own => "Your own",
    };
    let source = &contract.source;
    let commit = source.commit.as_ref().map_or_else(String::new, |commit| format!(" at `{commit}`"));
    let _ =
        writeln!(page, "\n{confidence}: {}{commit}, {}, read on {}.", source.repository, source.path, source.read_on);
    page
}

fn section_part(page: &mut String, forge: &str, section: &Section, library: &Library) {
    let _ = writeln!(page, "\n## {forge}\n");
    let kinds = |kinds: &[Kind]| quoted(&kinds.iter().map(|kind| kind.as_str().to_owned()).collect::<Vec<_>>());
    let mut facts = vec![
        ("scopes".to_owned(), quoted(&section.scopes)),
        ("fine-grained permissions".to_owned(), quoted(&section.permissions)),
        ("lowest role".to_owned(), section.role.clone().unwrap_or_default()),
        ("kinds of token".to_owned(), kinds(&section.kinds)),
        ("best".to_owned(), kinds(&section.prefer)),
    ];
    let by_kind = section.scopes_by_kind.iter();
    facts.extend(by_kind.map(|(kind, scopes)| (format!("scopes of a `{}` token", kind.as_str()), quoted(scopes))));
    for (label, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(page, "- {label}: {value}");
    }
    for (title, list) in [("needs", &section.capabilities), ("needs with some of its settings", &section.optional)] {
        if list.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n| {title} | |\n|---|---|");
        for capability in list {
            let about = library.titles.get(capability).map_or("", String::as_str);
            let _ = writeln!(page, "| `{}` | {about} |", capability.as_str());
        }
    }
    if !section.notes.is_empty() {
        page.push('\n');
        section.notes.iter().for_each(|note| _ = writeln!(page, "- {note}"));
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// What `hallpass explain` says of it, as a page.
fn capability_page(capability: &Capability, library: &Library) -> String {
    let said = hallpass::cli::explanation(capability.as_str(), library).unwrap();
    let (_, said) = said.split_once('\n').unwrap();
    let said = said.split("\nNeeded by\n").next().unwrap();
    let mut page = format!("{MADE}# `{}`: {}\n", capability.as_str(), library.titles[capability]);
    for line in said.lines() {
        match line.strip_prefix("  ") {
            Some(row) => {
                let (label, text) = row.split_at(row.find("  ").unwrap_or(16).max(16));
                let text = text.trim().replace(['<', '>'], "");
                let text = if label.trim() == "call" { format!("`{text}`") } else { text };
                let _ = writeln!(page, "- {}: {text}", label.trim());
            }
            None if line.is_empty() => page.push('\n'),
            None => _ = writeln!(page, "## {line}\n"),
        }
    }
    let needs =
        |contract: &&Contract| contract.forges.values().any(|section| section.capabilities.contains(capability));
    let needing: Vec<_> = library.contracts.iter().filter(needs).collect();
    if !needing.is_empty() {
        page.push_str("\n## Needed by\n\n");
    }
    for contract in needing {
        let _ = writeln!(page, "- [{}](../contracts/{}.md)", contract.title, contract.id);
    }
    page
}

fn capabilities(library: &Library) -> String {
    let mut page = format!(
        "{MADE}# Capabilities\n\nOne row for each thing a token can do. `hallpass explain CAPABILITY` says more about one.\n"
    );
    for provider in &library.forges {
        let catalogue = provider.catalogue();
        let about = &catalogue.about;
        let _ = writeln!(
            page,
            "\n## {}\n\nAs of {} {}, read on {}. \"Role\" is the lowest on a private project, or what the identity must be let do; a range means that settings or the \
             project decide.\n\n| capability | call | scope | fine-grained permission | job token | role |\n|---|---|---|---|---|---|",
            about.title, about.title, about.read_at, about.read_on
        );
        for (capability, title) in &library.titles {
            if let Some(row) = catalogue.row(capability) {
                let _ = writeln!(page, "{}", capability_row(row, title, catalogue));
            }
        }
    }
    page
}

fn capability_row(row: &Row, title: &str, catalogue: &Catalogue) -> String {
    let cells = [
        format!("[`{0}`](capabilities/{0}.md)<br>{title}", row.capability.as_str()),
        format!("`{} {}`", row.method, row.path),
        scopes(&row.scopes.general),
        permission(&row.permission.general),
        job_token(row, catalogue),
        row.ability.clone().unwrap_or_else(|| role(row.role.private, catalogue)),
    ];
    format!("| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn scopes(ways: &ScopeWays) -> String {
    match ways {
        ScopeWays::Closed => "–".to_owned(),
        ScopeWays::Any => "any".to_owned(),
        ScopeWays::Ways(ways) => {
            let way = |way: &hallpass::domain::catalogue::ScopeWay| {
                let all = way.all.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" with ");
                let all = match (way.public_only, all.is_empty()) {
                    (true, true) => "none for a public target".to_owned(),
                    (true, false) => format!("{all} for a public target"),
                    (false, _) => all,
                };
                if way.disputed { format!("{all} (disputed)") } else { all }
            };
            ways.iter().map(way).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn permission(ways: &PermissionWays) -> String {
    match ways {
        PermissionWays::Closed => "–".to_owned(),
        PermissionWays::Any => "any".to_owned(),
        PermissionWays::Unstated => "not documented".to_owned(),
        PermissionWays::Named { ways, sure } => {
            let spelled = ways.iter().map(|way| way.join(" with ")).collect::<Vec<_>>().join(" or ");
            format!("{}{}", spelled, if *sure { "" } else { " (not verified)" })
        }
    }
}

fn job_token(row: &Row, catalogue: &Catalogue) -> String {
    if catalogue.routes.is_empty() {
        // No kind of token of this forge has a list of endpoints.
        return "–".to_owned();
    }
    let own = |own_only: bool| if own_only { ", own project only" } else { "" };
    match &row.routes {
        RouteNeed::Closed => "no".to_owned(),
        RouteNeed::Since { since, own_only } => format!("since {since}{}", own(*own_only)),
        RouteNeed::Setting { name, since } => format!("since {since}, where `{name}` is on"),
        RouteNeed::Lookup => catalogue
            .route(&row.method, &row.path)
            .map_or_else(|| "no".to_owned(), |route| format!("since {}{}", route.since, own(route.own_only))),
    }
}

fn role(band: RoleBand, catalogue: &Catalogue) -> String {
    match (band.never_below, band.surely_from) {
        (0, 0) => "none".to_owned(),
        (low, high) if low == high => catalogue.role_name(low),
        (0, high) => format!("up to {}", catalogue.role_name(high)),
        (low, high) => format!("{} to {}", catalogue.role_name(low), catalogue.role_name(high)),
    }
}

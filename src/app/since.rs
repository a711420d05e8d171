//! A run against an earlier report of the same fleet.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::check::{Audited, Means};
use crate::domain::concerns::is_ignored;
use crate::domain::finding::{Finding, Severity};
use crate::domain::remedy::{Words, fix};
use crate::domain::report::{Report, Status};
use crate::domain::since::{Earlier, since};
use crate::domain::token::Kind;
use crate::domain::verdict::Layer;

const RULE: &str = "scope-excess";

/// Notes what is new, gone and changed, and tells of tokens that can do more than they could. `audited` is in the order of
/// the report's connections; `chosen` are the names that were asked for, none for all.
pub fn against(report: &mut Report, audited: &[Audited<'_>], before: &Report, chosen: &[String], means: &Means<'_>) {
    broadened(report, audited, before, means);
    compare(report, before, chosen);
}

/// Notes what is new, gone and changed.
pub fn compare(report: &mut Report, before: &Report, chosen: &[String]) {
    let shards = [report.shard, before.shard];
    let chosen: HashSet<&str> = chosen.iter().map(String::as_str).collect();
    let asked_for = |name: &str| chosen.is_empty() || chosen.contains(name);
    let within = |name: &str| asked_for(name) && shards.iter().flatten().all(|shard| shard.holds(name));
    report.since = Some(since(report, before, within));
}

fn broadened(report: &mut Report, audited: &[Audited<'_>], before: &Report, means: &Means<'_>) {
    let held_before = Earlier::of(before);
    let day = before.generated_at.strftime("%Y-%m-%d").to_string();
    let excess = report.findings.iter().enumerate().filter(|(_, finding)| finding.rule == RULE);
    let told: HashMap<String, usize> =
        excess.filter_map(|(at, finding)| Some((finding.connection.clone()?, at))).collect();
    let mut raised = Vec::new();
    for (held, one) in report.connections.iter_mut().zip(audited) {
        let Some(earlier) = held_before.find(held) else { continue };
        let catalogue = means.provider(one.connection).catalogue();
        let kind = earlier.token.kind.clone().unwrap_or(Kind::UNKNOWN);
        let covered = |scopes: &BTreeSet<String>| catalogue.implied(scopes, &kind);
        let mut added = beyond(earlier.token.scopes.as_deref(), held.token.scopes.as_deref(), covered);
        added.extend(beyond(earlier.token.permissions.as_deref(), held.token.permissions.as_deref(), Clone::clone));
        if added.is_empty() {
            continue;
        }
        let added = spelled(&added);
        if let Some(finding) = told.get(&held.name).map(|at| &mut report.findings[*at]) {
            finding.message = format!("{}; {added} since {day}", finding.message);
            continue;
        }
        // Where something is demanded, what it takes was weighed already.
        if held.capabilities.iter().any(|entry| !entry.required_by.is_empty()) {
            continue;
        }
        let evidence = &one.heard.evidence;
        let was = earlier.token.scopes.iter().chain(&earlier.token.permissions).flatten().cloned().collect::<Vec<_>>();
        let mut words = Words::of(one.connection, evidence, catalogue);
        words.set("needed", spelled(&was));
        words.set_scopes(&[], &was);
        let remedy = fix(RULE, means.setting.rules, &words, catalogue);
        let finding = Finding {
            rule: RULE.to_owned(),
            severity: means.setting.rules.get(RULE).map_or(Severity::Warning, |rule| rule.severity),
            connection: Some(held.name.clone()),
            capability: None,
            layer: Some(Layer::Scope),
            message: format!("holds {added} since {day}; nothing here demands that"),
            fix: remedy.text,
            link: remedy.link,
            place: one.connection.places.clause("token"),
            excerpt: None,
        };
        if !is_ignored(&finding, &means.setting) {
            held.status = held.status.max(Status::Warn);
            raised.push(finding);
        }
    }
    report.status = report.connections.iter().map(|held| held.status).max().unwrap_or(report.status);
    report.findings.extend(raised);
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

fn spelled(words: &[String]) -> String {
    let spelled: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    if spelled.is_empty() { "no scope at all".to_owned() } else { spelled.join(", ") }
}

/// What is held now and was not, nor came with what was. Where one of both is not known, nothing is said.
fn beyond(
    before: Option<&[String]>,
    now: Option<&[String]>,
    covered: impl Fn(&BTreeSet<String>) -> BTreeSet<String>,
) -> Vec<String> {
    let (Some(before), Some(now)) = (before, now) else { return Vec::new() };
    let covered = covered(&before.iter().cloned().collect());
    now.iter().filter(|word| !covered.contains(*word)).cloned().collect()
}

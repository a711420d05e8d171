//! What of a diagnosis is worth telling.

use super::{Answer, Diagnosis, Link, Sort, State, Way};
use crate::domain::finding::{Finding, RuleBook, Severity};

/// What holds for the whole diagnosis.
pub struct Around<'a> {
    pub rules: &'a RuleBook,
    /// The platform whose job this is.
    pub job: Option<&'a str>,
    /// hallpass is among the helpers that this address has, or had.
    pub setup: String,
}

/// All findings, in the order of the chain.
pub fn findings(diagnosis: &Diagnosis, around: &Around<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for way in diagnosis.ways.iter().filter(|way| way.over_http) {
        findings.extend(bypass(way, around));
        findings.extend(conflict(way, around));
        findings.extend(absent(way, around));
        findings.extend(dropped(way, around));
        findings.extend(nobody(way, around));
    }
    findings.extend(several(diagnosis, around));
    for kept in diagnosis.kept.iter().filter(|kept| kept.dead) {
        let user = kept.user.as_ref().map_or(String::new(), |user| format!(" for the user `{user}`"));
        let message = format!("hallpass keeps a token for {}{user} that has ended", kept.origin);
        let fix = format!("printf 'url={}\\n\\n' | git credential reject", kept.origin);
        findings.push(Finding { severity: Severity::Note, ..finding("token-expired", message, Some(fix), around) });
    }
    for exposed in &diagnosis.exposed {
        let rule = if exposed.in_address { "token-in-url" } else { "token-literal" };
        let message = if exposed.in_address {
            format!("`{}` in {} holds a token in plain text", exposed.what, exposed.place)
        } else {
            format!("{} holds a token for this host in plain text", exposed.place)
        };
        let told = finding(rule, message, Some(exposed.fix.clone()), around);
        findings.push(Finding { severity: Severity::Warning, ..told });
    }
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    once
}

fn finding(rule: &str, message: String, fix: Option<String>, around: &Around<'_>) -> Finding {
    let about = around.rules.get(rule);
    Finding {
        rule: rule.to_owned(),
        severity: about.map_or(Severity::Warning, |rule| rule.severity),
        connection: None,
        capability: None,
        layer: None,
        message,
        fix: fix.or_else(|| about.and_then(|rule| rule.fix.get("any")).map(|remedy| remedy.text.clone())),
        link: None,
        place: None,
        excerpt: None,
    }
}

/// Something answers before the helpers are asked.
fn bypass(way: &Way, around: &Around<'_>) -> Option<Finding> {
    let link = way.bypass()?;
    let names: Vec<String> = way.helpers().map(|helper| format!("`{}`", helper.name)).collect();
    let nobody = match names.len() {
        0 => "no helper is asked".to_owned(),
        1 => format!("{} is not asked", names[0]),
        _ => format!("{} are not asked", names.join(", ")),
    };
    let rewrite = way.rewrite.as_ref().filter(|rewrite| rewrite.with_token);
    let (message, fix) = match (link.sort, rewrite) {
        (Sort::Address, Some(rewrite)) => {
            let who = if around.job == Some("gitlab") { "GitLab Runner" } else { "somebody" };
            let message = format!(
                "for {}, {nobody}: {who} put user name and token into the address with `url.{}.{}` in {}, so that they \
                 are used whatever a helper would give",
                way.uses.as_str(),
                rewrite.base,
                rewrite.key,
                rewrite.place
            );
            let by_hand = rewrite.way_out.as_ref();
            (message, by_hand.map(|command| format!("{} --take-over, or by hand: {command}", around.setup)))
        }
        (Sort::Address, None) => {
            let message = format!("for {}, {nobody}: the address holds user name and token", way.uses.as_str());
            (message, link.fix.clone())
        }
        (Sort::Header, _) => {
            let message = format!(
                "for {}, {nobody} as long as the server takes the header that `{}` in {} adds to every request",
                way.uses.as_str(),
                link.name,
                link.place
            );
            (message, link.fix.clone())
        }
        _ => {
            let message = format!(
                "for {}, {nobody} as long as the server takes the account in {}, which goes first",
                way.uses.as_str(),
                link.place
            );
            (message, link.fix.clone())
        }
    };
    Some(finding("helper-bypassed", message, fix, around))
}

/// Two that both send something, and may contradict each other.
fn conflict(way: &Way, around: &Around<'_>) -> Option<Finding> {
    let header = way.links.iter().find(|link| link.sort == Sort::Header && link.state == State::Has)?;
    let other = way.links.iter().find(|link| link.sort != Sort::Header && link.state == State::Has)?;
    let message = format!(
        "two answer for one address: the header that `{}` in {} adds to every request, and {}; the header goes along \
         whoever else answers, and some servers refuse a request with both",
        header.name,
        header.place,
        told(other)
    );
    Some(finding("credential-conflict", message, header.fix.clone(), around))
}

fn told(link: &Link) -> String {
    match link.sort {
        Sort::Address => "user name and token in the address".to_owned(),
        Sort::Netrc => format!("the account in {}", link.place),
        _ => format!("the helper `{}`", link.name),
    }
}

fn absent<'a>(way: &'a Way, around: &'a Around<'_>) -> impl Iterator<Item = Finding> + 'a {
    way.helpers().filter(|link| link.state == State::Absent).map(|link| {
        let message =
            format!("the helper `{}` in {} cannot be started: there is no such program", link.name, link.place);
        finding("helper-missing", message, link.fix.clone(), around)
    })
}

/// An empty entry took hallpass out, and nobody put it in again.
fn dropped(way: &Way, around: &Around<'_>) -> Option<Finding> {
    let link = way.dropped.iter().find(|link| link.sort == Sort::Hallpass)?;
    if way.links.iter().any(|link| link.sort == Sort::Hallpass) {
        return None;
    }
    let message = format!(
        "`{}` from {} is not asked: a later `credential.helper` without a value takes out all before it",
        link.name, link.place
    );
    Some(finding("helper-bypassed", message, Some(around.setup.clone()), around))
}

/// More than one living account is kept, and Git names none of them.
fn several(diagnosis: &Diagnosis, around: &Around<'_>) -> Option<Finding> {
    let given = diagnosis.kept.iter().find(|kept| kept.given)?;
    let rivals =
        diagnosis.kept.iter().filter(|kept| !kept.dead && kept.origin == given.origin && kept.path == given.path);
    let (count, named) = (rivals.count(), diagnosis.ways.iter().any(|way| way.user.is_some()));
    if count < 2 || named {
        return None;
    }
    let user = given.user.as_ref().map_or("without a user name".to_owned(), |user| format!("of the user `{user}`"));
    let message = format!(
        "hallpass keeps {count} accounts for {}; Git asks for no user, so the newest is given, the one {user}",
        given.origin
    );
    let fix = format!("git config --global credential.{}.username NAME", given.origin);
    Some(Finding { severity: Severity::Note, ..finding("credential-conflict", message, Some(fix), around) })
}

fn nobody(way: &Way, around: &Around<'_>) -> Option<Finding> {
    if !matches!(way.answer(), Answer::Nobody) || way.public == Some(true) && !way.uses.pushes() {
        return None;
    }
    let asked = if way.helpers().next().is_none() { "Git has no helper for it" } else { "no helper has anything" };
    let message = format!("nobody answers for {}: {asked}, and Git asks at the terminal or fails", way.address);
    let told = finding("token-missing", message, Some(around.setup.clone()), around);
    let severity = if way.public == Some(true) { Severity::Note } else { told.severity };
    Some(Finding { severity, layer: Some(crate::domain::verdict::Layer::Missing), ..told })
}

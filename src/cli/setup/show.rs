//! What setup says: the difference it would make, and what it did. Nothing that may be a secret is shown: lines of
//! configuration may hold one wherever somebody put it.

use std::fmt::Write as _;

use super::super::difference::{difference, without_user_info};
use super::super::process::Process;
use super::target::Target;
use super::{Outcome, Prepared, migrate};
use crate::app::setup::{Plan, Unasked};
use crate::domain::helper_line::may_hold_a_secret;
use crate::wiring::{log_lines, log_text, looks_like_a_secret};

/// The exit status where something wished for is not so.
pub(super) const UNMET: u8 = 1;

pub(super) fn preview(target: &Target, prepared: &Prepared, process: &mut Process<'_>) -> u8 {
    let path = prepared.file.path().display().to_string();
    let mut shown = difference(&path, prepared.file.bytes(), &prepared.text, &shown_line);
    if let Some(migration) = &prepared.migration {
        shown.push_str(&migrate::preview(migration));
    }
    if shown.is_empty() {
        say(process, "nothing would change");
    }
    let _ = process.stdout.write_all(shown.as_bytes());
    if let Some(migration) = &prepared.migration {
        for text in migrate::remarks(migration) {
            say(process, &text);
        }
    }
    remarks(target, &prepared.outcomes, process)
}

pub(super) fn done(target: &Target, outcomes: &[Outcome], changed: bool, process: &mut Process<'_>) -> u8 {
    let path = target.path.display();
    let mut told = String::new();
    if outcomes.is_empty() {
        return 0;
    }
    let _ = if changed {
        writeln!(told, "{path}: Git asks hallpass about")
    } else {
        writeln!(told, "{path}: nothing to change; Git asks hallpass about")
    };
    for Outcome { origin, plan } in outcomes.iter().filter(|one| !one.plan.never_asked) {
        let mut line = format!("  {origin}");
        let mut add = |text: String| line.push_str(&text);
        if !plan.before.is_empty() {
            add(format!(", after {}", list(&plan.before)));
        }
        if !plan.behind.is_empty() {
            add(format!(", then {}", list(&plan.behind)));
        }
        if !plan.out.is_empty() {
            add(format!("; no longer {}", list(&plan.out)));
        }
        if plan.with_path {
            add("; with the path".to_owned());
        }
        let _ = writeln!(told, "{line}");
        for one in &plan.taken_over {
            let _ = writeln!(told, "    put out of force: {}", unasked(one));
        }
    }
    if changed {
        let _ = writeln!(told, "`hallpass setup{} --undo` takes it out again", target.flag);
    }
    let _ = process.stdout.write_all(told.as_bytes());
    remarks(target, outcomes, process)
}

/// What stands in the way, and what would help.
fn remarks(target: &Target, outcomes: &[Outcome], process: &mut Process<'_>) -> u8 {
    let mut status = 0;
    for Outcome { origin, plan } in outcomes {
        if plan.never_asked {
            status = UNMET;
            say(
                process,
                &format!(
                    "warning: Git does not ask hallpass about {origin}: a later entry begins the list of helpers anew"
                ),
            );
            hint_of_place(target, process);
        } else if !plan.before.is_empty() {
            status = UNMET;
            say(process, &format!("warning: about {origin} Git asks {} before hallpass", list(&plan.before)));
            say(
                process,
                "hint: `--replace` leaves out what comes earlier; a line of shell, which may hold a secret, is not copied",
            );
            hint_of_place(target, process);
        }
        for one in &plan.unasked {
            say(process, &format!("note: Git gets a token for {origin} without asking anybody: {}", unasked(one)));
            let fix = match one {
                Unasked::Rewrite { .. } => "`--take-over` puts the rewrite out of force",
                Unasked::Header { .. } => {
                    "`--local --take-over` ends the header; for actions/checkout, `persist-credentials: false` leaves it out"
                }
            };
            say(process, &format!("hint: {fix}"));
        }
    }
    let plain = |plan: &Plan| plan.behind.iter().chain(&plan.before).any(|name| name == "store");
    if outcomes.iter().any(|one| plain(&one.plan)) {
        say(
            process,
            "note: `store` writes what Git was given into a plain file, also what hallpass gave\nhint: `--replace` leaves it out",
        );
    }
    status
}

fn hint_of_place(target: &Target, process: &mut Process<'_>) {
    if target.flag != " --local" {
        say(process, "hint: `hallpass setup --local` writes this repository's configuration, which comes later");
    }
}

fn unasked(one: &Unasked) -> String {
    match one {
        Unasked::Rewrite { place } => format!("`insteadOf` in {} puts one into the address", log_text(place)),
        Unasked::Header { pattern: _, place } => format!("`http.extraHeader` in {} holds one", log_text(place)),
    }
}

pub(super) fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// Beside the data.
pub(super) fn say(process: &mut Process<'_>, text: &str) {
    let _ = writeln!(process.stderr, "{}", log_lines(text));
}

/// A line of configuration.
pub(super) fn shown_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let hidden = match text.split_once(" = ") {
        Some((key, value)) if key.trim().eq_ignore_ascii_case("helper") && may_hold_a_secret(&unescaped(value)) => {
            format!("{key} = ***")
        }
        _ => without_user_info(&text),
    };
    let hidden = if looks_like_a_secret(&hidden) { "***".to_owned() } else { hidden };
    hidden.split('\t').map(log_text).collect::<Vec<_>>().join("\t")
}

fn unescaped(value: &str) -> String {
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    value.replace("\\\"", "\"").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_without_what_may_be_a_secret() {
        for (line, shown) in [
            ("\thelper = /usr/bin/hallpass credential", "\thelper = /usr/bin/hallpass credential"),
            (
                "\thelper = /a\\\\ b/hallpass credential --store file",
                "\thelper = /a\\\\ b/hallpass credential --store file",
            ),
            ("\thelper = !gh auth git-credential", "\thelper = !gh auth git-credential"),
            ("\thelper = cache --timeout=3600", "\thelper = cache --timeout=3600"),
            ("\thelper = \"!f() { echo password=canary; }; f\"", "\thelper = ***"),
            ("\thelper = !CANARY=canary x", "\thelper = ***"),
            ("\thelper = x --token canary", "\thelper = ***"),
            ("[url \"https://me:canary@a.test/\"]", "[url \"https://***@a.test/\"]"),
            ("\turl = https://canary@a.test/x", "\turl = https://***@a.test/x"),
            ("\textraheader = glpat-abcdefghijklmnopqrst", "***"),
        ] {
            assert_eq!(shown_line(line.as_bytes()), shown);
        }
    }
}

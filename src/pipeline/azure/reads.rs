//! Where a script reads the job's token from its environment.

use std::ops::Range;

use super::words::MAPPED;
use crate::pipeline::reader::Language;

/// The places of `$SYSTEM_ACCESSTOKEN` and its like. None where the script sets the variable itself or asks first whether
/// it is there.
pub(super) fn token(text: &str, language: Language) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.to_ascii_uppercase().match_indices(MAPPED) {
        // Upper case of ASCII leaves every place where it was.
        let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let line = text[line_start..line_end].trim_start();
        if line.starts_with('#') {
            continue;
        }
        let (before, after) = (&text[line_start..at], &text[at + MAPPED.len()..line_end]);
        if is_asked(line, after) || is_set(before, after) {
            return Vec::new();
        }
        let exact = &text[at..at + MAPPED.len()] == MAPPED;
        if let Some((lead, tail)) = read(before, after, language).filter(|_| exact || language != Language::Shell) {
            found.push(at - lead..at + MAPPED.len() + tail);
        }
    }
    found
}

/// How much in front of the name and behind it belongs to a reading.
fn read(before: &str, after: &str, language: Language) -> Option<(usize, usize)> {
    let forms: &[(&str, &str)] = match language {
        Language::Shell => &[("${", "}"), ("$", "")],
        Language::PowerShell => &[("${env:", "}"), ("$env:", "")],
        Language::Python => {
            &[("os.environ[\"", "\"]"), ("os.environ['", "']"), ("environ[\"", "\"]"), ("environ['", "']")]
        }
    };
    let goes_on = after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
    let lower = before.to_ascii_lowercase();
    forms.iter().find_map(|(lead, tail)| {
        (!goes_on && lower.ends_with(lead) && after.starts_with(tail)).then_some((lead.len(), tail.len()))
    })
}

/// `[ -z "$X" ]`, `${X:-...}`, `if ($env:X)`: what comes of it is decided there.
fn is_asked(line: &str, after: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let asks = ["if ", "if(", "elif ", "test ", "[ ", "[[ ", "-not ", "isnullor", "unless ", "while ", "assert "];
    after.starts_with([':', '-', '+', '?']) || asks.iter().any(|word| lower.contains(word)) || lower.contains("??")
}

fn is_set(before: &str, after: &str) -> bool {
    let bare =
        !before.ends_with(['$', '{']) && !before.ends_with(':') || before.to_ascii_lowercase().ends_with("$env:");
    let sets = after.trim_start();
    bare && (sets.starts_with('=') && !sets.starts_with("==")
        || after.starts_with("\"] =")
        || after.starts_with("'] ="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, language: Language) -> Vec<&'t str> {
        token(text, language).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn readings_are_found_in_each_language() {
        assert_eq!(found("curl -u \":$SYSTEM_ACCESSTOKEN\" x", Language::Shell), ["$SYSTEM_ACCESSTOKEN"]);
        assert_eq!(
            found("# $SYSTEM_ACCESSTOKEN\ny ${SYSTEM_ACCESSTOKEN}\n", Language::Shell),
            ["${SYSTEM_ACCESSTOKEN}"]
        );
        assert_eq!(found("\"$($env:SYSTEM_ACCESSTOKEN)\"", Language::PowerShell), ["$env:SYSTEM_ACCESSTOKEN"]);
        assert_eq!(found("\"$env:System_AccessToken\"", Language::PowerShell), ["$env:System_AccessToken"]);
        assert_eq!(
            found("t = os.environ['SYSTEM_ACCESSTOKEN']", Language::Python),
            ["os.environ['SYSTEM_ACCESSTOKEN']"]
        );
    }

    #[test]
    fn what_is_asked_for_or_set_first_is_no_mistake() {
        for text in [
            "if [ -n \"$SYSTEM_ACCESSTOKEN\" ]; then x; fi\ncurl -u :$SYSTEM_ACCESSTOKEN y",
            "export SYSTEM_ACCESSTOKEN=$(cat token)\ncurl -u :$SYSTEM_ACCESSTOKEN y",
            "T=${SYSTEM_ACCESSTOKEN:-$PAT}",
            "echo $SYSTEM_ACCESSTOKEN_FILE",
        ] {
            assert_eq!(found(text, Language::Shell), Vec::<&str>::new(), "{text}");
        }
        assert!(found("if (-not $env:SYSTEM_ACCESSTOKEN) { throw }", Language::PowerShell).is_empty());
        assert!(
            found("$env:SYSTEM_ACCESSTOKEN = 'x'; irm -x $env:SYSTEM_ACCESSTOKEN", Language::PowerShell).is_empty()
        );
        assert!(found("os.environ[\"SYSTEM_ACCESSTOKEN\"] = x", Language::Python).is_empty());
    }
}

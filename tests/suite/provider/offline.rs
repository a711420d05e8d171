//! What is known before any question: `tests/cases/<forge>/offline/*.yml`.

use serde::Deserialize;

use super::facts::{fits, line};
use super::given::{Setting, cases, none_of, now, with_provider};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    setting: Setting,
    /// Every fact, in order; see `facts::line`.
    facts: Vec<String>,
}

#[test]
fn github_tokens_and_jobs_tell_of_themselves_as_their_cases_say() {
    let cases: Vec<(String, Case)> = cases("github/offline");
    assert!(cases.len() >= 15, "only {} cases", cases.len());
    with_provider("github", |provider| {
        let mut wrong = Vec::new();
        for (file, case) in cases {
            let place = case.setting.place(provider.id());
            let lines: Vec<String> = provider.offline(&place.task(), now()).iter().map(line).collect();
            let same = lines.len() == case.facts.len()
                && lines.iter().zip(&case.facts).all(|(line, wanted)| fits(line, wanted));
            if !same {
                let (wanted, got) = (case.facts.join("\n    "), lines.join("\n    "));
                wrong.push(format!("{file}: {}\n  wanted:\n    {wanted}\n  got:\n    {got}", case.name));
            }
        }
        none_of(&wrong);
    });
}

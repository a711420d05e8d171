//! What GitHub's contexts and the variables of its jobs stand for.

pub use crate::pipeline::interface::{HOLE, ONE};
use crate::pipeline::model::{Part, Value};

/// The job's own token, however a file calls it.
pub const TOKEN: &str = "github.token";

pub fn is_own_token(value: &[Part]) -> bool {
    matches!(value, [Part::Variable(name)] if name == TOKEN)
}

/// Variables of every job that say where GitHub is and what the job runs for.
pub(super) const ALWAYS: &[&str] = &[
    "GITHUB_API_URL",
    "GITHUB_GRAPHQL_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_REF_NAME",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_WORKSPACE",
    "GITHUB_HEAD_REF",
    "GITHUB_BASE_REF",
    "GITHUB_REF",
];

pub fn rendered(value: &Value) -> String {
    let mut text = String::new();
    for part in value {
        match part {
            Part::Text(known) => text.extend(known.chars().filter(|character| !matches!(*character, HOLE | ONE))),
            Part::Unknown => text.push(HOLE),
            Part::Variable(name) => match name.as_str() {
                "GITHUB_API_URL" => text.push_str("https://api.github.com"),
                "GITHUB_GRAPHQL_URL" => text.push_str("https://api.github.com/graphql"),
                "GITHUB_SERVER_URL" => text.push_str("https://github.com"),
                "GITHUB_REPOSITORY" => text.extend([ONE, '/', ONE]),
                _ if is_one(name) => text.push(ONE),
                _ => text.push(HOLE),
            },
        }
    }
    text
}

/// Numbers and the like, by the name of the variable.
fn is_one(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let last = name.rsplit(['_', '.']).next().unwrap_or_default();
    ["ID", "SHA", "NUMBER", "OWNER", "PR"].contains(&last) || name == "GITHUB_REPOSITORY_OWNER"
}

//! What GitLab's predefined variables and the usual names of tokens stand for.

pub use crate::pipeline::interface::{HOLE, ONE};
use crate::pipeline::model::{Part, Value};

/// Whose token a value is, as far as it can be told without seeing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The job's own.
    Job,
    /// A deploy token.
    Deploy,
    /// A pipeline trigger token.
    Trigger,
    /// A personal, project or group access token.
    Access,
    /// By its name an access token; the settings may hold another.
    AccessByName,
    Unknown,
}

/// Variables that hold the job's own token.
const JOB: &[&str] = &["CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_BUILD_TOKEN"];

/// Names that nobody gives to a job token.
const ACCESS: &[&str] = &[
    "GITLAB_TOKEN",
    "GL_TOKEN",
    "PRIVATE_TOKEN",
    "GITLAB_PRIVATE_TOKEN",
    "GITLAB_ACCESS_TOKEN",
    "PROJECT_ACCESS_TOKEN",
    "GROUP_ACCESS_TOKEN",
    "PERSONAL_ACCESS_TOKEN",
    "GITLAB_API_TOKEN",
    "GITLAB_PAT",
    "GITLAB_API_PRIVATE_TOKEN",
];

pub fn whose(value: &[Part]) -> Whose {
    match value {
        [Part::Variable(name)] if JOB.contains(&name.as_str()) => Whose::Job,
        [Part::Variable(name)] if name == "CI_DEPLOY_PASSWORD" => Whose::Deploy,
        [Part::Variable(name)] if ACCESS.contains(&name.as_str()) => Whose::AccessByName,
        [Part::Text(text)] if text.starts_with("glpat-") => Whose::Access,
        [Part::Text(text)] if text.starts_with("gldt-") => Whose::Deploy,
        [Part::Text(text)] if text.starts_with("glptt-") => Whose::Trigger,
        [Part::Text(text)] if text.starts_with("glcbt-") => Whose::Job,
        _ => Whose::Unknown,
    }
}

/// The name of the one variable that a value is.
pub fn variable(value: &[Part]) -> Option<&str> {
    match value {
        [Part::Variable(name)] => Some(name),
        _ => None,
    }
}

/// Numbers and the like, by the name of the variable.
fn is_one(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["_ID", "_IID", "_SHA", "_SLUG", "_NUMBER"].iter().any(|end| name.ends_with(end)) || name == "ID" || name == "IID"
}

pub fn rendered(value: &Value) -> String {
    let mut text = String::new();
    for part in value {
        match part {
            Part::Text(known) => text.extend(known.chars().filter(|character| !matches!(*character, HOLE | ONE))),
            Part::Unknown => text.push(HOLE),
            Part::Variable(name) => match name.as_str() {
                "CI_API_V4_URL" => text.extend(["https://", "\u{0}", "/api/v4"]),
                "CI_API_GRAPHQL_URL" => text.extend(["https://", "\u{0}", "/api/graphql"]),
                "CI_SERVER_URL" => text.extend(["https://", "\u{0}"]),
                "CI_PROJECT_URL" => text.extend(["https://", "\u{0}", "/", "\u{0}"]),
                "CI_REPOSITORY_URL" => text.extend(["https://gitlab-ci-token:", "\u{0}", "@", "\u{0}", "/", "\u{0}"]),
                "CI_SERVER_PROTOCOL" => text.push_str("https"),
                _ if is_one(name) => text.push(ONE),
                _ => text.push(HOLE),
            },
        }
    }
    text
}

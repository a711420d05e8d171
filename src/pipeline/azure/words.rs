//! What variables and addresses of Azure Pipelines stand for.

use crate::pipeline::literal;
use crate::pipeline::model::{Part, Value};

/// The job's own token, as `$(System.AccessToken)` fills it in.
pub const TOKEN: &str = "System.AccessToken";
/// The variable of a script that it is usually mapped to.
pub const MAPPED: &str = "SYSTEM_ACCESSTOKEN";

/// Whose token a value is, as far as it can be told without seeing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The job's own.
    Job,
    /// A personal access token.
    Pat,
    /// By its name a personal access token; the settings may hold another.
    PatByName,
    Unknown,
}

/// Names that nobody gives to another kind of token.
const PATS: &[&str] = &[
    "AZURE_DEVOPS_EXT_PAT",
    "AZURE_DEVOPS_PAT",
    "AZURE_DEVOPS_TOKEN_PAT",
    "AZDO_PAT",
    "AZDO_PERSONAL_ACCESS_TOKEN",
    "ADO_PAT",
    "VSTS_PAT",
    "DEVOPS_PAT",
    "AZP_TOKEN",
];

pub fn whose(value: &[Part]) -> Whose {
    match value {
        [Part::Variable(name)] if matches!(name.as_str(), TOKEN | MAPPED) => Whose::Job,
        [Part::Variable(name)] if PATS.contains(&environment_name(name).as_str()) => Whose::PatByName,
        [Part::Text(text)] if literal::judge(text).is_some_and(|literal| literal.title == literal::AZURE) => Whose::Pat,
        _ => Whose::Unknown,
    }
}

/// `Build.SourceBranch` is `BUILD_SOURCEBRANCH` in a script.
pub fn environment_name(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}

/// Variables that hold the address of the organization or collection.
const COLLECTIONS: &[&str] = &[
    "SYSTEM_COLLECTIONURI",
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
    "SYSTEM_TEAMFOUNDATIONSERVERURI",
    "SYSTEM_TASKDEFINITIONSURI",
];
const HOSTS: &[&str] = &["dev.azure.com", "visualstudio.com"];

/// Does the address surely lead to Azure DevOps?
pub fn is_ours(url: &Value) -> bool {
    match url.first() {
        Some(Part::Variable(name)) => COLLECTIONS.contains(&name.as_str()),
        Some(Part::Text(text)) => {
            let Some((_, rest)) = text.split_once("://") else { return false };
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
            // A host that goes on in the next part is not known.
            let whole = authority.len() < rest.len() || url.len() == 1;
            whole && HOSTS.iter().any(|ours| host == *ours || host.ends_with(&format!(".{ours}")))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_azure_devops_are_told_by_their_host_alone() {
        let text = |text: &str| vec![Part::Text(text.into())];
        assert!(is_ours(&text("https://dev.azure.com/acme/_apis/projects")));
        assert!(is_ours(&text("https://u@vssps.dev.azure.com/acme")));
        assert!(is_ours(&text("https://acme.visualstudio.com/_apis")));
        for other in ["https://dev.azure.com.example.com/", "https://example.com/dev.azure.com", "dev.azure.com/x"] {
            assert!(!is_ours(&text(other)), "{other}");
        }
        assert!(!is_ours(&vec![Part::Text("https://dev.azure.com".into()), Part::Unknown]));
        assert!(is_ours(&vec![Part::Variable("SYSTEM_COLLECTIONURI".into()), Part::Text("_apis".into())]));
    }
}

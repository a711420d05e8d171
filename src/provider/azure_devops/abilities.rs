//! What the identity behind a token may do: the service evaluates permission bits by name of their namespace.

use serde_json::{Value, json};

use super::answers;
use crate::app::ports::Reply;
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::verdict::Basis;
use crate::provider::json;
use crate::provider::telling::Teller;

const GIT: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";
const PROJECT: &str = "52d39943-cb85-4d7f-8fa8-c6baac873819";
const BUILD: &str = "33344d9c-fc72-4d6f-aba5-fa317101a7e9";

/// A permission, as the catalogue's column `ability` calls it.
struct Permission {
    name: &'static str,
    namespace: &'static str,
    bit: u32,
    /// About all repositories of the project, whichever is the target.
    of_project: bool,
}

const fn on(namespace: &'static str, bit: u32, name: &'static str) -> Permission {
    Permission { name, namespace, bit, of_project: false }
}

const PERMISSIONS: &[Permission] = &[
    on(GIT, 2, "read the repository"),
    on(GIT, 4, "contribute to the repository"),
    on(GIT, 16, "create branches"),
    on(GIT, 32, "create tags"),
    Permission { name: "create repositories", namespace: GIT, bit: 256, of_project: true },
    on(GIT, 2048, "edit policies"),
    on(GIT, 16384, "contribute to pull requests"),
    on(PROJECT, 1, "view project-level information"),
    on(PROJECT, 8, "create test runs"),
    on(PROJECT, 512, "view test runs"),
    on(BUILD, 1, "view builds"),
    on(BUILD, 64, "update build information"),
    on(BUILD, 128, "queue builds"),
    on(BUILD, 1024, "view build pipelines"),
];

impl Permission {
    /// The object it is about, as the namespace spells it.
    fn object(&self, project: &str, repository: Option<&str>) -> String {
        match (self.namespace, repository.filter(|_| !self.of_project)) {
            (GIT, Some(repository)) => format!("repoV2/{project}/{repository}"),
            (GIT, None) => format!("repoV2/{project}"),
            (PROJECT, _) => format!("$PROJECT:vstfs:///Classification/TeamProject/{project}"),
            _ => project.to_owned(),
        }
    }
}

/// The body of the question, once the project's id is known.
pub(super) fn question(evidence: &Evidence) -> Option<String> {
    let project = evidence.samples.get("project")?;
    let repository = evidence.samples.get("repository").map(String::as_str);
    let evaluations: Vec<Value> = PERMISSIONS
        .iter()
        .map(|permission| {
            json!({
                "securityNamespaceId": permission.namespace,
                "token": permission.object(project, repository),
                "permissions": permission.bit,
            })
        })
        .collect();
    Some(json!({ "alwaysAllowAdministrators": false, "evaluations": evaluations }).to_string())
}

/// The answer repeats the evaluations, each with its value. It is about the identity and says nothing of scopes.
pub(super) fn read(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence) {
    let Ok(answer) = answers::object(reply, evidence) else { return };
    let Some(project) = evidence.samples.get("project") else { return };
    let repository = evidence.samples.get("repository").map(String::as_str);
    let evaluated = answer.get("evaluations").and_then(Value::as_array).cloned().unwrap_or_default();
    for permission in PERMISSIONS {
        let object = permission.object(project, repository);
        let fits = |entry: &&Value| {
            let is =
                |key: &str, wanted: &str| json::text(entry, key).is_some_and(|held| held.eq_ignore_ascii_case(wanted));
            is("securityNamespaceId", permission.namespace)
                && is("token", &object)
                && entry.get("permissions").and_then(Value::as_u64) == Some(u64::from(permission.bit))
        };
        let value = evaluated.iter().find(fits).and_then(|entry| entry.get("value")).and_then(Value::as_bool);
        if let Some(value) = value {
            let says = format!("{}: {}", permission.name, if value { "yes" } else { "no" });
            teller.say(Basis::Declared, says, Fact::Ability(permission.name.to_owned(), value));
        }
    }
}

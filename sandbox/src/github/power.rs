//! What a token is good for by itself: scopes with what they imply, permissions, the `permissions:` of a job.

use std::collections::BTreeMap;

use super::terms::{Level, TokenKind, WorkflowDefault};
use super::world::{AllPermissions, Permissions, Token};

/// Permission names with underscores, as the API writes them.
pub(super) type Held = BTreeMap<String, Level>;

/// What a scope holds beside itself, directly.
const IMPLIED: &[(&str, &[&str])] = &[
    ("repo", &["repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"]),
    ("write:packages", &["read:packages"]),
    ("admin:org", &["write:org", "manage_runners:org"]),
    ("write:org", &["read:org"]),
    ("admin:public_key", &["write:public_key"]),
    ("write:public_key", &["read:public_key"]),
    ("admin:repo_hook", &["write:repo_hook"]),
    ("write:repo_hook", &["read:repo_hook"]),
    ("admin:gpg_key", &["write:gpg_key"]),
    ("write:gpg_key", &["read:gpg_key"]),
    ("admin:ssh_signing_key", &["write:ssh_signing_key"]),
    ("write:ssh_signing_key", &["read:ssh_signing_key"]),
    ("user", &["read:user", "user:email", "user:follow"]),
    ("write:discussion", &["read:discussion"]),
    ("project", &["read:project"]),
    ("admin:enterprise", &["manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"]),
    ("audit_log", &["read:audit_log"]),
    ("codespace", &["codespace:secrets"]),
    ("copilot", &["manage_billing:copilot"]),
];

/// Everything that a list of scopes holds, itself included.
pub(super) fn expanded(scopes: &[String]) -> Vec<&str> {
    let mut held: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let mut at = 0;
    while let Some(&scope) = held.get(at) {
        let implied = IMPLIED.iter().filter(|(holder, _)| *holder == scope).flat_map(|(_, implied)| *implied);
        let new: Vec<&str> = implied.copied().filter(|scope| !held.contains(scope)).collect();
        held.extend(new);
        at += 1;
    }
    held
}

/// The scopes as GitHub states them: those that another one holds are left out.
pub(super) fn granted(scopes: &[String]) -> Vec<&str> {
    let kept = |scope: &&String| {
        let others: Vec<String> = scopes.iter().filter(|other| other != scope).cloned().collect();
        !expanded(&others).contains(&scope.as_str())
    };
    let mut kept: Vec<&str> = scopes.iter().filter(kept).map(String::as_str).collect();
    kept.sort_unstable();
    kept
}

/// Keys that a workflow may give; the second column is the most that can be given.
const WORKFLOW_KEYS: &[(&str, Level)] = &[
    ("actions", Level::Write),
    ("artifact_metadata", Level::Write),
    ("attestations", Level::Write),
    ("checks", Level::Write),
    ("contents", Level::Write),
    ("deployments", Level::Write),
    ("discussions", Level::Write),
    ("id_token", Level::Write),
    ("issues", Level::Write),
    ("models", Level::Read),
    ("packages", Level::Write),
    ("pages", Level::Write),
    ("pull_requests", Level::Write),
    ("repository_projects", Level::Write),
    ("security_events", Level::Write),
    ("statuses", Level::Write),
    ("vulnerability_alerts", Level::Read),
];

/// What a job's token holds, by what the workflow declares, the repository's default and where the event came from.
pub(super) fn of_job(token: &Token, default: WorkflowDefault) -> Held {
    let all = |level: Level| {
        WORKFLOW_KEYS.iter().map(move |(name, most)| ((*name).to_owned(), level.min(*most))).collect::<Held>()
    };
    let mut held = match (&token.permissions, default) {
        (Some(Permissions::Each(declared)), _) => with_underscores(declared),
        (Some(Permissions::All(AllPermissions::WriteAll)), _) => all(Level::Write),
        (Some(Permissions::All(AllPermissions::ReadAll)), _) => all(Level::Read),
        (None, WorkflowDefault::Permissive) => {
            let mut held = all(Level::Write);
            held.remove("id_token");
            held
        }
        (None, WorkflowDefault::Restricted) => {
            ["contents", "packages"].map(|name| (name.to_owned(), Level::Read)).into_iter().collect()
        }
    };
    // Whatever a workflow asks for: keys that do not exist are given to nobody.
    held.retain(|name, level| match WORKFLOW_KEYS.iter().find(|(key, _)| key == name) {
        Some((_, most)) => {
            *level = (*level).min(*most);
            true
        }
        None => false,
    });
    if token.lowered {
        held.remove("id_token");
        for level in held.values_mut() {
            *level = (*level).min(Level::Read);
        }
    }
    held
}

/// Whether a workflow could be written as the scenario says.
pub(super) fn check(token: &Token) -> Result<(), String> {
    let (TokenKind::Actions, Some(Permissions::Each(declared))) = (token.kind, &token.permissions) else {
        return Ok(());
    };
    let unknown = declared.keys().find(|name| {
        let name = name.replace('-', "_");
        name != "metadata" && !WORKFLOW_KEYS.iter().any(|(key, _)| *key == name)
    });
    unknown.map_or(Ok(()), |name| Err(format!("token `{}`: no workflow can give `{name}`", token.name)))
}

pub(super) fn with_underscores(permissions: &BTreeMap<String, Level>) -> Held {
    permissions.iter().map(|(name, level)| (name.replace('-', "_"), *level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn a_scope_holds_what_it_implies_at_any_depth() {
        let scopes = texts(&["admin:org"]);
        assert!(expanded(&scopes).contains(&"read:org") && !expanded(&scopes).contains(&"repo"));
        let repo = texts(&["repo"]);
        assert!(["workflow", "delete_repo", "read:packages"].iter().all(|scope| !expanded(&repo).contains(scope)));
    }

    #[test]
    fn implied_scopes_are_not_stated() {
        assert_eq!(granted(&texts(&["repo", "public_repo", "read:org", "gist"])), ["gist", "read:org", "repo"]);
    }

    #[test]
    fn naming_one_key_sets_the_others_to_none() {
        let mut token = Token::new("job", TokenKind::Actions, None);
        token.permissions = Some(Permissions::Each([("pull-requests".to_owned(), Level::Write)].into()));
        assert_eq!(of_job(&token, WorkflowDefault::Permissive), [("pull_requests".to_owned(), Level::Write)].into());
    }

    #[test]
    fn a_fork_turns_writes_into_reads_and_takes_the_id_token() {
        let mut token = Token::new("job", TokenKind::Actions, None);
        token.permissions = Some(Permissions::All(AllPermissions::WriteAll));
        token.lowered = true;
        let held = of_job(&token, WorkflowDefault::Permissive);
        assert_eq!((held.get("contents"), held.get("id_token")), (Some(&Level::Read), None));
    }

    #[test]
    fn the_restricted_default_reads_contents_and_packages() {
        let held = of_job(&Token::new("job", TokenKind::Actions, None), WorkflowDefault::Restricted);
        assert_eq!(held.len(), 2);
    }
}

//! The job of GitHub Actions this process runs in, from its variables and the event that started it.

use serde_json::Value;

use crate::app::ports::{Environment, PipelineFile, Platform};
use crate::domain::connection::{Base, Job, Outsider};
use crate::domain::origin::Origin;
use crate::provider::json;

use super::hosts;

const OTHER_TOKENS: &[&str] = &["GH_TOKEN"];
/// Events for which Dependabot's own runs are trusted less.
const LESS_TRUSTED: &[&str] = &[
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "create",
    "deployment",
    "deployment_status",
];

pub(super) fn platform(environment: &dyn Environment) -> Option<Platform> {
    let is = |name: &str| environment.get(name).as_deref() == Some("true");
    // Gitea and Forgejo set the same variables beside their own; their tokens are no business of GitHub's.
    if !is("GITHUB_ACTIONS") || is("GITEA_ACTIONS") || is("FORGEJO_ACTIONS") {
        return None;
    }
    let filled = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let project = filled("GITHUB_REPOSITORY");
    let asks = |name: &str| filled(name).is_some();
    let job = Job {
        project: project.clone(),
        project_id: filled("GITHUB_REPOSITORY_ID"),
        merge_request: filled("GITHUB_REF").and_then(|name| pull_request(&name)),
        identity: Some(asks("ACTIONS_ID_TOKEN_REQUEST_URL") && asks("ACTIONS_ID_TOKEN_REQUEST_TOKEN")),
        ..Job::default()
    };
    Some(Platform {
        forge: super::ID,
        url: agreed_url(environment),
        home: None,
        target: project,
        own_token: super::OWN_TOKEN,
        other_tokens: OTHER_TOKENS,
        ca_file: None,
        event_file: filled("GITHUB_EVENT_PATH").map(Into::into),
        pipeline: pipeline(environment),
        job,
    })
}

/// `refs/pull/7/merge`
fn pull_request(name: &str) -> Option<String> {
    let number = name.strip_prefix("refs/pull/")?.split('/').next()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.to_owned())
}

/// The server's address, only when the variables that name it agree (R2).
fn agreed_url(environment: &dyn Environment) -> Result<String, String> {
    let url = environment.get("GITHUB_SERVER_URL").ok_or("`GITHUB_SERVER_URL` is not set")?;
    let base = base(&url).ok_or("`GITHUB_SERVER_URL` is not an address that can be used")?;
    let api = environment.get("GITHUB_API_URL").ok_or("`GITHUB_API_URL` is not set")?;
    let expected = hosts::api_host(&base).unwrap_or(Base { root: format!("{}/api/v3", base.root), ..base.clone() });
    let agree = self::base(&api).is_some_and(|api| api == expected);
    if agree { Ok(url) } else { Err("`GITHUB_SERVER_URL` and `GITHUB_API_URL` name different servers".to_owned()) }
}

fn base(url: &str) -> Option<Base> {
    let (origin, root) = Origin::parse_with_path(url).ok()?;
    Some(Base { origin, root: root.trim_end_matches('/').to_owned() })
}

/// `GITHUB_WORKFLOW_REF` is `owner/repo/.github/workflows/x.yml@refs/heads/main`.
fn pipeline(environment: &dyn Environment) -> Option<PipelineFile> {
    let named = environment.get("GITHUB_WORKFLOW_REF")?;
    let own = format!("{}/", environment.get("GITHUB_REPOSITORY")?);
    let (file, _) = named.split_once('@')?;
    // A workflow that another repository imposes is not in this checkout.
    let path = file.strip_prefix(&own)?;
    let odd = path.split('/').any(|part| matches!(part, "" | "." | ".."));
    let commit = environment.get("GITHUB_WORKFLOW_SHA").filter(|commit| !commit.is_empty());
    let job = environment.get("GITHUB_JOB").filter(|job| !job.is_empty())?;
    (!odd).then(|| PipelineFile { path: path.to_owned(), commit, job })
}

/// A pull request from a fork, or a run of Dependabot's: neither gets secrets or writes.
pub(super) fn outsider(environment: &dyn Environment, event: Option<&[u8]>) -> Option<Outsider> {
    let name = environment.get("GITHUB_EVENT_NAME").unwrap_or_default();
    let by_fork = name.starts_with("pull_request") && name != "pull_request_target";
    if by_fork && event.and_then(|event| json::parse(event).ok()).is_some_and(|event| is_of_a_fork(&event)) {
        return Some(Outsider {
            what: "a pull request from a fork".to_owned(),
            secrets: "no secrets".to_owned(),
            file_counts: false,
        });
    }
    let by_dependabot = environment.get("GITHUB_ACTOR").as_deref() == Some("dependabot[bot]");
    let less_trusted = by_dependabot && LESS_TRUSTED.contains(&name.as_str());
    less_trusted.then(|| Outsider {
        what: "a run started by Dependabot".to_owned(),
        secrets: "none but Dependabot's secrets".to_owned(),
        file_counts: true,
    })
}

/// The head of the pull request is in another repository than its base, or in none any more.
fn is_of_a_fork(event: &Value) -> bool {
    let name = |side: &str| event.pointer(&format!("/pull_request/{side}/repo/full_name")).and_then(Value::as_str);
    match (name("head"), name("base")) {
        (Some(head), Some(base)) => !head.eq_ignore_ascii_case(base),
        (None, Some(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::provider::Variables;

    fn job(more: &[(&'static str, &'static str)]) -> Variables {
        let base = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_REPOSITORY", "acme/app"),
        ];
        Variables(base.into_iter().chain(more.iter().copied()).collect())
    }

    #[test]
    fn variables_that_agree_give_the_address() {
        let agreeing = [
            ("https://github.com", "https://api.github.com"),
            ("https://octo.ghe.com", "https://api.octo.ghe.com"),
            ("https://git.example.com", "https://git.example.com/api/v3"),
        ];
        for (server, api) in agreeing {
            let variables = job(&[("GITHUB_SERVER_URL", server), ("GITHUB_API_URL", api)]);
            assert_eq!(platform(&variables).unwrap().url.unwrap(), server);
        }
    }

    #[test]
    fn variables_that_disagree_give_none() {
        let disagreeing = [
            ("https://github.com", "https://api.evil.example"),
            ("https://github.com", "https://github.com/api/v3"),
            ("https://evil.example", "https://api.github.com"),
            ("https://git.example.com", "https://git.example.com/api/v1"),
            ("https://git.example.com", "https://api.git.example.com"),
        ];
        for (server, api) in disagreeing {
            let variables = job(&[("GITHUB_SERVER_URL", server), ("GITHUB_API_URL", api)]);
            assert!(platform(&variables).unwrap().url.is_err(), "{server} {api}");
        }
    }

    #[test]
    fn other_forges_with_the_same_variables_are_not_github() {
        assert!(platform(&job(&[("GITEA_ACTIONS", "true")])).is_none());
        assert!(platform(&job(&[("FORGEJO_ACTIONS", "true")])).is_none());
        assert!(platform(&Variables(BTreeMap::from([("GITHUB_SERVER_URL", "https://github.com")]))).is_none());
    }

    #[test]
    fn the_workflow_of_the_own_repository_is_named_and_no_other() {
        let own = "acme/app/.github/workflows/release.yml@refs/heads/main";
        let file = |workflow| {
            platform(&job(&[("GITHUB_WORKFLOW_REF", workflow), ("GITHUB_JOB", "publish")])).unwrap().pipeline
        };
        let found = file(own).unwrap();
        assert_eq!((found.path.as_str(), found.job.as_str()), (".github/workflows/release.yml", "publish"));
        assert_eq!(file("acme/rules/.github/workflows/release.yml@refs/heads/main"), None);
        assert_eq!(file("acme/app/../../etc/passwd@refs/heads/main"), None);
    }

    #[test]
    fn the_pull_request_is_told_by_the_ref() {
        assert_eq!(pull_request("refs/pull/7/merge").as_deref(), Some("7"));
        assert_eq!(pull_request("refs/heads/main"), None);
        assert_eq!(pull_request("refs/pull/x/merge"), None);
    }

    #[test]
    fn e_04_forks_and_dependabot_are_outsiders() {
        let of = |name, actor, event: &str| {
            outsider(&job(&[("GITHUB_EVENT_NAME", name), ("GITHUB_ACTOR", actor)]), Some(event.as_bytes()))
        };
        let fork = r#"{"pull_request":{"head":{"repo":{"full_name":"mallory/app"}},"base":{"repo":{"full_name":"acme/app"}}}}"#;
        let own =
            r#"{"pull_request":{"head":{"repo":{"full_name":"Acme/app"}},"base":{"repo":{"full_name":"acme/app"}}}}"#;
        let gone = r#"{"pull_request":{"head":{"repo":null},"base":{"repo":{"full_name":"acme/app"}}}}"#;
        assert!(!of("pull_request", "mallory", fork).unwrap().file_counts);
        assert!(of("pull_request", "mallory", gone).is_some());
        assert_eq!(of("pull_request", "dev", own), None);
        assert_eq!(of("pull_request_target", "mallory", fork), None);
        assert_eq!(of("push", "dev", "{}"), None);
        assert!(of("push", "dependabot[bot]", "{}").unwrap().file_counts);
        assert_eq!(of("workflow_dispatch", "dependabot[bot]", "{}"), None);
        assert_eq!(of("pull_request", "dev", "no JSON"), None);
    }
}

//! The GitLab CI job this process runs in, from its variables.

use crate::app::ports::{Environment, Platform};
use crate::domain::connection::Job;
use crate::domain::origin::Origin;

const OTHER_TOKENS: &[&str] = &["GITLAB_TOKEN", "GL_TOKEN", "PRIVATE_TOKEN", "PROJECT_ACCESS_TOKEN"];

pub(super) fn platform(environment: &dyn Environment) -> Option<Platform> {
    if environment.get("GITLAB_CI").as_deref() != Some("true") {
        return None;
    }
    let job = Job {
        server_version: environment.get("CI_SERVER_VERSION"),
        project: environment.get("CI_PROJECT_PATH"),
        project_id: environment.get("CI_PROJECT_ID"),
        merge_request: environment.get("CI_MERGE_REQUEST_IID"),
        ref_protected: environment.get("CI_COMMIT_REF_PROTECTED").map(|value| value == "true"),
        ..Job::default()
    };
    Some(Platform {
        forge: super::ID,
        url: agreed_url(environment),
        target: job.project.clone(),
        home: None,
        own_token: "CI_JOB_TOKEN",
        other_tokens: OTHER_TOKENS,
        ca_file: environment.get("CI_SERVER_TLS_CA_FILE"),
        event_file: None,
        pipeline: None,
        job,
    })
}

/// The server's address, only when every variable that names it names the same (R2).
fn agreed_url(environment: &dyn Environment) -> Result<String, String> {
    let url = environment.get("CI_SERVER_URL").ok_or("`CI_SERVER_URL` is not set")?;
    let origin = origin_of(&url).ok_or("`CI_SERVER_URL` is not an address that can be used")?;
    if let Some(api) = environment.get("CI_API_V4_URL")
        && origin_of(&api).as_ref() != Some(&origin)
    {
        return Err("`CI_SERVER_URL` and `CI_API_V4_URL` name different servers".to_owned());
    }
    if let Some(host) = environment.get("CI_SERVER_HOST")
        && !host.eq_ignore_ascii_case(origin.host())
    {
        return Err("`CI_SERVER_URL` and `CI_SERVER_HOST` name different servers".to_owned());
    }
    Ok(url)
}

fn origin_of(url: &str) -> Option<Origin> {
    Origin::parse_with_path(url).ok().map(|(origin, _)| origin)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::provider::Variables;

    fn job(more: &[(&'static str, &'static str)]) -> Variables {
        let base = [("GITLAB_CI", "true"), ("CI_SERVER_URL", "https://gitlab.example.com")];
        Variables(base.into_iter().chain(more.iter().copied()).collect())
    }

    #[test]
    fn variables_that_agree_give_the_address() {
        let variables =
            job(&[("CI_API_V4_URL", "https://gitlab.example.com/api/v4"), ("CI_SERVER_HOST", "gitlab.example.com")]);
        assert_eq!(platform(&variables).unwrap().url.unwrap(), "https://gitlab.example.com");
    }

    #[test]
    fn variables_that_disagree_give_none() {
        for other in [("CI_API_V4_URL", "https://evil.example/api/v4"), ("CI_SERVER_HOST", "evil.example")] {
            assert!(platform(&job(&[other])).unwrap().url.is_err());
        }
    }

    #[test]
    fn outside_a_gitlab_job_there_is_no_platform() {
        assert!(platform(&Variables(BTreeMap::from([("CI_SERVER_URL", "https://gitlab.example.com")]))).is_none());
    }
}

//! Git's service discovery.

use hallpass_sandbox::gitlab::{JobTokenPush, Version};

use crate::support::*;

const FETCH: &str = "git-upload-pack";
const PUSH: &str = "git-receive-pack";

#[test]
fn a_wrong_token_is_refused_in_plain_text_even_on_a_public_project() {
    let sandbox = gitlab_19();
    let reply = git(&sandbox, "acme/open", FETCH, "any", "expired");
    assert_eq!(reply.status, 401);
    assert!(reply.text().starts_with("HTTP Basic: Access denied."));
    assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"GitLab\""));
    assert_eq!(send(&sandbox, "GET", &discovery("acme/open", FETCH), &[], "").status, 200);
}

#[test]
fn an_anonymous_visitor_is_asked_to_sign_in_for_private_projects_and_pushes() {
    let sandbox = gitlab_19();
    assert_eq!(send(&sandbox, "GET", &discovery("acme/app", FETCH), &[], "").status, 401);
    assert_eq!(send(&sandbox, "GET", &discovery("acme/open", PUSH), &[], "").status, 401);
}

#[test]
fn the_words_tell_scope_from_role() {
    let sandbox = gitlab_19();
    let scope = git(&sandbox, "acme/app", PUSH, "any", "read-repository");
    assert_eq!((scope.status, scope.text()), (403, "You are not allowed to upload code.".to_owned()));
    let role = git(&sandbox, "acme/app", PUSH, "any", "reporter-push");
    assert_eq!((role.status, role.text()), (403, "You are not allowed to push code to this project.".to_owned()));
    let fetch_scope = git(&sandbox, "acme/app", FETCH, "any", "read-user");
    assert_eq!(fetch_scope.text(), "You are not allowed to download code.");
    let fetch_role = git(&sandbox, "acme/app", FETCH, "any", "guest");
    assert_eq!(fetch_role.text(), "You are not allowed to download code from this project.");
}

#[test]
fn read_api_is_enough_to_fetch() {
    assert_eq!(git(&gitlab_19(), "acme/app", FETCH, "any", "read-api").status, 200);
}

#[test]
fn the_advertisement_is_made_of_packet_lines() {
    let reply = git(&gitlab_19(), "acme/app", PUSH, "any", "write-repository");
    assert_eq!(reply.header("content-type"), Some("application/x-git-receive-pack-advertisement"));
    let mut rest = reply.text();
    let mut lines = Vec::new();
    while !rest.is_empty() {
        let length = usize::from_str_radix(&rest[..4], 16).expect("a length");
        let length = length.max(4);
        lines.push(rest[4..length].to_owned());
        rest = rest[length..].to_owned();
    }
    assert_eq!(lines[0], "# service=git-receive-pack\n");
    assert_eq!((lines[1].as_str(), lines.last().map(String::as_str)), ("", Some("")));
    assert!(lines[2].contains(" refs/heads/main\0report-status"), "{:?}", lines[2]);
}

#[test]
fn a_bot_that_cannot_read_the_project_counts_as_a_wrong_credential() {
    let sandbox = gitlab_19();
    assert_eq!(git(&sandbox, "acme/other", FETCH, "any", "project-bot").status, 401);
    let person = git(&sandbox, "acme/app", FETCH, "any", "outsider");
    assert_eq!(person.status, 404);
    assert!(person.text().starts_with("The project you were looking for could not be found"));
}

#[test]
fn user_names_matter_for_job_and_deploy_tokens() {
    let sandbox = gitlab_19();
    assert_eq!(git(&sandbox, "acme/app", FETCH, "gitlab-ci-token", "job").status, 200);
    assert_eq!(git(&sandbox, "acme/app", FETCH, "oauth2", "job").status, 401);
    assert_eq!(git(&sandbox, "acme/app", FETCH, "gitlab+deploy-token-1", "deploy").status, 200);
    assert_eq!(git(&sandbox, "acme/app", FETCH, "deploy", "deploy").status, 401);
    assert_eq!(git(&sandbox, "acme/app", FETCH, "oauth2", "oauth").status, 200);
}

#[test]
fn a_deploy_token_never_pushes() {
    assert_eq!(git(&gitlab_19(), "acme/app", PUSH, "gitlab+deploy-token-1", "deploy").status, 403);
}

#[test]
fn a_job_pushes_only_where_the_project_and_the_version_let_it() {
    let push = |sandbox| git(&sandbox, "acme/app", PUSH, "gitlab-ci-token", "job").status;
    assert_eq!(push(gitlab_19()), 200);
    assert_eq!(push(gitlab_18_2()), 403);
    assert_eq!(
        push(changed(|scenario| scenario.gitlab.project_mut("acme/app").job_token_push = JobTokenPush::Off)),
        403
    );
}

#[test]
fn a_job_of_another_project_pushes_since_19_1_where_allowed() {
    let push = |minor| {
        let sandbox = changed(|scenario| {
            scenario.gitlab.version = Version::new(19, minor);
            scenario.gitlab.project_mut("acme/app").job_token_push = JobTokenPush::Allowlisted;
        });
        git(&sandbox, "acme/app", PUSH, "gitlab-ci-token", "other-job").status
    };
    assert_eq!((push(0), push(1)), (403, 200));
}

#[test]
fn a_job_from_outside_of_the_allowlist_is_named() {
    let reply = git(&gitlab_19(), "acme/other", FETCH, "gitlab-ci-token", "job");
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("not allowed from acme/app to project #202."));
}

#[test]
fn an_archived_project_takes_no_push() {
    let reply = git(&gitlab_19(), "acme/archive", PUSH, "any", "owner");
    assert_eq!((reply.status, reply.text()), (403, "You can't push code to an archived project.".to_owned()));
}

#[test]
fn sso_enforcement_stops_people_at_git() {
    let reply = git(&gitlab_19(), "sso/app", FETCH, "any", "owner");
    assert_eq!(reply.status, 403);
    assert!(reply.text().starts_with("Cannot find valid SSO session."));
    assert_eq!(api(&gitlab_19(), "owner", "/projects/sso%2Fapp").status, 200);
}

#[test]
fn a_fine_grained_token_needs_code_permissions() {
    let sandbox = gitlab_19();
    assert_eq!(git(&sandbox, "acme/app", FETCH, "any", "fine-grained").status, 200);
    let push = git(&sandbox, "acme/app", PUSH, "any", "fine-grained");
    assert!(push.status == 403 && push.text().contains("[Code: Push]"), "{}", push.text());
    assert_eq!(git(&sandbox, "acme/secure/vault", FETCH, "any", "owner").status, 403);
}

#[test]
fn head_on_the_discovery_is_refused() {
    let sandbox = gitlab_19();
    assert_eq!(send(&sandbox, "HEAD", &discovery("acme/open", FETCH), &[], "").status, 403);
}

#[test]
fn real_git_reads_the_refs() {
    let sandbox = gitlab_19();
    let address = format!("http://any:{}@{}/acme/app.git", sandbox.token("dev"), authority(&sandbox));
    let output = std::process::Command::new("git")
        .args(["-c", "credential.helper=", "-c", "http.proxy=", "ls-remote", &address])
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(String::from_utf8_lossy(&output.stdout).contains("refs/heads/next"), "{output:?}");
    sandbox.assert_all_planned();
}

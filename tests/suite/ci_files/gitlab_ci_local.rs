//! The template in gitlab-ci-local, which reads pipelines as GitLab does and runs their jobs in a shell of this machine.
//! `.ci/run` installs it; its folder is named by `HALLPASS_GITLAB_CI_LOCAL`.

use std::path::{Path, PathBuf};
use std::process::Command;

use hallpass_sandbox::Sandbox;

use super::{HALLPASS, template};
use crate::support::git_server::{self, Plan, Right, Seen};
use crate::support::{demo_behind_tls, parts};

/// A checkout of acme/app with a pipeline that includes the template, in a home of its own.
struct Checkout {
    tool: PathBuf,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// Its exit status does not count here: a job with any `allow_failure` does not change it.
struct Ran {
    log: String,
}

impl Checkout {
    /// `None` where the tool is not installed. `include` is how the pipeline includes the template, with `{inputs}`.
    fn new(server: &str, include: &str, jobs: &str) -> Option<Self> {
        let tool = parts::folder("HALLPASS_GITLAB_CI_LOCAL", "gitlab-ci-local")?;
        if !parts::programs(&["node", "rsync"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let host = server.trim_start_matches("https://");
        let checkout = Self {
            tool: tool.join("node_modules/gitlab-ci-local/src/index.js"),
            folder,
            variables: [
                ("GITLAB_CI", "true"),
                ("CI_SERVER_URL", server),
                ("CI_SERVER_HOST", host.split(':').next().unwrap()),
                ("CI_API_V4_URL", &format!("{server}/api/v4")),
                ("CI_SERVER_VERSION", "19.3.0"),
                ("CI_PROJECT_PATH", "acme/app"),
                ("CI_PROJECT_ID", "201"),
                ("CI_PIPELINE_SOURCE", "merge_request_event"),
                ("HALLPASS_NOW", "2026-11-20T12:00:00Z"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        };
        let work = checkout.work();
        std::fs::create_dir_all(work.join("templates")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in [".gitlab-ci-template.yml", "templates/tokens.yml"] {
            std::fs::copy(root.join(file), work.join(file)).unwrap();
        }
        std::fs::write(work.join(".gitignore"), ".gitlab-ci-local/\n").unwrap();
        std::fs::write(work.join(".gitlab-ci.yml"), format!("include:\n  - {include}\n{jobs}")).unwrap();
        checkout.git(&["init", "-q", "-b", "main"]);
        checkout.git(&["remote", "add", "origin", &format!("{server}/acme/app.git")]);
        checkout.git(&["add", "-A"]);
        checkout.git(&["commit", "-q", "-m", "first"]);
        Some(checkout)
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work()).env_clear().env("PATH", git_server::path()).env("HOME", self.folder.path());
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        command.envs(who.map(|name| (name, "a@b"))).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        command
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self) -> Ran {
        self.asked(&["--force-shell-executor"])
    }

    fn asked(&self, options: &[&str]) -> Ran {
        let mut command = self.command("node");
        command.arg(&self.tool).arg("--no-color").args(options);
        for (name, value) in &self.variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        let output = command.output().unwrap();
        let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        Ran { log }
    }

    #[track_caller]
    fn assert_kept(&self, names: &[&str]) {
        for name in names {
            assert!(self.work().join(name).is_file(), "{name} was not kept");
        }
    }
}

impl Ran {
    /// What became of a job: `PASS`, `WARN` or `FAIL`.
    fn of(&self, job: &str) -> &str {
        let said = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|word| matches!(word, "PASS" | "WARN" | "FAIL")) && words.next() == Some(job)
        };
        let line = self.log.lines().find(said).unwrap_or_else(|| panic!("nothing about {job}: {}", self.log));
        line.split_whitespace().next().unwrap()
    }
}

fn local(inputs: &str) -> String {
    format!("local: .gitlab-ci-template.yml\n    inputs: {{ binary: {HALLPASS}, {inputs} }}")
}

fn component(inputs: &str) -> String {
    format!(
        "component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/tokens@$CI_COMMIT_SHA\n    inputs: {{ binary: {HALLPASS}, {inputs} }}"
    )
}

/// With the sandbox' tokens and authority.
fn on(forge: &Sandbox, bot: &str, include: &str) -> Option<Checkout> {
    let authority = forge.ca_pem_path().unwrap().display().to_string();
    let checkout = Checkout::new(&forge.url(), include, "")?;
    Some(
        checkout
            .with("CI_JOB_TOKEN", &forge.token("job"))
            .with("BOT", &forge.token(bot))
            .with("CI_SERVER_TLS_CA_FILE", &authority),
    )
}

const KEPT: [&str; 5] = ["hallpass.json", "hallpass.md", "hallpass.html", "hallpass-compare.md", "hallpass-lint.json"];

#[test]
fn the_template_runs_in_gitlab_ci_local() {
    let forge = Sandbox::start(demo_behind_tls());
    let include = local("token-env: BOT, contract: semantic-release");
    let Some(checkout) = on(&forge, "release-bot", &include) else { return };
    let ran = checkout.run();
    for job in ["hallpass-check", "hallpass-compare", "hallpass-lint"] {
        assert_eq!(ran.of(job), "PASS", "{}", ran.log);
    }
    checkout.assert_kept(&KEPT);
    let Some(checkout) = on(&forge, "read-only", &include) else { return };
    let ran = checkout.run();
    assert_eq!((ran.of("hallpass-check"), ran.of("hallpass-compare")), ("FAIL", "WARN"), "{}", ran.log);
    checkout.assert_kept(&KEPT);
    for token in ["job", "read-only"] {
        assert!(!ran.log.contains(&forge.token(token)));
    }
    forge.assert_all_planned();
}

#[test]
fn what_is_unknown_is_an_allowed_failure_unless_told_otherwise() {
    let forge = Sandbox::start(demo_behind_tls());
    for (unknown, outcome) in [("warn", "WARN"), ("fail", "FAIL")] {
        let inputs = format!("token-env: CI_JOB_TOKEN, needs: release.create, compare: never, unknown: {unknown}");
        let Some(checkout) = on(&forge, "release-bot", &component(&inputs)) else { return };
        let ran = checkout.run();
        assert_eq!(ran.of("hallpass-check"), outcome, "{}", ran.log);
        assert!(ran.log.contains(&format!("{outcome} 3")), "{}", ran.log);
        assert!(!ran.log.contains("hallpass-compare"), "{}", ran.log);
    }
}

#[test]
fn only_the_pipelines_that_inputs_name_have_the_jobs() {
    let forge = Sandbox::start(demo_behind_tls());
    let inputs = "check: schedules, compare: never, lint: merge-requests";
    let Some(checkout) = on(&forge, "release-bot", &local(inputs)) else { return };
    let ran = checkout.run();
    assert_eq!(ran.of("hallpass-lint"), "PASS", "{}", ran.log);
    assert!(!ran.log.contains("hallpass-check") && !ran.log.contains("hallpass-compare"), "{}", ran.log);
}

/// A job of the user's pushes with the token of their choice, although the runner made Git use the job's in the checkout.
#[test]
fn r02_jobs_that_extend_the_setup_give_git_the_right_token() {
    let server = Plan::new()
        .account("gitlab-ci-token", "canary-job", Right::Read)
        .account("hallpass", "canary-bot", Right::Write)
        .account("gitlab-ci-token", "canary-bot", Right::Write)
        .start();
    for name in ["acme/app.git", "acme/other.git"] {
        server.repository(name);
    }
    let url = server.url("");
    let url = url.trim_end_matches('/');
    let host = url.trim_start_matches("https://");
    let rewrite = [(format!("url.https://gitlab-ci-token:canary-job@{host}.insteadOf"), url)];
    // As with FF_GIT_URLS_WITHOUT_TOKENS.
    let helper = [
        (format!("credential.{url}.username"), "gitlab-ci-token"),
        (format!("credential.{url}.helper"), ""),
        (format!("credential.{url}.helper"), "!echo password=canary-job;:"),
    ];
    let jobs = "push:\n  extends: .hallpass-setup\n  script:\n    - git ls-remote origin\n    \
                - git push --force origin HEAD:refs/heads/topic\n    \
                - git clone -q $CI_SERVER_URL/acme/other.git .gitlab-ci-local/other\n";
    let inputs = "token-env: BOT, check: never, compare: never, lint: never";
    for entries in [&rewrite[..], &helper[..]] {
        let Some(checkout) = Checkout::new(url, &local(inputs), jobs) else { return };
        let authority = server.ca().display().to_string();
        let checkout =
            checkout.with("CI_JOB_TOKEN", "canary-job").with("BOT", "canary-bot").with("GIT_SSL_CAINFO", &authority);
        for (name, value) in entries {
            checkout.git(&["config", "--add", name, value]);
        }
        let before = std::fs::read_to_string(checkout.work().join(".git/config")).unwrap();
        server.forget();
        let ran = checkout.run();
        assert_eq!(ran.of("push"), "PASS", "{}", ran.log);
        let shown: Vec<(String, String)> = server.seen().iter().filter_map(Seen::shown).collect();
        assert!(shown.len() >= 3 && shown.iter().all(|(_, token)| token == "canary-bot"), "{shown:?}");
        assert!(!ran.log.contains("canary-bot"), "{}", ran.log);
        assert_eq!(std::fs::read_to_string(checkout.work().join(".git/config")).unwrap(), before, "{}", ran.log);
        let home = checkout.folder.path();
        assert!(!home.join(".gitconfig").exists() && !home.join(".local").exists());
    }
}

/// Pipelines that texts show are read and expanded, with the include taken from this repository.
#[test]
fn pipelines_shown_in_texts_are_pipelines() {
    let mut seen = 0;
    for (page, mut shown) in template::shown() {
        for include in shown["include"].as_array_mut().unwrap() {
            let inputs = include["inputs"].clone();
            *include = serde_json::json!({ "local": ".gitlab-ci-template.yml", "inputs": inputs });
        }
        let Some(checkout) = Checkout::new("https://gitlab.example.com", "local: none.yml", "") else { return };
        std::fs::write(checkout.work().join(".gitlab-ci.yml"), shown.to_string()).unwrap();
        let ran = checkout.asked(&["--list"]);
        assert!(ran.log.contains("json schema validated"), "{page}: {}", ran.log);
        assert!(ran.log.contains("-check ") || ran.log.contains("-lint "), "{page}: {}", ran.log);
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} pipelines were found");
}

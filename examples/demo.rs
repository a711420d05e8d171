//! What hallpass does, shown against the loopback forge: no network, no account, no configuration.
//!
//! `cargo run --example demo`

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hallpass::app::ports::Clock;
use hallpass::cli::{self, Process};
use hallpass::wiring::Variables;
use hallpass_sandbox::{Sandbox, Scenario};

/// The demo's own noon: the same report on every day.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-20T12:00:00Z".parse().expect("a well-formed instant")
    }
}

fn main() -> ExitCode {
    let scenario = Scenario::named("demo").expect("the scenario is shipped with the sandbox");
    let forge = Sandbox::start(scenario);
    let folder = std::env::temp_dir().join("hallpass-demo");
    if let Err(error) = prepare(&folder, &forge) {
        println!("the folder {} cannot be made: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    println!("A GitLab 19.3 of the sandbox answers at {}.\n", forge.url());

    say("A bot is to release and to comment. hallpass check tells before the job fails:");
    let report = |name: &str| folder.join(name).display().to_string();
    run(
        &forge,
        &folder,
        &[
            "check",
            "--format",
            "human",
            "--format",
            &format!("json={}", report("check.json")),
            "--format",
            &format!("junit={}", report("check.junit.xml")),
            "--format",
            &format!("gitlab={}", report("gl-code-quality.json")),
            "--format",
            &format!("markdown={}", report("summary.md")),
        ],
    );

    say("Would CI_JOB_TOKEN do? hallpass compare sets the tokens side by side:");
    run(
        &forge,
        &folder,
        &[
            "compare",
            "--token-env",
            "CI_JOB_TOKEN",
            "--token-env",
            "PROJECT_TOKEN",
            "--token-env",
            "READ_TOKEN",
            "--token-env",
            "PERSONAL_TOKEN",
            "--format",
            "human",
            "--format",
            &format!("markdown={}", report("compare.md")),
        ],
    );

    forge.assert_all_planned();
    println!("\nThe reports are in {}", folder.display());
    ExitCode::SUCCESS
}

fn say(text: &str) {
    println!("\n{text}\n");
}

fn prepare(folder: &Path, forge: &Sandbox) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let configuration = format!(
        "version: 1\n\
         connections:\n\
         \x20 release-bot:\n\
         \x20   forge: gitlab\n\
         \x20   url: {url}\n\
         \x20   insecure: true\n\
         \x20   target: acme/app\n\
         \x20   token: {{ env: READ_TOKEN }}\n\
         \x20   contract: semantic-release\n\
         \x20   owner: platform-team\n\
         \x20 review-comments:\n\
         \x20   forge: gitlab\n\
         \x20   url: {url}\n\
         \x20   insecure: true\n\
         \x20   target: acme/app\n\
         \x20   token: job\n\
         \x20   needs: [mr.list, mr.note.create]\n\
         \x20 deployer:\n\
         \x20   forge: gitlab\n\
         \x20   url: {url}\n\
         \x20   insecure: true\n\
         \x20   target: acme/app\n\
         \x20   token: {{ env: ENDING_TOKEN }}\n\
         \x20   needs: [release.list, mr.note.create]\n",
        url = forge.url()
    );
    std::fs::write(folder.join("hallpass.yml"), configuration)
}

/// Runs hallpass in a made-up GitLab job.
fn run(forge: &Sandbox, folder: &Path, arguments: &[&str]) {
    let url = forge.url();
    let own = [
        ("GITLAB_CI", "true".to_owned()),
        ("CI_SERVER_URL", url.clone()),
        ("CI_SERVER_VERSION", "19.3.0".to_owned()),
        ("CI_PROJECT_PATH", "acme/app".to_owned()),
        ("CI_PROJECT_ID", "201".to_owned()),
        ("CI_JOB_TOKEN", forge.token("job")),
        ("PROJECT_TOKEN", forge.token("release-bot")),
        ("READ_TOKEN", forge.token("read-only")),
        ("PERSONAL_TOKEN", forge.token("personal")),
        ("ENDING_TOKEN", forge.token("ends-soon")),
    ];
    let variables: Variables =
        own.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let terminal = std::io::stdout().is_terminal();
    let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    all.push("--allow-http".into());
    all.push(origin(&url).into());
    all.extend(["--color", if terminal { "always" } else { "never" }].map(OsString::from));
    if arguments.first() == Some(&"check") {
        all.push("--config".into());
        all.push(folder.join("hallpass.yml").into());
    }
    let mut process = Process {
        program: "hallpass".into(),
        executable: None,
        arguments: all,
        variables,
        directory: Some(PathBuf::from(folder)),
        stdin: Box::new(std::io::empty()),
        stdin_is_terminal: false,
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
        clock: &Noon,
        terminal: None,
        stderr_is_terminal: false,
        interrupted: None,
    };
    let _ = cli::run(&mut process);
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

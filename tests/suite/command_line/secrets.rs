//! Tokens where they do not belong (X).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use hallpass_sandbox::{Scenario, Tls};

use crate::support::hallpass::Scene;

#[test]
fn x_02_a_variable_that_is_not_utf_8_is_named_and_not_shown() {
    let scene = Scene::named("gitlab-19");
    let text = OsString::from_vec([scene.token("dev").as_bytes(), b"\xFF"].concat());
    let args = ["check", "--token-env", "TOKEN", "--url", &scene.url(), "--needs", "mr.list"];
    let ran = scene.run(&args).env("TOKEN", text.clone()).go();
    assert_ne!(ran.status, Some(0));
    ran.says("`TOKEN` holds bytes that are not UTF-8 text");
    assert!(scene.forge.requests().is_empty());
    // Nobody needs this one.
    let ran =
        scene.run(&args).env("TOKEN", scene.token("dev")).env("UNRELATED", text).args(&["--target", "acme/app"]).go();
    ran.exits(0);
}

#[test]
fn x_03_a_token_as_an_argument_is_refused_and_not_shown() {
    let scene = Scene::named("gitlab-19");
    let made_up =
        ["gldt-", "glptt-", "glrt-", "ghp_", "github_pat_"].map(|prefix| format!("{prefix}{}", "4f".repeat(20)));
    for token in [scene.token("dev"), scene.token("job")].into_iter().chain(made_up) {
        let flags =
            [format!("--token={token}"), format!("--token-env={token}"), format!("--url={token}"), token.clone()];
        for argument in &flags {
            for command in ["check", "can", "compare", "inspect", "explain", "frobnicate"] {
                let ran = scene.plain_run(&[command, argument]).go();
                ran.exits(2).complains("looks like a token").complains("--token-env");
                ran.assert_without(&token);
            }
        }
        for flag in ["--token", "--token-env", "--target", "-v", "-z"] {
            let ran = scene.plain_run(&["check", flag, &token]).go();
            ran.exits(2).complains("looks like a token").assert_without(&token);
        }
    }
}

#[test]
fn x_03_a_secret_of_no_known_shape_is_not_shown_either() {
    let scene = Scene::named("gitlab-19");
    let secret = "hunter2hunter2hunter2";
    for arguments in [
        &["check", "--tokne", secret][..],
        &["check", "--timeout", secret],
        &["check", "--fail-on", secret],
        &["check", "--format", secret],
        &["check", "--token-env", secret],
        &["check", "--allow-http", secret],
        &["can", secret, "--token-env", "T"],
        &["explain", secret],
        &["completions", secret],
        &[secret],
    ] {
        let ran = scene.plain_run(arguments).go();
        if arguments.contains(&"--token-env") && arguments.len() == 3 {
            // It is taken for the name of a variable, and variables are named.
            continue;
        }
        ran.exits(2).assert_without(secret);
    }
}

#[test]
fn x_05_a_user_and_a_password_in_an_address_are_refused_and_not_shown() {
    let scene = Scene::named("gitlab-19");
    for user_info in ["dev:hunter2hunter2hunter2", "hunter2hunter2hunter2", "oauth2:glpat-hunter2hunter2hunter2"] {
        let url = scene.url().replace("http://", &format!("http://{user_info}@"));
        let ran = scene.run(&["check", "--token-env", "TOKEN", "--url", &url]).env("TOKEN", scene.token("dev")).go();
        ran.exits(2).assert_without("hunter2hunter2hunter2");
        scene.write(
            "hallpass.yml",
            &format!("version: 1\nconnections:\n  bot: {{ forge: gitlab, url: '{url}', token: {{ env: T }} }}\n"),
        );
        let ran = scene.run(&["check"]).env("T", scene.token("dev")).go();
        ran.exits(2).complains("hallpass.yml").assert_without("hunter2hunter2hunter2");
        std::fs::remove_file(scene.tree().join("hallpass.yml")).unwrap();
    }
    assert!(scene.forge.requests().is_empty());
}

#[test]
fn x_05_a_remote_that_holds_the_jobs_token_tells_the_project_and_nothing_more() {
    let scene = Scene::named("gitlab-19");
    let address = scene.url().replace("http://", &format!("http://gitlab-ci-token:{}@", scene.token("job")));
    git2::Repository::open(scene.tree()).unwrap().remote("origin", &format!("{address}/acme/app.git")).unwrap();
    let args = ["check", "-v", "--token-env", "T", "--needs", "mr.list", "--format", "json", "--url", &scene.url()];
    let ran = scene.run(&args).env("T", scene.token("dev")).go();
    assert_eq!(ran.exits(0).json()["connections"][0]["target"], "acme/app");
}

#[test]
fn x_06_back_traces_and_key_logs_bring_nothing_out() {
    let scene = Scene::of(Scenario { tls: Some(Tls::default()), ..Scenario::named("gitlab-19").unwrap() });
    let log = scene.tree().join("keys.log");
    let call = scene.checking(&scene.token("dev"), "acme/app", &["mr.list"]).args(&["-v"]);
    let call = call.arg("--ca-file").arg(scene.forge.ca_pem_path().unwrap());
    let call = call.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace").env("SSLKEYLOGFILE", &log);
    call.go().exits(0);
    assert!(!log.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn x_07_the_process_leaves_no_core_and_cannot_be_read() {
    use hallpass_sandbox::{Fault, FaultPlan};
    let scene = Scene::broken(vec![FaultPlan::always("*", Fault::Silent)]).lax();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .env_clear()
        .env("TOKEN", scene.token("dev"))
        .args([
            "check",
            "--token-env",
            "TOKEN",
            "--forge",
            "gitlab",
            "--url",
            &scene.url(),
            "--allow-http",
            &scene.origin(),
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while scene.forge.requests().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or("").to_owned();
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    if !core.is_empty() {
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    }
    // what others see of it holds no token.
    let token = scene.token("dev");
    assert!(!arguments.windows(token.len()).any(|window| window == token.as_bytes()));
}

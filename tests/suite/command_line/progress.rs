//! How far a run is, on a terminal. The forge of these tests takes longer to answer than anybody waits without a word.

use std::process::Command;

use hallpass_sandbox::{Fault, FaultPlan};

use crate::support::hallpass::Scene;
use crate::support::parts;

const LINE: &str = "asking about 1 token: ";

/// What a terminal gets from `check`, whose report goes into a file, and that report.
fn watched(redirection: &str, variables: &[(&str, &str)]) -> Option<(String, String)> {
    if !parts::programs(&["script"]) {
        return None;
    }
    let slow = FaultPlan::always("/api/v4/personal_access_tokens/self", Fault::Latency { ms: 1_700 });
    let scene = Scene::broken(vec![slow]);
    let (url, report) = (scene.url(), scene.home().join("report.json"));
    let inner = format!(
        "'{}' check --forge gitlab --token-env TOKEN --url {url} --target acme/app --allow-http {} --format json \
         {redirection} >'{}'",
        env!("CARGO_BIN_EXE_hallpass"),
        scene.origin(),
        report.display()
    );
    let output = Command::new("script")
        .args(["-qec", &inner, "/dev/null"])
        .current_dir(scene.tree())
        .env_clear()
        .env("HOME", scene.home())
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .env("TOKEN", scene.token("dev"))
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in [&scene.token("dev")[..16], &scene.token("dev")[6..22]] {
        assert!(!text.contains(part), "a token on the terminal");
    }
    Some((text, std::fs::read_to_string(report).unwrap()))
}

#[test]
fn a_run_of_more_than_a_second_tells_how_far_it_is_and_takes_that_away() {
    let Some((text, report)) = watched("", &[]) else { return };
    assert!(text.contains(LINE) && text.contains(" requests answered"), "{text:?}");
    // The last thing is a line that was emptied.
    assert!(text.trim_end_matches(['\r', '\n']).ends_with("\u{1b}[2K"), "{text:?}");
    assert!(report.starts_with('{') && !report.contains(LINE), "{report}");
}

#[test]
fn nobody_is_told_in_a_job_or_where_quiet_was_asked_for_or_into_a_file() {
    let cases: [(&str, &[(&str, &str)]); 4] =
        [("", &[("CI", "true")]), ("-q", &[]), ("2>/dev/null", &[]), ("", &[("TERM", "dumb")])];
    std::thread::scope(|scope| {
        let runs: Vec<_> = cases.iter().map(|(flags, set)| scope.spawn(move || watched(flags, set))).collect();
        for (run, case) in runs.into_iter().zip(cases) {
            let Some((text, _)) = run.join().unwrap() else { return };
            assert!(!text.contains(LINE), "{case:?}: {text:?}");
        }
    });
}

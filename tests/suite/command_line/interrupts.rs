//! Signals while forges are asked. One forge answers, the other took a question and stays silent.

use std::process::Child;
use std::time::Instant;

use hallpass_sandbox::{Fault, FaultPlan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::hallpass::{Ran, Scene};

const LIMIT: std::time::Duration = std::time::Duration::from_secs(2);

struct Forges {
    quick: Scene,
    silent: Scene,
}

impl Forges {
    fn new() -> Self {
        let silent = Scene::broken(vec![FaultPlan::always("*", Fault::Silent)]);
        let forges = Self { quick: Scene::named("gitlab-19"), silent };
        let entry = |name: &str, scene: &Scene| {
            format!(
                "  {name}:\n    {{ forge: gitlab, url: '{}', insecure: true, target: acme/app, token: {{ env: {} }}, needs: [mr.list] }}\n",
                scene.url(),
                name.to_uppercase()
            )
        };
        let entries = entry("quick", &forges.quick) + &entry("silent", &forges.silent);
        forges.quick.write("hallpass.yml", &format!("version: 1\nconnections:\n{entries}"));
        forges
    }

    /// Runs until the one forge has answered all and the other was asked, sends the signal, and waits for the end.
    fn interrupted(&self, arguments: &[&str], answers: usize, signals: &[Signal]) -> Ran {
        let before = self.silent.forge.requests().len();
        let enough = self.quick.forge.requests().len() + answers;
        let mut sent = None;
        let call = self.quick.run(arguments).args(&["--deadline", "20", "--allow-http", &self.silent.origin()]);
        let call = call.env("QUICK", self.quick.token("read-api")).env("SILENT", self.silent.token("dev"));
        let ran = call.go_while(|child: &Child| {
            while self.silent.forge.requests().len() == before || self.quick.forge.requests().len() < enough {
                std::thread::yield_now();
            }
            sent = Some(Instant::now());
            for signal in signals {
                kill_process(Pid::from_child(child), *signal).unwrap();
            }
        });
        assert!(sent.unwrap().elapsed() < LIMIT, "{:?}", sent.unwrap().elapsed());
        ran.assert_without(&self.silent.token("dev"));
        ran
    }

    /// How many requests the forge that answers is sent.
    fn answers(&self) -> usize {
        let ran =
            self.quick.run(&["check", "quick", "--format", "json"]).env("QUICK", self.quick.token("read-api")).go();
        ran.exits(0);
        self.quick.forge.requests().len()
    }
}

fn connection(report: &Value, name: &str) -> Value {
    let all = report["connections"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).cloned().unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn a_signal_ends_a_check_and_what_was_finished_is_reported() {
    let forges = Forges::new();
    let answers = forges.answers();
    for (signal, status, name) in [(Signal::INT, 130, "SIGINT"), (Signal::TERM, 143, "SIGTERM")] {
        let arguments = ["check", "--format", "json", "--format", "junit=report.xml"];
        let ran = forges.interrupted(&arguments, answers, &[signal]);
        ran.exits(status);
        let report = ran.json();
        assert_eq!(connection(&report, "quick")["status"], "pass", "{report:#}");
        let silent = connection(&report, "silent");
        assert_eq!((&silent["status"], &silent["capabilities"][0]["verdict"]), (&json!("unknown"), &json!("unknown")));
        assert_eq!(report["status"], "unknown");
        let told = report["findings"].as_array().unwrap().iter().find(|one| one["connection"] == "silent").unwrap();
        assert_eq!(told["message"], format!("no answer before {name} ended the run"));
        assert!(report["remarks"][0].as_str().unwrap().starts_with(&format!("{name} ended the run")), "{report:#}");
        let file = std::fs::read_to_string(forges.quick.tree().join("report.xml")).unwrap();
        assert!(file.trim_end().ends_with("</testsuites>"), "{file}");
    }
}

#[test]
fn a_comparison_is_interrupted_alike_and_says_so_to_people() {
    let forges = Forges::new();
    let arguments = ["compare", "mr.list", "--connection", "quick", "--connection", "silent"];
    let ran = forges.interrupted(&arguments, 1, &[Signal::TERM]);
    ran.exits(143).says("SIGTERM ended the run; what was not answered by then is not known");
}

#[test]
fn interrupted_reports_merge_as_unknown() {
    let forges = Forges::new();
    let answers = forges.answers();
    forges.interrupted(&["check", "--format", "json=part.json"], answers, &[Signal::INT]).exits(130);
    forges.quick.plain_run(&["report", "part.json"]).go().exits(3).says("SIGINT ended the run");
}

#[test]
fn a_report_that_was_there_stays_whole_when_nobody_waits() {
    let forges = Forges::new();
    forges.quick.write("report.json", "the old one");
    let ran = forges.interrupted(&["check", "--format", "json=report.json"], 1, &[Signal::INT, Signal::TERM]);
    assert!(matches!(ran.status, Some(130 | 143)), "{:?}", ran.status);
    let text = std::fs::read_to_string(forges.quick.tree().join("report.json")).unwrap();
    assert!(text == "the old one" || serde_json::from_str::<Value>(&text).is_ok(), "{text}");
}

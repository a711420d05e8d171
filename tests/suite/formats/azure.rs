use hallpass::domain::report::Report;
use hallpass::report::{Options, azure};
use proptest::prelude::*;

use super::grammar::{HOSTILE, azure_commands, github_commands, hidden, untrusted};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    String::from_utf8(azure::render(report, &Options::default())).unwrap()
}

/// Name, properties and decoded message of one command, read as the job runner does: the first `]` ends the properties.
fn parts(line: &str) -> (String, Vec<(String, String)>, String) {
    let (head, message) = line.strip_prefix("##vso[").unwrap().split_once(']').unwrap();
    let (name, properties) = head.split_once(' ').unwrap();
    let decode = |text: &str| {
        let text = text.replace("%3B", ";").replace("%5D", "]").replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%AZP25", "%")
    };
    let pair = |text: &str| text.split_once('=').map(|(key, value)| (key.to_owned(), decode(value)));
    let properties = properties.split(';').filter(|text| !text.is_empty());
    (name.to_owned(), properties.map(|text| pair(text).unwrap()).collect(), decode(message))
}

fn commands(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.starts_with("##vso[")).collect()
}

#[test]
fn the_sum_comes_first_then_the_most_severe() {
    insta::assert_snapshot!(text(&sample::mixed()).split_once("\n\n").unwrap().0);
}

#[test]
fn a_pass_raises_no_issue() {
    assert_eq!(azure_commands(&text(&sample::pass())), 0);
}

#[test]
fn unknown_is_a_warning() {
    let log = text(&sample::only_unknown());
    assert!(log.starts_with("##vso[task.logissue type=warning;code=hallpass;]unknown: "), "{log}");
}

#[track_caller]
fn assert_only_intended(untrusted: &str) {
    let plain = text(&sample::hostile("plain"));
    let log = text(&sample::hostile(untrusted));
    assert_eq!(azure_commands(&log), azure_commands(&plain), "{log}");
    assert_eq!(commands(&log).len(), azure_commands(&log), "{log}");
    assert_eq!(github_commands(&log), Vec::<String>::new(), "{log}");
    assert_eq!(hidden(&log), Vec::<char>::new(), "{log}");
    for line in commands(&log) {
        let (name, properties, _) = parts(line);
        let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(name, "task.logissue");
        assert!(
            keys == ["type", "code"] || keys == ["type", "sourcepath", "linenumber", "columnnumber", "code"],
            "{line}"
        );
    }
}

#[test]
fn o_01_to_o_05_exactly_the_intended_issues() {
    for text in HOSTILE {
        assert_only_intended(text);
    }
}

#[test]
fn o_14_no_more_issues_than_the_platform_keeps() {
    let log = text(&sample::many(30, 30));
    let of = |kind: &str| commands(&log).iter().filter(|line| line.contains(&format!("type={kind};"))).count();
    assert_eq!((of("error"), of("warning")), (10, 10));
    assert!(log.contains("not shown as annotations: 21 more errors, 20 more warnings; the text below has all of them"));
}

proptest! {
    #[test]
    fn commands_recognised_are_commands_intended(text in untrusted()) {
        assert_only_intended(&text);
    }
}

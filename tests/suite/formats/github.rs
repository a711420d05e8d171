use hallpass::domain::report::Report;
use hallpass::report::escape::log;
use hallpass::report::{Options, github};
use proptest::prelude::*;

use super::grammar::{HOSTILE, azure_commands, github_commands, github_parts, hidden, untrusted};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    String::from_utf8(github::render(report, &Options::default())).unwrap()
}

fn annotations(report: &Report) -> String {
    text(report).split_once("\n\n").unwrap().0.to_owned()
}

#[test]
fn the_sum_comes_first_then_the_most_severe() {
    insta::assert_snapshot!(annotations(&sample::mixed()));
}

#[test]
fn a_pass_is_one_notice() {
    insta::assert_snapshot!(text(&sample::pass()));
}

#[test]
fn unknown_is_neither_an_error_nor_a_notice() {
    assert!(text(&sample::only_unknown()).starts_with("::warning title=hallpass::unknown: "));
    assert!(text(&sample::nothing_checked()).starts_with("::warning title=hallpass::unknown: nothing was checked\n"));
}

#[track_caller]
fn assert_only_intended(untrusted: &str) {
    let intended = github_commands(&text(&sample::hostile("plain")));
    let log = text(&sample::hostile(untrusted));
    assert_eq!(github_commands(&log), intended, "{log}");
    assert_eq!(azure_commands(&log), 0, "{log}");
    assert_eq!(hidden(&log), Vec::<char>::new(), "{log}");
}

#[test]
fn o_01_to_o_05_exactly_the_intended_annotations() {
    for text in HOSTILE {
        assert_only_intended(text);
    }
}

#[test]
fn o_06_an_encoded_line_break_stays_literal() {
    let log = text(&sample::hostile("%0A::error::x"));
    for line in log.lines().filter(|line| line.starts_with("::")) {
        let (_, message) = github_parts(line);
        assert!(!message.contains("\n::error::x"), "{line}");
    }
    let second = log.lines().nth(1).unwrap();
    assert!(github_parts(second).1.contains("%0A::error::x"), "{second}");
}

#[test]
fn o_07_commas_and_colons_in_a_file_name_leave_the_properties_whole() {
    let name = "a,b:c=d%2C.yml";
    let log = text(&sample::hostile(name));
    let (properties, _) = github_parts(log.lines().nth(1).unwrap());
    let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["file", "line", "col", "title"]);
    assert_eq!(properties[0].1, name);
}

#[test]
fn o_14_no_more_annotations_than_the_platform_keeps() {
    let log = text(&sample::many(30, 30));
    let commands = github_commands(&log);
    assert_eq!(commands.iter().filter(|name| *name == "error").count(), 10);
    assert_eq!(commands.iter().filter(|name| *name == "warning").count(), 10);
    let told = "not shown as annotations: 21 more errors, 20 more warnings; the text below has all of them";
    assert_eq!(log.lines().filter(|line| *line == told).count(), 1);
    assert!((0..30).all(|index| log.contains(&format!("error[capability-denied]: cause number {index}\n"))));
}

#[test]
fn long_messages_are_cut_below_the_platforms_limit() {
    for piece in ["%", "\n", "é", "::error::"] {
        let log = text(&sample::hostile(&piece.repeat(200_000)));
        for line in log.lines().filter(|line| line.starts_with("::")) {
            let (_, message) = line[2..].split_once("::").unwrap();
            assert!(message.chars().count() <= 4096);
        }
    }
}

proptest! {
    #[test]
    fn commands_recognised_are_commands_intended(text in untrusted()) {
        assert_only_intended(&text);
    }

    #[test]
    fn a_file_name_arrives_as_it_is_shown(name in untrusted()) {
        let log = text(&sample::hostile(&name));
        let (properties, _) = github_parts(log.lines().nth(1).unwrap());
        prop_assert_eq!(&properties[0].1, &log::field(&name));
    }
}

//! Whatever the text, a runner recognises the commands that were meant and no others.

use hallpass::domain::report::Report;
use hallpass::report::escape::{json, log, shorten, xml};
use hallpass::report::{FORMATS, Options, human};
use proptest::prelude::*;

use super::grammar::{HOSTILE, azure_commands, github_commands, gitlab_sections, hidden, untrusted};
use crate::support::sample_report as sample;

/// Both faces of the report: the connections, and the table of `compare`.
fn faces(untrusted: &str) -> [Report; 2] {
    let whole = sample::hostile(untrusted);
    [Report { matrix: None, ..whole.clone() }, whole]
}

fn rendered(format: &str, report: &Report) -> String {
    let format = hallpass::report::find(format).unwrap();
    String::from_utf8((format.render)(report, &Options { verbose: true, ..Options::default() })).unwrap()
}

#[track_caller]
fn assert_inert(log: &str) {
    assert_eq!(github_commands(log), Vec::<String>::new(), "{log}");
    assert_eq!(azure_commands(log), 0, "{log}");
    assert_eq!(gitlab_sections(log), 0, "{log}");
    assert_eq!(hidden(log), Vec::<char>::new(), "{log}");
}

#[test]
fn o_01_to_o_05_and_o_15_no_command_and_no_hidden_character_in_a_log() {
    for text in HOSTILE {
        for report in faces(text) {
            for format in ["human", "json", "gitlab", "junit"] {
                assert_inert(&rendered(format, &report));
            }
        }
    }
}

#[test]
fn o_04_with_colours_on_every_escape_is_one_of_ours() {
    let options = Options { color: true, ..Options::default() };
    for report in HOSTILE.into_iter().flat_map(faces) {
        let text = String::from_utf8(human::render(&report, &options)).unwrap();
        for after in text.split('\u{1b}').skip(1) {
            let codes = after.strip_prefix('[').and_then(|rest| rest.split_once('m')).unwrap().0;
            assert!(codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{after}");
        }
    }
}

#[test]
fn o_05_a_section_with_a_time_of_400_digits_is_broken() {
    let text = format!("section_start:{}:a\r\u{1b}[0K", "1".repeat(400));
    assert_inert(&log::text(&text));
}

#[test]
fn o_15_hidden_characters_are_shown_as_escapes() {
    assert_eq!(log::text("a\u{202e}b\u{200d}c\u{feff}"), "a\\u{202e}b\\u{200d}c\\u{feff}");
}

#[test]
fn colours_before_a_command_do_not_hide_it() {
    assert_eq!(log::document("\u{1b}[1m \u{1b}[0m::error::x\n"), "\u{1b}[1m \u{1b}[0m\\::error::x\n");
}

#[test]
fn ordinary_text_is_left_alone() {
    let text = "Füße/日本語: `std::env` # 50 % of C:\\path, été, [x] ## heading";
    assert_eq!(log::text(text), text);
    assert_eq!(xml::text(text), text);
}

#[test]
fn a_07_a_name_of_one_mebibyte_is_shortened_everywhere_but_in_the_full_report() {
    let name = "::error::##[x]".repeat(75_000);
    for report in faces(&name) {
        for format in FORMATS.iter().filter(|format| format.name != "json") {
            let bytes = (format.render)(&report, &Options::default());
            assert!(bytes.len() < 100_000, "{}: {} bytes", format.name, bytes.len());
        }
    }
    assert_eq!(shorten("äöü", 2), "äö…");
    assert_eq!(shorten("äöü", 3), "äöü");
}

#[test]
fn ascii_holds_for_texts_from_outside_too() {
    let options = Options { ascii: true, verbose: true, ..Options::default() };
    let reports = HOSTILE.into_iter().chain(["Füße → 日本語"]).flat_map(faces);
    for report in reports.chain([sample::mixed(), sample::compare()]) {
        let text = human::render(&report, &options);
        assert!(text.is_ascii());
        assert_inert(std::str::from_utf8(&text).unwrap());
    }
}

proptest! {
    #[test]
    fn no_log_text_starts_a_command(text in untrusted()) {
        let line = log::document(&log::text(&text));
        prop_assert!(!line.contains('\n'));
        assert_inert(&line);
    }

    #[test]
    fn no_line_of_a_longer_text_is_a_command(text in untrusted()) {
        let shown = log::lines(&text);
        prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
        assert_inert(&shown);
    }

    #[test]
    fn texts_put_together_start_no_command(parts in prop::collection::vec(untrusted(), 1..4)) {
        let joined: Vec<String> = parts.iter().map(|part| log::text(part)).collect();
        assert_inert(&log::document(&joined.concat()));
        assert_inert(&log::document(&joined.join("\n  ")));
    }

    #[test]
    fn inert_json_means_the_same(text in untrusted()) {
        let plain = serde_json::to_string_pretty(&serde_json::json!({ "text": &text, &text: [1] })).unwrap();
        let inert = json::inert(&plain);
        assert_inert(&inert);
        let (left, right): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&plain).unwrap(), serde_json::from_str(&inert).unwrap());
        prop_assert_eq!(left, right);
    }

    #[test]
    fn no_whole_text_for_people_starts_a_command(text in untrusted(), width in 20_u16..120, face in 0_usize..2) {
        let report = &faces(&text)[face];
        let options = Options { width, ..Options::default() };
        assert_inert(&String::from_utf8(human::render(report, &options)).unwrap());
        assert_inert(&String::from_utf8(human::inspect(report, &options)).unwrap());
    }
}

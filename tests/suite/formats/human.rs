use hallpass::domain::capability::Capability;
use hallpass::domain::report::Report;
use hallpass::report::{Options, human};
use insta::assert_snapshot;
use unicode_width::UnicodeWidthStr;

use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    with(report, &Options::default())
}

fn with(report: &Report, options: &Options) -> String {
    String::from_utf8(human::render(report, options)).unwrap()
}

#[test]
fn a_connection_that_passes() {
    assert_snapshot!(text(&sample::pass()));
}

#[test]
fn a_connection_that_fails_tells_each_cause_once() {
    assert_snapshot!(text(&sample::only_failing()));
}

#[test]
fn a_dead_token_is_told_once_for_all_capabilities() {
    assert_snapshot!(text(&sample::only_dead()));
}

#[test]
fn what_is_unknown_is_called_unknown() {
    assert_snapshot!(text(&sample::only_unknown()));
}

#[test]
fn every_status_side_by_side() {
    assert_snapshot!(text(&sample::mixed()));
}

#[test]
fn verbose_tells_all_evidence_and_every_request() {
    assert_snapshot!(with(&sample::only_failing(), &Options { verbose: true, ..Options::default() }));
}

#[test]
fn compare_is_one_table_with_notes() {
    assert_snapshot!(text(&sample::compare()));
}

#[test]
fn compare_in_a_narrow_window_is_split() {
    assert_snapshot!(with(&sample::compare(), &Options { width: 60, ascii: true, ..Options::default() }));
}

#[test]
fn each_connection_is_a_section_of_gitlabs_log_where_asked_and_a_pass_is_folded() {
    let text = with(&sample::mixed(), &Options { sections: true, ..Options::default() });
    assert_snapshot!(
        text.replace('\u{1b}', "ESC")
            .replace('\r', "CR")
            .lines()
            .filter(|line| line.contains("section_"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let plain: String = text
        .split("\u{1b}[0Ksection_")
        .map(|part| match part.split_once("\r\u{1b}[0K") {
            Some((_, rest)) => rest,
            None => part,
        })
        .collect();
    let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&plain), lines(&self::text(&sample::mixed())));
}

/// O-05: what stands in between opens no section and ends none.
#[test]
fn no_text_from_outside_makes_a_section() {
    for text in
        super::grammar::HOSTILE.into_iter().chain(["\u{1}1x\u{2}", "\u{1b}[0Ksection_end:1:hallpass_1\r\u{1b}[0K"])
    {
        let report = sample::hostile(text);
        let report = Report { matrix: None, ..report };
        let shown = with(&report, &Options { sections: true, verbose: true, ..Options::default() });
        let ours = report.connections.len() * 2;
        assert_eq!(super::grammar::gitlab_sections(&shown), ours, "{text:?}: {shown:?}");
        assert_eq!(shown.matches('\u{1b}').count(), ours * 2, "{text:?}: {shown:?}");
    }
}

#[test]
fn findings_of_files_group_their_places() {
    assert_snapshot!(text(&sample::lint()));
}

#[test]
fn colours_say_nothing_that_the_text_does_not() {
    let colored = with(&sample::mixed(), &Options { color: true, ..Options::default() });
    let mut plain = String::new();
    for part in colored.split('\u{1b}') {
        plain += part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest);
    }
    assert_eq!(plain, text(&sample::mixed()));
    assert_snapshot!(
        with(&sample::only_dead(), &Options { color: true, ..Options::default() }).replace('\u{1b}', "ESC")
    );
}

#[test]
fn nothing_checked_is_no_pass() {
    assert_eq!(text(&sample::nothing_checked()), "? unknown: nothing was checked\n");
}

#[test]
fn one_capability_answers_can() {
    let id = Capability::new("pr.create");
    let answer = human::one_capability(&sample::only_failing(), &id, &Options::default()).unwrap();
    assert_snapshot!(String::from_utf8(answer).unwrap());
}

#[test]
fn an_unlisted_capability_has_no_answer() {
    let id = Capability::new("no.such");
    assert!(human::one_capability(&sample::only_failing(), &id, &Options::default()).is_none());
}

#[test]
fn inspect_lists_what_is_known() {
    let answer = human::inspect(&sample::only_failing(), &Options::default());
    assert_snapshot!(String::from_utf8(answer).unwrap());
}

#[test]
fn lines_fit_the_window_unless_one_word_does_not() {
    for report in [sample::mixed(), sample::compare()] {
        for width in [60, 72, 80, 100, 132] {
            for line in with(&report, &Options { width, ..Options::default() }).lines() {
                let words = line.split_whitespace().count();
                assert!(line.width() <= usize::from(width) || words <= 2, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_missing_token_is_told_without_guessing_at_its_life() {
    assert_snapshot!(text(&sample::only_missing()));
}

use hallpass::domain::report::Report;
use hallpass::report::{Options, junit};
use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};

use super::grammar::{HOSTILE, azure_commands, hidden, untrusted};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    String::from_utf8(junit::render(report, &Options::default())).unwrap()
}

/// `(suite, case, outcome)` of every case, read by a parser that knows nothing of how it was written.
fn cases(xml: &str) -> Vec<(String, String, String)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut suite, mut cases): (String, Vec<(String, String, String)>) = (String::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap();
        let (Event::Start(tag) | Event::Empty(tag)) = &event else {
            if matches!(event, Event::Eof) {
                return cases;
            }
            continue;
        };
        match tag.name().as_ref() {
            b"testsuite" => suite = attribute(tag, "name"),
            b"testcase" => cases.push((suite.clone(), attribute(tag, "name"), "pass".to_owned())),
            outcome @ (b"failure" | b"error" | b"skipped") => {
                cases.last_mut().unwrap().2 = String::from_utf8(outcome.to_vec()).unwrap();
            }
            _ => {}
        }
    }
}

fn attribute(tag: &BytesStart, name: &str) -> String {
    let value = tag.try_get_attribute(name).unwrap().unwrap().value;
    quick_xml::escape::unescape(std::str::from_utf8(&value).unwrap()).unwrap().into_owned()
}

/// The counts that the document states against the cases it holds.
fn stated(xml: &str) -> [usize; 3] {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        if let Event::Start(tag) = reader.read_event().unwrap() {
            return ["tests", "failures", "errors"].map(|name| attribute(&tag, name).parse().unwrap());
        }
    }
}

#[track_caller]
fn assert_well_formed(xml: &str) {
    let cases = cases(xml);
    let of = |outcome: &str| cases.iter().filter(|case| case.2 == outcome).count();
    assert_eq!(stated(xml), [cases.len(), of("failure"), of("error")]);
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(legal));
    let references: Vec<&str> = xml.split("&#").skip(1).map(|rest| rest.split(';').next().unwrap()).collect();
    assert!(
        references.iter().all(|number| !matches!(*number, "0" | "x0" | "11" | "27" | "xB" | "x1B")),
        "{references:?}"
    );
}

#[test]
fn every_status() {
    insta::assert_snapshot!(text(&sample::mixed()));
}

#[test]
fn unknown_is_an_error_and_never_a_pass() {
    let cases = cases(&text(&sample::only_unknown()));
    assert!(cases.iter().all(|(_, _, outcome)| outcome == "error"), "{cases:?}");
    let nothing = text(&sample::nothing_checked());
    assert_eq!(stated(&nothing), [1, 0, 1]);
}

#[test]
fn one_suite_per_connection_and_one_case_per_demand() {
    let cases = cases(&text(&sample::mixed()));
    let of = |name: &str| cases.iter().filter(|(suite, _, _)| suite == name).count();
    assert_eq!(["renovate", "mirror", "mirror-github", "release-bot", "docs"].map(of), [6, 3, 3, 8, 10]);
}

#[test]
fn o_11_hostile_texts_leave_the_xml_well_formed() {
    for hostile in HOSTILE {
        let xml = text(&sample::hostile(hostile));
        assert_well_formed(&xml);
        assert_eq!(hidden(&xml), Vec::<char>::new());
        assert_eq!(azure_commands(&xml), 0);
    }
    for report in [sample::mixed(), sample::lint(), sample::nothing_checked(), sample::pass()] {
        assert_well_formed(&text(&report));
    }
}

proptest! {
    #[test]
    fn any_text_leaves_the_xml_well_formed(text_ in untrusted()) {
        let xml = text(&sample::hostile(&text_));
        assert_well_formed(&xml);
        prop_assert_eq!(cases(&xml).len(), cases(&text(&sample::hostile("plain"))).len());
    }
}

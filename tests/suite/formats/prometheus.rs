use std::collections::BTreeSet;

use hallpass::domain::report::Report;
use hallpass::report::{Options, prometheus};

use super::grammar::{HOSTILE, hidden};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    String::from_utf8(prometheus::render(report, &Options { version: "0.0.0".to_owned(), ..Options::default() }))
        .unwrap()
}

type Sample = (String, Vec<(String, String)>, f64);

/// Name, labels and value, read by the grammar of the format: a label's value ends at the first quote that no
/// backslash takes.
fn parse(line: &str) -> Sample {
    let name_end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.trim_start_matches(',').split_once("=\"").unwrap();
            let mut value = String::new();
            let mut characters = after.char_indices();
            let end = loop {
                match characters.next().unwrap() {
                    (at, '"') => break at + 1,
                    (_, '\\') => value.push(match characters.next().unwrap().1 {
                        'n' => '\n',
                        other => other,
                    }),
                    (_, other) => value.push(other),
                }
            };
            labels.push((label.to_owned(), value));
            rest = &after[end..];
        }
        rest = &rest[1..];
    }
    (name.to_owned(), labels, rest.trim().parse().unwrap())
}

fn samples(report: &Report) -> Vec<Sample> {
    text(report).lines().filter(|line| !line.starts_with('#')).map(parse).collect()
}

#[test]
fn every_status() {
    insta::assert_snapshot!(text(&sample::mixed()));
}

#[test]
fn one_connection_has_one_status() {
    let all = samples(&sample::mixed());
    let connections = sample::mixed().connections.len();
    let statuses: Vec<_> = all.iter().filter(|(name, ..)| name == "hallpass_connection_status").collect();
    assert_eq!(statuses.len(), 4 * connections);
    assert_eq!(statuses.iter().filter(|(.., value)| *value > 0.5).count(), connections);
}

#[test]
fn what_is_not_known_has_no_sample() {
    let mut report = sample::pass();
    report.connections[0].token.active = None;
    report.connections[0].token.expires_at = None;
    let names: BTreeSet<String> = samples(&report).into_iter().map(|(name, ..)| name).collect();
    assert!(!names.contains("hallpass_token_active"));
    assert!(!names.contains("hallpass_token_expiry_timestamp_seconds"));
}

#[test]
fn a_date_and_an_instant_name_their_second() {
    let mut report = sample::pass();
    for (text, second) in [("2026-12-01", 1_796_083_200.0), ("2026-12-01T10:00:00Z", 1_796_119_200.0)] {
        report.connections[0].token.expires_at = Some(text.to_owned());
        let all = samples(&report);
        let (.., value) = all.iter().find(|(name, ..)| name == "hallpass_token_expiry_timestamp_seconds").unwrap();
        assert!((value - second).abs() < 0.5, "{value}");
    }
}

#[test]
fn untrusted_text_stays_inside_its_label() {
    let plain = samples(&sample::hostile("plain"));
    for untrusted in HOSTILE.into_iter().chain(["a\"} 5\nx{y=\"", "\\", "a\\"]) {
        let log = text(&sample::hostile(untrusted));
        let shape = |all: Vec<Sample>| -> Vec<(String, Vec<String>)> {
            all.into_iter().map(|(name, labels, _)| (name, labels.into_iter().map(|(key, _)| key).collect())).collect()
        };
        assert_eq!(shape(samples(&sample::hostile(untrusted))), shape(plain.clone()));
        assert_eq!(hidden(&log), Vec::<char>::new());
    }
}

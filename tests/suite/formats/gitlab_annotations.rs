use hallpass::domain::report::Report;
use hallpass::report::{Options, gitlab_annotations};
use serde_json::Value;

use super::grammar::HOSTILE;
use crate::support::sample_report as sample;

fn bytes(report: &Report) -> Vec<u8> {
    gitlab_annotations::render(report, &Options::default())
}

fn links(report: &Report) -> Vec<(String, String)> {
    let value: Value = serde_json::from_slice(&bytes(report)).unwrap();
    let sections = value.as_object().unwrap();
    assert_eq!(sections.len(), 1);
    let link = |one: &Value| {
        let link = one["external_link"].as_object().unwrap();
        assert_eq!((one.as_object().unwrap().len(), link.len()), (1, 2));
        (link["label"].as_str().unwrap().to_owned(), link["url"].as_str().unwrap().to_owned())
    };
    sections.values().next().unwrap().as_array().unwrap().iter().map(link).collect()
}

#[test]
fn each_cause_with_a_page_is_one_link_the_worst_first() {
    insta::assert_snapshot!(String::from_utf8(bytes(&sample::mixed())).unwrap());
}

#[test]
fn a_pass_has_no_links() {
    assert_eq!(String::from_utf8(bytes(&sample::pass())).unwrap(), "{\n  \"hallpass\": []\n}\n");
}

#[test]
fn reports_of_several_commands_of_one_job_do_not_replace_each_other() {
    for (report, name) in [(sample::compare(), "hallpass compare"), (sample::mixed(), "hallpass")] {
        let value: Value = serde_json::from_slice(&bytes(&report)).unwrap();
        assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), [name]);
    }
}

/// O-01 … O-15.
#[test]
fn no_text_from_outside_makes_a_link_of_its_own_or_hides_in_a_label() {
    for text in HOSTILE {
        for (label, url) in links(&sample::hostile(text)) {
            assert_eq!(super::grammar::hidden(&label), Vec::<char>::new(), "{text:?}");
            assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}");
            assert!(!url.contains(char::is_control), "{url:?}");
        }
    }
    let mut report = sample::mixed();
    for finding in &mut report.findings {
        finding.link = Some("javascript:alert(1)".to_owned());
    }
    for capability in report.connections.iter_mut().flat_map(|held| &mut held.capabilities) {
        capability.link = None;
    }
    assert_eq!(links(&report), []);
}

#[test]
fn what_gitlab_takes_at_most_is_kept() {
    let mut report = sample::many(400, 400);
    for (number, finding) in report.findings.iter_mut().enumerate() {
        finding.link = Some(format!("https://gitlab.example.com/{number}/{}", "x".repeat(3_000)));
    }
    let bytes = bytes(&report);
    assert!(bytes.len() <= 80 * 1024, "{}", bytes.len());
    assert!(links(&report).len() > 10);
}

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options as Gfm, parse_document};
use hallpass::domain::report::Report;
use hallpass::report::escape::markdown::{address, code, prose};
use hallpass::report::{Limits, Options, markdown};
use proptest::prelude::*;

use super::grammar::{HOSTILE, hidden, untrusted};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    String::from_utf8(markdown::render(report, &Options::default())).unwrap()
}

fn gfm() -> Gfm<'static> {
    let mut options = Gfm::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    options
}

/// The outline of a page: every node but text and code, which may hold anything, and what plain text says.
fn outline(markdown: &str) -> (Vec<String>, String) {
    let arena = Arena::new();
    let root: &AstNode = parse_document(&arena, markdown, &gfm());
    let (mut nodes, mut plain) = (Vec::new(), String::new());
    for node in root.descendants() {
        match &node.data.borrow().value {
            NodeValue::Text(text) => plain.push_str(text),
            NodeValue::Code(_) | NodeValue::SoftBreak => plain.push(' '),
            NodeValue::HtmlInline(html) => nodes.push(html.clone()),
            NodeValue::HtmlBlock(block) => nodes.push(tags(&block.literal)),
            other => nodes.push(format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_owned()),
        }
    }
    (nodes, plain)
}

/// The tags of a block of HTML without what stands between them.
fn tags(html: &str) -> String {
    html.split('<').skip(1).map(|part| part.split('>').next().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_inert(markdown: &str, untrusted: &str) {
    let (nodes, plain) = outline(markdown);
    assert!(
        nodes.iter().all(|node| !matches!(node.as_str(), "Link" | "Image" | "Math" | "FootnoteReference")),
        "{untrusted:?}: {markdown}"
    );
    for sigil in ['@', '#', '!', '$', '~', '&', '<', '['] {
        assert!(!plain.contains(sigil), "{sigil} of {untrusted:?} in {plain:?}");
    }
    assert_eq!(hidden(markdown), Vec::<char>::new());
}

/// Both faces, whose shape must not depend on the text.
fn assert_same_shape(untrusted: &str) {
    for matrix in [true, false] {
        let face = |text_: &str| {
            let report = sample::hostile(text_);
            text(&if matrix { report } else { Report { matrix: None, ..report } })
        };
        let page = face(untrusted);
        assert_inert(&page, untrusted);
        assert_eq!(without_spans(&page), without_spans(&face("plain")), "{untrusted:?}: {page}");
    }
}

fn without_spans(markdown: &str) -> Vec<String> {
    outline(markdown).0
}

#[test]
fn every_status() {
    insta::assert_snapshot!(text(&sample::mixed()));
}

#[test]
fn compare() {
    insta::assert_snapshot!(text(&sample::compare()));
}

#[test]
fn a_pass_is_short() {
    insta::assert_snapshot!(text(&sample::pass()));
}

#[test]
fn o_08_hostile_texts_are_inert_and_leave_tables_whole() {
    for hostile in HOSTILE {
        assert_same_shape(hostile);
    }
}

#[test]
fn o_13_a_page_above_the_limit_is_cut_with_a_note() {
    let mut report = sample::mixed();
    let failing = report.connections[3].clone();
    for index in 0..20_000 {
        let name = format!("connection-{index}");
        report.connections.push(hallpass::domain::report::ConnectionReport { name, ..failing.clone() });
    }
    let page = text(&report);
    assert!(page.len() <= 1024 * 1024 && page.len() > 900_000, "{}", page.len());
    assert!(page.ends_with("left out: the summary would be too long. The JSON report has everything.\n"));

    let limits = Limits { summary: 2000, ..Limits::default() };
    let page = markdown::render(&sample::mixed(), &Options { limits, ..Options::default() });
    assert!(page.len() <= 2000);
}

#[test]
fn sentences_stay_readable() {
    let text = "needs scope `api`; the token has `read_api` (role developer, see hallpass.yml).";
    assert_eq!(prose(text), "needs scope `api`; the token has `read_api` (role developer, see `hallpass.yml`).");
    assert_eq!(prose("ask @team about #12"), "ask `@team` about `#12`");
    assert_eq!(prose("a ` b"), "a `b`");
    assert_eq!(code("``x`"), "``` ``x` ```");
    assert_eq!(code(""), "(empty)");
}

#[test]
fn only_plain_https_addresses_are_links() {
    assert_eq!(address("https://gitlab.example.com/-/x?a=b&c=d"), "<https://gitlab.example.com/-/x?a=b&c=d>");
    for other in
        ["http://a.example", "javascript:alert(1)", "https://u@a.example", "https://a.example/ b", "https://a>b"]
    {
        assert!(address(other).starts_with('`'), "{other}");
    }
}

proptest! {
    #[test]
    fn any_text_is_inert(text in untrusted()) {
        assert_inert(&format!("x {} y", prose(&text)), &text);
        assert_inert(&format!("x {} y", code(&text)), &text);
        let table = format!("| a | b |\n|---|---|\n| {} | {} |\n", prose(&text), code(&text));
        let plain = "| a | b |\n|---|---|\n| x | y |\n";
        prop_assert_eq!(outline(&table).0, outline(plain).0, "{}", table);
    }

    #[test]
    fn any_text_leaves_the_page_in_shape(text in untrusted()) {
        assert_same_shape(&text);
    }
}

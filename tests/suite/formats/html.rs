use base64::Engine;
use hallpass::domain::report::Report;
use hallpass::report::{Options, html};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::grammar::{HOSTILE, hidden, untrusted};
use crate::support::sample_report as sample;

fn text(report: &Report) -> String {
    let options = Options { version: "0.0.0".to_owned(), ..Options::default() };
    String::from_utf8(html::render(report, &options)).unwrap()
}

/// Names of the elements in their order, each with the names of its attributes; style and script as they are.
fn outline(page: &str) -> Vec<String> {
    page.split('<').skip(1).map(|part| part.split('>').next().unwrap_or_default()).map(shape).collect()
}

/// The page with back-ticks and code elements made alike: which words are code is no matter of structure.
fn without_code(page: &str) -> String {
    page.replace("<code>", "").replace("</code>", "")
}

/// The tag without the values of its attributes.
fn shape(tag: &str) -> String {
    tag.split('"').step_by(2).collect::<Vec<_>>().join("\"")
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    page.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn nothing_is_loaded_and_only_its_own_script_and_style_may_run() {
    let page = text(&sample::mixed());
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").replace("&#x27;", "'");
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    let style = format!("style-src 'sha256-{}'", hash(between(&page, "<style>", "</style>")));
    let script = format!("script-src 'sha256-{}'", hash(between(&page, "<script>", "</script>")));
    let policy = policy.replace("&#x2f;", "/").replace("&#x3d;", "=").replace("&#43;", "+");
    assert_eq!(policy, format!("default-src 'none'; {style}; {script}; base-uri 'none'; form-action 'none'"));
    for loading in ["src=", "<link", "<img", "<iframe", "@import", "url(", "style=\"", "onclick", "<object", "<form"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[test]
fn every_connection_verdict_and_fix_is_in_the_page_without_the_script() {
    let report = sample::mixed();
    let page = text(&report);
    for held in &report.connections {
        assert!(page.contains(&format!("data-connection=\"{}\" data-status=\"{}\"", held.name, held.status.as_str())));
        for capability in &held.capabilities {
            assert!(page.contains(&format!("<code>{}</code>", capability.id.as_str())));
        }
    }
    let plain = without_code(&page);
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_deref());
    let fixes: Vec<String> = fixes.map(|fix| fix.replace('\'', "&#x27;").replace('`', "")).collect();
    assert!(fixes.iter().all(|fix| plain.contains(fix)), "{fixes:?}");
}

#[test]
fn a_comparison_is_a_table_of_tokens() {
    let page = text(&sample::compare());
    let table = between(&page, "<table class=\"grid\">", "</table>");
    assert_eq!(table.matches("<th scope=\"col\"").count(), 4);
    assert_eq!(table.matches("does not suffice").count(), 1);
    assert!(table.contains("class=\"least\""));
}

#[test]
fn tokens_for_one_target_stand_side_by_side() {
    let page = text(&sample::mixed());
    let heads: Vec<&str> = page.split("<h2>").skip(1).map(|rest| rest.split("</h2>").next().unwrap()).collect();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("my-group"), "{heads:?}");
}

#[test]
fn the_chart_has_a_bar_for_each_token_that_ends() {
    let report = sample::mixed();
    let ending = report.connections.iter().filter(|held| held.token.days_left.is_some()).count();
    let page = text(&report);
    assert_eq!(page.matches("<rect").count(), ending);
    assert!(!text(&sample::lint()).contains("<svg"));
}

#[test]
fn a_run_that_checked_nothing_says_so() {
    let page = text(&sample::nothing_checked());
    assert!(page.contains("<span class=\"tag unknown\">unknown</span>"));
    assert!(page.contains("No token was asked about."));
}

#[track_caller]
fn assert_inert(untrusted: &str) {
    let page = text(&sample::hostile(untrusted));
    assert_eq!(
        outline(&without_code(&page)),
        outline(&without_code(&text(&sample::hostile("plain")))),
        "{untrusted:?}"
    );
    assert_eq!(hidden(&page), Vec::<char>::new(), "{untrusted:?}");
    assert_eq!(between(&page, "<script>", "</script>"), include_str!("../../../src/report/html/script.js"));
}

#[test]
fn o_08_markup_stays_text() {
    let more =
        ["\" onmouseover=\"alert(1)", "</style><script>alert(1)</script>", "</title>", "{{ 7 * 7 }}", "/*SCRIPT*/"];
    for text in HOSTILE.into_iter().chain(more) {
        assert_inert(text);
    }
}

#[test]
fn only_pages_of_the_web_become_links() {
    for link in ["javascript:alert(1)", "data:text/html,x", "https://a b", "http://a.example", "https://a\"b"] {
        let mut report = sample::mixed();
        for finding in &mut report.findings {
            finding.link = Some(link.to_owned());
        }
        for capability in report.connections.iter_mut().flat_map(|held| &mut held.capabilities) {
            capability.link = Some(link.to_owned());
        }
        assert!(!text(&report).contains("href=\"http"), "{link}");
        assert!(!text(&report).contains("javascript:"), "{link}");
    }
}

proptest! {
    #[test]
    fn whatever_is_in_a_report_the_page_has_the_same_elements(text in untrusted()) {
        // An empty text is shown as nothing at all, so it is never quite empty.
        assert_inert(&format!("x{text}"));
    }
}

/// For `.ci/browser/check.mjs`, which opens it as a person would.
#[test]
fn a_page_with_every_status_lies_ready_for_the_browser() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    std::fs::write(&path, text(&sample::mixed())).unwrap();
    assert!(std::fs::read_to_string(path).unwrap().ends_with("</html>\n"));
}

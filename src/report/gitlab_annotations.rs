//! Links for GitLab's page of the job, `artifacts:reports:annotations`: where each cause is mended.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Options;
use super::digest::{Diagnostic, Digest};
use super::escape::json::inert;
use super::escape::{FIELD, push_visible, shorten};
use crate::domain::report::Report;

/// GitLab takes a thousand links and 80 KiB, and drops the whole file above that. Nobody reads a hundred.
const LINKS: usize = 50;
const BYTES: usize = 80 * 1024;

pub fn render(report: &Report, _: &Options) -> Vec<u8> {
    let mut links: Vec<Annotation> = Vec::new();
    let mut told = Digest::of(report).into_all();
    told.sort_by_key(|one| Reverse(one.severity));
    for one in told {
        let link = one.link.filter(|link| is_address(link));
        if let Some(link) = link.map(|url| Annotation::new(&one, url)).filter(|link| !links.contains(link)) {
            links.push(link);
        }
    }
    links.truncate(LINKS);
    loop {
        let bytes = written(report, &links);
        if bytes.len() <= BYTES || links.pop().is_none() {
            return bytes;
        }
    }
}

/// Nothing but a page.
fn is_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !link.contains(|letter: char| letter.is_control() || letter == ' '))
}

fn written(report: &Report, links: &[Annotation]) -> Vec<u8> {
    // Reports of one job are put together by these names.
    let name = match report {
        Report { matrix: Some(_), .. } => "hallpass compare",
        Report { reading: Some(_), .. } => "hallpass lint",
        _ => "hallpass",
    };
    let sections = BTreeMap::from([(name, links)]);
    let text = serde_json::to_string_pretty(&sections).expect("plain structs always serialise");
    (inert(&text) + "\n").into_bytes()
}

#[derive(PartialEq, Serialize)]
struct Annotation {
    external_link: Link,
}

#[derive(PartialEq, Serialize)]
struct Link {
    label: String,
    url: String,
}

impl Annotation {
    fn new(one: &Diagnostic, url: &str) -> Self {
        let about = one.connection.map_or(String::new(), |name| format!("{name}: "));
        let mut label = String::new();
        let text = format!("{about}{} ({})", one.fix.unwrap_or(one.text), one.rule);
        shorten(&text, FIELD).chars().for_each(|letter| push_visible(&mut label, letter));
        Self { external_link: Link { label, url: url.to_owned() } }
    }
}

//! Workflow commands of GitHub Actions. The text for people follows, for the log.

use super::annotations::{Annotation, annotations, within};
use super::escape::github;
use super::{Options, human};
use crate::domain::finding::Severity;
use crate::domain::report::Report;
use crate::report::lines::Lines;

const KINDS: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let annotations = annotations(report, options, &KINDS);
    let mut out: String = annotations.shown.iter().map(|one| command(one, options)).collect();
    if let Some(left) = annotations.left {
        out.line(format_args!("{left}"));
    }
    out.push('\n');
    let mut bytes = out.into_bytes();
    bytes.extend(human::render(report, options));
    bytes
}

/// `::error file=a,line=1,col=1,title=hallpass%3A scope-missing::message`.
fn command(one: &Annotation<'_>, options: &Options) -> String {
    let name = match one.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let at = one.place.map_or(String::new(), |place| {
        format!("file={},line={},col={},", github::property(&place.file), place.line, place.column)
    });
    let title = one.rule.map_or_else(|| "hallpass".to_owned(), |rule| format!("hallpass: {rule}"));
    let message = within(&one.lines, options.limits.message, |text| github::data(text.split('\n')));
    format!("::{name} {at}title={}::{message}\n", github::property(&title))
}

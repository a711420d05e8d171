//! Logging commands of Azure Pipelines. The text for people follows, for the log. There is no command for a note: those
//! stand in the text alone.

use super::annotations::{Annotation, annotations, within};
use super::escape::azure;
use super::{Options, human};
use crate::domain::finding::Severity;
use crate::domain::report::Report;
use crate::report::lines::Lines;

const KINDS: [Severity; 2] = [Severity::Error, Severity::Warning];

pub fn render(report: &Report, options: &Options) -> Vec<u8> {
    let annotations = annotations(report, options, &KINDS);
    let mut out: String = annotations.shown.iter().map(|one| command(one, options)).collect();
    if let Some(left) = annotations.left {
        out.line(format_args!("{left}"));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let mut bytes = out.into_bytes();
    bytes.extend(human::render(report, options));
    bytes
}

/// `##vso[task.logissue type=error;sourcepath=a;linenumber=1;columnnumber=1;code=scope-missing;]message`.
fn command(one: &Annotation<'_>, options: &Options) -> String {
    let kind = if one.severity == Severity::Error { "error" } else { "warning" };
    let at = one.place.map_or(String::new(), |place| {
        format!("sourcepath={};linenumber={};columnnumber={};", azure::property(&place.file), place.line, place.column)
    });
    let code = one.rule.unwrap_or("hallpass");
    let message = within(&one.lines, options.limits.message, |text| azure::data(text.split('\n')));
    format!("##vso[task.logissue type={kind};{at}code={};]{message}\n", azure::property(code))
}

//! For Azure Pipelines' logging commands: `##vso[task.logissue type=error;code=a;]message`.

use super::log;

/// The message of a command. Lines are joined by the runner's own escape.
pub fn data<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| percent(&log::message(line))).collect();
    lines.join("%0A")
}

/// The value of a property. The first `]` ends the properties.
pub fn property(untrusted: &str) -> String {
    percent(&log::field(untrusted)).replace(';', "%3B").replace(']', "%5D")
}

/// The sign that starts the runner's escapes goes first.
fn percent(text: &str) -> String {
    text.replace('%', "%AZP25")
}

//! For GitHub's workflow commands: `::error file=a,line=1::message`.

use super::log;

/// The message of a command. Lines are joined by the runner's own escape.
pub fn data<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| encode_data(&log::message(line))).collect();
    lines.join("%0A")
}

/// The value of a property such as `file` or `title`.
pub fn property(untrusted: &str) -> String {
    encode_data(&log::field(untrusted)).replace(':', "%3A").replace(',', "%2C")
}

/// Percent first, or it would escape the escapes.
fn encode_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

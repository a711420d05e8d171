//! What the runners' own parsers would find in a log, and texts that try to be found.

use proptest::prelude::*;
use proptest::sample::select;

/// GitHub's runner: a line ends at LF, CR LF or a lone CR; `::name …::` counts after white space, `##[name]` anywhere.
pub(crate) fn github_commands(log: &str) -> Vec<String> {
    log.split(['\n', '\r']).filter_map(github_command).collect()
}

fn github_command(line: &str) -> Option<String> {
    if line.contains("##[") {
        return Some("##[".to_owned());
    }
    let rest = line.trim_start().strip_prefix("::")?;
    let head = &rest[..rest.find("::")?];
    Some(head.split(' ').next().unwrap_or_default().to_lowercase())
}

/// The properties and the decoded message of one `::name key=value,…::message`.
pub(crate) fn github_parts(line: &str) -> (Vec<(String, String)>, String) {
    let rest = line.trim_start().strip_prefix("::").unwrap();
    let (head, message) = rest.split_once("::").unwrap();
    let properties = head.split_once(' ').map_or("", |(_, properties)| properties);
    let decode = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let pair = |text: &str| {
        let (key, value) = text.split_once('=').unwrap();
        (key.to_owned(), decode(&value.replace("%3A", ":").replace("%2C", ",")))
    };
    (properties.split(',').filter(|text| !text.is_empty()).map(pair).collect(), decode(message))
}

/// Azure's job runner: `##vso[area.action …]` and `##[group]`, anywhere in a line, in any case.
pub(crate) fn azure_commands(log: &str) -> usize {
    let log = log.to_lowercase();
    log.matches("##vso[").count() + log.matches("##[").count()
}

/// GitLab: `section_start:<time>:<name>` and its end, closed by CR and ESC `[0K`. The time may have any length.
pub(super) fn gitlab_sections(log: &str) -> usize {
    let marks = log.match_indices("section_start:").chain(log.match_indices("section_end:"));
    marks.filter(|(start, mark)| log[start + mark.len()..].starts_with(|next: char| next.is_ascii_digit())).count()
}

/// Characters that a reader would not see, or that a terminal would act on.
pub(super) fn hidden(text: &str) -> Vec<char> {
    let is_bidi =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_empty = |c: char| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let is_line = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    text.chars().filter(|c| *c != '\n' && (c.is_control() || is_bidi(*c) || is_empty(*c) || is_line(*c))).collect()
}

/// The public hostile texts O-01 … O-08, O-11 and O-15.
pub(super) const HOSTILE: [&str; 24] = [
    "x\n::error::owned",
    "x\r::error::owned",
    "x\r\n\u{a0}\u{3000}::stop-commands::abc",
    "::error::owned",
    " \u{2003}::add-mask::a",
    "x ##[error]owned",
    "####[error]owned",
    "##vso[task.setvariable variable=a]b",
    "##VSO[task.complete result=Failed]",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{1b}\\link",
    "section_start:1:a\r\u{1b}[0K",
    "section_end:1:a\r\u{1b}[0K",
    "%0A::error::x",
    "a,b:c,line=9",
    "<img src=x onerror=alert(1)>",
    "![](http://x) [a](http://y) <http://z> http://w www.v.com a@b.com",
    "a | b \\| c || d \\",
    "@team #12 !34 GH-5 deadbeef1234 :smile: $x$ ~label %m &1",
    "``` ` `` ```` x ` y",
    "</details></summary><!-- # head\n- [ ] task\n```",
    "\u{0}\u{b}\u{1b}\u{fffe}\u{ffff}]]>",
    "\u{202e}gpj\u{2066}\u{200d}\u{200b}\u{feff}\u{ad}",
    "\u{85}::error::a\u{2028}::error::b\u{2029}",
    "*a* _b_ **c** ~~d~~ 1. e\n> f\n+ g\n---\n===",
];

/// Hostile pieces in any order, with any characters between them.
pub(crate) fn untrusted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(&HOSTILE[..]).prop_map(str::to_owned),
        select(&["::", "##", "[", "#", "vso[", "section_start", ":", "1", "`", "|", "\\", " ", "\n", "\r", "\t"][..])
            .prop_map(str::to_owned),
        select(&["\u{1b}[", "m", "0", "%", "0A", "@a", "<b>", "](", "~~", "*", "_", "\u{a0}", "&lt;", "$`", "-"][..])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[ -~]{0,12}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

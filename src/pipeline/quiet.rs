//! Comments that say a finding is known: `# hallpass: ignore[rule] reason`.

use super::text::{Source, Span};

const WORD: &str = "hallpass: ignore[";

/// Does a comment on the line, or on the one above, name the rule? The lines of `span` and of the command around it count.
pub(super) fn is_ignored(rule: &str, span: Span, around: Span, source: &Source) -> bool {
    let lines = [span, around].into_iter().filter(|one| one.file == span.file).map(|one| source.position(one.start).0);
    let last = source.position(around.end.max(around.start + 1) - 1).0;
    lines.chain((around.file == span.file).then_some(last)).any(|line| {
        names(source.line(line), rule)
            || (line > 1 && is_comment(source.line(line - 1)) && names(source.line(line - 1), rule))
    })
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn names(line: &str, rule: &str) -> bool {
    let Some((before, rest)) = line.split_once(WORD) else { return false };
    let Some((rules, _)) = rest.split_once(']') else { return false };
    before.contains('#') && rules.split(',').any(|one| one.trim() == rule)
}

//! `${{ ... }}`: the few forms whose value the files tell, and everything else as what nobody knows.

use std::collections::BTreeMap;

use super::words::{ALWAYS, TOKEN};
use crate::pipeline::filled;
use crate::pipeline::model::{Part, Value, push};
use crate::pipeline::shell::Scope;
use crate::pipeline::text::Mapped;

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// Bytes of one value, and of all that is filled into a script.
const MAX_VALUE: usize = 16 * 1024;
const MAX_GROWTH: usize = 1024 * 1024;

/// What expressions can name.
pub(super) struct Context<'a> {
    pub(super) environment: &'a Scope,
    /// `None`: whoever calls this gives them.
    pub(super) inputs: Option<&'a BTreeMap<String, Value>>,
    /// Secrets are handed over by a caller, under names of their own.
    pub(super) called: bool,
}

impl Context<'_> {
    /// A text of the file with its expressions filled in.
    pub(super) fn value(&self, text: &str) -> Value {
        let mut value = Value::new();
        let mut rest = text;
        while let Some((before, expression, after)) = next(rest) {
            push(&mut value, Part::Text(before.to_owned()));
            for part in self.of(expression) {
                push(&mut value, part);
            }
            rest = after;
            if size(&value) > MAX_VALUE {
                return vec![Part::Unknown];
            }
        }
        push(&mut value, Part::Text(rest.to_owned()));
        value
    }

    /// A script as the shell gets it.
    pub(super) fn script(&self, script: &Mapped) -> Mapped {
        let mut found = Vec::new();
        let (mut from, mut grown) = (0, 0);
        while let Some((before, expression, after)) = next(&script.text[from..]) {
            let start = from + before.len();
            from = script.text.len() - after.len();
            let value = self.of(expression);
            grown += size(&value);
            let value = if grown > MAX_GROWTH { vec![Part::Unknown] } else { value };
            found.push((start..from, filled::written(&value)));
        }
        if found.is_empty() { script.clone() } else { script.replace(&found) }
    }

    fn of(&self, expression: &str) -> Value {
        let expression = expression.trim();
        if let Some(text) = literal(expression) {
            return vec![Part::Text(text)];
        }
        let Some((context, name)) = named(expression) else { return vec![Part::Unknown] };
        let variable = |name: &str| vec![Part::Variable(name.to_owned())];
        match context.as_str() {
            "github" if name == "token" => variable(TOKEN),
            "secrets" if name.eq_ignore_ascii_case("GITHUB_TOKEN") => variable(TOKEN),
            "secrets" if !self.called => variable(&format!("secrets.{name}")),
            "github" => {
                let upper = format!("GITHUB_{}", name.to_ascii_uppercase());
                if ALWAYS.contains(&upper.as_str()) { variable(&upper) } else { variable(&format!("github.{name}")) }
            }
            "env" => match self.environment.variables.get(name) {
                Some(binding) if !binding.array => binding.values.first().cloned().unwrap_or_default(),
                _ => vec![Part::Unknown],
            },
            "inputs" => {
                let given = self.inputs.and_then(|inputs| inputs.get(name));
                given.cloned().unwrap_or_else(|| vec![Part::Unknown])
            }
            _ => vec![Part::Unknown],
        }
    }
}

fn size(value: &[Part]) -> usize {
    let of = |part: &Part| match part {
        Part::Text(text) | Part::Variable(text) => text.len() + 1,
        Part::Unknown => 1,
    };
    value.iter().map(of).sum()
}

/// May something in this text be the job's own token?
pub(super) fn may_hold_token(text: &str, called: bool) -> bool {
    let mut rest = text;
    while let Some((_, expression, after)) = next(rest) {
        let lower = expression.to_ascii_lowercase();
        let whole = ["tojson", "secrets[", "github[", "fromjson"].iter().any(|word| lower.contains(word));
        let named = lower.contains("github.token") || lower.contains("github_token");
        let given =
            lower.contains("inputs.") && ["token", "secret", "password", "pat"].iter().any(|word| lower.contains(word));
        if whole || named || given || (called && lower.contains("secrets.")) {
            return true;
        }
        rest = after;
    }
    false
}

/// What stands before the next expression, what is in it, and what stands behind.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(OPEN)?;
    let inner = &text[start + OPEN.len()..];
    let end = inner.find(CLOSE)?;
    Some((&text[..start], &inner[..end], &inner[end + CLOSE.len()..]))
}

/// `'text'`, in which two quotes stand for one.
fn literal(expression: &str) -> Option<String> {
    let inner = expression.strip_prefix('\'')?.strip_suffix('\'')?;
    let bare = inner.replace("''", "");
    (!bare.contains('\'')).then(|| inner.replace("''", "'"))
}

/// `context.name` and `context['name']`; names of contexts are told apart whatever their case.
fn named(expression: &str) -> Option<(String, &str)> {
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let end = expression.find(['.', '['])?;
    let (context, rest) = expression.split_at(end);
    let name = match rest.strip_prefix('.') {
        Some(name) => name,
        None => rest.strip_prefix("['")?.strip_suffix("']")?,
    };
    (is_word(context) && is_word(name)).then(|| (context.to_ascii_lowercase(), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::shell::Binding;

    fn value(text: &str) -> Value {
        let mut environment = Scope::default();
        environment.set("API", Binding::of(vec![Part::Text("https://x".into())], true, None));
        Context { environment: &environment, inputs: None, called: false }.value(text)
    }

    fn variable(name: &str) -> Value {
        vec![Part::Variable(name.into())]
    }

    #[test]
    fn both_names_of_the_own_token_are_one() {
        for text in ["${{ github.token }}", "${{secrets.GITHUB_TOKEN}}", "${{ secrets['github_token'] }}"] {
            assert_eq!(value(text), variable(TOKEN), "{text}");
        }
        assert_eq!(value("${{ secrets.BOT }}"), variable("secrets.BOT"));
        assert_eq!(value("${{ github.repository }}"), variable("GITHUB_REPOSITORY"));
    }

    #[test]
    fn what_is_computed_is_unknown() {
        for text in ["${{ secrets.PAT || github.token }}", "${{ matrix.os }}", "${{ format('a{0}', 1) }}", "${{ '''}}"]
        {
            assert_eq!(value(text), [Part::Unknown], "{text}");
        }
        assert_eq!(value("${{ 'it''s' }}"), [Part::Text("it's".into())]);
        assert_eq!(value("${{ env.API }}/a"), [Part::Text("https://x/a".into())]);
        assert_eq!(value("${{ open"), [Part::Text("${{ open".into())]);
    }

    #[test]
    fn what_may_hold_the_token_is_suspected() {
        for text in ["${{ secrets.PAT || secrets.GITHUB_TOKEN }}", "${{ toJSON(github) }}", "${{ inputs.repo-token }}"]
        {
            assert!(may_hold_token(text, false), "{text}");
        }
        assert!(!may_hold_token("${{ secrets.PAT }} ${{ github.sha }}", false));
        assert!(may_hold_token("${{ secrets.PAT }}", true));
    }
}

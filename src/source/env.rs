//! Tokens in environment variables, and the environment itself as it was when the program started.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::Sources;
use crate::app::ports::{Environment, Miss};
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

/// The variables of the process, captured once in `main`.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        // Windows does not tell upper from lower case in the names of variables.
        let insensitive = || self.0.iter().find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let found = self.0.get(OsStr::new(name));
        let found = if cfg!(windows) { found.or_else(insensitive) } else { found };
        found.map(OsString::as_os_str)
    }

    /// All of them, for a child process.
    pub fn all(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.0.iter()
    }
}

impl FromIterator<(OsString, OsString)> for Variables {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.get_os(name)?.to_str().map(str::to_owned)
    }
}

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    match spec {
        SourceSpec::Env(name) => variable(&sources.variables, name),
        _ => Err(Miss::NotMine),
    }
}

/// The token in a variable, as it stands there.
pub(super) fn variable(variables: &Variables, name: &str) -> Result<Token, Miss> {
    let Some(value) = variables.get_os(name) else {
        return Err(Miss::Absent(format!("the variable `{name}` is not set")));
    };
    let Some(text) = value.to_str() else {
        return Err(Miss::Failed(format!("the variable `{name}` holds bytes that are not UTF-8 text")));
    };
    if text.trim().is_empty() {
        return Err(Miss::Absent(format!("the variable `{name}` is empty")));
    }
    Ok(Token::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::Source;
    use crate::source::tests::sources;

    fn find(pairs: &[(&str, &str)]) -> Result<Token, Miss> {
        sources(pairs, "").find(&SourceSpec::Env("TOKEN".to_owned()))
    }

    #[test]
    fn a_variable_gives_its_text_untouched() {
        assert_eq!(find(&[("TOKEN", " secret\n")]).unwrap().expose(), " secret\n");
    }

    #[test]
    fn p19_unset_and_blank_variables_are_absent() {
        for pairs in [&[][..], &[("TOKEN", "")], &[("TOKEN", "  ")]] {
            assert!(matches!(find(pairs), Err(Miss::Absent(text)) if text.contains("`TOKEN`")));
        }
    }

    #[cfg(unix)]
    #[test]
    fn x02_a_variable_that_is_not_utf8_is_named_and_not_shown() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(b"secret\xFF".to_vec());
        let variables: Variables = [("TOKEN".into(), value)].into_iter().collect();
        let miss = variable(&variables, "TOKEN").unwrap_err();
        assert_eq!(miss.to_string(), "the variable `TOKEN` holds bytes that are not UTF-8 text");
        assert_eq!(variables.get("TOKEN"), None);
    }
}

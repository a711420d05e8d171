//! Follows scripts, whatever they are written in, and gathers what they do.
//!
//! [`Language`] is the seam: a pipeline file names a shell, a script has a name and a first line, and one of the readers
//! ([`super::shell`], [`super::powershell`], [`super::python`]) takes it from there.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::model::{Act, Word};
use super::programs::{self, Started};
use super::shell::Scope;
use super::text::{Mapped, Span};
use super::{powershell, python};

/// Functions and scripts that call each other.
const MAX_CALLS: usize = 12;

/// What a script is written in, of what there is a reader for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Shell,
    PowerShell,
    Python,
}

impl Language {
    /// By the shell that a pipeline file names, such as `bash`, `pwsh -command ". '{0}'"` or `/usr/bin/python3 {0}`.
    pub fn of_shell(command: &str) -> Option<Self> {
        let program = command.split_whitespace().next()?.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
        Self::of_program(program.trim_end_matches(".exe"))
    }

    fn of_program(name: &str) -> Option<Self> {
        match name {
            "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" => Some(Self::Shell),
            "pwsh" | "powershell" => Some(Self::PowerShell),
            _ if name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.') == "python" => {
                Some(Self::Python)
            }
            _ => None,
        }
    }

    /// By the name of a script, or by its first line.
    pub fn of_file(path: &str, text: &str) -> Option<Self> {
        let ending = path.rsplit(['/', '\\']).next()?.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "sh" | "bash" | "ksh" | "zsh" => return Some(Self::Shell),
            "ps1" | "psm1" => return Some(Self::PowerShell),
            "py" => return Some(Self::Python),
            _ => {}
        }
        let mut words = text.lines().next()?.strip_prefix("#!")?.split_whitespace().peekable();
        let program = words.next()?.rsplit('/').next()?;
        let named = if program == "env" { words.find(|word| !word.starts_with('-'))? } else { program };
        Self::of_program(named)
    }
}

/// Scripts beside the one at hand.
pub trait Scripts {
    /// A script of this repository; `None` where there is none, no reader for it, or it may not be read.
    fn script(&mut self, path: &str) -> Option<(Language, Rc<Mapped>)>;

    /// May as many more bytes be read? What calls itself over and over ends here.
    fn spend(&mut self, bytes: usize) -> bool;
}

/// Follows scripts and gathers what they do.
pub struct Reader<'a> {
    scripts: &'a mut dyn Scripts,
    pub(super) acts: Vec<Act>,
    /// Commands that were followed, of all scripts.
    pub(super) steps: usize,
    calls: usize,
    /// Something could not be followed.
    pub(super) missed: bool,
    /// Functions that something called.
    pub(super) called: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub fn new(scripts: &'a mut dyn Scripts) -> Self {
        Self { scripts, acts: Vec::new(), steps: 0, calls: 0, missed: false, called: BTreeSet::new() }
    }

    /// Follows one script from its beginning to its end.
    pub fn follow(&mut self, language: Language, script: &Mapped, scope: &mut Scope) {
        if !self.scripts.spend(script.text.len()) {
            self.missed = true;
            return;
        }
        // The other readers see plain calls and no more.
        self.missed |= language != Language::Shell;
        match language {
            Language::Shell => self.shell(script, scope),
            Language::PowerShell => powershell::follow(self, script, scope),
            Language::Python => python::follow(self, script, scope),
        }
    }

    /// What was gathered. Functions that nothing called are followed last, with arguments nobody knows.
    pub fn finish(self, scope: &Scope) -> Vec<Act> {
        self.finish_telling(scope).0
    }

    /// The same, and whether there was something that could not be followed.
    pub fn finish_telling(mut self, scope: &Scope) -> (Vec<Act>, bool) {
        let left: Vec<Rc<Mapped>> = scope
            .functions
            .iter()
            .filter(|(name, _)| !self.called.contains(*name))
            .map(|(_, body)| Rc::clone(body))
            .collect();
        for body in left {
            let mut inner = Scope { arguments: None, ..scope.clone() };
            self.follow(Language::Shell, &body, &mut inner);
        }
        (self.acts, self.missed)
    }

    /// Starts a program whose words are known as far as they can be.
    pub(super) fn start(&mut self, words: Vec<Word>, span: Span, scope: &mut Scope) {
        match programs::start(words, span, scope, &mut self.acts) {
            Started::Done => {}
            Started::Source(path, arguments) => {
                if let Some((language, script)) = self.scripts.script(&path) {
                    let outer = scope.arguments.clone();
                    if !arguments.is_empty() {
                        scope.arguments = Some(arguments);
                    }
                    self.inside(|reader| reader.follow(language, &script, scope));
                    scope.arguments = outer;
                }
            }
            Started::Script(path, arguments) => {
                if let Some((language, script)) = self.scripts.script(&path) {
                    self.child(language, &script, arguments, scope);
                }
            }
            Started::Text(language, script, arguments) => self.child(language, &script, arguments, scope),
        }
    }

    /// A process of its own: variables stay there, files do not.
    fn child(
        &mut self,
        language: Language,
        script: &Mapped,
        arguments: Vec<crate::pipeline::model::Value>,
        scope: &mut Scope,
    ) {
        let mut inner = scope.child(arguments);
        self.inside(|reader| reader.follow(language, script, &mut inner));
        scope.keep_files_of(inner);
    }

    pub(super) fn inside(&mut self, work: impl FnOnce(&mut Self)) {
        if self.calls < MAX_CALLS {
            self.calls += 1;
            work(self);
            self.calls -= 1;
        } else {
            self.missed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_or_a_script_tells_its_language() {
        for (shell, wanted) in [
            ("bash -e {0}", Some(Language::Shell)),
            ("C:\\msys64\\usr\\bin\\bash.exe -l", Some(Language::Shell)),
            ("pwsh", Some(Language::PowerShell)),
            ("powershell -command \". '{0}'\"", Some(Language::PowerShell)),
            ("/usr/bin/python3.12 {0}", Some(Language::Python)),
            ("cmd", None),
            ("perl {0}", None),
            ("", None),
        ] {
            assert_eq!(Language::of_shell(shell), wanted, "{shell}");
        }
        for (path, text, wanted) in [
            ("ci/x.sh", "", Some(Language::Shell)),
            ("X.PS1", "", Some(Language::PowerShell)),
            ("tools/x.py", "", Some(Language::Python)),
            ("run", "#!/usr/bin/env -S bash -e\n", Some(Language::Shell)),
            ("run", "#!/usr/bin/python3\n", Some(Language::Python)),
            ("run", "#!/usr/bin/env node\n", None),
            ("run", "echo", None),
        ] {
            assert_eq!(Language::of_file(path, text), wanted, "{path} {text}");
        }
    }
}

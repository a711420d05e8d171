//! What stands in `credential.helper`: how hallpass is written there, and what other programs are called.

use std::fmt::Write as _;

/// The program and the options that it is given, as Git's configuration holds them.
///
/// An absolute path is started as it stands, by way of a shell; anything else would first be looked up as
/// `git credential-...`. So the path must not begin with a quote, and what a shell would take for its own is escaped.
pub fn helper_line(program: &str, options: &[(&str, &str)]) -> Option<String> {
    let mut line = escaped(program)?;
    line.push_str(" credential");
    for (name, value) in options {
        let _ = write!(line, " {name} {}", escaped(value)?);
    }
    Some(line)
}

/// `None` where no escape helps: a line break ends the line of a configuration.
fn escaped(word: &str) -> Option<String> {
    if word.is_empty() || word.contains(char::is_control) {
        return None;
    }
    let plain = |next: char| next.is_ascii_alphanumeric() || !next.is_ascii() || "/._-+,:@%".contains(next);
    let mut escaped = String::with_capacity(word.len());
    for next in word.chars() {
        if !plain(next) {
            escaped.push('\\');
        }
        escaped.push(next);
    }
    Some(escaped)
}

/// Is it hallpass, however it is called?
pub fn is_hallpass(value: &str) -> bool {
    let mut words = Words::of(value);
    let Some(first) = words.next() else { return false };
    match program(&first) {
        "git-credential-hallpass" => true,
        // `helper = hallpass` is short for the former.
        "hallpass" => (first == "hallpass" && !value.starts_with('!')) || words.next().as_deref() == Some("credential"),
        _ => false,
    }
}

/// A line of shell can hold one anywhere, and the options of a program in their values. Such a line is neither shown nor
/// copied.
pub fn may_hold_a_secret(value: &str) -> bool {
    if is_hallpass(value) {
        return false;
    }
    let words = value.strip_prefix('!').unwrap_or(value);
    let strange = |next: char| next.is_ascii() && !next.is_ascii_alphanumeric() && !" ./_-+,:@%=~\\'\"".contains(next);
    let telling = ["pass", "token", "secret", "key"].iter().any(|word| words.to_ascii_lowercase().contains(word));
    let sets = words.split_whitespace().next().is_some_and(|first| first.contains('='));
    // A token that is a word of its own is longer than what people type.
    let long = words.split(|next: char| !next.is_ascii_alphanumeric()).any(|word| word.len() > 24);
    words.contains(strange) || telling || sets || long
}

/// What a helper is called, without its path and without anything else that stands there: a line of shell may hold a
/// secret.
pub fn helper_name(value: &str) -> String {
    let first = Words::of(value).next().unwrap_or_default();
    let name = program(&first);
    let name = name.strip_prefix("git-credential-").unwrap_or(name);
    let plain = |next: char| next.is_ascii_alphanumeric() || "._-".contains(next);
    let named = !name.is_empty() && name.len() <= 40 && name.chars().all(plain);
    // A function defined on the spot is no program, and what is set before one may be a secret.
    if named { name.to_owned() } else { "a line of shell".to_owned() }
}

/// The words of a helper's line as a shell would see them, as far as quotes and backslashes go.
pub fn words(value: &str) -> Vec<String> {
    Words::of(value).collect()
}

/// The file's name, without its folder and `.exe`.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// The words as a shell would see them, as far as quotes and backslashes go.
struct Words<'a>(std::iter::Peekable<std::str::Chars<'a>>);

impl<'a> Words<'a> {
    fn of(value: &'a str) -> Self {
        Self(value.strip_prefix('!').unwrap_or(value).chars().peekable())
    }
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        while self.0.next_if(|next| next.is_whitespace()).is_some() {}
        self.0.peek()?;
        let mut word = String::new();
        let mut quote = None;
        while let Some(next) = self.0.next() {
            match (quote, next) {
                (Some(open), _) if next == open => quote = None,
                (Some('\''), _) => word.push(next),
                (_, '\\') => word.extend(self.0.next()),
                (None, '\'' | '"') => quote = Some(next),
                (None, _) if next.is_whitespace() => break,
                _ => word.push(next),
            }
        }
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_is_escaped_and_nothing_else() {
        assert_eq!(helper_line("/usr/bin/hallpass", &[]).unwrap(), "/usr/bin/hallpass credential");
        assert_eq!(helper_line("/a b/gr\u{fc}n/it's", &[]).unwrap(), "/a\\ b/gr\u{fc}n/it\\'s credential");
        let options = [("--store", "file"), ("--file", "/a $b/~c")];
        assert_eq!(helper_line("/h", &options).unwrap(), "/h credential --store file --file /a\\ \\$b/\\~c");
        assert_eq!(helper_line("/a\nb", &[]), None);
    }

    #[test]
    fn hallpass_is_known_by_every_name() {
        for value in [
            "hallpass",
            "hallpass --store file",
            "/usr/bin/git-credential-hallpass",
            "/usr/bin/hallpass credential",
            "/a\\ b/hallpass credential --store none",
            "!hallpass credential",
            "!'/a b/hallpass' credential",
            "!\"C:/a b/hallpass.exe\" credential",
        ] {
            assert!(is_hallpass(value), "{value}");
        }
        for value in ["", "store", "!hallpass check", "/usr/bin/nohallpass credential", "!echo hallpass credential"] {
            assert!(!is_hallpass(value), "{value}");
        }
    }

    #[test]
    fn what_could_be_a_secret_is_told_from_what_could_not() {
        for value in [
            "store",
            "cache --timeout=3600",
            "!gh auth git-credential",
            "/a\\ b/git-credential-x",
            "!/a/hallpass credential",
        ] {
            assert!(!may_hold_a_secret(value), "{value}");
        }
        for value in [
            "!f() { echo password=canary; }; f",
            "!A=canary x",
            "x --token canary",
            "x canary0123456789012345678",
            "x $Y",
        ] {
            assert!(may_hold_a_secret(value), "{value}");
        }
    }

    #[test]
    fn helpers_are_named_without_what_else_they_are_told() {
        for (value, name) in [
            ("store --file=/canary", "store"),
            ("!gh auth git-credential", "gh"),
            ("/usr/lib/git-core/git-credential-libsecret", "libsecret"),
            ("!\"C:/Program Files/Git/git-credential-manager.exe\"", "manager"),
            ("!f() { echo password=canary; }; f", "a line of shell"),
            ("!PASSWORD=canary helper", "a line of shell"),
            ("", "a line of shell"),
        ] {
            assert_eq!(helper_name(value), name, "{value}");
        }
    }
}

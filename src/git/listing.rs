//! Reading the configuration in force: from Git itself, or without it through libgit2, which sees neither `git -c` nor
//! `GIT_CONFIG_COUNT`.

use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Repository};

use super::effective::{Configuration, Scope, SeenBy, Setting, Where};
use super::program::Program;
use crate::domain::token::Token;

/// What is in force in `directory`. Without `git`, what can be known without it.
pub fn read(git: Option<&Program>, directory: &Path) -> Configuration {
    let listed = git.and_then(|git| git.ask(&["config", "--list", "--show-scope", "--show-origin", "-z"]).ok());
    match listed.filter(|answered| answered.well) {
        Some(answered) => Configuration::new(parse(&answered.output, directory), SeenBy::Git),
        None => Configuration::new(without_git(directory), SeenBy::Library),
    }
}

/// Scope, origin and `key<LF>value`, each ended by a NUL.
pub(super) fn parse(listing: &[u8], directory: &Path) -> Vec<Setting> {
    let mut fields = listing.split(|byte| *byte == 0);
    let mut settings = Vec::new();
    while let (Some(scope), Some(origin), Some(entry)) = (fields.next(), fields.next(), fields.next()) {
        let entry = String::from_utf8_lossy(entry);
        let (key, value) = match entry.split_once('\n') {
            Some((key, value)) => (key, Some(value)),
            None => (&*entry, None),
        };
        let file = String::from_utf8_lossy(origin);
        let file = file.strip_prefix("file:").map(|file| directory.join(file));
        settings.extend(setting(key, value, Where { scope: scope_of(scope), file }));
    }
    settings
}

fn scope_of(word: &[u8]) -> Scope {
    match word {
        b"system" => Scope::System,
        b"global" => Scope::Global,
        b"local" => Scope::Local,
        b"worktree" => Scope::Worktree,
        b"command" => Scope::Command,
        _ => Scope::Unknown,
    }
}

/// `section[.subsection].name`; the subsection may hold dots.
pub(super) fn setting(key: &str, value: Option<&str>, place: Where) -> Option<Setting> {
    let (section, rest) = key.split_once('.')?;
    let (subsection, name) = match rest.rsplit_once('.') {
        Some((subsection, name)) => (Some(Token::new(subsection.to_owned())), name),
        None => (None, rest),
    };
    let value = value.map(|value| Token::new(value.to_owned()));
    Some(Setting { section: section.to_ascii_lowercase(), subsection, name: name.to_ascii_lowercase(), value, place })
}

fn without_git(directory: &Path) -> Vec<Setting> {
    let repository = Repository::discover(directory).and_then(|repository| repository.config());
    let Ok(config) = repository.or_else(|_| Config::open_default()) else { return Vec::new() };
    let mut settings = Vec::new();
    if let Ok(mut entries) = config.entries(None) {
        while let Some(Ok(entry)) = entries.next() {
            let Ok(key) = entry.name() else { continue };
            let value = entry.has_value().then(|| String::from_utf8_lossy(entry.value_bytes()));
            let place = Where { scope: level(entry.level()), file: None::<PathBuf> };
            settings.extend(setting(key, value.as_deref(), place));
        }
    }
    settings
}

fn level(level: ConfigLevel) -> Scope {
    match level {
        ConfigLevel::ProgramData | ConfigLevel::System => Scope::System,
        ConfigLevel::XDG | ConfigLevel::Global => Scope::Global,
        ConfigLevel::Local => Scope::Local,
        ConfigLevel::Worktree => Scope::Worktree,
        ConfigLevel::App => Scope::Command,
        ConfigLevel::Highest => Scope::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_values_and_places_are_told_apart() {
        let listing = b"global\0file:/home/me/.gitconfig\0url.https://a.b:c@h.x/.insteadof\nssh://h\0\
            local\0file:.git/config\0core.bare\nfalse\0command\0command line:\0foo.bar\0";
        let settings = parse(listing, Path::new("/repo"));
        let read: Vec<_> = settings
            .iter()
            .map(|one| {
                let subsection = one.subsection.as_ref().map(Token::expose);
                (one.section.as_str(), subsection, one.name.as_str(), one.value.as_ref().map(Token::expose))
            })
            .collect();
        assert_eq!(
            read,
            [
                ("url", Some("https://a.b:c@h.x/"), "insteadof", Some("ssh://h")),
                ("core", None, "bare", Some("false")),
                ("foo", None, "bar", None),
            ]
        );
        assert_eq!(settings[1].place, Where { scope: Scope::Local, file: Some("/repo/.git/config".into()) });
        assert_eq!(settings[2].place, Where { scope: Scope::Command, file: None });
        assert!(!format!("{settings:?}").contains("a.b:c"));
    }

    #[test]
    fn what_is_no_listing_gives_nothing() {
        for bytes in [&b""[..], b"\0\0", b"local\0file:x\0nodot\0", b"\xff\xff\0"] {
            assert!(parse(bytes, Path::new("/")).is_empty());
        }
    }
}

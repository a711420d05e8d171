//! Single files of Git's configuration: where the repository's is, what one holds, and the text of new entries.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use git2::{Config, ErrorCode, Repository};

use super::effective::{Scope, Setting, Where};
use super::listing::setting;

/// The file is no configuration, or Git's library cannot do what is asked of it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it is no configuration that Git can read")]
    Unreadable,
    #[error("no configuration can hold this")]
    Unwritable,
    #[error("there is no folder for temporary files")]
    NoScratch,
}

/// The configuration of the repository that holds `start`, which its work trees share.
pub fn local_file(start: &Path) -> Option<PathBuf> {
    match Repository::discover(start) {
        Ok(repository) => Some(repository.commondir().join("config")),
        Err(error) if error.code() == ErrorCode::Owner => {
            super::place::search(start).map(|root| root.join(".git/config"))
        }
        Err(_) => None,
    }
}

/// Where the system's configuration is, as far as Git's library knows.
pub fn system_file() -> Option<PathBuf> {
    Config::find_system().ok()
}

/// What stands in this file itself, includes aside. A file that does not exist holds nothing.
pub fn in_file(path: &Path, scope: Scope) -> Result<Vec<Setting>, Unusable> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let config = Config::open(path).map_err(|_| Unusable::Unreadable)?;
    let mut entries = config.entries(None).map_err(|_| Unusable::Unreadable)?;
    let mut settings = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|_| Unusable::Unreadable)?;
        let Ok(key) = entry.name() else { continue };
        if entry.include_depth() > 0 {
            continue;
        }
        let value = entry.has_value().then(|| String::from_utf8_lossy(entry.value_bytes()));
        let place = Where { scope, file: Some(path.to_owned()) };
        settings.extend(setting(key, value.as_deref(), place));
    }
    Ok(settings)
}

/// The text of these entries, in their order, as Git's library writes them. What it writes to are files of their own below
/// `temporary`, which hold nothing else and are gone afterwards.
pub fn rendered(entries: &[(String, String)], temporary: &Path) -> Result<String, Unusable> {
    let scratch = Scratch::new(temporary).map_err(|_| Unusable::NoScratch)?;
    let mut text = String::new();
    let mut section = String::new();
    for (number, (key, value)) in entries.iter().enumerate() {
        // One file for each: the library has no way to add a value to a key that escapes what must be escaped.
        let path = scratch.0.join(number.to_string());
        File::create_new(&path).map_err(|_| Unusable::NoScratch)?;
        let mut config = Config::open(&path).map_err(|_| Unusable::NoScratch)?;
        config.set_str(key, value).map_err(|_| Unusable::Unwritable)?;
        let written = fs::read_to_string(&path).map_err(|_| Unusable::NoScratch)?;
        let (header, entry) = written.split_once('\n').ok_or(Unusable::Unwritable)?;
        if section != header {
            header.clone_into(&mut section);
            text.push_str(header);
            text.push('\n');
        }
        text.push_str(entry);
    }
    Ok(text)
}

/// What a configuration of this text would hold, includes aside.
pub fn in_text(text: &[u8], temporary: &Path) -> Result<Vec<Setting>, Unusable> {
    let scratch = Scratch::new(temporary).map_err(|_| Unusable::NoScratch)?;
    let path = scratch.0.join("config");
    fs::write(&path, text).map_err(|_| Unusable::NoScratch)?;
    in_file(&path, Scope::Unknown)
}

/// A folder for the owner alone.
struct Scratch(PathBuf);

impl Scratch {
    fn new(below: &Path) -> io::Result<Self> {
        for attempt in 0..64 {
            let path = below.join(format!("hallpass-{}-{attempt}", std::process::id()));
            match make(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_written_in_their_order_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let helper = "credential.https://a.test.helper".to_owned();
        let values = ["", "/a\\ b/h credential", "!x \"#;\" $y\\", "store"];
        let entries: Vec<_> = values.iter().map(|value| (helper.clone(), (*value).to_owned())).collect();
        let more = [("credential.https://a.test.useHttpPath".to_owned(), "true".to_owned())];
        let text = rendered(&[&entries[..], &more].concat(), folder.path()).unwrap();
        assert!(text.starts_with("[credential \"https://a.test\"]\n"), "{text}");
        assert_eq!(text.matches("[credential").count(), 1);
        assert!(text.contains("\tuseHttpPath = true\n"), "{text}");
        let path = folder.path().join("written");
        fs::write(&path, text).unwrap();
        let read = in_file(&path, Scope::Global).unwrap();
        let read: Vec<_> = read.iter().filter(|one| one.name == "helper").map(|one| one.text().unwrap()).collect();
        assert_eq!(read, values);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn includes_are_not_in_the_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("more"), "[user]\n\tname = more\n").unwrap();
        let path = folder.path().join("config");
        fs::write(&path, "[include]\n\tpath = more\n[user]\n\tname = me\n").unwrap();
        let names: Vec<_> = in_file(&path, Scope::Global).unwrap();
        assert_eq!(names.iter().filter(|one| one.section == "user").count(), 1);
        assert!(in_file(&folder.path().join("none"), Scope::Global).unwrap().is_empty());
        fs::write(&path, "[broken\n").unwrap();
        assert_eq!(in_file(&path, Scope::Global).unwrap_err(), Unusable::Unreadable);
    }
}

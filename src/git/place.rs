//! The work tree one is in, and its remotes. No network, no change to any configuration.

use std::path::{Path, PathBuf};

use git2::{Config, ErrorCode, Repository};

use super::address::{Address, may_be_a_token, shown};
use crate::domain::token::Token;

/// The root of the work tree that holds `start`; `None` outside of any, and in a bare repository.
pub fn work_tree(start: &Path) -> Option<PathBuf> {
    match Repository::discover(start) {
        Ok(repository) => repository.workdir().map(without_slash),
        Err(error) if error.code() == ErrorCode::Owner => search(start).map(|root| without_slash(&root)),
        Err(_) => None,
    }
}

/// A file as it was in a commit. `None`: the repository cannot be opened, as where it belongs to another user;
/// `Some(None)`: the commit or the file is not in it.
pub fn file_of_commit(start: &Path, commit: &str, path: &str) -> Option<Option<Vec<u8>>> {
    let repository = Repository::discover(start).ok()?;
    let found = || {
        let tree = repository.find_commit(git2::Oid::from_str(commit).ok()?).ok()?.tree().ok()?;
        let entry = tree.get_path(Path::new(path)).ok()?;
        let blob = repository.find_blob(entry.id()).ok()?;
        Some(blob.content().to_vec())
    };
    Some(found())
}

/// The remotes by name with the addresses as configured, before any `insteadOf`. User names and passwords are taken off:
/// runners put the job's token there.
pub fn remotes(start: &Path) -> Vec<(String, String)> {
    written(start).into_iter().map(|(name, address)| (name, shown(address.expose()))).collect()
}

/// The remotes whose address has a password in it, or a user name that may be a token.
pub fn remotes_with_tokens(start: &Path) -> Vec<String> {
    let carries = |address: &Token| {
        let address = Address::read(address.expose()).filter(Address::is_http);
        address.is_some_and(|held| held.password().is_some() || held.user().is_some_and(may_be_a_token))
    };
    written(start).into_iter().filter(|(_, address)| carries(address)).map(|(name, _)| name).collect()
}

fn written(start: &Path) -> Vec<(String, Token)> {
    let config = match Repository::discover(start) {
        Ok(repository) => repository.config(),
        // In a CI job the checkout often belongs to another user. Its own file still tells the remotes.
        Err(error) if error.code() == ErrorCode::Owner => match search(start) {
            Some(root) => Config::open(&root.join(".git/config")),
            None => return Vec::new(),
        },
        Err(_) => return Vec::new(),
    };
    config.map(|config| addresses(&config)).unwrap_or_default()
}

fn addresses(config: &Config) -> Vec<(String, Token)> {
    let mut remotes = Vec::new();
    if let Ok(mut entries) = config.entries(Some(r"^remote\..*\.url$")) {
        while let Some(Ok(entry)) = entries.next() {
            // A key alone, without `=`, has none; asked for it, git2 panics.
            if !entry.has_value() {
                continue;
            }
            let (Ok(key), Ok(address)) = (entry.name(), entry.value()) else { continue };
            let name = key.strip_prefix("remote.").and_then(|rest| rest.strip_suffix(".url"));
            if let Some(name) = name.filter(|name| remotes.iter().all(|(held, _)| held != name)) {
                remotes.push((name.to_owned(), Token::new(address.to_owned())));
            }
        }
    }
    remotes
}

/// The nearest folder above with a `.git` in it.
pub(super) fn search(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_tree_is_found_from_below() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        Repository::init(&root).unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        assert_eq!(work_tree(&root.join("a/b")), Some(root.clone()));
        assert_eq!(search(&root.join("a/b")), Some(root));
    }

    #[test]
    fn there_is_none_outside_and_in_a_bare_repository() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(work_tree(folder.path()), None);
        Repository::init_bare(folder.path()).unwrap();
        assert_eq!(work_tree(folder.path()), None);
    }

    #[test]
    fn remotes_come_with_their_addresses() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        repository.remote("origin", "https://gitlab.com/group/app.git").unwrap();
        repository.remote("up.stream", "git@github.com:owner/app.git").unwrap();
        let expected = [("origin", "https://gitlab.com/group/app.git"), ("up.stream", "git@github.com:owner/app.git")];
        let expected: Vec<_> = expected.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect();
        assert_eq!(remotes(folder.path()), expected);
        assert!(remotes(Path::new("/")).is_empty());
    }

    #[test]
    fn a_file_is_read_as_a_commit_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        std::fs::write(folder.path().join("a.yml"), "old").unwrap();
        let mut index = repository.index().unwrap();
        index.add_path(Path::new("a.yml")).unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let author = git2::Signature::new("a", "a@example.com", &git2::Time::new(0, 0)).unwrap();
        let commit = repository.commit(None, &author, &author, "first", &tree, &[]).unwrap().to_string();
        std::fs::write(folder.path().join("a.yml"), "new").unwrap();
        let read = |commit: &str, path| file_of_commit(folder.path(), commit, path);
        assert_eq!(read(&commit, "a.yml"), Some(Some(b"old".to_vec())));
        assert_eq!(read(&commit, "b.yml"), Some(None));
        assert_eq!(read(&"0".repeat(40), "a.yml"), Some(None));
        assert_eq!(file_of_commit(Path::new("/"), &commit, "a.yml"), None);
    }

    #[test]
    fn a_remote_whose_address_is_left_out_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        std::fs::write(repository.path().join("config"), "[remote \"a\"]\n\turl\n[remote \"b\"]\n\turl = x:y\n")
            .unwrap();
        assert_eq!(remotes(folder.path()), [("b".to_owned(), "x:y".to_owned())]);
    }

    #[test]
    fn a_token_in_a_remotes_address_stays_there() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        repository.remote("origin", "https://gitlab-ci-token:canary@gitlab.com:8443/a@b/c.git").unwrap();
        assert_eq!(remotes(folder.path())[0].1, "https://gitlab.com:8443/a@b/c.git");
        repository.remote("plain", "https://me@gitlab.com/a/b.git").unwrap();
        repository.remote("ssh", "ssh://git@gitlab.com/a/b.git").unwrap();
        repository.remote("user", "https://glpat-canarycanarycanary@gitlab.com/a/b.git").unwrap();
        assert_eq!(remotes_with_tokens(folder.path()), ["origin", "user"]);
    }
}

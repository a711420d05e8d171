//! Which files are read, and whose word each of them is.
//!
//! In this order: `--config FILE`, else `hallpass.yml` or `.hallpass.yml` at the root of the work tree; then the user's
//! file, or the one that `HALLPASS_CONFIG` names in its place; then the system's file. The credential helper passes
//! neither a flag nor a work tree and so never reads a repository's file.

use std::path::{Component, Path, PathBuf};

use super::error::{ConfigError, Spot};

/// Names looked for at the root of a work tree.
pub const REPOSITORY_NAMES: [&str; 2] = ["hallpass.yml", ".hallpass.yml"];

/// Whose word a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It stands in the repository's work tree: whoever may push may have written it.
    Repository,
    /// The user's or the system's.
    User,
}

/// Why a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Named by `--config`.
    Named,
    /// Found at the root of the work tree.
    Repository,
    /// The user's own, or the one named by `HALLPASS_CONFIG`.
    User,
    System,
}

/// A file that exists and is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub role: Role,
    pub trust: Trust,
    /// What messages call it: from the working directory where it is below it, else as it is.
    pub shown: String,
}

/// Everything from outside that decides which files are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// `--config`.
    pub flag: Option<&'a Path>,
    /// The working directory, absolute.
    pub directory: Option<&'a Path>,
    /// Root of the work tree, from [`crate::git::work_tree`].
    pub work_tree: Option<&'a Path>,
    /// `HALLPASS_CONFIG`.
    pub variable: Option<&'a Path>,
    /// Where this system keeps users' configuration, from [`user_folder`].
    pub user_folder: Option<&'a Path>,
    /// `/etc`, where there is one.
    pub system_folder: Option<&'a Path>,
}

/// The folder for users' configuration: `XDG_CONFIG_HOME`, else what the system has for it.
pub fn user_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let stated = absolute("XDG_CONFIG_HOME");
    if cfg!(windows) {
        return stated.or_else(|| absolute("APPDATA"));
    }
    let place = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
    stated.or_else(|| absolute("HOME").map(|home| home.join(place)))
}

/// The folder for what programs keep for users: `XDG_DATA_HOME`, else what the system has for it.
pub fn data_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let stated = absolute("XDG_DATA_HOME");
    if cfg!(windows) {
        return stated.or_else(|| absolute("LOCALAPPDATA"));
    }
    let place = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    stated.or_else(|| absolute("HOME").map(|home| home.join(place)))
}

/// The files to read, the nearest first. A file that was named must exist; the others may.
pub fn files(around: &Around<'_>) -> Result<Vec<Found>, ConfigError> {
    let mut found = Vec::new();
    match (around.flag, around.work_tree) {
        (Some(path), _) => found.push(named(path, Role::Named, around)?),
        (None, Some(root)) => found.extend(in_repository(root, around)?),
        (None, None) => {}
    }
    match (around.variable, around.user_folder) {
        (Some(path), _) => found.push(named(path, Role::User, around)?),
        (None, Some(folder)) => found.extend(existing(&folder.join("hallpass/config.yml"), Role::User, around)),
        (None, None) => {}
    }
    if let Some(folder) = around.system_folder {
        found.extend(existing(&folder.join("hallpass/config.yml"), Role::System, around));
    }
    // One file may be reached in two ways; it is read once, in its first role.
    let mut seen: Vec<PathBuf> = Vec::new();
    found.retain(|file| {
        let path = resolved(&file.path, around.directory);
        let new = !seen.contains(&path);
        seen.push(path);
        new
    });
    Ok(found)
}

/// Does the file stand in the work tree that one stands in, or in one around that? Told by the folders' `.git` alone, for
/// the credential helper, which opens no repository.
pub fn is_in_work_tree(path: &Path, directory: &Path) -> bool {
    let (path, directory) = (resolved(path, Some(directory)), resolved(directory, None));
    let mut around = directory.ancestors().filter(|folder| folder.join(".git").exists());
    around.any(|root| path.starts_with(root))
}

fn named(path: &Path, role: Role, around: &Around<'_>) -> Result<Found, ConfigError> {
    let file = describe(path, role, around);
    if file.path.exists() {
        return Ok(file);
    }
    let hint = match role {
        Role::User => "`HALLPASS_CONFIG` names it",
        _ => "`--config` names it",
    };
    let message = "there is no such file".to_owned();
    Err(ConfigError { place: Spot::START.in_file(&file.shown), message, hint: Some(hint.to_owned()) })
}

fn in_repository(root: &Path, around: &Around<'_>) -> Result<Option<Found>, ConfigError> {
    let files = REPOSITORY_NAMES.iter().filter_map(|name| existing(&root.join(name), Role::Repository, around));
    let mut files: Vec<Found> = files.collect();
    if files.len() > 1 {
        let message = "both `hallpass.yml` and `.hallpass.yml` stand here".to_owned();
        let place = Spot::START.in_file(&files[1].shown);
        return Err(ConfigError { place, message, hint: Some("keep one of them".to_owned()) });
    }
    Ok(files.pop())
}

/// A broken link and an unreadable folder count as no file.
fn existing(path: &Path, role: Role, around: &Around<'_>) -> Option<Found> {
    path.exists().then(|| describe(path, role, around))
}

fn describe(path: &Path, role: Role, around: &Around<'_>) -> Found {
    let path = around.directory.map_or_else(|| path.to_owned(), |directory| directory.join(path));
    let trust = trust(&path, around);
    let below = around.directory.and_then(|directory| path.strip_prefix(directory).ok());
    let shown = below.unwrap_or(&path).display().to_string().replace('\\', "/");
    Found { path, role, trust, shown }
}

/// A file is the repository's when its own place or the place it links to is inside the work tree: a link out of the
/// work tree is the repository's word just as much as a link into it.
fn trust(path: &Path, around: &Around<'_>) -> Trust {
    let Some(root) = around.work_tree else { return Trust::User };
    let roots = [plain(root), resolved(root, around.directory)];
    let inside = |path: &Path| roots.iter().any(|root| path.starts_with(root));
    let parent = path.parent().map(|parent| resolved(parent, around.directory));
    let linked_from = parent.zip(path.file_name()).map(|(parent, name)| parent.join(name));
    let places = [Some(plain(path)), Some(resolved(path, around.directory)), linked_from];
    if places.into_iter().flatten().any(|place| inside(&place)) { Trust::Repository } else { Trust::User }
}

/// The place behind all links, or the path as it is where it cannot be told.
fn resolved(path: &Path, directory: Option<&Path>) -> PathBuf {
    let whole = directory.map_or_else(|| path.to_owned(), |directory| directory.join(path));
    std::fs::canonicalize(&whole).unwrap_or_else(|_| plain(&whole))
}

/// Without `.` and `..`, by text alone.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folders {
        _base: tempfile::TempDir,
        tree: PathBuf,
        home: PathBuf,
    }

    fn folders() -> Folders {
        let base = tempfile::tempdir().unwrap();
        let (tree, home) = (base.path().join("tree"), base.path().join("home"));
        std::fs::create_dir_all(tree.join("sub")).unwrap();
        std::fs::create_dir_all(home.join("hallpass")).unwrap();
        Folders { _base: base, tree, home }
    }

    fn write(path: &Path) {
        std::fs::write(path, "version: 1\n").unwrap();
    }

    impl Folders {
        fn around(&self) -> Around<'_> {
            Around {
                directory: Some(&self.tree),
                work_tree: Some(&self.tree),
                user_folder: Some(&self.home),
                ..Around::default()
            }
        }
    }

    fn roles(files: &[Found]) -> Vec<(Role, Trust, &str)> {
        files.iter().map(|file| (file.role, file.trust, file.path.file_name().unwrap().to_str().unwrap())).collect()
    }

    #[test]
    fn the_repository_file_comes_before_the_users() {
        let folders = folders();
        write(&folders.tree.join(".hallpass.yml"));
        write(&folders.home.join("hallpass/config.yml"));
        let found = files(&folders.around()).unwrap();
        assert_eq!(
            roles(&found),
            [(Role::Repository, Trust::Repository, ".hallpass.yml"), (Role::User, Trust::User, "config.yml")]
        );
        assert_eq!(found[0].shown, ".hallpass.yml");
    }

    #[test]
    fn a_named_file_replaces_the_repository_file_and_a_variable_the_users() {
        let folders = folders();
        for path in ["tree/hallpass.yml", "tree/sub/other.yml", "home/hallpass/config.yml", "home/mine.yml"] {
            write(&folders.tree.parent().unwrap().join(path));
        }
        let mine = folders.home.join("mine.yml");
        let around = Around { flag: Some(Path::new("sub/other.yml")), variable: Some(&mine), ..folders.around() };
        let found = files(&around).unwrap();
        let expected = [(Role::Named, Trust::Repository, "other.yml"), (Role::User, Trust::User, "mine.yml")];
        assert_eq!(roles(&found), expected);
        assert_eq!(found[0].shown, "sub/other.yml");
    }

    #[test]
    fn c17_a_named_file_must_exist() {
        let folders = folders();
        let around = Around { flag: Some(Path::new("none.yml")), ..folders.around() };
        let error = files(&around).unwrap_err();
        assert_eq!(error.to_string(), "none.yml:1:1: there is no such file\n  hint: `--config` names it");
    }

    #[test]
    fn two_repository_files_are_an_error() {
        let folders = folders();
        write(&folders.tree.join("hallpass.yml"));
        write(&folders.tree.join(".hallpass.yml"));
        assert!(files(&folders.around()).unwrap_err().message.contains("both"));
    }

    #[test]
    fn a_variable_that_names_a_file_of_the_work_tree_names_repository_content() {
        let folders = folders();
        write(&folders.tree.join("evil.yml"));
        let evil = folders.home.join("../tree/evil.yml");
        let around = Around { variable: Some(&evil), ..folders.around() };
        assert_eq!(files(&around).unwrap()[0].trust, Trust::Repository);
    }

    #[cfg(unix)]
    #[test]
    fn links_into_and_out_of_the_work_tree_are_repository_content() {
        let folders = folders();
        write(&folders.tree.join("target.yml"));
        write(&folders.home.join("outside.yml"));
        std::os::unix::fs::symlink(folders.tree.join("target.yml"), folders.home.join("in.yml")).unwrap();
        std::os::unix::fs::symlink(folders.home.join("outside.yml"), folders.tree.join("out.yml")).unwrap();
        for path in [folders.home.join("in.yml"), folders.tree.join("out.yml")] {
            let around = Around { flag: Some(&path), ..folders.around() };
            assert_eq!(files(&around).unwrap()[0].trust, Trust::Repository, "{}", path.display());
        }
        let linked_tree = folders.home.join("tree-link");
        std::os::unix::fs::symlink(&folders.tree, &linked_tree).unwrap();
        let path = linked_tree.join("target.yml");
        let around = Around { flag: Some(&path), ..folders.around() };
        assert_eq!(files(&around).unwrap()[0].trust, Trust::Repository);
    }

    #[test]
    fn the_helper_sees_no_repository_file() {
        let folders = folders();
        write(&folders.tree.join("hallpass.yml"));
        write(&folders.home.join("hallpass/config.yml"));
        let around = Around { work_tree: None, ..folders.around() };
        assert_eq!(roles(&files(&around).unwrap()), [(Role::User, Trust::User, "config.yml")]);
    }

    #[test]
    fn a_work_tree_is_known_by_its_git_folder() {
        let folders = folders();
        let inside = |directory: &Path| is_in_work_tree(&folders.tree.join("hallpass.yml"), directory);
        assert!(!inside(&folders.tree));
        std::fs::create_dir(folders.tree.join(".git")).unwrap();
        assert!(inside(&folders.tree) && inside(&folders.tree.join("sub")));
        assert!(!inside(&folders.home));
        assert!(!is_in_work_tree(&folders.home.join("config.yml"), &folders.tree));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_users_folder_follows_the_xdg_variables() {
        let with = |xdg: Option<&str>| {
            user_folder(|name| match name {
                "XDG_CONFIG_HOME" => xdg.map(PathBuf::from),
                "HOME" => Some(PathBuf::from("/home/me")),
                _ => None,
            })
        };
        assert_eq!(with(Some("/xdg")), Some(PathBuf::from("/xdg")));
        assert_eq!(with(Some("relative")), Some(PathBuf::from("/home/me/.config")));
        assert_eq!(with(None), Some(PathBuf::from("/home/me/.config")));
    }
}

//! Which files are read when a repository, a folder or a file is named.

use std::path::{Path, PathBuf};

use super::github;

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    GitLab,
    Azure,
    /// A workflow of GitHub's.
    Workflow,
    /// An action of GitHub's.
    Action,
    Script,
    /// YAML that may be a part of a pipeline; its content decides.
    Yaml,
}

/// A file to begin with, and the root of the repository it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: PathBuf,
    pub root: PathBuf,
    pub sort: Sort,
}

const SKIPPED: &[&str] = &[".git", "node_modules", "target", "vendor", ".terraform", "__pycache__", ".venv"];
const MAX_DEPTH: usize = 20;
const MAX_ENTRIES: usize = 50_000;
/// Bytes of YAML that is looked into.
const LARGEST: u64 = 1024 * 1024;

/// The pipeline files of a repository: those that the forges read by themselves.
pub fn of_repository(root: &Path) -> Vec<Entry> {
    let at_root = [".gitlab-ci.yml", ".gitlab-ci.yaml", "action.yml", "action.yaml"];
    let mut paths: Vec<PathBuf> = at_root.iter().map(|name| root.join(name)).filter(|path| path.is_file()).collect();
    for folder in [".github/workflows", ".github/actions"] {
        below(&root.join(folder), 0, &mut |file, _| {
            paths.push(file.to_owned());
            paths.len() < MAX_ENTRIES
        });
    }
    let pipelines = paths.into_iter().filter_map(|path| {
        let sort = sort_of(&path).filter(|sort| matches!(sort, Sort::GitLab | Sort::Workflow | Sort::Action))?;
        Some(Entry { path, root: root.to_owned(), sort })
    });
    pipelines.chain(of_azure(root)).collect()
}

/// Azure lets one choose the file; these are where people put it.
fn of_azure(root: &Path) -> Vec<Entry> {
    let mut paths: Vec<PathBuf> =
        files_in(root).into_iter().filter(|path| sort_of(path) == Some(Sort::Azure)).collect();
    for folder in [".azure-pipelines", "azure-pipelines", ".azuredevops", ".azdo"] {
        let inner = files_in(&root.join(folder));
        paths.extend(inner.into_iter().filter(|path| matches!(sort_of(path), Some(Sort::Azure | Sort::Yaml))));
    }
    let sort = |path: &Path| sort_of(path).unwrap_or(Sort::Yaml);
    paths.into_iter().map(|path| Entry { sort: sort(&path), path, root: root.to_owned() }).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let mut files: Vec<PathBuf> = files.take(MAX_ENTRIES).collect();
    files.sort();
    files
}

/// A path that was named: a file as it is, of a folder every pipeline file and script below it.
pub fn named(path: &Path, directory: &Path) -> Result<Vec<Entry>, &'static str> {
    let about = std::fs::metadata(path).map_err(|_| "there is no such file or folder")?;
    if about.is_dir() {
        let mut found = Vec::new();
        below(path, 0, &mut |file, sort| {
            found.push(Entry { path: file.to_owned(), root: root_of(file, path), sort });
            found.len() < MAX_ENTRIES
        });
        found.sort_by(|one, other| one.path.cmp(&other.path));
        return Ok(found);
    }
    let sort = sort_of(path).unwrap_or(Sort::Script);
    let around =
        if path.starts_with(directory) || path.is_relative() { directory } else { path.parent().unwrap_or(path) };
    Ok(vec![Entry { path: path.to_owned(), root: root_of(path, around), sort }])
}

fn below(folder: &Path, depth: usize, found: &mut dyn FnMut(&Path, Sort) -> bool) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && depth < MAX_DEPTH && !SKIPPED.contains(&name.as_str()) {
            below(&path, depth + 1, found);
        } else if kind.is_file()
            && let Some(sort) = sort_of(&path).and_then(|sort| settled(&path, sort))
            && !found(&path, sort)
        {
            return;
        }
    }
}

/// Of YAML in a folder only what looks like a pipeline is read.
fn settled(path: &Path, sort: Sort) -> Option<Sort> {
    if sort != Sort::Yaml {
        return Some(sort);
    }
    let is_small = std::fs::metadata(path).is_ok_and(|about| about.len() <= LARGEST);
    let text = is_small.then(|| std::fs::read_to_string(path).ok())??;
    github::may_be_ours(&text).then_some(Sort::Workflow)
}

fn sort_of(path: &Path) -> Option<Sort> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_yaml = matches!(ending, "yml" | "yaml");
    if is_yaml && name.contains(".gitlab-ci.") {
        return Some(Sort::GitLab);
    }
    if is_yaml && name.trim_start_matches('.').starts_with("azure-pipelines") {
        return Some(Sort::Azure);
    }
    if is_yaml && matches!(name.as_str(), "action.yml" | "action.yaml") {
        return Some(Sort::Action);
    }
    if is_yaml && path.parent().is_some_and(|folder| folder.ends_with(".github/workflows")) {
        return Some(Sort::Workflow);
    }
    if is_yaml {
        return Some(Sort::Yaml);
    }
    matches!(ending, "sh" | "bash" | "ps1").then_some(Sort::Script)
}

/// The nearest folder above with a `.git` in it, else the one that was named.
fn root_of(path: &Path, around: &Path) -> PathBuf {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let found = absolute.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    found.map_or_else(|| around.to_owned(), Path::to_owned)
}

//! Files of a repository, read within bounds: what lies outside of it is not opened.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::reader::{Language, Scripts};
use super::text::{FileId, Mapped, Source, Sources, Span};
use crate::domain::contract::FileText;
use crate::domain::finding::Place;

/// Bytes of one file.
const MAX_SIZE: u64 = 1024 * 1024;
/// Bytes of scripts that are followed for one entry, as often as they are.
const MAX_FOLLOWED: usize = 16 * 1024 * 1024;
/// Stars in a pattern.
const MAX_STARS: usize = 4;
/// Folders below the root that a pattern with `**` reaches.
const DEEPEST: usize = 12;
/// Files of one entry with all that it includes and calls.
const MAX_FILES: usize = 500;

/// Why something a pipeline uses was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// An include from elsewhere, or one whose path is known only when it runs.
    Include,
    /// A script that is not there, or that there is no reader for.
    Script,
}

/// What one entry reads.
pub struct Files {
    /// The root of the repository, resolved.
    root: PathBuf,
    /// Messages name files from here.
    directory: PathBuf,
    sources: Sources,
    held: HashMap<PathBuf, Option<FileId>>,
    scripts: HashMap<FileId, Rc<Mapped>>,
    faults: Vec<(Place, String)>,
    unread: BTreeMap<Unread, usize>,
    /// Bytes of scripts that were followed.
    spent: usize,
}

impl Files {
    pub fn new(root: &Path, directory: &Path) -> Self {
        Self {
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
            directory: directory.canonicalize().unwrap_or_else(|_| directory.to_owned()),
            sources: Sources::default(),
            held: HashMap::new(),
            scripts: HashMap::new(),
            faults: Vec::new(),
            unread: BTreeMap::new(),
            spent: 0,
        }
    }

    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    pub fn source(&self, file: FileId) -> &Source {
        self.sources.get(file)
    }

    pub fn place(&self, span: Span) -> Place {
        let source = self.source(span.file);
        let (line, column) = source.position(span.start);
        Place { file: source.shown.clone(), line, column }
    }

    pub fn fault(&mut self, span: Span, message: &str) {
        let place = self.place(span);
        self.faults.push((place, message.to_owned()));
    }

    pub fn faults(&self) -> &[(Place, String)] {
        &self.faults
    }

    pub fn not_read(&mut self, what: Unread) {
        *self.unread.entry(what).or_default() += 1;
    }

    pub fn unread(&self) -> &BTreeMap<Unread, usize> {
        &self.unread
    }

    /// A file that was named outright, wherever it lies.
    pub fn read_entry(&mut self, path: &Path) -> Result<FileId, String> {
        let shown = self.shown(path);
        let text = text(path).map_err(|why| format!("{shown}: {why}"))?;
        let file = self.sources.add(Source::new(shown, text));
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.held.insert(resolved, Some(file));
        Ok(file)
    }

    /// A file that a pipeline names, from the root of the repository.
    pub fn read_below_root(&mut self, path: &str) -> Option<FileId> {
        let relative = Path::new(path.trim_start_matches('/'));
        if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return None;
        }
        let resolved = self.root.join(relative).canonicalize().ok()?;
        if !resolved.starts_with(&self.root) || self.held.len() >= MAX_FILES {
            return None;
        }
        if let Some(held) = self.held.get(&resolved) {
            return *held;
        }
        let read = text(&resolved).ok().map(|text| Source::new(self.shown(&resolved), text));
        let file = read.map(|source| self.sources.add(source));
        self.held.insert(resolved, file);
        file
    }

    /// The folder of a file that was read, from the root of the repository.
    pub fn folder_of(&self, file: FileId) -> Option<String> {
        let (path, _) = self.held.iter().find(|(_, held)| **held == Some(file))?;
        let relative = path.strip_prefix(&self.root).ok()?.parent()?;
        Some(relative.to_string_lossy().replace('\\', "/"))
    }

    /// Does one of these files hold the text?
    pub fn hold(&self, wanted: &FileText) -> bool {
        let one = |pattern: &String| if pattern.contains('*') { self.matching(pattern) } else { vec![pattern.clone()] };
        let mut paths = wanted.files.iter().flat_map(one);
        paths.any(|path| text(&self.root.join(path)).is_ok_and(|text| text.contains(&wanted.text)))
    }

    /// Files below the root whose path fits a pattern with `*` and `**`.
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        let mut found = Vec::new();
        if pattern.matches('*').count() > MAX_STARS {
            return found;
        }
        let deepest = if pattern.contains("**") { DEEPEST } else { pattern.matches('/').count() };
        let mut open = vec![(self.root.clone(), 0)];
        while let Some((folder, depth)) = open.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let (path, kind) = (entry.path(), entry.file_type());
                let Ok(relative) = path.strip_prefix(&self.root) else { continue };
                let name = relative.to_string_lossy().replace('\\', "/");
                match kind {
                    Ok(kind) if kind.is_dir() && depth < deepest && name != ".git" => open.push((path, depth + 1)),
                    Ok(kind) if kind.is_file() && fits(pattern, &name) => found.push(name),
                    _ => {}
                }
                if found.len() >= MAX_FILES {
                    break;
                }
            }
        }
        found.sort();
        found
    }

    fn shown(&self, path: &Path) -> String {
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let shown = resolved.strip_prefix(&self.directory).unwrap_or(path);
        shown.to_string_lossy().replace('\\', "/")
    }
}

impl Scripts for Files {
    fn spend(&mut self, bytes: usize) -> bool {
        const LEAST: usize = 1_024;
        self.spent = self.spent.saturating_add(bytes.max(LEAST));
        self.spent <= MAX_FOLLOWED
    }

    fn script(&mut self, path: &str) -> Option<(Language, Rc<Mapped>)> {
        let trimmed = path.trim_start_matches("./");
        let file = self.read_below_root(trimmed).filter(|_| !path.starts_with('/'));
        let read = file.and_then(|file| Some((Language::of_file(path, &self.source(file).text)?, file)));
        let Some((language, file)) = read else {
            self.not_read(Unread::Script);
            return None;
        };
        let text = self.scripts.get(&file).cloned();
        let text = text.unwrap_or_else(|| {
            let text = Rc::new(Mapped::exact(self.source(file).text.clone(), file, 0));
            self.scripts.insert(file, Rc::clone(&text));
            text
        });
        Some((language, text))
    }
}

fn text(path: &Path) -> Result<String, &'static str> {
    let about = std::fs::metadata(path).map_err(|_| "it cannot be read")?;
    if !about.is_file() {
        return Err("it is no file");
    }
    if about.len() > MAX_SIZE {
        return Err("it is larger than 1 MiB");
    }
    let bytes = std::fs::read(path).map_err(|_| "it cannot be read")?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text")
}

/// `*` stays within one folder, `**` does not.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            let Some(rest) = name.strip_prefix(before) else { return false };
            let (after, deep) = match after.strip_prefix('*') {
                Some(after) => (after.strip_prefix('/').unwrap_or(after), true),
                None => (after, false),
            };
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.take_while(|end| deep || !rest[..*end].contains('/')).any(|end| fits(after, &rest[end..]))
        }
    }
}

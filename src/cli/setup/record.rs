//! What setup wrote, so that it can be taken out again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::process::Process;
use super::target::data_folder;
use crate::domain::config_block::{Addition, Block};
use crate::wiring::{Audience, TextFile, textfile};

const VERSION: u32 = 1;

#[derive(Clone, Serialize, Deserialize)]
struct Contents {
    version: u32,
    files: Vec<Recorded>,
}

/// One file that was written.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Recorded {
    path: PathBuf,
    /// It did not exist before.
    pub(super) made: bool,
    /// In the order in which they stand there.
    pub(super) places: Vec<Placed>,
}

/// What was written for one origin.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) origin: String,
    pub(super) entries: Vec<Addition>,
    pub(super) block: Block,
}

pub(super) struct Record {
    path: PathBuf,
    contents: Contents,
}

impl Recorded {
    pub(super) fn new(file: &TextFile) -> Self {
        Self { path: file.path().to_owned(), made: !file.exists(), places: Vec::new() }
    }

    pub(super) fn emptied(self) -> Self {
        Self { places: Vec::new(), ..self }
    }

    /// At the end, in the place of an older one of this origin.
    pub(super) fn put(&mut self, placed: Placed) {
        self.places.retain(|held| held.origin != placed.origin);
        self.places.push(placed);
    }
}

impl Record {
    pub(super) fn open(process: &Process<'_>) -> Result<Self, String> {
        let folder = data_folder(process);
        let folder = folder.ok_or("there is no home folder to keep a record for `--undo` in; `HOME` is not set")?;
        let path = folder.join("setup.json");
        let empty = Contents { version: VERSION, files: Vec::new() };
        if !path.exists() {
            return Ok(Self { path, contents: empty });
        }
        let file = TextFile::read(&path).map_err(|trouble| trouble.to_string())?;
        let contents: Option<Contents> = serde_json::from_slice(file.bytes()).ok();
        match contents.filter(|contents| contents.version == VERSION) {
            Some(contents) => Ok(Self { path, contents }),
            None => Err(format!(
                "the record `{}` is damaged or from a newer hallpass, and is left as it is\n\
                 hint: move it away; what setup wrote can then be taken out by hand only",
                path.display()
            )),
        }
    }

    pub(super) fn of(&self, file: &TextFile) -> Option<Recorded> {
        self.contents.files.iter().find(|recorded| recorded.path == file.path()).cloned()
    }

    /// Takes this over and writes it. Before the file itself is written, what it held so far is kept behind what it will
    /// hold. Gives back what was recorded of it before.
    pub(super) fn put(&mut self, recorded: &Recorded, with_old: bool) -> Result<Before, String> {
        let before = self.contents.files.iter().find(|held| held.path == recorded.path).cloned();
        let mut new = recorded.clone();
        if with_old && let Some(before) = &before {
            let replaced = before.places.iter().filter(|old| !new.places.iter().any(|place| place.block == old.block));
            new.places = replaced.cloned().chain(new.places.iter().cloned()).collect();
        }
        self.set(&recorded.path, (!new.places.is_empty()).then_some(new))?;
        Ok(Before { path: recorded.path.clone(), recorded: before })
    }

    pub(super) fn put_back(&mut self, before: Before) -> Result<(), String> {
        self.set(&before.path, before.recorded)
    }

    fn set(&mut self, path: &Path, recorded: Option<Recorded>) -> Result<(), String> {
        self.contents.files.retain(|held| held.path != path);
        self.contents.files.extend(recorded);
        self.write().map_err(|trouble| trouble.to_string())
    }

    fn write(&self) -> Result<(), textfile::Trouble> {
        if let Some(folder) = self.path.parent() {
            textfile::make_private_folder(folder)?;
        }
        let file = TextFile::read(&self.path)?;
        match (self.contents.files.is_empty(), file.exists()) {
            (true, true) => file.remove(),
            (true, false) => Ok(()),
            (false, _) => file.replace(format!("{:#}\n", serde_json::json!(self.contents)).as_bytes(), Audience::Owner),
        }
    }
}

pub(super) struct Before {
    path: PathBuf,
    recorded: Option<Recorded>,
}

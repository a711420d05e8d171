//! Report files appear complete or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a report could not be written. The system's words follow ours.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("cannot write `{}`: the folder `{}` does not exist", path.display(), folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("cannot write `{}`: it is a folder", path.display())]
    IsFolder { path: PathBuf },
    #[error("cannot write `{}`: {}", path.display(), source.kind())]
    Failed { path: PathBuf, source: io::Error },
}

/// Can a report be put there? Asked before any request is sent, so that a run is not lost to a mistyped path.
pub fn check_place(path: &Path) -> Result<(), WriteError> {
    if path.is_dir() {
        return Err(WriteError::IsFolder { path: path.to_owned() });
    }
    let folder = folder_of(path);
    if folder.is_dir() { Ok(()) } else { Err(WriteError::NoFolder { path: path.to_owned(), folder }) }
}

/// Replaces the file as a whole: an exclusive temporary file beside it, synced, renamed over it. A device or a pipe is
/// written to as it is; the file behind a symbolic link is replaced and the link kept.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    check_place(path)?;
    let failed = |source| WriteError::Failed { path: path.to_owned(), source };
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&real) {
        Ok(meta) if !meta.is_file() => {
            OpenOptions::new().write(true).open(&real).and_then(|mut to| to.write_all(bytes))
        }
        _ => replace(&real, bytes),
    }
    .map_err(failed)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (temporary, mut file) = create_beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for attempt in 0..64 {
        let temporary = path.with_file_name(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

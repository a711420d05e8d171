//! A file that is ours alone and always whole: readers see all of the old content or all of the new, whatever happens to
//! a writer, and writers take turns (R20, R24).

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::guard;
use crate::app::ports::Miss;

/// More than any store; what is larger is none of ours.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How long one waits while no other writer gets done with its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one waits at all.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(super) struct VaultFile {
    path: PathBuf,
}

impl VaultFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The content, or `None` where there is no file. Never waits for writers.
    pub(super) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Miss> {
        match self.resolved()? {
            Some(path) => read(&path),
            None => Ok(None),
        }
    }

    /// Replaces the content by what is made of it. `None` leaves it as it is.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(Option<Zeroizing<Vec<u8>>>) -> Result<(Option<Vec<u8>>, T), Miss>,
    ) -> Result<T, Miss> {
        let failed = |error: &io::Error| failed(&self.path, "written", error);
        let path = match self.resolved()? {
            Some(path) => path,
            None => self.make_room().map_err(|error| failed(&error))?,
        };
        let folder = folder_of(&path);
        guard::check_folder(folder)?;
        let _lock = lock(&path)?;
        let (content, told) = change(read(&path)?)?;
        if let Some(content) = content {
            replace(&path, folder, &content).map_err(|error| failed(&error))?;
        }
        Ok(told)
    }

    /// Where the file really is: links are followed here, once, and what follows is about their target. `None` where
    /// there is nothing yet.
    fn resolved(&self) -> Result<Option<PathBuf>, Miss> {
        match fs::canonicalize(&self.path) {
            Ok(path) => Ok(Some(path)),
            Err(error) if error.kind() == ErrorKind::NotFound && self.path.is_symlink() => {
                Err(Miss::Failed(format!("`{}` is a link to a file that does not exist", self.path.display())))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.path, "read", &error)),
        }
    }

    /// The folder of a file that is still to come.
    fn make_room(&self) -> io::Result<PathBuf> {
        let name = self.path.file_name().ok_or(ErrorKind::IsADirectory)?;
        let folder = folder_of(&self.path);
        guard::make_folder(folder)?;
        Ok(fs::canonicalize(folder)?.join(name))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(ending);
    path.with_file_name(name)
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Miss {
    Miss::Failed(format!("`{}` cannot be {what}: {}", path.display(), guard::why(error)))
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Miss> {
    let file = match guard::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "read", &error)),
    };
    let failed = |error: io::Error| failed(path, "read", &error);
    // Of what was opened, not of what may have taken its place.
    let metadata = file.metadata().map_err(failed)?;
    guard::check_file(&metadata, path)?;
    guard::check_folder(folder_of(path))?;
    let length = metadata.len();
    if length > LARGEST {
        return Err(Miss::Failed(format!("`{}` is larger than any store", path.display())));
    }
    // With room for everything: growing would leave unwiped copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1));
    (&file).take(length).read_to_end(&mut content).map_err(failed)?;
    Ok(Some(content))
}

/// Waits for one's turn at something that is no file of ours.
pub(super) fn lock_at(path: &Path) -> Result<File, Miss> {
    let folder = folder_of(path);
    guard::make_folder(folder).map_err(|error| failed(path, "locked", &error))?;
    guard::check_folder(folder)?;
    lock(path)
}

/// The file with the lock on it, which the kernel releases when this process ends in whatever way.
fn lock(path: &Path) -> Result<File, Miss> {
    let lock = beside(path, ".lock");
    let file = open_lock(&lock).map_err(|error| failed(&lock, "written", &error))?;
    guard::check_file(&file.metadata().map_err(|error| failed(&lock, "read", &error))?, &lock)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(fs::TryLockError::WouldBlock) => {}
        Err(fs::TryLockError::Error(error)) => return Err(failed(&lock, "locked", &error)),
    }
    let (sender, receiver) = mpsc::channel();
    // A lock that one waits for cannot be called off; a thread left behind ends with the process.
    std::thread::spawn(move || drop(sender.send(file.lock().map(|()| file))));
    let start = Instant::now();
    let (mut seen, mut since) = (turn(path), start);
    loop {
        match receiver.recv_timeout(LOOK_EVERY) {
            Ok(Ok(file)) => return Ok(file),
            Ok(Err(error)) => return Err(failed(&lock, "locked", &error)),
            Err(RecvTimeoutError::Disconnected) => return Err(failed(&lock, "locked", &ErrorKind::Other.into())),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = turn(path);
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        if since.elapsed() >= PATIENCE || start.elapsed() >= PATIENCE_IN_ALL {
            return Err(Miss::Failed(format!("another program holds `{}`; try again when it is done", lock.display())));
        }
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    match guard::new_file().open(path) {
        Ok(file) => {
            guard::only_ours(&file)?;
            Ok(file)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => guard::open(path),
        Err(error) => Err(error),
    }
}

/// Changes whenever a writer is done.
fn turn(path: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, identity(&metadata)))
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> u64 {
    metadata.len()
}

/// Only under the lock. What a killed writer left at the temporary place is its own and of no use.
fn replace(path: &Path, folder: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = beside(path, ".new");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = guard::new_file().open(&temporary)?;
    let written = guard::only_ours(&file)
        .and_then(|()| file.write_all(content))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        drop(fs::remove_file(&temporary));
        return written;
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened here; the rename itself goes to the disk.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

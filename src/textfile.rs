//! Files of the user's that are changed as a whole: Git's configuration, files with tokens in them, and our own record.
//!
//! The new content is written beside the old one and takes its place in one step, with its owner and its permissions. The
//! file beside it is `<name>.lock`, which Git and its helpers take for a lock too, so that none overwrites the other.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// More than any file that people write.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Why a file was not read or not changed. It is as it was then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error(
        "`{}` is locked: another program is changing it\nhint: try again; if no Git is running, remove `{}`",
        path.display(), lock.display()
    )]
    Locked { path: PathBuf, lock: PathBuf },
    #[error("`{}` was changed meanwhile; nothing was written\nhint: try again", .0.display())]
    Changed(PathBuf),
    #[error("`{}` can only be read\nhint: make it writable, or name another file", .0.display())]
    ReadOnly(PathBuf),
    #[error("`{}` is no regular file", .0.display())]
    NoFile(PathBuf),
    #[error("`{}` is larger than 8 MiB", .0.display())]
    Large(PathBuf),
    #[error("`{}` cannot be {what}: {why}", path.display())]
    Failed { path: PathBuf, what: &'static str, why: &'static str },
}

/// Who may read a file that is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// As the umask says.
    Usual,
    Owner,
}

/// A file as it was when it was read.
pub struct TextFile {
    /// Where it really is: links are followed once, and stay.
    path: PathBuf,
    content: Option<Content>,
}

type Content = (Zeroizing<Vec<u8>>, Metadata);

impl TextFile {
    /// A file that does not exist is empty.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let path = resolved(path)?;
        let content = content(&path)?;
        Ok(Self { path, content })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn exists(&self) -> bool {
        self.content.is_some()
    }

    pub fn bytes(&self) -> &[u8] {
        self.content.as_ref().map_or(&[], |(bytes, _)| bytes)
    }

    /// Could it be replaced? Asked before anything is changed elsewhere.
    pub fn is_writable(&self) -> Result<(), Trouble> {
        match &self.content {
            Some((_, metadata)) if metadata.permissions().readonly() => Err(Trouble::ReadOnly(self.path.clone())),
            _ => Ok(()),
        }
    }

    /// Puts this in its place.
    pub fn replace(&self, bytes: &[u8], audience: Audience) -> Result<(), Trouble> {
        self.is_writable()?;
        let (lock, mut file) = self.lock(audience)?;
        let written = self.check_same().and_then(|()| {
            let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| self.keep_access(&file));
            written.and_then(|()| fs::rename(&lock, &self.path)).map_err(|error| self.failed("written", &error))
        });
        if written.is_err() {
            drop(fs::remove_file(&lock));
            return written;
        }
        sync_folder(&self.path).map_err(|error| self.failed("written", &error))
    }

    pub fn remove(&self) -> Result<(), Trouble> {
        self.is_writable()?;
        let (lock, _file) = self.lock(Audience::Owner)?;
        let removed = self
            .check_same()
            .and_then(|()| fs::remove_file(&self.path).map_err(|error| self.failed("removed", &error)));
        drop(fs::remove_file(&lock));
        removed?;
        sync_folder(&self.path).map_err(|error| self.failed("removed", &error))
    }

    fn lock(&self, audience: Audience) -> Result<(PathBuf, File), Trouble> {
        let mut name = self.path.file_name().map(OsString::from).unwrap_or_default();
        name.push(".lock");
        let lock = self.path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if self.exists() || audience == Audience::Owner {
            access::owner_only(&mut options);
        }
        match options.open(&lock) {
            Ok(file) => Ok((lock, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(Trouble::Locked { path: self.path.clone(), lock })
            }
            Err(error) => Err(self.failed("written", &error)),
        }
    }

    /// Under the lock.
    fn check_same(&self) -> Result<(), Trouble> {
        let now = content(&self.path)?;
        let same = match (&now, &self.content) {
            (None, None) => true,
            (Some((now, _)), Some((then, _))) => now == then,
            _ => false,
        };
        if same { Ok(()) } else { Err(Trouble::Changed(self.path.clone())) }
    }

    fn keep_access(&self, file: &File) -> io::Result<()> {
        match &self.content {
            Some((_, metadata)) => access::copy(metadata, file),
            None => Ok(()),
        }
    }

    fn failed(&self, what: &'static str, error: &io::Error) -> Trouble {
        failed(&self.path, what, error)
    }
}

/// Makes the folder, for the owner alone.
pub fn make_private_folder(path: &Path) -> Result<(), Trouble> {
    let made = if path.is_dir() { Ok(()) } else { access::make_folder(path) };
    made.map_err(|error| failed(path, "made", &error))
}

fn resolved(path: &Path) -> Result<PathBuf, Trouble> {
    match fs::canonicalize(path) {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            Err(Trouble::Failed { path: path.to_owned(), what: "read", why: "it is a link to nothing" })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = fs::canonicalize(folder).map_err(|error| failed(folder, "read", &error))?;
            Ok(folder.join(path.file_name().unwrap_or_default()))
        }
        Err(error) => Err(failed(path, "read", &error)),
    }
}

fn content(path: &Path) -> Result<Option<Content>, Trouble> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "read", &error)),
    };
    if !metadata.is_file() {
        return Err(Trouble::NoFile(path.to_owned()));
    }
    if metadata.len() > LARGEST {
        return Err(Trouble::Large(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
    File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| failed(path, "read", &error))?;
    Ok(Some((bytes, metadata)))
}

fn failed(path: &Path, what: &'static str, error: &io::Error) -> Trouble {
    let why = match error.kind() {
        ErrorKind::NotFound => "it does not exist",
        ErrorKind::PermissionDenied => "there is no permission",
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is used up",
        ErrorKind::NotADirectory => "one of its folders is a file",
        _ => "the system reports an error",
    };
    Trouble::Failed { path: path.to_owned(), what, why }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

/// Folders cannot be opened here; the rename itself goes to the disk.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod access {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
    use std::path::Path;

    pub(super) fn owner_only(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    /// The owner first: changing it may take permissions away.
    pub(super) fn copy(from: &Metadata, to: &File) -> io::Result<()> {
        let now = to.metadata()?;
        if (now.uid(), now.gid()) != (from.uid(), from.gid()) {
            fchown(to, Some(from.uid()), Some(from.gid()))?;
        }
        to.set_permissions(from.permissions())
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }
}

#[cfg(not(unix))]
mod access {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn owner_only(_: &mut OpenOptions) {}

    pub(super) fn copy(_: &Metadata, _: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn permissions_and_links_stay() {
        let folder = folder();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        TextFile::read(&link).unwrap().replace(b"new", Audience::Usual).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(names(folder.path()), ["link", "real"]);
    }

    #[test]
    fn a_new_file_for_the_owner_is_for_the_owner() {
        let folder = folder();
        let file = TextFile::read(&folder.path().join("new")).unwrap();
        assert!(!file.exists() && file.bytes().is_empty());
        file.replace(b"text", Audience::Owner).unwrap();
        let mode = fs::metadata(folder.path().join("new")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_locked_changed_or_read_only_is_left() {
        let folder = folder();
        let path = folder.path().canonicalize().unwrap().join("file");
        fs::write(&path, "old").unwrap();
        let file = TextFile::read(&path).unwrap();
        let lock = path.with_file_name("file.lock");
        fs::write(&lock, "").unwrap();
        assert_eq!(
            file.replace(b"new", Audience::Usual),
            Err(Trouble::Locked { path: path.clone(), lock: lock.clone() })
        );
        assert!(lock.exists(), "it is somebody else's");
        fs::remove_file(&lock).unwrap();
        fs::write(&path, "meanwhile").unwrap();
        assert_eq!(file.replace(b"new", Audience::Usual), Err(Trouble::Changed(path.clone())));
        assert_eq!(file.remove(), Err(Trouble::Changed(path.clone())));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let file = TextFile::read(&path).unwrap();
        assert_eq!(file.replace(b"new", Audience::Usual), Err(Trouble::ReadOnly(path.clone())));
        assert_eq!(fs::read_to_string(&path).unwrap(), "meanwhile");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_file_can_go() {
        let folder = folder();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        TextFile::read(&path).unwrap().remove().unwrap();
        assert!(names(folder.path()).is_empty());
        assert!(matches!(TextFile::read(folder.path()), Err(Trouble::NoFile(_))));
        assert!(matches!(TextFile::read(&folder.path().join("none/file")), Err(Trouble::Failed { .. })));
    }
}

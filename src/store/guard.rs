//! Who may touch what we keep: the owner alone (R20).

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use crate::app::ports::Miss;

/// Refuses a file that is not ours alone.
pub(super) fn check_file(metadata: &Metadata, path: &Path) -> Result<(), Miss> {
    let refused = |what: &str| Err(Miss::Failed(format!("`{}` is not used: {what}", path.display())));
    if !metadata.is_file() {
        return refused("it is not a regular file");
    }
    match strangers::of(metadata) {
        Some(strangers::Way::Owner) => refused("it belongs to another user"),
        Some(strangers::Way::Mode) => {
            refused(&format!("others can read or write it; `chmod 600 {}` keeps it to yourself", path.display()))
        }
        None => Ok(()),
    }
}

/// Refuses a folder in which others could put their files in the place of ours.
pub(super) fn check_folder(path: &Path) -> Result<(), Miss> {
    let refused = |what: &str| Err(Miss::Failed(format!("the folder `{}` is not used: {what}", path.display())));
    match fs::metadata(path).map(|metadata| strangers::of_folder(&metadata)) {
        Ok(Some(strangers::Way::Owner)) => refused("it belongs to another user"),
        Ok(Some(strangers::Way::Mode)) => {
            refused(&format!("others can change what is in it; `chmod go-w {}` keeps it to yourself", path.display()))
        }
        Ok(None) => Ok(()),
        Err(error) => refused(why(&error)),
    }
}

/// For a new file that nobody else can open.
pub(super) fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    strangers::keep_out(&mut options);
    options
}

/// Opens for reading without following a link put there meanwhile, and without waiting for the other end of a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    strangers::no_surprises(&mut options);
    options.open(path)
}

/// Whatever the umask took away or left.
pub(super) fn only_ours(file: &File) -> io::Result<()> {
    strangers::only_ours(file)
}

/// Makes the folder and those above it, for the owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    match strangers::make_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// In our own words: the system's may be in another language, and name more than they should.
pub(super) fn why(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist",
        io::ErrorKind::PermissionDenied => "there is no permission",
        io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::QuotaExceeded => "your share of the disk is used up",
        io::ErrorKind::FileTooLarge => "the system allows no larger file",
        io::ErrorKind::NotADirectory => "one of its folders is a file",
        io::ErrorKind::Unsupported => "the disk cannot lock files",
        _ => "the system reports an error",
    }
}

#[cfg(unix)]
mod strangers {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    use rustix::fs::OFlags;

    pub(super) enum Way {
        Owner,
        Mode,
    }

    pub(super) fn of(metadata: &Metadata) -> Option<Way> {
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Some(Way::Owner);
        }
        (metadata.mode() & 0o077 != 0).then_some(Way::Mode)
    }

    /// The administrator can do everything anyway.
    pub(super) fn of_folder(metadata: &Metadata) -> Option<Way> {
        if metadata.uid() != 0 && metadata.uid() != rustix::process::geteuid().as_raw() {
            return Some(Way::Owner);
        }
        (metadata.mode() & 0o022 != 0).then_some(Way::Mode)
    }

    pub(super) fn keep_out(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    pub(super) fn no_surprises(options: &mut OpenOptions) {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }

    pub(super) fn only_ours(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)?;
        // The umask may have taken away even our own rights.
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    }
}

/// Elsewhere files in the user's own folders are the user's own.
#[cfg(not(unix))]
mod strangers {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    #[expect(dead_code, reason = "nothing is known about strangers here")]
    pub(super) enum Way {
        Owner,
        Mode,
    }

    pub(super) fn of(_: &Metadata) -> Option<Way> {
        None
    }

    pub(super) fn of_folder(_: &Metadata) -> Option<Way> {
        None
    }

    pub(super) fn keep_out(_: &mut OpenOptions) {}

    pub(super) fn no_surprises(_: &mut OpenOptions) {}

    pub(super) fn only_ours(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn make_folder(path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }
}

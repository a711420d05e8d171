//! Tokens in files and pipes. Nothing here waits longer than two seconds (R20).

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Sources, line};
use crate::app::ports::Miss;
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

/// A pipe that nobody writes to would be waited for without end.
const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST: u64 = line::MAX_BYTES as u64;

pub(super) fn find(_: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    match spec {
        SourceSpec::File(path) => read(path),
        _ => Err(Miss::NotMine),
    }
}

/// Something to tell the user about a token file that was accepted: others on this machine can read it. Mounted secrets
/// are often that way and are none of the user's doing, so only files below `home` are told.
pub fn remark(path: &Path, home: Option<&Path>) -> Option<String> {
    let below_home = home.is_some_and(|home| path.starts_with(home));
    let metadata = std::fs::metadata(path).ok().filter(|metadata| below_home && metadata.is_file())?;
    open_to_others(&metadata).then(|| {
        format!("other users of this machine can read `{0}`; `chmod 600 {0}` keeps it to yourself", path.display())
    })
}

#[cfg(unix)]
fn open_to_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

fn read(path: &Path) -> Result<Token, Miss> {
    let place = format!("the file `{}`", path.display());
    let metadata = std::fs::metadata(path).map_err(|error| miss(&error, &place))?;
    if !metadata.is_file() && !is_pipe(&metadata) {
        return Err(Miss::Failed(format!("{place} is neither a regular file nor a pipe")));
    }
    if metadata.is_file() {
        // Should it be a pipe by now, it is read as it is.
        let bytes = without_waiting().open(path).and_then(|file| bytes(&file, metadata.len()));
        return bytes.map_err(|error| miss(&error, &place)).and_then(|bytes| line::token(&bytes, &place));
    }
    let (sender, receiver) = mpsc::channel();
    let owned = path.to_owned();
    // Opening a pipe waits for its writer and cannot be called off; a thread left behind ends with the process.
    std::thread::spawn(move || drop(sender.send(File::open(owned).and_then(|file| bytes(&file, LONGEST)))));
    match receiver.recv_timeout(PATIENCE) {
        Ok(Ok(bytes)) => line::token(&bytes, &place),
        Ok(Err(error)) => Err(miss(&error, &place)),
        Err(_) => Err(Miss::Failed(format!("{place} gave nothing within 2 seconds"))),
    }
}

fn without_waiting() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options
}

fn bytes(file: &File, length: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // Room for everything from the start: growing would leave copies behind. And no more than that: all of it is wiped.
    let room = usize::try_from(length.min(LONGEST)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn miss(error: &std::io::Error, place: &str) -> Miss {
    match error.kind() {
        ErrorKind::NotFound => Miss::Absent(format!("{place} does not exist")),
        ErrorKind::PermissionDenied => Miss::Failed(format!("no permission to read {place}")),
        _ => Miss::Failed(format!("{place} cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret\r\n").unwrap();
        assert_eq!(read(&path).unwrap().expose(), "secret");
        std::fs::write(&path, "sec\nret\n").unwrap();
        let told = read(&path).unwrap_err().to_string();
        assert!(told.ends_with("holds more than one line") && !told.contains("sec\n"));
        std::fs::write(&path, " \n").unwrap();
        assert!(matches!(read(&path), Err(Miss::Absent(_))));
        assert!(matches!(read(&folder.path().join("none")), Err(Miss::Absent(_))));
        assert!(matches!(read(folder.path()), Err(Miss::Failed(_))));
    }

    #[test]
    fn a_huge_file_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        assert!(matches!(read(&path), Err(Miss::Failed(text)) if text.ends_with("more than 64 KiB")));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_and_a_silent_one_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let writer = path.clone();
        let thread = std::thread::spawn(move || std::fs::write(writer, "secret\n").unwrap());
        assert_eq!(read(&path).unwrap().expose(), "secret");
        thread.join().unwrap();
        assert!(matches!(read(&path), Err(Miss::Failed(text)) if text.ends_with("within 2 seconds")));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_refused() {
        assert!(matches!(read(Path::new("/dev/zero")), Err(Miss::Failed(text)) if text.contains("neither")));
    }

    #[cfg(unix)]
    #[test]
    fn an_open_file_in_the_home_folder_is_remarked_and_a_mount_is_not() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(remark(&path, Some(folder.path())).is_some());
        assert!(remark(&path, Some(Path::new("/home/other"))).is_none());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(remark(&path, Some(folder.path())).is_none());
    }
}

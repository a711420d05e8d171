use std::fs;

use hallpass::report::write::{check_place, replace_file};

#[test]
fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    replace_file(&path, b"old and longer").unwrap();
    replace_file(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn u_06_a_missing_folder_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/report.json");
    let error = replace_file(&path, b"x").unwrap_err().to_string();
    assert!(error.ends_with("no/such` does not exist"), "{error}");
    assert_eq!(check_place(&path).unwrap_err().to_string(), error);
    assert!(check_place(folder.path()).unwrap_err().to_string().ends_with("it is a folder"));
    assert!(check_place(std::path::Path::new("report.json")).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_is_kept_and_a_pipe_is_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    replace_file(&link, b"new").unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    replace_file(std::path::Path::new("/dev/null"), b"x").unwrap();
    assert!(!std::path::Path::new("/dev/null").is_file());
}

#[test]
fn a_failed_write_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    replace_file(&path, b"old").unwrap();
    for attempt in 0..64 {
        fs::write(folder.path().join(format!(".report.json.{}-{attempt}.tmp", std::process::id())), "").unwrap();
    }
    assert!(replace_file(&path, b"new").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

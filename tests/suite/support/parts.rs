//! Parts from outside that some tests use. Where one is missing its tests say so and pass; in CI they fail.

use std::path::PathBuf;

/// The folder that a variable names.
#[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
pub(crate) fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        missing(&format!("{name} (its folder is named by {variable})"));
    }
    folder
}

/// The program on the search path.
#[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        missing(name);
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
fn missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is not installed, and CI has everything");
    println!("skipped: {what} is not installed");
}

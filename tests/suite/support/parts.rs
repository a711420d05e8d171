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

#[expect(clippy::disallowed_methods, reason = "tests are steered by it")]
#[expect(clippy::print_stdout, reason = "whoever reads the tests' output is to know what did not run")]
fn missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is not installed, and CI has everything");
    println!("skipped: {what} is not installed");
}

/// Are all these programs installed?
pub(crate) fn programs(names: &[&str]) -> bool {
    let folders: Vec<PathBuf> = std::env::split_paths(&super::git_server::path()).collect();
    let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
    let absent = names.iter().find(|name| !is_there(name));
    absent.inspect(|name| missing(name)).is_none()
}

//! `hallpass setup` as people run it, judged by real Git.

mod chain;
mod files;
mod in_jobs;
mod kills;
mod migration;
mod real_git;

use std::fs;
use std::path::PathBuf;

use crate::support::helper::{Home, Ran};

/// Git's own word on who answers: the request's answer, with hallpass' variables.
fn fill(home: &Home, folder: &str, url: &str) -> Ran {
    let (protocol, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let request = format!("protocol={protocol}\nhost={host}\npath={path}\n\n");
    home.git_in(folder, &["credential", "fill"], request.as_bytes())
}

/// A home with nothing of this machine around it.
fn home() -> Home {
    Home::new().with("GIT_CONFIG_NOSYSTEM", "1").with("GIT_TERMINAL_PROMPT", "0")
}

fn gitconfig(home: &Home) -> PathBuf {
    home.home().join(".gitconfig")
}

fn text(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

/// Every value of a key, as Git lists them.
fn values(home: &Home, key: &str) -> Vec<String> {
    let ran = home.git(&["config", "--get-all", key]);
    ran.text().lines().map(str::to_owned).collect()
}

#[track_caller]
fn well(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
}

/// A repository to stand in.
fn repository(home: &Home) {
    well(&home.git(&["init", "-q"]));
}

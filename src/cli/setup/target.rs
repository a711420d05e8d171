//! Which file is written, and what is written there as the helper.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::args::SetupArguments;
use super::super::process::Process;
use crate::domain::helper_line::helper_line;
use crate::wiring::{files, git, git_program, locate};

/// A file of Git's configuration.
pub(super) struct Target {
    pub(super) path: PathBuf,
    /// `None` for a file of its own, which may or may not be included somewhere.
    pub(super) scope: Option<git::Scope>,
    /// As it is typed.
    pub(super) flag: String,
}

pub(super) fn find(arguments: &SetupArguments, process: &Process<'_>) -> Result<Target, String> {
    let directory = process.directory.clone().unwrap_or_default();
    let of = |path: PathBuf, scope, flag: &str| Target { path, scope: Some(scope), flag: flag.to_owned() };
    if let Some(path) = &arguments.file {
        let flag = format!(" --file {}", path.display());
        return Ok(Target { path: directory.join(path), scope: None, flag });
    }
    if arguments.local {
        let path = git::local_file(&directory);
        let hint = "stand in a repository, or leave `--local` out";
        let path = path.ok_or_else(|| format!("this is no Git repository\nhint: {hint}"))?;
        return Ok(of(path, git::Scope::Local, " --local"));
    }
    if arguments.system {
        return Ok(of(system(process, &directory), git::Scope::System, " --system"));
    }
    let path = global(process).ok_or("there is no home folder, so no configuration of yours; `HOME` is not set")?;
    Ok(of(path, git::Scope::Global, ""))
}

fn variable(process: &Process<'_>, name: &str) -> Option<PathBuf> {
    process.variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The files of the user, the one that Git would write first.
pub(super) fn globals(process: &Process<'_>) -> Vec<PathBuf> {
    if let Some(path) = variable(process, "GIT_CONFIG_GLOBAL") {
        return vec![path];
    }
    let home = home(process);
    let xdg = variable(process, "XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let own = home.map(|home| home.join(".gitconfig"));
    own.into_iter().chain(xdg.map(|folder| folder.join("git/config"))).collect()
}

pub(super) fn home(process: &Process<'_>) -> Option<PathBuf> {
    variable(process, "HOME").or_else(|| variable(process, "USERPROFILE").filter(|_| cfg!(windows)))
}

/// As Git chooses: the one in the home folder, unless only the other exists.
fn global(process: &Process<'_>) -> Option<PathBuf> {
    let all = globals(process);
    all.iter().find(|path| path.exists()).or(all.first()).cloned()
}

fn system(process: &Process<'_>, directory: &Path) -> PathBuf {
    let told = || {
        let answered = git_program(&process.variables, directory)?.ask(&["var", "GIT_CONFIG_SYSTEM"]).ok()?;
        let path = std::str::from_utf8(&answered.output).ok()?.lines().next()?.to_owned();
        (answered.well && !path.is_empty()).then(|| PathBuf::from(path))
    };
    variable(process, "GIT_CONFIG_SYSTEM")
        .or_else(told)
        .or_else(git::system_file)
        .unwrap_or_else(|| PathBuf::from("/etc/gitconfig"))
}

/// For files of the moment.
pub(super) fn temporary(process: &Process<'_>) -> PathBuf {
    let named = ["TMPDIR", "TEMP", "TMP"].iter().find_map(|name| variable(process, name));
    named
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| PathBuf::from(if cfg!(windows) { "C:/Windows/Temp" } else { "/tmp" }))
}

/// Where hallpass keeps what it is to remember.
pub(super) fn data_folder(process: &Process<'_>) -> Option<PathBuf> {
    files::data_folder(|name| variable(process, name)).map(|folder| folder.join("hallpass"))
}

/// The words that the helper is started with.
pub(super) fn options(arguments: &SetupArguments) -> Vec<OsString> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.clone().into_os_string());
    let pairs: [(&str, Option<OsString>); 4] = [
        ("--store", arguments.store.as_ref().map(OsString::from)),
        ("--file", path(&arguments.store_file)),
        ("--identity", path(&arguments.identity)),
        ("--lifetime", arguments.lifetime.as_ref().map(OsString::from)),
    ];
    let given = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.flat_map(|(name, value)| [OsString::from(name), value]).collect()
}

/// The value of `credential.helper`.
pub(super) fn helper(arguments: &SetupArguments, process: &Process<'_>) -> Result<String, String> {
    let program = program(process).ok_or("it cannot be told where hallpass is installed")?;
    let program =
        program.to_str().ok_or("the path of hallpass is not UTF-8 text, which a configuration cannot hold")?;
    let program = if cfg!(windows) { program.replace('\\', "/") } else { program.to_owned() };
    let words = options(arguments);
    let texts: Vec<&str> = words.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let pairs: Vec<(&str, &str)> = texts.chunks(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
    helper_line(&program, &pairs).ok_or_else(|| "a path holds a line break, which a configuration cannot".to_owned())
}

/// The path by which people find the program, where it is this very program: what a link leads to may be gone with the
/// next version.
fn program(process: &Process<'_>) -> Option<PathBuf> {
    let running = process.executable.as_deref().and_then(|path| path.canonicalize().ok());
    let typed = Path::new(&process.program);
    let directory = process.directory.as_deref();
    let found = if typed.components().count() > 1 {
        directory.map(|directory| directory.join(typed))
    } else {
        typed.to_str().and_then(|name| locate(name, &process.variables, directory.unwrap_or(Path::new("/"))))
    };
    let same = |path: &PathBuf| running.is_none() || path.canonicalize().ok() == running;
    found.filter(|path| path.is_absolute() && same(path)).or_else(|| process.executable.clone())
}

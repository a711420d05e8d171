//! `hallpass init`: a `hallpass.yml` to begin with. It shows what it would write, and asks.

use std::path::{Path, PathBuf};

use super::args::{AdHoc, InitArguments, Run};
use super::difference::difference;
use super::home;
use super::process::Process;
use super::selection::{Manner, Wanted, reads_back};
use super::survey::survey;
use crate::app::init::outline;
use crate::wiring::{Audience, Library, TextFile, files, git, log_text, looks_like_a_secret, outline_text, pipelines};

/// The exit status where the file was not written although it was asked for.
const UNMET: u8 = 1;

pub(super) fn run(arguments: &InitArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let directory = process.directory.clone().ok_or("the working directory is gone")?;
    let root = git::work_tree(&directory).unwrap_or_else(|| directory.clone());
    let text = written(arguments, &root, process, &library)?;
    let path = place(arguments.output.as_deref(), &root, &directory);
    let file = TextFile::read(&path).map_err(|trouble| trouble.to_string())?;
    let shown = shown(&path, &directory);
    if file.exists() && file.bytes() == text.as_bytes() {
        say(process, &format!("`{shown}` is as it would be written"));
        return Ok(0);
    }
    show(&shown, &file, &text, process);
    if arguments.dry_run {
        return Ok(0);
    }
    if file.exists() && !arguments.force {
        say(process, &format!("`{shown}` exists and stays as it is\nhint: `--force` writes over it"));
        return Ok(UNMET);
    }
    if !arguments.yes && !process.stdin_is_terminal {
        say(process, "nothing was written: nobody can be asked here\nhint: `--yes` writes it");
        return Ok(UNMET);
    }
    if !arguments.yes && !process.agrees(&format!("Write `{shown}`?")) {
        say(process, "nothing was written");
        return Ok(0);
    }
    file.replace(text.as_bytes(), Audience::Usual).map_err(|trouble| trouble.to_string())?;
    say(process, &format!("`{shown}` was written; `hallpass check` reads it"));
    Ok(0)
}

/// The text, after our own reader has read it.
fn written(
    arguments: &InitArguments,
    root: &Path,
    process: &mut Process<'_>,
    library: &Library,
) -> Result<String, String> {
    let survey = survey(root, root, process, library);
    let home = home::find(arguments.forge.as_deref(), root, &survey.forges, process, library)?;
    tell(root, process);
    let tools = pipelines::tools(root, &home.forge, &library.contracts)?;
    let text = outline_text(&outline(&survey, &tools, home, &library.forges));
    let (adhoc, asking) = (AdHoc::default(), Run::default());
    let wanted = Wanted { config: None, names: &[], adhoc: &adhoc, run: &asking, manner: Manner::Each };
    reads_back(&text, &wanted, process, library)?;
    Ok(text)
}

/// What is worth a word before anything is shown.
fn tell(root: &Path, process: &mut Process<'_>) {
    for name in git::remotes_with_tokens(root) {
        say(
            process,
            &format!(
                "warning: the address of the remote `{}` has a token or a password in it, which is left out here\n\
                 hint: `hallpass setup --migrate` moves it into the store",
                log_text(&name)
            ),
        );
    }
}

/// The file that `check` would read, where there is one.
fn place(output: Option<&Path>, root: &Path, directory: &Path) -> PathBuf {
    let names = files::REPOSITORY_NAMES.iter().map(|name| root.join(name));
    let usual = || names.clone().find(|path| path.exists()).unwrap_or_else(|| root.join(files::REPOSITORY_NAMES[0]));
    output.map_or_else(usual, |path| directory.join(path))
}

fn shown(path: &Path, directory: &Path) -> String {
    log_text(&path.strip_prefix(directory).unwrap_or(path).display().to_string())
}

/// A new file as it will be, an old one by what changes.
fn show(shown: &str, file: &TextFile, text: &str, process: &mut Process<'_>) {
    let line = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        if looks_like_a_secret(&line) { "***".to_owned() } else { log_text(&line) }
    };
    let told = if file.exists() {
        difference(shown, file.bytes(), text.as_bytes(), &line)
    } else {
        text.lines().map(|one| line(one.as_bytes()) + "\n").collect()
    };
    let _ = process.stdout.write_all(told.as_bytes());
    let _ = process.stdout.flush();
}

fn say(process: &mut Process<'_>, text: &str) {
    let _ = writeln!(process.stderr, "{text}");
}

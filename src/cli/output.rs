//! Where reports go: standard output, files, several at once. Everything passes the redactor.

use std::fs::OpenOptions;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::args::{Color, Common};
use super::process::Process;
use crate::domain::capability::nearest;
use crate::domain::finding::RuleBook;
use crate::domain::redact::Redactor;
use crate::domain::report::Report;
use crate::wiring::{FORMATS, Format, Options, Written, check_place, find_format, replace_file};

/// What was asked for by `--format`, checked before anything is asked of a forge.
pub(super) struct Plan {
    stdout: Vec<&'static Format>,
    files: Vec<(&'static Format, PathBuf)>,
    pub(super) options: Options,
    runner: RunnerFiles,
}

/// Files of GitHub Actions' runner: the step's earlier commands may have written to them, so they are added to.
#[derive(Clone)]
struct RunnerFiles(Vec<(&'static str, PathBuf)>);

impl RunnerFiles {
    fn of(process: &Process<'_>) -> Self {
        let named = [("GITHUB_STEP_SUMMARY", "the job summary"), ("GITHUB_OUTPUT", "the step's outputs")];
        let given = named.into_iter().filter_map(|(name, what)| Some((what, PathBuf::from(process.variable(name)?))));
        Self(given.filter(|(_, path)| !path.as_os_str().is_empty()).collect())
    }

    /// What this file is.
    fn what(&self, path: &Path) -> Option<&'static str> {
        self.0.iter().find(|(_, held)| held == path).map(|(what, _)| *what)
    }
}

pub(super) fn plan(common: &Common, process: &Process<'_>, rules: &RuleBook) -> Result<Plan, String> {
    let runner = RunnerFiles::of(process);
    let mut plan = Plan { stdout: Vec::new(), files: Vec::new(), options: options(common, process, rules), runner };
    for wanted in &common.format {
        let (name, path) = wanted.split_once('=').map_or((wanted.as_str(), None), |(name, path)| (name, Some(path)));
        let format = find_format(name).ok_or_else(|| unknown(name))?;
        match path {
            None => plan.stdout.push(format),
            Some("") => return Err(format!("`--format {name}=` lacks the path of a file")),
            Some(path) => {
                let path = PathBuf::from(path);
                if plan.runner.what(&path).is_none() {
                    check_place(&path).map_err(|error| error.to_string())?;
                }
                plan.files.push((format, path));
            }
        }
    }
    if plan.stdout.len() > 1 {
        return Err("two formats cannot share standard output\nhint: give one of them a file, as in `--format json=report.json`".to_owned());
    }
    if plan.stdout.is_empty() && !common.quiet {
        plan.stdout.extend(find_format(default_format(process)));
    }
    if common.quiet {
        plan.stdout.clear();
    }
    plan.options.reports = plan.reports(process);
    Ok(plan)
}

/// For a command that has nothing to report but a text of its own, and the same as JSON.
pub(super) fn plan_of_text(common: &Common, process: &Process<'_>, rules: &RuleBook) -> Result<Plan, String> {
    for wanted in &common.format {
        let name = wanted.split_once('=').map_or(wanted.as_str(), |(name, _)| name);
        if !matches!(name, "human" | "json") {
            return Err("this command has the formats human and json".to_owned());
        }
    }
    plan(common, process, rules)
}

fn unknown(name: &str) -> String {
    let names = FORMATS.iter().map(|format| format.name);
    let hint = match nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the formats are {}", names.collect::<Vec<_>>().join(", ")),
    };
    format!("unknown format\nhint: {hint}")
}

/// The platform's own way of showing findings, where it has one.
fn default_format(process: &Process<'_>) -> &'static str {
    let on = |name: &str| process.variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match () {
        () if on("GITHUB_ACTIONS") => "github",
        () if on("TF_BUILD") => "azure",
        () => "human",
    }
}

/// The file of the pipeline one runs in: findings about nothing in particular are shown there.
fn file_of_record(process: &Process<'_>) -> String {
    // `owner/repo/.github/workflows/ci.yml@refs/heads/main`
    let workflow = process.variable("GITHUB_WORKFLOW_REF").and_then(|text| {
        let path = text.split_once('@').map_or(text.as_str(), |(path, _)| path);
        path.splitn(3, '/').nth(2).map(str::to_owned)
    });
    let gitlab = || process.variable("CI_CONFIG_PATH").filter(|path| !path.contains([':', '@']));
    workflow.filter(|path| !path.is_empty()).or_else(gitlab).unwrap_or_else(|| ".gitlab-ci.yml".to_owned())
}

fn options(common: &Common, process: &Process<'_>, rules: &RuleBook) -> Options {
    let set = |name: &str| process.variable(name).is_some_and(|value| !value.is_empty());
    let color = match common.color {
        Color::Always => true,
        Color::Never => false,
        // GitLab's log shows colour although it is no terminal.
        Color::Auto => !set("NO_COLOR") && (process.terminal.is_some() || set("GITLAB_CI") || set("CLICOLOR_FORCE")),
    };
    Options {
        color,
        width: process.terminal.unwrap_or(100).clamp(40, 120),
        verbose: common.verbose,
        file_of_record: file_of_record(process),
        delimiter: fresh_word(),
        rules: rules.clone(),
        ..Options::default()
    }
}

/// Nobody can know it beforehand: the keys of these hashes are the system's chance.
fn fresh_word() -> String {
    let number = || RandomState::new().hash_one(());
    format!("end-{:016x}{:016x}", number(), number())
}

impl Plan {
    /// The reports that stay as files, for formats that name them.
    fn reports(&self, process: &Process<'_>) -> Vec<Written> {
        let directory = process.directory.clone().unwrap_or_default();
        let own = self.files.iter().filter(|(_, path)| self.runner.what(path).is_none());
        own.map(|(format, path)| Written { format: format.name, path: directory.join(path) }).collect()
    }

    /// Writes the report wherever it was asked for.
    pub(super) fn write(&self, report: &Report, redactor: &Redactor, process: &mut Process<'_>) -> Result<(), String> {
        self.write_with(|format, options| (format.render)(report, options), redactor, process)
    }

    /// The same for a command whose formats say more than the report.
    pub(super) fn write_with(
        &self,
        render: impl Fn(&Format, &Options) -> Vec<u8>,
        redactor: &Redactor,
        process: &mut Process<'_>,
    ) -> Result<(), String> {
        for (format, path) in &self.files {
            let bytes = redactor.redact(render(format, &self.plain()));
            match self.runner.what(path) {
                Some(what) => append(what, path, &bytes, process),
                None => replace_file(path, &bytes).map_err(|error| error.to_string())?,
            }
        }
        for format in &self.stdout {
            print(render(format, &self.options), redactor, process);
        }
        Ok(())
    }

    /// Writes what `say` makes of the name of each format.
    pub(super) fn write_texts(
        &self,
        say: impl Fn(&str, &Options) -> Vec<u8>,
        redactor: &Redactor,
        process: &mut Process<'_>,
    ) -> Result<(), String> {
        let plain = self.plain();
        for (format, path) in &self.files {
            replace_file(path, &redactor.redact(say(format.name, &plain))).map_err(|error| error.to_string())?;
        }
        for format in &self.stdout {
            print(say(format.name, &self.options), redactor, process);
        }
        Ok(())
    }

    /// For files, which no terminal and no log shows.
    fn plain(&self) -> Options {
        Options { color: false, sections: false, ..self.options.clone() }
    }

    /// Does standard output get the text for people?
    pub(super) fn is_human(&self) -> bool {
        self.stdout.iter().any(|format| format.name == "human")
    }

    /// Writes the files, and to standard output what a command says in its own way.
    pub(super) fn write_own(
        &self,
        report: &Report,
        own: impl Fn(&Report, &Options) -> Vec<u8>,
        redactor: &Redactor,
        process: &mut Process<'_>,
    ) -> Result<(), String> {
        if self.is_human() {
            let files_only = Self {
                stdout: Vec::new(),
                files: self.files.clone(),
                options: self.options.clone(),
                runner: self.runner.clone(),
            };
            files_only.write(report, redactor, process)?;
            print(own(report, &self.options), redactor, process);
            return Ok(());
        }
        self.write(report, redactor, process)
    }
}

/// A reader that went away ends the output quietly (U-05).
fn print(bytes: Vec<u8>, redactor: &Redactor, process: &mut Process<'_>) {
    let _ = process.stdout.write_all(&redactor.redact(bytes));
    let _ = process.stdout.flush();
}

/// Adds to a file of the runner's, on a line of its own. That it cannot be written is worth a word, not a verdict (E-01).
fn append(what: &str, path: &Path, bytes: &[u8], process: &mut Process<'_>) {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    let written = opened.and_then(|mut file| {
        let separator: &[u8] = if file.metadata()?.len() > 0 { b"\n" } else { b"" };
        file.write_all(&[separator, bytes].concat())
    });
    if let Err(error) = written {
        let _ = writeln!(process.stderr, "warning: {what} cannot be written: {}", error.kind());
    }
}

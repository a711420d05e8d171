//! What people type: reading arguments, choosing the command, and the exit status.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | pass |
//! | 1 | a finding at or above `--fail-on`; `can`: denied; `compare`: no token suffices |
//! | 2 | usage or configuration |
//! | 3 | something required is unknown, or nothing was checked |
//! | 130, 143 | interrupted |
//!
//! The verbs of Git's credential helper follow Git instead: 0 whatever they find, and 1 only where their answer cannot be
//! written.

mod advise;
mod args;
mod can;
mod check;
mod compare;
mod credential;
mod difference;
mod doctor;
mod explain;
mod flags;
mod generate;
mod home;
mod init;
mod inspect;
mod lint;
mod output;
mod process;
mod progress;
mod report;
mod selection;
mod session;
mod setup;
mod stores;
mod survey;
mod usage;

use std::process::ExitCode;

pub use explain::page as explanation;
pub use process::Process;

use crate::wiring::log_lines;
use args::{Arguments, Command, ConfigCommand};
use usage::Early;

const USAGE: u8 = 2;

/// Runs one invocation to its exit status.
pub fn run(process: &mut Process<'_>) -> ExitCode {
    // Git is waiting: its verbs are known before any argument parser is built.
    if let Some(status) = credential::run(process) {
        return ExitCode::from(status);
    }
    let status = match usage::read(&process.arguments, process.terminal.is_some()) {
        Ok(arguments) => dispatch(arguments, process).unwrap_or_else(|mistake| complain(&mistake, process)),
        Err(Early::Said(text)) => {
            // A reader that went away wants no more.
            let _ = process.stdout.write_all(text.as_bytes());
            0
        }
        Err(Early::Lost(text)) => {
            let _ = process.stderr.write_all(text.as_bytes());
            USAGE
        }
        Err(Early::Mistake(text)) => complain(&text, process),
    };
    let status = process.interrupted.unwrap_or(status);
    let _ = process.stdout.flush();
    ExitCode::from(status)
}

fn complain(text: &str, process: &mut Process<'_>) -> u8 {
    let _ = writeln!(process.stderr, "error: {}", log_lines(text.trim_end()));
    USAGE
}

fn dispatch(arguments: Arguments, process: &mut Process<'_>) -> Result<u8, String> {
    match arguments.command {
        Command::Advise(arguments) => advise::run(&arguments, process),
        Command::Check(arguments) => check::run(&arguments, process),
        Command::Compare(arguments) => compare::run(&arguments, process),
        Command::Can(arguments) => can::run(&arguments, process),
        Command::Inspect(arguments) => inspect::run(&arguments, process),
        Command::Report(arguments) => report::run(&arguments, process),
        Command::Init(arguments) => init::run(&arguments, process),
        Command::Lint(arguments) => lint::run(&arguments, process),
        // Reached by nothing that Git sends: whoever typed this gave a verb that the helper has answered already.
        Command::Credential(_) => Ok(0),
        Command::Doctor(arguments) => doctor::run(&arguments, process),
        Command::Setup(arguments) => setup::run(&arguments, process),
        Command::Explain(arguments) => explain::run(arguments.id.as_deref(), process),
        Command::Config { command: ConfigCommand::Schema } => Ok(generate::schema(process)),
        Command::Completions { shell } => Ok(generate::completions(shell, process)),
        Command::Man => generate::man(process),
    }
}

/// The long help of `--format`, made from the list of formats.
fn formats_help() -> String {
    let lines = crate::wiring::FORMATS.iter().map(|format| format!("\n  {:<18} {}", format.name, format.about));
    format!(
        "How to report: FORMAT on standard output or FORMAT=PATH into a file; may be given several times.\n\
         The default is the platform's own: github on GitHub Actions, azure on Azure Pipelines, else human.\n{}",
        lines.collect::<String>()
    )
}

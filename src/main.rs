//! Gathers what the process was given, and hands it over.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use hallpass::cli::{self, Process};
use hallpass::wiring::{SystemClock, Variables, harden};

#[expect(clippy::disallowed_methods, reason = "the one place that asks for them")]
fn main() -> ExitCode {
    harden();
    let stdout = std::io::stdout();
    let is_terminal = stdout.is_terminal();
    let variables: Variables = std::env::vars_os().collect();
    let clock = SystemClock::new(&variables);
    let mut arguments = std::env::args_os();
    let stdin = std::io::stdin();
    let mut process = Process {
        program: arguments.next().unwrap_or_default(),
        executable: std::env::current_exe().ok(),
        arguments: arguments.collect(),
        variables,
        directory: std::env::current_dir().ok(),
        stdin_is_terminal: stdin.is_terminal(),
        stdin: Box::new(stdin),
        stdout: &mut stdout.lock(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        stderr: &mut std::io::stderr(),
        interrupted: None,
        clock: &clock,
        terminal: is_terminal.then(|| terminal_size::terminal_size().map_or(80, |(width, _)| width.0)),
    };
    cli::run(&mut process)
}

//! Flags that several commands share. No logic.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Tokens and what they are for, without a configuration file.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Tokens")]
pub(crate) struct AdHoc {
    /// Take the token from this variable
    #[arg(long, value_name = "VAR")]
    pub(crate) token_env: Vec<String>,
    /// Take the token from this file
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Take the token from standard input
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// The forge's software
    #[arg(long, value_name = "FORGE", hide_short_help = true)]
    pub(crate) forge: Option<String>,
    /// Where people open the forge
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The project, such as `group/project`
    #[arg(long, value_name = "PROJECT")]
    pub(crate) target: Option<String>,
    /// What a tool needs; `hallpass explain` lists them
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Vec<String>,
    /// A capability that is needed; repeatable
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) needs: Vec<String>,
    /// The user name that goes with the token; deploy tokens demand their own
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(crate) username: Option<String>,
}

/// How the forge is asked.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Asking")]
pub(crate) struct Run {
    /// Ask nobody; tell what the token's text and the environment tell
    #[arg(long, hide_short_help = true)]
    pub(crate) offline: bool,
    /// The most that is sent: nothing beyond the token's own state, harmless reads, documented dry runs, or also writes
    /// that cannot succeed
    #[arg(long, value_enum, default_value_t = Probe::Read, value_name = "HOW", hide_short_help = true)]
    pub(crate) probe: Probe,
    /// Trust this origin although only a file of the repository names it; may be given several times
    #[arg(long, value_name = "ORIGIN", hide_short_help = true)]
    pub(crate) allow_origin: Vec<String>,
    /// Ask this origin without TLS; may be given several times
    #[arg(long, value_name = "ORIGIN", hide_short_help = true)]
    pub(crate) allow_http: Vec<String>,
    /// Certificate authorities beside the system's, as PEM
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Seconds for one request
    #[arg(long, value_name = "SECONDS", hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: Option<u64>,
    /// Seconds for the whole run
    #[arg(long, value_name = "SECONDS", hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) deadline: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Probe {
    None,
    #[default]
    Read,
    DryRun,
    Writes,
}

/// What a run costs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Outcome {
    /// Fail at error (default), warning, note or never
    #[arg(
        long,
        value_enum,
        default_value_t = FailOn::Error,
        value_name = "SEVERITY",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) fail_on: FailOn,
    /// Exit with 0 although something required is unknown
    #[arg(long, hide_short_help = true)]
    pub(crate) allow_unknown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

/// Flags of every command that reports.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Common {
    /// The configuration file, in place of `hallpass.yml` at the root of the repository
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) config: Option<PathBuf>,
    /// human, json, markdown and more; with =PATH to a file
    #[arg(long, value_name = "FORMAT[=PATH]", long_help = super::formats_help())]
    pub(crate) format: Vec<String>,
    /// Colour
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN", hide_short_help = true)]
    pub(crate) color: Color,
    /// Print nothing on standard output
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Also print every request and all evidence
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

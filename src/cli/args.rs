//! What can be typed, and its help. No logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use super::flags::{AdHoc, Color, Common, FailOn, Outcome, Probe, Run};

pub(crate) use super::setup::arguments::SetupArguments;

/// The right token for the job: what a token may do on a forge, why not, and what would fix it.
#[derive(Debug, Parser)]
#[command(
    name = "hallpass",
    version,
    about = "The right token for the job: what a token may do, why not, and what would fix it",
    after_help = "Tokens come from the environment, files, standard input or configured sources, never as arguments.\n\
                  Exit status: 0 pass, 1 findings, 2 usage or configuration, 3 unknown or nothing checked, 130 interrupted.",
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check tokens against what they must be able to do, and for how long
    #[command(
        after_help = "Examples:\n  hallpass check\n  hallpass check release-bot --format github --format junit=hallpass.xml\n  \
                            hallpass check --token-env GITLAB_TOKEN --contract semantic-release"
    )]
    Check(CheckArguments),
    /// Compare tokens side by side and name the least powerful that suffices
    #[command(after_help = "Examples:\n  hallpass compare mr.list mr.create release.create\n  \
                            hallpass compare --contract renovate --token-env CI_JOB_TOKEN --token-env BOT_TOKEN")]
    Compare(CompareArguments),
    /// Merge reports, and show them in any format
    ///
    /// Of the shards of a fleet, or of several runs: files that `--format json=FILE` wrote. The exit status is the one that
    /// one run over everything would have had.
    #[command(
        after_help = "Examples:\n  hallpass report shard-*.json\n  hallpass report shard-*.json --format markdown=summary.md --format html=fleet.html\n  \
                            hallpass report --latest monday.json tuesday.json"
    )]
    Report(ReportArguments),
    /// Answer one question: may this token do that?
    #[command(after_help = "Examples:\n  hallpass can mr.create\n  hallpass can -q git.push && git push")]
    Can(CanArguments),
    /// Tell what a token is: kind, owner, scopes, role, expiry
    #[command(
        after_help = "Examples:\n  hallpass inspect --token-env GITLAB_TOKEN\n  pass show bot | hallpass inspect --token-stdin --offline --forge gitlab"
    )]
    Inspect(InspectArguments),
    /// Find calls in pipeline files and scripts that their token can never make; no token, no network
    #[command(after_help = "Examples:\n  hallpass lint\n  hallpass lint .github/workflows/release.yml\n  \
                            hallpass lint --gitlab-version 17.11 .gitlab-ci.yml\n  \
                            hallpass lint --format gitlab=gl-code-quality-report.json")]
    Lint(LintArguments),
    /// Name the least token that would do, for a tool or for each job here
    ///
    /// Kind, scopes or permissions, role, lifetime, and the page where it is made.
    #[command(
        after_help = "Examples:\n  hallpass advise --contract semantic-release\n  hallpass advise --needs git.push --needs mr.create \\\n    \
                            --url https://gitlab.example.com --target group/project\n  hallpass advise release-bot\n  hallpass advise -v"
    )]
    Advise(AdviseArguments),
    /// Write a `hallpass.yml` for this repository
    ///
    /// From its remotes, its pipeline files and the tools in it. It shows what it would write, and asks.
    #[command(
        after_help = "Examples:\n  hallpass init --dry-run\n  hallpass init\n  hallpass init --forge gitlab --yes"
    )]
    Init(InitArguments),
    /// Answer Git, which asks for a user name and a token; the same as `git-credential-hallpass`
    #[command(after_help = "Git calls it, and hands the request over on standard input:\n  \
                            git config credential.https://gitlab.example.com.helper '!hallpass credential'")]
    Credential(CredentialArguments),
    /// Tell which token Git uses for an address, and why
    #[command(
        after_help = "Examples:\n  hallpass doctor https://gitlab.example.com/group/project.git\n  hallpass doctor origin\n  \
                            hallpass doctor --offline"
    )]
    Doctor(DoctorArguments),
    /// Make Git ask hallpass for tokens
    #[command(
        after_help = "Examples:\n  hallpass setup --dry-run\n  hallpass setup https://gitlab.example.com --store file\n  \
                            hallpass setup --migrate --dry-run\n  hallpass setup --undo"
    )]
    Setup(Box<SetupArguments>),
    /// Explain a rule, a capability or a contract; without ID list them
    #[command(
        after_help = "Examples:\n  hallpass explain\n  hallpass explain scope-missing\n  hallpass explain mr.create\n  hallpass explain semantic-release"
    )]
    Explain(ExplainArguments),
    /// About the configuration file
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the completions of a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the JSON Schema of `hallpass.yml`, for editors
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Connections to check; without any, all
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) adhoc: AdHoc,
    #[command(flatten)]
    pub(crate) run: Run,
    /// Check one of N equal parts of the connections, such as 2/5; `auto`: the one that is this job's
    #[arg(long, value_name = "I/N", help_heading = "Asking", hide_short_help = true)]
    pub(crate) shard: Option<String>,
    /// An earlier report, as JSON: also tell what is new, gone and changed since
    #[arg(long, value_name = "REPORT", help_heading = "Asking", hide_short_help = true)]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) result: Outcome,
    /// Make each connection a section of GitLab's job log, folded where it passes; for the text on standard output
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(crate) log_sections: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Capabilities to compare; without any, what the contracts need
    #[arg(value_name = "CAPABILITY")]
    pub(crate) capabilities: Vec<String>,
    /// A connection to compare; repeatable
    #[arg(long = "connection", value_name = "NAME", help_heading = "Tokens")]
    pub(crate) connections: Vec<String>,
    #[command(flatten)]
    pub(crate) adhoc: AdHoc,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Reports as JSON
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Of a connection in several reports take what the latest says
    #[arg(long)]
    pub(crate) latest: bool,
    /// An earlier report, as JSON: also tell what is new, gone and changed since
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) result: Outcome,
    /// Make each connection a section of GitLab's job log, folded where it passes; for the text on standard output
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(crate) log_sections: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct CanArguments {
    /// Such as `mr.create`; `hallpass explain` lists them
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub(crate) capability: Option<String>,
    /// List everything this token can and cannot do
    #[arg(long)]
    pub(crate) list: bool,
    /// The connection whose token is meant
    #[arg(long = "connection", value_name = "NAME", help_heading = "Tokens")]
    pub(crate) connection: Option<String>,
    #[command(flatten)]
    pub(crate) adhoc: AdHoc,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The connection whose token is meant
    #[arg(long = "connection", value_name = "NAME", help_heading = "Tokens")]
    pub(crate) connection: Option<String>,
    #[command(flatten)]
    pub(crate) adhoc: AdHoc,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// The address of a repository, or a remote; without it, the remote `origin`
    #[arg(value_name = "URL")]
    pub(crate) address: Option<String>,
    /// Also ask the helpers of others; what they answer is not shown but for the user name
    #[arg(long)]
    pub(crate) ask: bool,
    #[command(flatten)]
    pub(crate) run: Run,
    #[command(flatten)]
    pub(crate) result: Outcome,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Files, or folders with all pipelines, actions and scripts below; without any, the repository's own pipelines
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The version of the GitLab server, such as 18.2; in a job `CI_SERVER_VERSION`
    #[arg(long, value_name = "VERSION")]
    pub(crate) gitlab_version: Option<String>,
    #[command(flatten)]
    pub(crate) result: Outcome,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct AdviseArguments {
    /// Connections to advise about; without any, all, and every job of this repository's pipelines
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// What a tool needs; `hallpass explain` lists them
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Vec<String>,
    /// A capability that is needed; repeatable
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) needs: Vec<String>,
    /// The forge's software
    #[arg(long, value_name = "FORGE")]
    pub(crate) forge: Option<String>,
    /// Where people open the forge
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The project, such as `group/project`
    #[arg(long, value_name = "PROJECT")]
    pub(crate) target: Option<String>,
    /// The version of the forge's server, such as `18.2`
    #[arg(long, value_name = "VERSION")]
    pub(crate) server_version: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The forge's software, where the remotes and the pipeline files do not tell
    #[arg(long, value_name = "FORGE")]
    pub(crate) forge: Option<String>,
    /// The file to write, in place of `hallpass.yml` at the root of the repository
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Show it, and write nothing
    #[arg(long, conflicts_with_all = ["yes", "force"])]
    pub(crate) dry_run: bool,
    /// Write it without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Write over a file that exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// For the help: the helper itself reads its words without this parser.
#[derive(Debug, Args)]
pub(crate) struct CredentialArguments {
    /// Where tokens that Git hands over are kept: `keyring`, `file` (encrypted), `plain` or `none`. Without it: the keyring
    /// where one answers, else the file; none in CI
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "file", "plain", "none"])]
    pub(crate) store: Option<String>,
    /// The file that keeps them, with its whole path
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// The key of the encrypted file: an age or SSH (ed25519, rsa) private key
    #[arg(long, value_name = "PATH")]
    pub(crate) identity: Option<PathBuf>,
    /// Forget what is kept after this time, such as `1h`
    #[arg(long, value_name = "DURATION")]
    pub(crate) lifetime: Option<String>,
    /// `get`, `store`, `erase` or `capability`; any other is ignored
    pub(crate) verb: String,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A rule, capability or contract
    pub(crate) id: Option<String>,
}

// `-h` is one screen: what most people need. The rest waits for `--help`.

//! What can be typed behind `hallpass setup`, and its help. No logic.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(crate) struct SetupArguments {
    /// Where Git is to ask hallpass, such as `https://gitlab.example.com`
    ///
    /// Without any: the origins of your configuration, the public forges, this repository's remotes, and the CI job's
    /// platform; with `--local` the remotes alone.
    #[arg(value_name = "URL", conflicts_with = "undo")]
    pub(crate) origins: Vec<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take out what setup wrote, and nothing else
    #[arg(long)]
    pub(crate) undo: bool,
    /// Ask no other helper about these places
    #[arg(long, conflicts_with = "undo")]
    pub(crate) replace: bool,
    /// Put rewrites and headers out of force that give Git a token unasked
    #[arg(long, conflicts_with = "undo")]
    pub(crate) take_over: bool,
    /// Move tokens that lie in plain text into the store
    ///
    /// From `~/.git-credentials`, `~/.netrc`, this repository's remotes, and `insteadOf`.
    #[arg(long, conflicts_with = "undo")]
    pub(crate) migrate: bool,
    /// Move them without asking
    #[arg(long, requires = "migrate")]
    pub(crate) yes: bool,
    /// Write the user's configuration; the default
    #[arg(long, group = "target", help_heading = "Where to write")]
    pub(crate) global: bool,
    /// Write this repository's configuration
    #[arg(long, group = "target", help_heading = "Where to write")]
    pub(crate) local: bool,
    /// Write the system's configuration
    #[arg(long, group = "target", help_heading = "Where to write")]
    pub(crate) system: bool,
    /// Write this file, such as one that your configuration includes
    #[arg(long, group = "target", value_name = "PATH", help_heading = "Where to write")]
    pub(crate) file: Option<PathBuf>,
    /// Where tokens that Git hands over are kept
    ///
    /// `keyring`, `file` (encrypted), `plain` or `none`. Without it: the keyring where one answers, else the file; none in
    /// CI.
    #[arg(long, value_name = "STORE", help_heading = "For the helper", hide_possible_values = true, value_parser = ["keyring", "file", "plain", "none"])]
    pub(crate) store: Option<String>,
    /// The file that keeps them, with its whole path
    #[arg(long, value_name = "PATH", help_heading = "For the helper", hide_short_help = true)]
    pub(crate) store_file: Option<PathBuf>,
    /// The key of the encrypted file: an age or SSH private key, with its whole path
    #[arg(long, value_name = "PATH", help_heading = "For the helper", hide_short_help = true)]
    pub(crate) identity: Option<PathBuf>,
    /// Forget what is kept after this time, such as `8h`
    #[arg(long, value_name = "DURATION", help_heading = "For the helper", hide_short_help = true)]
    pub(crate) lifetime: Option<String>,
}

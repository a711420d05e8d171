//! What Git knows: the work tree one is in, its remotes, and the configuration in force. The only user of git2.
//!
//! Nothing here changes anything. What a configuration says may be a secret wherever it stands: in the name of a section
//! (`url.<address with a token>.insteadOf`), in a header, in an address, in a helper that is a line of shell. So such
//! texts are [`Token`](crate::domain::token::Token)s until somebody takes the part out that may be shown.

mod address;
mod effective;
mod files;
mod listing;
mod place;
mod program;
mod urlmatch;

pub use address::{Address, may_be_a_token, shown};
pub use effective::{Chain, Configuration, Direction, Helper, Helps, Remote, Rewrite, Scope, SeenBy, Setting, Where};
pub use files::{Unusable, in_file, in_text, local_file, rendered, system_file};
pub use listing::read as configuration;
pub use place::{file_of_commit, remotes, remotes_with_tokens, work_tree};
pub use program::{Answered, Program, Trouble};
pub use urlmatch::{Match, Pattern};

//! One file per target. What it compares with is written anew here, not taken from hallpass.

use jiff::Timestamp;

pub(crate) mod address;
pub(crate) mod configuration;
pub(crate) mod host;
mod linted;
pub(crate) mod pipeline;
pub(crate) mod remotes;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod script;
pub(crate) mod store;

/// When all of this happens.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

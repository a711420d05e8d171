//! The pure core: words, facts and judgement.
//!
//! Nothing in here reads a file, the environment, the network or the clock, prints, or waits. Everything it needs is
//! handed to it, so every verdict can be checked by a table of cases.

pub mod advise;
pub mod azure_pat;
pub mod capability;
pub mod catalogue;
pub mod concerns;
pub mod conclude;
pub mod config_block;
pub mod connection;
pub mod contract;
pub mod demands;
pub mod diagnosis;
pub mod elsewhere;
pub mod entry;
pub mod evidence;
pub mod excess;
pub mod expiry;
pub mod finding;
pub mod gates;
pub mod helper_line;
pub mod job_permissions;
pub mod judge;
pub mod line_diff;
pub mod origin;
pub mod outline;
pub mod parts;
pub mod redact;
pub mod remedy;
pub mod report;
pub mod routable;
pub mod routes;
pub mod shard;
pub mod since;
pub mod token;
pub mod usage;
pub mod verdict;
pub mod version;

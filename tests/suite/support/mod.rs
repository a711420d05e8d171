//! What the tests share.

pub(crate) mod git_server;
pub(crate) mod hallpass;
pub(crate) mod helper;
pub(crate) mod raw_server;
mod sample_parts;
pub(crate) mod sample_report;

//! What the tests share.

pub(crate) mod hallpass;
pub(crate) mod parts;
pub(crate) mod raw_server;
mod sample_parts;
pub(crate) mod sample_report;

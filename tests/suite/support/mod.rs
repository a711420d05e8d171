//! What the tests share.

pub(crate) mod hallpass;
pub(crate) mod raw_server;
pub(crate) mod sample_report;

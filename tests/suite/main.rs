//! Tests of whole parts, in one binary: linking it once is what keeps them quick. Their inputs and expected outputs are
//! under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod architecture;
mod catalogue;
mod budget;
mod canary;
mod command_line;
#[cfg(unix)]
mod ci_files;
mod config;
mod docs;
mod faults;
mod formats;
mod http;
mod judge;
mod recorded;
mod schema;
mod situations;
mod support;

//! Tests of whole parts, in one binary: linking it once is what keeps them quick. Their inputs and expected outputs are
//! under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod architecture;
mod budget;
mod canary;
mod catalogue;
#[cfg(unix)]
mod ci_files;
mod command_line;
mod config;
mod credential;
mod docs;
mod faults;
mod formats;
mod http;
mod judge;
mod lint;
mod provider;
mod recorded;
mod sandbox_answers;
mod schema;
mod situations;
#[cfg(unix)]
mod store;
mod support;

//! Tests of whole parts, in one binary: linking it once is what keeps them quick. Their inputs and expected outputs are
//! under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod architecture;
mod azure_devops;
mod budget;
mod canary;
mod catalogue;
#[cfg(unix)]
mod ci_files;
mod command_line;
mod config;
mod credential;
mod described;
mod docs;
mod doctor;
mod faults;
mod formats;
mod git_configuration;
mod http;
mod judge;
mod lint;
mod provider;
mod recorded;
mod recorded_github;
mod recorded_github_read;
#[cfg(unix)]
mod release;
mod sandbox_answers;
mod sandbox_answers_azure;
mod schema;
#[cfg(unix)]
mod setup;
mod situations;
#[cfg(unix)]
mod store;
mod support;
mod unserved;

//! Tests of whole parts, in one binary: linking it once is what keeps them quick. Their inputs and expected outputs are
//! under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod architecture;
mod catalogue;
mod config;
mod formats;
mod http;
mod judge;
mod provider;
mod sandbox_answers;
mod schema;
mod support;

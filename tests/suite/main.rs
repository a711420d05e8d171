//! Tests of whole parts, in one binary. Their inputs and expected outputs are under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod config;
mod schema;

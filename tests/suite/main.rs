//! One test binary for the whole program: linking it once is what keeps the tests quick. Inputs and expected outputs are
//! under `tests/cases/`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod config;
mod judge;
mod schema;

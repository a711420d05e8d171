//! hallpass: the right token for the job.
//!
//! A map of the code, from the outside in:
//!
//! - `main.rs` gathers arguments, environment, streams and the clock, and calls [`cli::run`].
//! - [`cli`] is what people and Git type; [`wiring`] is the only file that names concrete adapters.
//! - [`app`] holds the use cases and, in [`app::ports`], the traits that adapters implement.
//! - [`domain`] is pure: words, facts, the judge. It knows nobody.
//! - [`pipeline`] reads pipeline files and judges what is in them.
//! - [`provider`] (one folder per forge), [`source`], [`store`], [`config`], [`protocol`], [`report`] and
//!   [`http`] are the adapters.
//! - [`findings`], [`contracts`] and the provider's catalogue are data.

pub mod app;
pub mod cli;
pub mod config;
pub mod contracts;
pub mod domain;
pub mod findings;
pub mod git;
pub mod http;
pub mod legacy;
pub mod pipeline;
pub mod protocol;
pub mod provider;
pub mod report;
pub mod source;
pub mod store;
pub mod textfile;
pub mod wiring;

//! Every format over the fixed reports.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic like tests")]

mod escapers;
mod github;
mod gitlab;
mod grammar;
mod human;
mod json;
mod junit;
mod markdown;
mod registry;
mod write;

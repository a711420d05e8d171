//! Every format over the fixed reports.

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

//! Every format over the fixed reports.

mod azure;
mod escapers;
mod github;
mod gitlab;
mod gitlab_annotations;
pub(crate) mod grammar;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
#[cfg(unix)]
mod outputs;
mod prometheus;
mod registry;
mod sarif;
mod write;

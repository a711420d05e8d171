//! Every format over the fixed reports.

mod azure;
mod escapers;
mod github;
mod gitlab;
mod gitlab_annotations;
mod grammar;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod prometheus;
mod registry;
mod sarif;
mod write;

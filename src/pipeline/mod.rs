//! Pipeline files and the scripts in them: read without running anything, into jobs whose acts know their place.
//!
//! One folder per kind of file ([`azure`], [`github`], [`gitlab`]) makes the same [`model`] of it; [`reader`] follows scripts
//! in the language they are written in; [`programs`] turns command lines into acts; [`rules`] judge jobs. [`lint`] is one run
//! of all that, [`discover`] finds what to read.

pub mod azure;
pub mod discover;
pub mod files;
pub mod filled;
pub mod github;
pub mod gitlab;
pub mod interface;
pub mod lint;
pub mod literal;
pub mod model;
pub mod powershell;
pub mod programs;
pub mod python;
pub mod reader;
pub mod rules;
pub mod shell;
pub mod signs;
pub mod survey;
pub mod text;
pub mod uses;
pub mod yaml;

mod data;
mod excerpt;
mod quiet;
mod quiet_programs;

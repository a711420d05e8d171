//! One folder per forge, and the list of them.

pub mod json;

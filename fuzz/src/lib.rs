//! Fuzz targets, for a stable compiler: seeds, mutations and a time budget. `docs/decisions/0012-fuzz.md` says why.
//!
//! A new target is a file in `targets/` and its line in [`TARGETS`]. It panics when a promise is broken.

mod engine;
mod mutate;
mod targets;

pub use engine::{Broken, Budget, replay, run};

/// One part of hallpass that reads what others wrote.
pub struct Target {
    pub name: &'static str,
    /// The promise.
    pub about: &'static str,
    /// Inputs to start from. Those in `corpus/NAME/` join them.
    pub seeds: &'static [&'static [u8]],
    /// Further ones, that lie elsewhere in the tree.
    pub more: fn() -> Vec<Vec<u8>>,
    /// Pieces that mutations put in.
    pub words: &'static [&'static [u8]],
    pub run: fn(&[u8]),
}

pub const TARGETS: &[Target] = &[
    targets::address::TARGET,
    targets::configuration::TARGET,
    targets::host::TARGET,
    targets::pipeline::TARGET,
    targets::remotes::TARGET,
    targets::reply::TARGET,
    targets::request::TARGET,
    targets::script::TARGET,
    targets::store::TARGET,
];

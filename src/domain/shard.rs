//! The equal parts that a fleet is split into, so that several jobs can carry it.

use sha2::{Digest as _, Sha256};

/// More jobs than any platform starts for one pipeline.
const MOST: u32 = 100_000;

/// One part of a fleet. Both numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Shard {
    pub index: u32,
    pub of: u32,
}

impl Shard {
    pub fn new(index: u32, of: u32) -> Option<Self> {
        ((1..=of).contains(&index) && of <= MOST).then_some(Self { index, of })
    }

    /// `2/5`.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, of) = text.split_once('/')?;
        Self::new(index.parse().ok()?, of.parse().ok()?)
    }

    /// Does this connection belong to it? The name alone decides, so that a connection stays in its part when others come
    /// and go.
    pub fn holds(self, name: &str) -> bool {
        let digest = Sha256::digest(name.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.index, self.of)
    }
}

//! Git's credential protocol: `key=value` lines over any reader and writer. Bytes, not text; no other IO.
//!
//! A request goes bytes -> `read` (lines within bounds) -> [`Request`], or is refused as a whole (R7). An answer is made
//! and checked in memory by [`Reply`] and written once, or not at all (R8). What was refused is never repeated.

pub mod address;
mod read;
mod reply;
mod request;

use std::fmt;

use zeroize::Zeroizing;

pub use reply::{Proof, Reply, Stage, Unwritable};
pub use request::{Refused, Request};

/// What `capability` announces: the version of that list, and every extension of the protocol that is understood here.
pub const ANNOUNCEMENT: &str = "version 0\ncapability authtype\ncapability state\n";

/// Extensions of the protocol. A caller offers them, and only what was offered is used in the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `authtype`, `credential` and `ephemeral`.
    pub authtype: bool,
    /// `state[]` and `continue`.
    pub state: bool,
}

/// A secret of the protocol, which need not be text. It cannot be printed and is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

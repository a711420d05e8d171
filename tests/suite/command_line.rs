//! What people type, in all the ways in which it goes wrong. The ids are those of the public hostile cases.

mod advise;
mod fleet;
mod generated;
mod init;
#[cfg(unix)]
mod interrupts;
mod progress;
mod questions;
mod secrets;
mod statuses;
mod surroundings;
mod trust;
mod usage;

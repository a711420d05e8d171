//! Use cases: the order of steps. No parsing, no printing, no concrete adapter.

pub mod advise;
pub mod answer;
pub mod audit;
pub mod check;
pub mod compare;
pub mod discovery;
pub mod init;
pub mod keep;
pub mod lint;
pub mod merge;
pub mod migrate;
pub mod ports;
pub mod setup;
pub mod since;
pub mod watch;

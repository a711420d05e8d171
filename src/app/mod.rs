//! Use cases: the order of steps. No parsing, no printing, no concrete adapter.

pub mod ports;

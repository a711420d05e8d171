//! One test binary for the whole program: linking it once is what keeps the tests quick.

mod http;
mod judge;
mod support;

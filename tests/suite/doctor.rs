//! `hallpass doctor`: who answers Git, and what the token may then do.

mod before;
mod chain;
mod judged;
mod real_git;
mod usage;

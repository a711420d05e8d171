//! Git's credential helper: what it answers, whom, and what real Git makes of it.

mod hosts;
mod input;
mod real_git;
mod real_submodules;
mod round_trip;
mod sources;
mod transcripts;

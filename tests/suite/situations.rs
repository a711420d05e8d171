//! What people run into, each case by its name: the forge's answer, what is told of it, and what would mend it.

mod addresses;
mod copying;
mod demands;
mod github;
mod job_tokens;
mod kinds;
mod lifetime;
mod refusals;

//! Providers by their public face: which probes they name next, and what they make of the replies.

mod facts;
mod given;
mod next;
mod offline;
mod published;
mod read;
mod talk;
mod unsettled;

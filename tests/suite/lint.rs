//! `hallpass lint`: small pipelines with what is to be found in them, and the program as a user runs it.

mod corpus;
mod hostile;
mod parts;
mod program;

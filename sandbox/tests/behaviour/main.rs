//! Behaviours of the sandbox, one sentence per test, each checked against the facts it restates.

mod azure;
mod faults;
mod git;
mod github;
mod job_token;
mod other_faces;
mod record;
mod rest;
mod rest_tokens;
mod support;
mod tls;

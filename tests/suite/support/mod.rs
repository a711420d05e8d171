//! What the tests share.

pub(crate) mod git_server;
pub(crate) mod hallpass;
pub(crate) mod helper;
pub(crate) mod parts;
pub(crate) mod prism;
pub(crate) mod raw_server;
pub(crate) mod recorded_github;
mod sample_parts;
pub(crate) mod sample_report;
pub(crate) mod sandbox_routes;

use hallpass_sandbox::{Scenario, Tls};

/// The demo's GitLab behind TLS, with an authority of its own.
pub(crate) fn demo_behind_tls() -> Scenario {
    Scenario { tls: Some(Tls::default()), ..Scenario::named("demo").unwrap() }
}

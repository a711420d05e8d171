//! A loopback forge for tests, the demo and the benchmarks.
//!
//! A [`Scenario`] says which forge, of which version, with which projects, users and tokens, and which faults.
//! [`Sandbox::start`] serves it on 127.0.0.1 until the value is dropped, and remembers every request: by the *name*
//! the scenario gives a token, never by its text.
//!
//! The sandbox restates the forges' rules from their documentation and source, in its own data files. It must not
//! read the product's catalogue: two independent statements that agree are evidence, one statement read twice is not.
//!
//! Two kinds of request are kept apart because a test must never overlook them: *unplanned* ones, for which nobody
//! said what the forge does (answered 501), and *violations*, writes that a real forge would have carried out.
//!
//! Map: `server` and `connection` carry bytes, `request` and `reply` are their two shapes, `fault` and `misbehave`
//! break things on purpose, `record` remembers, `tls` makes certificates, `proxy` leads foreign names here, `token_text`
//! makes token strings; `table`, `refs` and `selections` read what several forges have in common. A forge is one folder
//! (`gitlab`, `github`, `azure`) that implements `forge::Forge`; which one a scenario describes is decided in `scenario`.

pub mod azure;
mod connection;
mod fault;
mod forge;
pub mod github;
pub mod gitlab;
mod gzip_bomb;
mod misbehave;
mod proxy;
mod record;
mod refs;
mod reply;
mod request;
mod scenario;
mod selections;
mod server;
mod table;
mod tls;
mod token_text;

pub use fault::{Fault, FaultPlan, Match};
pub use record::{Seen, UNKNOWN_TOKEN};
pub use scenario::{Error, RateLimit, Scenario};
pub use server::Sandbox;
pub use tls::{LeafFault, Tls};
pub use token_text::{JobJwt, Routable, TokenText};

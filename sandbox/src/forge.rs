//! What the server asks of a forge.

use std::fmt;

use crate::reply::Reply;
use crate::request::Request;

/// One forge: given a request it says who asked and what it answers. It does no IO and keeps no state, so that the
/// same request always gets the same answer.
pub(crate) trait Forge: Send + Sync {
    fn answer(&self, request: &Request) -> Answer;

    /// Names and texts of all tokens, for keeping the texts out of the record.
    fn tokens(&self) -> Vec<(String, String)>;

    /// Whether the request counts against the scenario's rate limit.
    fn is_limited(&self, _request: &Request) -> bool {
        true
    }

    /// Writes the state of the scenario's rate limit on an answer, or refuses the request when nothing was left.
    fn mark(&self, request: &Request, reply: &mut Reply, quota: &Quota);
}

/// A rate limit after a request was counted.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    pub(crate) limit: u32,
    pub(crate) left: u32,
    /// Nothing was left for this request.
    pub(crate) exhausted: bool,
    /// When it starts anew, in seconds of the epoch.
    pub(crate) reset: i64,
    pub(crate) resets_in: i64,
    pub(crate) name: String,
}

/// What a forge makes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Reply(Reply),
    /// Nobody said what the forge does with it, and why.
    Unplanned(String),
    /// A write that the real forge would have carried out.
    Violation,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Outcome::Reply(reply)
    }
}

impl Outcome {
    pub(crate) fn answer(self, request: &Request, shown: Shown) -> Answer {
        let (reply, standing) = match self {
            Outcome::Reply(reply) => (reply, Standing::Planned),
            Outcome::Unplanned(why) => {
                let text = format!("sandbox: unplanned {} {}: {why}\n", request.method, request.path);
                (Reply::text(501, &text), Standing::Unplanned)
            }
            Outcome::Violation => {
                let text = "sandbox: this write would have succeeded on a real forge; it was not done\n";
                (Reply::text(501, text), Standing::Violation)
            }
        };
        Answer { reply, shown, standing }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) shown: Shown,
    pub(crate) standing: Standing,
}

/// The credential of a request, as the record keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// Name in the scenario; [`crate::UNKNOWN_TOKEN`] for a text that the scenario does not know.
    pub(crate) token: Option<String>,
    pub(crate) presented: Presented,
}

/// How a credential travelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Presented {
    #[default]
    No,
    Header(&'static str),
    Parameter(&'static str),
    Bearer,
    Basic(String),
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Presented::No => f.write_str("none"),
            Presented::Header(name) => f.write_str(name),
            Presented::Parameter(name) => write!(f, "parameter:{name}"),
            Presented::Bearer => f.write_str("bearer"),
            Presented::Basic(user) => write!(f, "basic:{user}"),
        }
    }
}

/// Whether a request is one that a well-behaved client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Planned,
    /// Nobody said what the forge does with it.
    Unplanned,
    /// A write that the real forge would have carried out.
    Violation,
}

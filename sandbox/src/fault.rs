//! Faults: which requests they hit and what they do. How the bytes go wrong is in `misbehave`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Deserialize;

use crate::request::Request;

/// A fault and the requests it hits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    #[serde(default, rename = "match")]
    pub on: Match,
    /// How many matching requests go by unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many requests are hit after that; all of them when absent.
    #[serde(default)]
    pub times: Option<u32>,
    pub fault: Fault,
}

impl FaultPlan {
    /// A fault for every request whose path matches.
    pub fn always(path: &str, fault: Fault) -> Self {
        Self { on: Match { method: None, host: None, path: path.to_owned() }, skip: 0, times: None, fault }
    }

    /// A fault for the first `times` requests whose path matches.
    pub fn first(times: u32, path: &str, fault: Fault) -> Self {
        Self { times: Some(times), ..Self::always(path, fault) }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default)]
    pub method: Option<String>,
    /// Of the `Host` header, without a port; any when absent.
    #[serde(default)]
    pub host: Option<String>,
    /// Path as sent, without query and relative URL root; `*` stands for any text, slashes included.
    #[serde(default = "any_path")]
    pub path: String,
}

impl Default for Match {
    fn default() -> Self {
        Self { method: None, host: None, path: any_path() }
    }
}

impl Match {
    pub(crate) fn hits(&self, request: &Request) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method));
        let host = self.host.as_deref().is_none_or(|host| request.host() == host);
        method && host && glob(self.path.as_bytes(), request.path.as_bytes())
    }
}

/// What goes wrong. Those marked *keeps* spoil the answer the forge would have given; the others stand in for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Any answer at all.
    Status {
        code: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    /// 429, with `Retry-After` when given.
    TooManyRequests {
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// An HTML sign-in page where an API answer belongs.
    SignInPage {
        #[serde(default = "ok_status")]
        code: u16,
    },
    Redirect {
        #[serde(default = "found_status")]
        code: u16,
        to: String,
    },
    /// The connection is reset before a byte is sent.
    ResetBeforeReply,
    /// Keeps; reset after half of the body.
    ResetInBody,
    /// The connection is closed in an orderly way without an answer.
    CloseWithoutReply,
    /// Keeps; half of the head, then an orderly close.
    HalfHead,
    /// Keeps; announces more bytes than it sends, then an orderly close.
    TruncatedBody,
    /// A body that never ends.
    EndlessBody,
    /// Keeps; one byte per interval.
    SlowDrip {
        #[serde(default = "drip_interval")]
        interval_ms: u64,
    },
    /// The request is read and never answered.
    Silent,
    /// Keeps; with another content type.
    WrongContentType {
        #[serde(default = "html")]
        content_type: String,
    },
    /// Keeps; adds or replaces headers, for instance cookies.
    AddHeaders { headers: BTreeMap<String, String> },
    /// 200 with a body that is cut in the middle of a JSON value but has its right length.
    InvalidJson,
    /// 200 without a body.
    EmptyBody,
    /// Keeps; one header of that many bytes is added.
    HugeHeaders {
        #[serde(default = "a_mebibyte")]
        bytes: usize,
    },
    /// 200 with `Content-Encoding: gzip`, a few megabytes that unpack to `mib` mebibytes.
    GzipBomb {
        #[serde(default = "a_gibibyte_in_mib")]
        mib: usize,
    },
    /// 200 with JSON arrays inside each other.
    DeepNesting {
        #[serde(default = "nesting")]
        depth: usize,
    },
    /// Bytes that are no HTTP.
    NotHttp,
    /// Keeps; the answer comes late.
    Latency { ms: u64 },
}

impl Fault {
    /// Whether the forge's own answer is still what the client gets, more or less whole.
    pub(crate) fn keeps_the_answer(&self) -> bool {
        matches!(
            self,
            Fault::ResetInBody
                | Fault::HalfHead
                | Fault::TruncatedBody
                | Fault::SlowDrip { .. }
                | Fault::WrongContentType { .. }
                | Fault::AddHeaders { .. }
                | Fault::HugeHeaders { .. }
                | Fault::Latency { .. }
        )
    }
}

fn any_path() -> String {
    "*".to_owned()
}
fn ok_status() -> u16 {
    200
}
fn found_status() -> u16 {
    302
}
fn drip_interval() -> u64 {
    1000
}
fn html() -> String {
    "text/html".to_owned()
}
fn a_mebibyte() -> usize {
    1 << 20
}
fn a_gibibyte_in_mib() -> usize {
    1024
}
fn nesting() -> usize {
    10_000
}

/// The plans of a running sandbox with their counters.
#[derive(Debug)]
pub(crate) struct Faults {
    plans: Vec<(FaultPlan, Mutex<u32>)>,
}

impl Faults {
    pub(crate) fn new(plans: Vec<FaultPlan>) -> Self {
        Self { plans: plans.into_iter().map(|plan| (plan, Mutex::new(0))).collect() }
    }

    /// Plans that no request ever met.
    pub(crate) fn unused(&self) -> Vec<FaultPlan> {
        let unused = |hits: &Mutex<u32>| *hits.lock().unwrap_or_else(std::sync::PoisonError::into_inner) == 0;
        self.plans.iter().filter(|(_, hits)| unused(hits)).map(|(plan, _)| plan.clone()).collect()
    }

    /// The first plan that wants this request. A plan's counter moves only when no plan before it took the request.
    pub(crate) fn for_request(&self, request: &Request) -> Option<&Fault> {
        self.plans.iter().find(|(plan, hits)| plan.on.hits(request) && takes_another(plan, hits)).map(|(p, _)| &p.fault)
    }
}

fn takes_another(plan: &FaultPlan, hits: &Mutex<u32>) -> bool {
    let mut hits = hits.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let so_far = *hits;
    *hits = so_far.saturating_add(1);
    so_far >= plan.skip && plan.times.is_none_or(|times| so_far - plan.skip < times)
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        Some((first, rest)) => text.split_first().is_some_and(|(other, text)| first == other && glob(rest, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_also_stands_for_slashes() {
        assert!(glob(b"/api/*/notes", b"/api/v4/projects/1/notes"));
        assert!(!glob(b"/api/*/notes", b"/api/v4/projects/1/note"));
    }

    #[test]
    fn a_plan_skips_then_hits_then_lets_go() {
        let faults = Faults::new(vec![FaultPlan { skip: 1, ..FaultPlan::first(2, "*", Fault::Silent) }]);
        let hits: Vec<bool> = (0..5).map(|_| faults.for_request(&Request::default()).is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }
}

//! What the sandbox remembers of the requests it saw.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::forge::{Presented, Shown, Standing};
use crate::request::Request;

/// Name under which a credential is recorded that the scenario does not know.
pub const UNKNOWN_TOKEN: &str = "unknown";

/// One request, as a test wants to look at it. Holds no token text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// Of the `Host` header, in lower case and without a port.
    pub host: String,
    /// Path and query; a token in the query is replaced by its name in angle brackets.
    pub target: String,
    /// The scenario's name of the token shown, [`UNKNOWN_TOKEN`] for any other text, `None` for no credential.
    pub token: Option<String>,
    /// `private-token`, `job-token`, `deploy-token`, `bearer`, `basic:<user>`, `parameter:<name>` or `none`.
    pub presented: String,
    /// 0 when a fault left the request without an answer.
    pub status: u16,
}

#[derive(Debug)]
pub(crate) struct Recorder {
    seen: Mutex<Vec<(Seen, Standing)>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    secrets: Vec<(String, String)>,
}

impl Recorder {
    /// `secrets` are the names and texts of all tokens of the scenario.
    pub(crate) fn new(secrets: Vec<(String, String)>) -> Self {
        Self { seen: Mutex::default(), in_flight: AtomicUsize::new(0), peak: AtomicUsize::new(0), secrets }
    }

    pub(crate) fn note(&self, request: &Request, shown: &Shown, standing: Standing, status: u16) {
        let target = match request.query.as_str() {
            "" => request.path.clone(),
            query => format!("{}?{}", request.path, masked_query(&self.without_secrets(query))),
        };
        let presented = match &shown.presented {
            // Some clients put the token where the user name belongs.
            Presented::Basic(user) => Presented::Basic(self.without_secrets(user)),
            other => other.clone(),
        };
        let seen = Seen {
            method: request.method.clone(),
            host: request.host(),
            target: self.without_secrets(&target),
            token: shown.token.clone(),
            presented: presented.to_string(),
            status,
        };
        self.locked().push((seen, standing));
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.locked().iter().map(|(seen, _)| seen.clone()).collect()
    }

    pub(crate) fn of(&self, wanted: Standing) -> Vec<Seen> {
        self.locked().iter().filter(|(_, standing)| *standing == wanted).map(|(seen, _)| seen.clone()).collect()
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    /// Counts a request as running until the guard is dropped.
    pub(crate) fn enter(&self) -> InFlight<'_> {
        let running = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(running, Ordering::SeqCst);
        InFlight(self)
    }

    fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, secret) in &self.secrets {
            // Most texts hold none of perhaps a thousand secrets: look before copying.
            if !secret.is_empty() && text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &format!("<{name}>"));
            }
        }
        text
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<(Seen, Standing)>> {
        // A panic while the lock was held is that test's failure already; the list itself is still whole.
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a Recorder);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A token that the scenario does not know cannot be recognised by its text, but its parameter's name tells. Known
/// ones have become `<name>` before.
fn masked_query(query: &str) -> String {
    const SECRET: [&str; 4] = ["private_token", "job_token", "access_token", "token"];
    let part = |part: &str| match part.split_once('=') {
        Some((key, value)) if SECRET.contains(&key) && !value.starts_with('<') => format!("{key}=<{UNKNOWN_TOKEN}>"),
        _ => part.to_owned(),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}

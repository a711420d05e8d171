//! Sending probes: the only user of reqwest and tokio.
//!
//! Everything that decides is pure and stands in a file of its own: `retry` (ask again?), `queue` (who goes next),
//! `failure` (what went wrong, in our words), `proxies` (which proxy). `request` is the one place that adds a token.
//! `run` ties them together on a current-thread runtime that lives for one call of [`Transport::converse`].

mod bounds;
mod client;
mod failure;
mod interrupt;
mod proxies;
mod queue;
mod request;
mod retry;
mod run;
mod scrub;
mod wait;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use crate::app::ports::{Clock, Conversation, Exchange, NoReply, Transport};
use crate::domain::origin::Origin;
use crate::domain::verdict::Layer;

pub use interrupt::{Interruption, Interrupts};
pub use proxies::Proxies;

/// What the caller decides about sending. The defaults are the bounds of a check (R12).
#[derive(Clone, Debug)]
pub struct Settings {
    /// One attempt, from the connection to the last byte of the body.
    pub timeout: Duration,
    /// Name lookup, connection and TLS handshake together.
    pub connect: Duration,
    /// The whole of one `converse`, waits between attempts included.
    pub deadline: Duration,
    /// Requests in flight to one origin, and to all.
    pub per_origin: usize,
    pub in_flight: usize,
    /// Certificate authorities beside the system's, for every connection.
    pub ca_files: Vec<PathBuf>,
    /// Origins that may be asked without TLS although no connection says so.
    pub allow_http: Vec<Origin>,
    pub proxies: Proxies,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            connect: Duration::from_secs(5),
            deadline: Duration::from_secs(120),
            per_origin: 10,
            // Eight busy origins fit with their full ten; below that the total would set the pace.
            in_flight: 96,
            ca_files: Vec::new(),
            allow_http: Vec::new(),
            proxies: Proxies::default(),
        }
    }
}

/// Waiting between attempts. Tests replace it, so that they never wait themselves.
pub trait Sleeper {
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

struct RealSleeper;

impl Sleeper for RealSleeper {
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move { tokio::time::sleep(wait).await })
    }
}

/// Why nothing could be sent at all: what the user set does not work. Texts never hold the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("the CA file `{}` {what}", path.display())]
    CaFile { path: PathBuf, what: &'static str },
    #[error("`{variable}` {what}")]
    Proxy { variable: &'static str, what: &'static str },
}

/// The transport over the network.
pub struct Http<'a> {
    settings: Settings,
    maker: client::Maker,
    clock: &'a dyn Clock,
    sleeper: &'a dyn Sleeper,
    interrupts: Option<Interrupts>,
}

impl<'a> Http<'a> {
    /// Reads the CA files and proxies of the settings, so that a mistake in them is told before anything is sent. The
    /// clients, with the system's roots, are only made when something is sent.
    pub fn new(settings: Settings, clock: &'a dyn Clock) -> Result<Self, SetupError> {
        let maker = client::Maker::new(&settings)?;
        Ok(Self { settings, maker, clock, sleeper: &RealSleeper, interrupts: None })
    }

    /// A signal then ends what is asked, and every open question is answered at once.
    #[must_use]
    pub fn with_interrupts(self, interrupts: Interrupts) -> Self {
        Self { interrupts: Some(interrupts), ..self }
    }

    #[must_use]
    pub fn with_sleeper(mut self, sleeper: &'a dyn Sleeper) -> Self {
        self.sleeper = sleeper;
        self
    }
}

impl Transport for Http<'_> {
    fn converse(&self, conversations: &mut [Box<dyn Conversation + '_>]) {
        match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
            Ok(runtime) => {
                if let Some(interrupts) = &self.interrupts {
                    interrupts.begin();
                }
                runtime.block_on(run::converse(self, conversations));
                // A name lookup that hangs sits in a thread of its own; dropping the runtime would wait for it.
                runtime.shutdown_background();
            }
            Err(_) => refuse_all(conversations),
        }
    }
}

/// The system gave us no event queue. Every question gets an answer all the same.
fn refuse_all(conversations: &mut [Box<dyn Conversation + '_>]) {
    for conversation in conversations {
        for probe in conversation.next() {
            let text = "this system refused the resources needed for network requests".to_owned();
            let outcome = Err(NoReply { layer: Layer::Unreachable, text });
            conversation.take(Exchange { probe, outcome, sent: 0, took: Duration::ZERO });
        }
    }
}

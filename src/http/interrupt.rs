//! A signal that ends the run. While forges are asked, what was finished is still reported; whatever happens then, the
//! process is gone in less than two seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;

/// What is left to write the reports.
const GRACE: Duration = Duration::from_millis(1_800);

/// What asked us to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    Interrupt,
    Terminate,
}

impl Interruption {
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Listens from the moment it is made to the end of the process.
#[derive(Clone)]
pub struct Interrupts {
    seen: watch::Receiver<Option<Interruption>>,
    /// Forges are asked, or were: there is something to report.
    begun: Arc<AtomicBool>,
}

impl Interrupts {
    /// Where the system refuses the means, signals end the process as they always do.
    pub fn listen() -> Self {
        let (sender, seen) = watch::channel(None);
        let begun = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&begun);
        if let Ok(runtime) = Builder::new_current_thread().enable_io().enable_time().build() {
            let signals = {
                let _inside = runtime.enter();
                Signals::register()
            };
            if let Ok(mut signals) = signals {
                // Without the thread nobody would hear, but it cannot be undone either.
                let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
                    runtime.block_on(async {
                        let first = signals.next().await;
                        let _ = sender.send(Some(first));
                        if asked.load(Ordering::SeqCst) {
                            // Whoever asks twice means now.
                            let _ = timeout(GRACE, signals.next()).await;
                        }
                        leave(first);
                    });
                });
            }
        }
        Self { seen, begun }
    }

    pub fn caught(&self) -> Option<Interruption> {
        *self.seen.borrow()
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
    }

    /// Ends when a signal came, and never where none can.
    pub(super) async fn arrived(&mut self) {
        if self.seen.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "the rest of the process may be waiting for something that never comes"
)]
fn leave(signal: Interruption) -> ! {
    std::process::exit(i32::from(signal.exit_status()))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn register() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Interruption {
        tokio::select! {
            _ = self.interrupt.recv() => Interruption::Interrupt,
            _ = self.terminate.recv() => Interruption::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn register() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Interruption {
        let _ = self.0.recv().await;
        Interruption::Interrupt
    }
}

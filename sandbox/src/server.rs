//! Starts and stops a sandbox.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::connection::{Service, serve};
use crate::fault::{FaultPlan, Faults};
use crate::forge::Standing;
use crate::proxy::{Names, Proxy};
use crate::record::{Recorder, Seen};
use crate::scenario::{Clock, Scenario};
use crate::tls::{Certificates, Tls};

/// A running forge on 127.0.0.1. It has its own thread and stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    url: String,
    proxy_url: Option<String>,
    proxied: Option<Arc<Names>>,
    recorder: Arc<Recorder>,
    faults: Arc<Faults>,
    tokens: Vec<(String, String)>,
    certificates: Option<Certificates>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Panics when no port of the loopback address is to be had or the scenario contradicts itself: no test can go on
    /// after that.
    pub fn start(scenario: Scenario) -> Self {
        Self::try_start(scenario).expect("the sandbox starts on a loopback port")
    }

    fn try_start(scenario: Scenario) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let certificates = scenario.tls.as_ref().map(Certificates::make).transpose()?;
        let root = scenario.root.trim_end_matches('/').to_owned();
        let url = format!("{}{root}", origin(address, scenario.tls.as_ref().map(Tls::wrong_name)));

        let forge = scenario.forge(&url).map_err(io::Error::other)?;
        let tokens = forge.tokens();
        let recorder = Arc::new(Recorder::new(tokens.clone()));
        let faults = Arc::new(Faults::new(scenario.faults));
        let service = Arc::new(Service {
            forge,
            faults: Arc::clone(&faults),
            recorder: Arc::clone(&recorder),
            clock: Clock::new(scenario.now, scenario.rate_limit),
            root,
            latency: Duration::from_millis(scenario.latency_ms),
        });
        let proxy = scenario.proxy.then(|| Proxy::bind(address)).transpose()?;
        let proxied = proxy.as_ref().map(Proxy::names);
        let proxy_url = proxy.as_ref().map(Proxy::url);
        let acceptor = certificates.as_ref().map(Certificates::acceptor);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, service, acceptor) => {}
                    () = Proxy::serve(proxy) => {}
                }
            });
        })?;
        Ok(Self {
            url,
            proxy_url,
            proxied,
            recorder,
            faults,
            tokens,
            certificates,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Web origin with the relative URL root, without a closing slash.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Address of the proxy, in a scenario that has one.
    pub fn proxy_url(&self) -> Option<String> {
        self.proxy_url.clone()
    }

    /// What the proxy was asked to connect to, `host:port`, in the order of the questions.
    pub fn proxied(&self) -> Vec<String> {
        self.proxied.as_ref().map(|names| names.all()).unwrap_or_default()
    }

    /// The text of the token that the scenario calls `name`. Panics when there is none.
    pub fn token(&self, name: &str) -> String {
        let found = self.tokens.iter().find(|(other, _)| other == name);
        found.map_or_else(|| panic!("the scenario has no token `{name}`"), |(_, text)| text.clone())
    }

    /// Names of all tokens of the scenario.
    pub fn token_names(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(|(name, _)| name.as_str())
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.recorder.all()
    }

    /// Requests nobody planned an answer for. They got status 501.
    pub fn unplanned(&self) -> Vec<Seen> {
        self.recorder.of(Standing::Unplanned)
    }

    /// Writes that a real forge would have carried out. They got status 501 and changed nothing.
    pub fn violations(&self) -> Vec<Seen> {
        self.recorder.of(Standing::Violation)
    }

    /// Faults whose requests never came: usually a mistake in the test.
    pub fn unused_faults(&self) -> Vec<FaultPlan> {
        self.faults.unused()
    }

    /// Panics with a list when there was an unplanned request or a violation.
    pub fn assert_all_planned(&self) {
        let (unplanned, violations) = (self.unplanned(), self.violations());
        assert!(unplanned.is_empty(), "requests that nobody planned: {unplanned:#?}");
        assert!(violations.is_empty(), "writes that would have succeeded: {violations:#?}");
    }

    /// Most requests that were being answered at the same time.
    pub fn peak_in_flight(&self) -> usize {
        self.recorder.peak()
    }

    /// PEM file with the certificate to trust, in a TLS scenario.
    pub fn ca_pem_path(&self) -> Option<&Path> {
        self.certificates.as_ref().map(Certificates::ca_path)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself already: then there is nobody to tell.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A certificate for another name still has to be reached somehow: by the address it is not made for.
fn origin(address: SocketAddr, tls: Option<bool>) -> String {
    match tls {
        None => format!("http://{address}"),
        Some(true) => format!("https://127.0.0.1:{}", address.port()),
        Some(false) => format!("https://localhost:{}", address.port()),
    }
}

async fn accept(listener: TcpListener, service: Arc<Service>, acceptor: Option<TlsAcceptor>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers must not wait for an acknowledgement: the benchmarks measure latency.
        let _ = stream.set_nodelay(true);
        let service = Arc::clone(&service);
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that hangs up or refuses the certificate is what many scenarios are about.
            let _ = match acceptor {
                None => serve(stream, service).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => serve(stream, service).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

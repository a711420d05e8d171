//! Sends probes. The only user of reqwest and tokio.

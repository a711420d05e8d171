//! HTTP clients: one for each distinct way of trusting servers.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, Client, Proxy};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{RootCertStore, crypto};

use super::{Settings, SetupError};
use crate::app::ports::NoReply;
use crate::domain::verdict::Layer;

/// The whole bundle of a distribution has a quarter of a megabyte.
const CA_FILE: u64 = 4 * 1024 * 1024;

/// What all clients have in common.
pub(super) struct Maker {
    authorities: Vec<Certificate>,
    proxies: Vec<Proxy>,
    connect: Duration,
}

impl Maker {
    pub(super) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let read: Result<Vec<_>, _> = settings.ca_files.iter().map(|path| authorities(path)).collect();
        let authorities = read?.into_iter().flatten().collect();
        Ok(Self { authorities, proxies: settings.proxies.build()?, connect: settings.connect })
    }

    fn make(&self, key: &Key) -> Result<Client, NoReply> {
        let own =
            key.ca_file.as_deref().map(authorities).transpose().map_err(|error| unreachable(&error.to_string()))?;
        install_provider();
        let mut builder = Client::builder()
            .user_agent(concat!("hallpass/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect)
            .https_only(!key.plain_http)
            // A redirect is an answer about the address, and never a reason to show the token elsewhere (R6).
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // `retry` decides, and counts.
            .retry(reqwest::retry::never())
            .tls_sslkeylogfile(false)
            // reqwest would read the proxy variables by itself.
            .no_proxy()
            .tls_certs_merge(self.authorities.iter().cloned().chain(own.unwrap_or_default()));
        for proxy in &self.proxies {
            builder = builder.proxy(proxy.clone());
        }
        builder.build().map_err(|_| {
            unreachable("this machine has no usable certificate authorities; install them or name them by `--ca-file`")
        })
    }
}

/// The clients of one run. They belong to its runtime, so they end with it.
pub(super) struct Clients<'m> {
    maker: &'m Maker,
    made: HashMap<Key, Result<Client, NoReply>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) ca_file: Option<PathBuf>,
    pub(super) plain_http: bool,
}

impl<'m> Clients<'m> {
    pub(super) fn new(maker: &'m Maker) -> Self {
        Self { maker, made: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: Key) -> Result<Client, NoReply> {
        let maker = self.maker;
        self.made.entry(key).or_insert_with_key(|key| maker.make(key)).clone()
    }
}

fn unreachable(text: &str) -> NoReply {
    NoReply { layer: Layer::Unreachable, text: text.to_owned() }
}

/// Once for the process. That another call came first is no error: the provider is the same.
fn install_provider() {
    if crypto::CryptoProvider::get_default().is_none() {
        let _ = crypto::ring::default_provider().install_default();
    }
}

/// The certificates of a PEM file, each one checked, so that the file can be named when one is bad.
fn authorities(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    let wrong = |what| SetupError::CaFile { path: path.to_owned(), what };
    let about = fs::metadata(path).map_err(|_| wrong("does not exist or cannot be read"))?;
    if !about.is_file() || about.len() > CA_FILE {
        return Err(wrong("is not a file of a size that certificates have"));
    }
    let bytes = fs::read(path).map_err(|_| wrong("cannot be read"))?;
    let read: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = read.map_err(|_| wrong("holds a damaged certificate"))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate in PEM form"));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|_| wrong("holds a certificate that cannot be used as an authority"))?;
    }
    let usable: reqwest::Result<Vec<_>> = certificates.iter().map(|der| Certificate::from_der(der)).collect();
    usable.map_err(|_| wrong("holds a damaged certificate"))
}

//! Certificates made for one run: a certificate authority and a leaf signed by it, right or wrong as asked.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// HTTPS instead of HTTP. The default is a leaf for `localhost` and 127.0.0.1 without a fault.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(default)]
    pub leaf: LeafFault,
    /// Further names that a good leaf is made for, such as `api.github.com`.
    #[serde(default)]
    pub names: Vec<String>,
}

impl Tls {
    pub(crate) fn wrong_name(&self) -> bool {
        self.leaf == LeafFault::WrongName
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeafFault {
    #[default]
    None,
    Expired,
    /// Made for `elsewhere.invalid` only.
    WrongName,
    /// Signed by itself; the authority's file is written all the same and does not vouch for it.
    SelfSigned,
}

pub(crate) struct Certificates {
    folder: PathBuf,
    ca_path: PathBuf,
    config: Arc<ServerConfig>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("ca_path", &self.ca_path).finish_non_exhaustive()
    }
}

impl Certificates {
    pub(crate) fn make(tls: &Tls) -> io::Result<Self> {
        let (ca_pem, chain, key) = issue(tls).map_err(io::Error::other)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        let folder = fresh_folder()?;
        let ca_path = folder.join("ca.pem");
        fs::write(&ca_path, ca_pem)?;
        Ok(Self { folder, ca_path, config: Arc::new(config) })
    }

    pub(crate) fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        // A left-over folder in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

type Issued = (String, Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn issue(tls: &Tls) -> Result<Issued, rcgen::Error> {
    let mut ca = CertificateParams::new(Vec::<String>::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // With rcgen's default name for both, OpenSSL takes the leaf for self-signed.
    ca.distinguished_name.push(DnType::CommonName, "hallpass sandbox authority");
    let ca_key = KeyPair::generate()?;
    let ca_certificate = ca.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca, ca_key);

    let fault = tls.leaf;
    let names = match fault {
        LeafFault::WrongName => vec!["elsewhere.invalid".to_owned()],
        _ => [&["localhost".to_owned(), "127.0.0.1".to_owned()], tls.names.as_slice()].concat(),
    };
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "hallpass sandbox");
    if fault == LeafFault::Expired {
        leaf.not_before = date_time_ymd(2001, 1, 1);
        leaf.not_after = date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate()?;
    let certificate = match fault {
        LeafFault::SelfSigned => leaf.self_signed(&key)?,
        _ => leaf.signed_by(&key, &issuer)?,
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((ca_certificate.pem(), vec![certificate.der().clone()], key))
}

/// A folder that no other sandbox of this or another process uses.
fn fresh_folder() -> io::Result<PathBuf> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hallpass-sandbox-{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
}

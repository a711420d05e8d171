//! HTTPS with certificates that are right or wrong.

use std::io::{Read, Write};
use std::sync::Arc;

use hallpass_sandbox::{LeafFault, Sandbox, Tls};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

use crate::support::*;

fn sandbox(leaf: LeafFault) -> Sandbox {
    changed(|scenario| scenario.tls = Some(Tls { leaf, ..Tls::default() }))
}

/// The status of an answer, or what the handshake failed with.
fn ask(sandbox: &Sandbox) -> Result<u16, String> {
    let mut roots = RootCertStore::empty();
    let path = sandbox.ca_pem_path().expect("a TLS scenario");
    roots.add(CertificateDer::from_pem_file(path).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = authority(sandbox).split(':').next().unwrap_or_default().to_owned();
    let name = ServerName::try_from(host).expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(client, connect(sandbox).map_err(|error| error.to_string())?);
    let token = sandbox.token("dev");
    let text = request(sandbox, "GET", "/api/v4/user", &[("PRIVATE-TOKEN", &token)], "");
    stream.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    // The end of the connection may come without the closing alert.
    let _ = stream.read_to_end(&mut bytes);
    reply(&bytes).map(|reply| reply.status).ok_or_else(|| "no answer".to_owned())
}

#[test]
fn the_authority_vouches_for_a_right_leaf() {
    let sandbox = sandbox(LeafFault::None);
    assert!(sandbox.url().starts_with("https://localhost:"));
    assert_eq!(ask(&sandbox), Ok(200));
}

#[test]
fn wrong_leaves_are_refused_for_their_own_reason() {
    let refusal = |leaf| ask(&sandbox(leaf)).expect_err("a refusal");
    assert!(refusal(LeafFault::Expired).contains("expired"));
    assert!(refusal(LeafFault::WrongName).contains("not valid for name"));
    assert!(refusal(LeafFault::SelfSigned).contains("invalid peer certificate"));
}

#[test]
fn a_refused_certificate_means_that_no_request_arrived() {
    let sandbox = sandbox(LeafFault::Expired);
    assert!(ask(&sandbox).is_err() && sandbox.requests().is_empty());
}

#[test]
fn the_authoritys_file_goes_with_the_sandbox() {
    let sandbox = sandbox(LeafFault::None);
    let path = sandbox.ca_pem_path().expect("a TLS scenario").to_owned();
    assert!(path.exists());
    drop(sandbox);
    assert!(!path.exists());
}

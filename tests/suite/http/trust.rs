//! Certificates: whom we trust, and what is told when we do not.

use std::fs;
use std::path::PathBuf;

use hallpass::app::ports::Exchange;
use hallpass::domain::verdict::Layer;
use hallpass::http::{Http, Settings, SetupError};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

use super::{Fixed, Talk, get, no_reply, one_with, reply};
use crate::support::raw_server::{RawServer, answer};

/// An authority of our own, and its certificate in a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "some authority");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), folder: TempDir::new().unwrap(), pem }
    }

    fn server(&self, params: &CertificateParams) -> RawServer {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        RawServer::tls(certificate.der().clone(), key, answer(200, &[], "{}"))
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn ask(server: &RawServer, ca_file: Option<PathBuf>) -> Exchange {
    let talk = Talk::new(&server.url(), vec![vec![get("/a")]]);
    let talk = if let Some(path) = ca_file { talk.trusting(&path) } else { talk };
    one_with(Settings::default(), talk).0
}

#[test]
fn n_17_bad_certificates_are_told_apart_and_never_tried_twice() {
    let (ours, other) = (Authority::new(), Authority::new());
    let mut expired = named("127.0.0.1");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    let mut early = named("127.0.0.1");
    early.not_before = date_time_ymd(4000, 1, 1);
    let cases = [
        (ours.server(&expired), "has expired"),
        (ours.server(&early), "not valid yet"),
        (ours.server(&named("gitlab.example.com")), "for another name"),
        (other.server(&named("127.0.0.1")), "--ca-file"),
    ];
    let trusted = ours.file("ca.pem", &ours.pem);
    for (server, words) in cases {
        let exchange = ask(&server, Some(trusted.clone()));
        let none = no_reply(&exchange);
        assert!(none.text.contains(words), "{}", none.text);
        assert_eq!((none.layer, exchange.sent), (Layer::Unreachable, 1));
        assert_eq!((server.connections(), server.seen().len()), (1, 0), "no byte of a request was sent");
    }
}

#[test]
fn n_17_a_self_signed_certificate_is_refused() {
    let key = KeyPair::generate().unwrap();
    let certificate = named("127.0.0.1").self_signed(&key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let server = RawServer::tls(certificate.der().clone(), key, answer(200, &[], "{}"));
    let exchange = ask(&server, None);
    assert!(no_reply(&exchange).text.contains("self-signed"));
    assert_eq!((server.seen().len(), exchange.sent), (0, 1));
}

#[test]
fn a_self_signed_certificate_named_in_the_ca_file_is_trusted_unless_it_is_an_authoritys() {
    let ours = Authority::new();
    for (is_ca, trusted) in [(IsCa::NoCa, true), (IsCa::Ca(BasicConstraints::Unconstrained), false)] {
        let mut params = named("127.0.0.1");
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let file = ours.file("server.pem", &certificate.pem());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let server = RawServer::tls(certificate.der().clone(), key, answer(200, &[], "{}"));
        let exchange = ask(&server, Some(file));
        if trusted {
            assert_eq!(reply(&exchange).status, 200);
        } else {
            assert!(no_reply(&exchange).text.contains("CA:TRUE"), "{}", no_reply(&exchange).text);
        }
    }
}

#[test]
fn an_authority_from_a_file_is_trusted_beside_others_in_it() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = ours.server(&named("127.0.0.1"));
    let both = ours.file("both.pem", &format!("# a remark\n{}\n{}", other.pem, ours.pem));
    assert_eq!(reply(&ask(&server, Some(both.clone()))).status, 200);
    let settings = Settings { ca_files: vec![both], ..Settings::default() };
    let (exchange, _) = one_with(settings, Talk::new(&server.url(), vec![vec![get("/a")]]));
    assert_eq!(reply(&exchange).status, 200);
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let ours = Authority::new();
    let server = ours.server(&named("127.0.0.1"));
    let cut = ours.pem.replace("-----END", "-----");
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let files = [
        ours.folder.path().join("missing.pem"),
        ours.folder.path().to_owned(),
        ours.file("empty.pem", ""),
        ours.file("text.pem", "hello"),
        ours.file("cut.pem", &cut),
        ours.file("nonsense.pem", nonsense),
    ];
    for file in files {
        let exchange = ask(&server, Some(file.clone()));
        assert!(exchange.outcome.as_ref().unwrap_err().text.contains(&file.display().to_string()));
        assert_eq!((exchange.sent, server.connections()), (0, 0));
        let settings = Settings { ca_files: vec![file.clone()], ..Settings::default() };
        match Http::new(settings, &Fixed).err() {
            Some(SetupError::CaFile { path, .. }) => assert_eq!(path, file),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_server_without_tls_is_told_as_such() {
    let server = RawServer::always(answer(200, &[], "{}"));
    let url = server.url().replace("http://", "https://");
    let (exchange, _) = one_with(
        Settings { timeout: std::time::Duration::from_millis(500), ..Settings::default() },
        Talk::new(&url, vec![vec![get("/a")]]),
    );
    assert_eq!(no_reply(&exchange).layer, Layer::Unreachable);
    assert_eq!(server.seen().len(), 0);
}

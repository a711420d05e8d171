//! The addresses of the three products, and the proxy that leads to them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hallpass_sandbox::Tls;
use hallpass_sandbox::github::Product;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

use super::*;

/// One request to a name through the sandbox's proxy, over TLS.
fn through(sandbox: &Sandbox, host: &str, path: &str, token: &str) -> Reply {
    let proxy = sandbox.proxy_url().expect("a proxy");
    let mut tunnel = TcpStream::connect(proxy.trim_start_matches("http://")).expect("the proxy");
    tunnel.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    tunnel.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes()).expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tunnel.read_exact(&mut byte).expect("an answer");
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 200"));
    let mut roots = RootCertStore::empty();
    let path_of_root = sandbox.ca_pem_path().expect("a TLS scenario");
    roots.add(CertificateDer::from_pem_file(path_of_root).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(client, tunnel);
    let (bearer, agent) = (sandbox.token(token), "test");
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: {agent}\r\nAuthorization: Bearer \
         {bearer}\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    // The end of the connection may come without the closing alert.
    let _ = stream.read_to_end(&mut bytes);
    reply(&bytes).expect("an answer")
}

fn named(product: Product, names: &[&str]) -> Sandbox {
    let mut scenario = Scenario::named("github.com").expect("shipped");
    scenario.tls = Some(Tls { names: names.iter().map(|&name| name.to_owned()).collect(), ..Tls::default() });
    scenario.proxy = true;
    scenario.github.as_mut().expect("a GitHub").product = product;
    Sandbox::start(scenario)
}

#[test]
fn github_com_answers_by_its_own_names() {
    let sandbox = named(Product::Com, &["api.github.com", "github.com"]);
    let repository = through(&sandbox, "api.github.com", "/repos/acme/app", "classic");
    assert_eq!(repository.status, 200);
    assert_eq!(repository.json()["url"], "https://api.github.com/repos/acme/app");
    assert_eq!(repository.json()["clone_url"], "https://github.com/acme/app.git");
    assert_eq!(through(&sandbox, "github.com", &discovery("acme/app", "git-upload-pack"), "classic").status, 200);
    assert_eq!(sandbox.proxied(), ["api.github.com:443", "github.com:443"]);
    sandbox.assert_all_planned();
}

#[test]
fn github_com_has_no_api_at_its_web_address() {
    let sandbox = named(Product::Com, &["github.com"]);
    assert_eq!(through(&sandbox, "github.com", "/api/v3/rate_limit", "classic").status, 501);
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[test]
fn a_data_residency_tenant_has_its_own_names() {
    let sandbox = named(Product::Residency, &["api.octo.ghe.com", "octo.ghe.com", "api.github.com"]);
    let repository = through(&sandbox, "api.octo.ghe.com", "/repos/acme/app", "classic");
    assert_eq!(repository.json()["url"], "https://api.octo.ghe.com/repos/acme/app");
    assert_eq!(through(&sandbox, "api.github.com", "/rate_limit", "classic").status, 501);
}

#[test]
fn a_server_of_ones_own_has_its_limits_off_and_tells_its_version() {
    let sandbox = ghes();
    let reply = get(&sandbox, "classic", "/rate_limit");
    assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (404, None));
    assert_eq!(reply.header("x-github-enterprise-version"), Some("enterprise-server@3.19.0"));
    assert_eq!(reply.header("x-oauth-scopes"), Some("read:org, repo, workflow"));
    assert_eq!(get(&sandbox, "classic", "/meta").json()["installed_version"], "3.19.0");
}

#[test]
fn a_scenario_describes_one_forge() {
    let text = "github: { product: ghes }\ngitlab: { version: 18.10 }\n";
    assert!(Scenario::from_yaml(text).expect_err("an error").to_string().contains("more than one forge"));
}

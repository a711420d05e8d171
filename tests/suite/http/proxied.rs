//! Proxies, from the variables that everybody uses.

use std::collections::BTreeMap;

use hallpass::app::ports::{Environment, Exchange};
use hallpass::domain::verdict::Layer;
use hallpass::http::{Http, Proxies, Settings, SetupError};

use super::{Fixed, Talk, get, no_reply, one_with, reply};
use crate::support::raw_server::{RawServer, answer};

struct Variables(BTreeMap<&'static str, String>);

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

fn settings(variables: &[(&'static str, &str)]) -> Settings {
    let held = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Settings { proxies: Proxies::from_environment(&Variables(held)), ..Settings::default() }
}

/// A proxy that answers 200, and an origin nobody listens at: what arrives came through the proxy.
fn through(variables: &[(&'static str, &str)], url: &str) -> Exchange {
    one_with(settings(variables), Talk::new(url, vec![vec![get("/a")]])).0
}

#[test]
fn n_21_both_spellings_count_and_the_lower_case_one_goes_first() {
    let (proxy, other) = (RawServer::always(answer(200, &[], "{}")), RawServer::always(answer(204, &[], "")));
    let (proxy_url, other_url) = (proxy.url(), other.url());
    let cases: [&[(&'static str, &str)]; 5] = [
        &[("HTTP_PROXY", &proxy_url)],
        &[("http_proxy", &proxy_url)],
        &[("ALL_PROXY", &proxy_url)],
        &[("http_proxy", &proxy_url), ("HTTP_PROXY", &other_url)],
        &[("HTTP_PROXY", &proxy_url), ("ALL_PROXY", &other_url), ("HTTPS_PROXY", &other_url)],
    ];
    for variables in cases {
        let exchange = through(variables, "http://gitlab.example:8080");
        assert_eq!(reply(&exchange).status, 200, "{variables:?}");
    }
    assert_eq!(proxy.seen()[0].line, "GET http://gitlab.example:8080/a HTTP/1.1");
    let bare = proxy.address.to_string();
    assert_eq!(reply(&through(&[("http_proxy", &bare)], "http://gitlab.example:8080")).status, 200);
    assert_eq!(other.connections(), 0);
}

#[test]
fn n_21_a_no_proxy_list_and_an_empty_variable_mean_the_direct_way() {
    let proxy = RawServer::always(answer(500, &[], ""));
    let server = RawServer::always(answer(200, &[], "{}"));
    let proxy_url = proxy.url();
    let cases: [&[(&'static str, &str)]; 5] = [
        &[("HTTP_PROXY", &proxy_url), ("NO_PROXY", "example.com, 127.0.0.1")],
        &[("HTTP_PROXY", &proxy_url), ("no_proxy", "127.0.0.0/8")],
        &[("HTTP_PROXY", &proxy_url), ("NO_PROXY", "*"), ("no_proxy", "127.0.0.1")],
        &[("HTTP_PROXY", ""), ("ALL_PROXY", &proxy_url)],
        &[("HTTP_PROXY", &proxy_url), ("REQUEST_METHOD", "GET")],
    ];
    for variables in cases {
        assert_eq!(reply(&through(variables, &server.url())).status, 200, "{variables:?}");
    }
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn n_21_the_password_of_a_proxy_goes_to_the_proxy_and_is_never_shown() {
    let proxy = RawServer::always(answer(407, &[], ""));
    let url = format!("http://me:s3cret%21@{}", proxy.address);
    let held = settings(&[("ALL_PROXY", &url)]);
    assert!(!format!("{held:?}").contains("s3cret"));
    for target in ["http://gitlab.example", "https://gitlab.example"] {
        let exchange = through(&[("ALL_PROXY", &url)], target);
        let none = no_reply(&exchange);
        assert!(none.text.contains("407") && !none.text.contains("s3cret"), "{}", none.text);
        assert_eq!(exchange.sent, 1);
    }
    for seen in proxy.seen() {
        assert_eq!(seen.header("proxy-authorization"), Some("Basic bWU6czNjcmV0IQ=="), "{}", seen.line);
    }
}

#[test]
fn n_18_a_proxy_that_opens_no_tunnel_sees_no_token() {
    let proxy = RawServer::always(answer(403, &["Content-Type: text/html"], "<html>blocked</html>"));
    let exchange = through(&[("HTTPS_PROXY", &proxy.url())], "https://gitlab.example");
    let none = no_reply(&exchange);
    assert_eq!(none.layer, Layer::Unreachable);
    assert_eq!(none.text, "the proxy did not open a connection to `https://gitlab.example`");
    let seen = proxy.seen();
    assert_eq!(seen[0].line, "CONNECT gitlab.example:443 HTTP/1.1");
    assert!(seen.iter().all(|seen| seen.header("private-token").is_none()));
}

#[test]
fn n_21_what_is_no_proxy_is_an_error_that_names_the_variable_only() {
    for value in ["socks5://me:s3cret@proxy:1080", "http://", "http://me:s3cret@:99999", "ftp://s3cret", "s3 cret"] {
        let error = Http::new(settings(&[("https_proxy", value)]), &Fixed).err().expect(value);
        assert!(matches!(error, SetupError::Proxy { variable: "https_proxy", .. }));
        assert!(!error.to_string().contains("s3"), "{error}");
    }
}

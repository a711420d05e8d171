//! Servers and networks that break: nothing hangs, nothing grows, and the words are ours.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use hallpass::app::ports::{Method, Probe};
use hallpass::domain::verdict::Layer;
use hallpass::http::Settings;

use super::{Talk, get, no_reply, one, one_with, reply};
use crate::support::raw_server::{Act, RawServer, answer};

fn quick() -> Settings {
    Settings { timeout: Duration::from_millis(400), connect: Duration::from_millis(400), ..Settings::default() }
}

fn ask_quickly(url: &str) -> (hallpass::app::ports::Exchange, Duration) {
    let start = Instant::now();
    let (exchange, _) = one_with(quick(), Talk::new(url, vec![vec![get("/a")]]));
    (exchange, start.elapsed())
}

#[test]
fn n_05_a_refused_connection_is_told_after_three_tries() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (exchange, waits) = one(&url, get("/a"));
    let none = no_reply(&exchange);
    assert_eq!(none.layer, Layer::Unreachable);
    assert_eq!(none.text, format!("`{url}` refused the connection: nothing listens there"));
    assert_eq!((exchange.sent, waits.len()), (3, 2));
}

#[test]
fn n_05_an_unknown_name_is_told() {
    // Whether the answer about the name comes in time depends on the machine; both are told as unreachable.
    let (exchange, _) = ask_quickly("https://no-such-host.invalid");
    let none = no_reply(&exchange);
    assert_eq!(none.layer, Layer::Unreachable);
    assert!(none.text.contains("no-such-host.invalid"), "{}", none.text);
}

#[test]
fn n_06_a_silent_server_is_left_after_the_limit() {
    let server = RawServer::always(Act::Silence);
    let (exchange, took) = ask_quickly(&server.url());
    assert_eq!(no_reply(&exchange).text, format!("`{}` did not answer within 400 ms", server.url()));
    assert_eq!(exchange.sent, 3);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn n_06_a_server_that_drips_is_left_by_the_total_limit() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    for first in [head, b"HTTP/1.1 200 OK\r\nX-Slow: ".to_vec()] {
        let drip = Act::Flood { first, part: b"X".to_vec(), pause: Duration::from_millis(10) };
        let server = RawServer::always(drip);
        let (exchange, took) = ask_quickly(&server.url());
        assert_eq!(no_reply(&exchange).layer, Layer::Unreachable);
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
}

#[test]
fn n_07_an_announced_gibibyte_is_not_read() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec();
    let server = RawServer::always(Act::Flood { first: head, part: vec![b' '; 65536], pause: Duration::ZERO });
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!(no_reply(&exchange).layer, Layer::UnusableAnswer);
    assert_eq!(exchange.sent, 1, "what is too large now is too large again");
}

#[test]
fn n_07_a_body_without_end_is_left_at_the_cap() {
    let plain = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 65536], b"\r\n".to_vec()].concat();
    for (first, part) in [(plain, vec![b' '; 65536]), (chunked, chunk)] {
        let server = RawServer::always(Act::Flood { first, part, pause: Duration::ZERO });
        let (exchange, _) = one(&server.url(), get("/a"));
        assert!(no_reply(&exchange).text.contains("8 MiB"));
    }
}

#[test]
fn n_07_a_packed_body_is_not_unpacked() {
    let server = RawServer::always(answer(200, &["Content-Encoding: gzip"], "not really packed"));
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!(no_reply(&exchange).layer, Layer::UnusableAnswer);
    assert!(no_reply(&exchange).text.contains("compressed"));
}

#[test]
fn n_07_a_mebibyte_of_headers_is_not_taken() {
    let line = format!("X-Long: {}\r\n", "x".repeat(16 * 1024));
    let few = format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(64));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: b\r\n".repeat(128 * 1024));
    let block = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", line.repeat(5));
    for text in [few, many, block] {
        let server = RawServer::always(Act::Send(text.into_bytes()));
        let (exchange, _) = one(&server.url(), get("/a"));
        let none = no_reply(&exchange);
        assert!(none.text.contains("64 KiB"), "{}", none.text);
        assert_eq!((none.layer, exchange.sent), (Layer::UnusableAnswer, 1));
    }
}

#[test]
fn what_is_not_http_is_told_as_such() {
    for text in ["SSH-2.0-OpenSSH_9.9\r\n", "HTTP/9.9 abc\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n"] {
        let server = RawServer::always(Act::Send(text.as_bytes().to_vec()));
        let (exchange, _) = one(&server.url(), get("/a"));
        assert_eq!(no_reply(&exchange).layer, Layer::UnusableAnswer, "{text:?}");
    }
}

#[test]
fn n_18_a_page_of_a_portal_is_handed_on_as_it_is() {
    let server = RawServer::always(answer(200, &["Content-Type: text/html"], "<html>Sign in</html>"));
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!(reply(&exchange).header("content-type"), Some("text/html"));
}

#[test]
fn n_20_an_answer_that_breaks_off_is_tried_three_times() {
    let start = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"".to_vec();
    for act in [Act::Reset(start.clone()), Act::Send(start), Act::Send(chunked)] {
        let server = RawServer::always(act);
        let (exchange, _) = one(&server.url(), get("/a"));
        assert_eq!(no_reply(&exchange).layer, Layer::Unreachable);
        assert_eq!((exchange.sent, server.seen().len()), (3, 3));
    }
}

#[test]
fn n_20_a_connection_lost_before_the_answer_is_tried_again_and_may_succeed() {
    for lost in [Act::Reset(Vec::new()), Act::Send(Vec::new()), Act::Send(b"HTTP/1.1 20".to_vec())] {
        let server = RawServer::scripted(vec![lost, answer(200, &[], "{}")]);
        let (exchange, waits) = one(&server.url(), get("/a"));
        assert_eq!(reply(&exchange).status, 200);
        assert_eq!((exchange.sent, waits.len()), (2, 1));
    }
}

#[test]
fn n_20_a_post_is_never_sent_twice() {
    let server = RawServer::always(Act::Reset(Vec::new()));
    let (exchange, waits) = one(&server.url(), Probe { method: Method::Post, ..get("/api/graphql") });
    assert_eq!(no_reply(&exchange).layer, Layer::Unreachable);
    assert_eq!((exchange.sent, server.seen().len(), waits.len()), (1, 1, 0));
}

#[test]
fn the_answer_to_head_has_no_body_whatever_it_announces() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n".to_vec();
    let server = RawServer::always(Act::Send(head));
    let (exchange, _) = one(&server.url(), Probe { method: Method::Head, ..get("/a") });
    assert_eq!((reply(&exchange).status, reply(&exchange).body.len()), (200, 0));
}

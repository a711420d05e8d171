//! What is asked again, after which wait, and what is not (R11).

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use hallpass::app::ports::{Conversation, Presentation, Transport};
use hallpass::domain::verdict::Layer;
use hallpass::http::{Http, Settings, Sleeper};

use super::{Fixed, Talk, Waits, get, no_reply, one, reply, shown};
use crate::support::raw_server::{Act, RawServer, answer};

#[test]
fn n_08_a_limit_that_passes_is_waited_for() {
    let server = RawServer::scripted(vec![answer(429, &["Retry-After: 2"], ""), answer(200, &[], "{}")]);
    let (exchange, waits) = one(&server.url(), get("/a"));
    assert_eq!((reply(&exchange).status, exchange.sent), (200, 2));
    assert!(waits.len() == 1 && waits[0] >= Duration::from_secs(2) && waits[0] <= Duration::from_secs(3), "{waits:?}");
}

#[test]
fn n_09_a_limit_of_a_day_is_told_at_once_with_what_the_forge_said() {
    let server = RawServer::always(answer(429, &["Retry-After: 86400"], ""));
    let (exchange, waits) = one(&server.url(), get("/a"));
    assert_eq!((exchange.sent, waits.len()), (1, 0));
    assert_eq!(reply(&exchange).status, 429);
    assert_eq!(reply(&exchange).header("retry-after"), Some("86400"));
}

#[test]
fn n_10_no_retry_after_breaks_anything() {
    let digits = "9".repeat(30);
    let parentheses = "(".repeat(100 * 1024);
    for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "-5", "1e9", "", &digits] {
        let header = format!("Retry-After: {value}");
        let server = RawServer::scripted(vec![answer(429, &[&header], ""), answer(200, &[], "{}")]);
        let (exchange, waits) = one(&server.url(), get("/a"));
        assert_eq!((reply(&exchange).status, exchange.sent), (200, 2), "{value}");
        assert!(waits[0] < Duration::from_secs(2), "{value}");
    }
    // As a header this is beyond the bound for all headers.
    let server = RawServer::always(answer(429, &[&format!("Retry-After: {parentheses}")], ""));
    assert_eq!(no_reply(&one(&server.url(), get("/a")).0).layer, Layer::UnusableAnswer);
}

#[test]
fn n_11_a_limit_without_any_header_is_met_with_growing_pauses() {
    let server = RawServer::always(answer(429, &[], ""));
    let (exchange, waits) = one(&server.url(), get("/a"));
    assert_eq!((reply(&exchange).status, exchange.sent, server.seen().len()), (429, 3, 3));
    assert!(waits[1] > waits[0] && waits[1] < Duration::from_secs(4), "{waits:?}");
}

#[test]
fn n_12_a_server_that_recovers_is_waited_for() {
    let server = RawServer::scripted(vec![answer(503, &[], ""), answer(503, &[], ""), answer(200, &[], "{}")]);
    let (exchange, _) = one(&server.url(), get("/a"));
    assert_eq!((reply(&exchange).status, exchange.sent), (200, 3));
}

#[test]
fn n_13_a_server_that_stays_broken_is_asked_three_times() {
    for status in [500, 522] {
        let server = RawServer::always(answer(status, &[], ""));
        let (exchange, _) = one(&server.url(), get("/a"));
        assert_eq!((reply(&exchange).status, exchange.sent, server.seen().len()), (status, 3, 3));
    }
}

#[test]
fn n_14_a_refused_token_is_not_shown_again() {
    let server = RawServer::always(answer(401, &[], r#"{"message":"401 Unauthorized"}"#));
    let talk = Talk::new(&server.url(), vec![vec![get("/self")], vec![get("/a"), get("/b")]]);
    let again = Talk::new(&server.url(), vec![vec![], vec![get("/c")]]);
    let (heard, waits) = (talk.heard(), Waits::default());
    let http = Http::new(Settings::default(), &Fixed).unwrap().with_sleeper(&waits);
    http.converse(&mut [Box::new(talk), Box::new(again)]);
    let heard = heard.borrow();
    assert_eq!(reply(&heard[0]).status, 401);
    for exchange in &heard[1..] {
        let none = no_reply(exchange);
        assert_eq!((none.layer, exchange.sent), (Layer::Rejected, 0));
        assert_eq!(none.text, "not asked again: the forge refused this token with 401");
    }
    assert_eq!((heard.len(), server.seen().len(), waits.taken().len()), (3, 1, 0));
}

#[test]
fn n_14_one_token_of_two_connections_is_refused_once() {
    let server = RawServer::always(answer(401, &[], ""));
    let settings = Settings { per_origin: 1, ..Settings::default() };
    let mut heard = Vec::new();
    let mut talks: Vec<Box<dyn hallpass::app::ports::Conversation>> = Vec::new();
    for _ in 0..5 {
        let talk = Talk::new(&server.url(), vec![vec![get("/self")]]);
        heard.push(talk.heard());
        talks.push(Box::new(talk));
    }
    Http::new(settings, &Fixed).unwrap().converse(&mut talks);
    assert_eq!(server.seen().len(), 1);
    assert!(heard.iter().all(|heard| heard.borrow().len() == 1));
}

#[test]
fn n_14_another_way_of_showing_the_token_is_another_question() {
    let server = RawServer::always(answer(401, &[], ""));
    let git = |path: &str| shown(path, Presentation::Basic("oauth2".to_owned()));
    let rounds =
        vec![vec![get("/a")], vec![git("/g")], vec![get("/b"), git("/h")], vec![shown("/c", Presentation::Anonymous)]];
    let talk = Talk::new(&server.url(), rounds);
    let http = Http::new(Settings::default(), &Fixed).unwrap();
    http.converse(&mut [Box::new(talk)]);
    let asked: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(asked, ["GET /a HTTP/1.1", "GET /g HTTP/1.1", "GET /c HTTP/1.1"]);
}

#[test]
fn a_401_after_an_answer_is_about_the_question_and_not_about_the_token() {
    // A job token lives, and still gets a 401 on routes that are closed to it.
    let server =
        RawServer::start(|_, seen| answer(if seen.line.starts_with("GET /job") { 200 } else { 401 }, &[], "{}"));
    let talk = Talk::new(&server.url(), vec![vec![get("/job")], vec![get("/a")], vec![get("/b")]]);
    let http = Http::new(Settings::default(), &Fixed).unwrap();
    http.converse(&mut [Box::new(talk)]);
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn n_19_a_sign_in_page_is_handed_on_and_does_not_count_as_accepted() {
    let page = answer(203, &["Content-Type: text/html"], "<html>Sign in</html>");
    let server = RawServer::scripted(vec![page, answer(401, &[], "")]);
    let talk = Talk::new(&server.url(), vec![vec![get("/a")], vec![get("/b")], vec![get("/c")]]);
    let heard = talk.heard();
    Http::new(Settings::default(), &Fixed).unwrap().converse(&mut [Box::new(talk)]);
    assert_eq!(reply(&heard.borrow()[0]).status, 203);
    assert_eq!((heard.borrow().len(), server.seen().len()), (3, 2));
}

#[test]
fn n_15_a_403_with_the_marks_of_a_limit_is_asked_again_and_a_plain_one_is_not() {
    let marks: [(&[&str], &str, u32); 4] = [
        (&["X-RateLimit-Remaining: 0"], "", 3),
        (&[], "You have exceeded a secondary rate limit", 3),
        (&["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1780003600"], "", 1),
        (&[], "403 Forbidden", 1),
    ];
    for (headers, body, sent) in marks {
        let server = RawServer::always(answer(403, headers, body));
        let (exchange, _) = one(&server.url(), get("/a"));
        assert_eq!((reply(&exchange).status, exchange.sent), (403, sent), "{headers:?} {body}");
    }
}

/// Sleeps until the runtime had many turns to send something, and remembers how much was asked by then.
struct Turns {
    asked: Arc<AtomicUsize>,
    by_the_end: Arc<Mutex<Vec<usize>>>,
}

impl Sleeper for Turns {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (asked, by_the_end) = (Arc::clone(&self.asked), Arc::clone(&self.by_the_end));
        let mut turns = 20_000;
        Box::pin(std::future::poll_fn(move |context| {
            turns -= 1;
            if turns > 0 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            by_the_end.lock().unwrap().push(asked.load(Ordering::SeqCst));
            Poll::Ready(())
        }))
    }
}

/// How much an origin was asked when the first wait was over, and the answers in the end. The first is `first`.
fn asked_while_waiting(first: Act) -> (usize, Vec<u16>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = RawServer::start(move |_, _| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => first.clone(),
        _ => answer(200, &[], "{}"),
    });
    let turns = Turns { asked, by_the_end: Arc::default() };
    let talks: Vec<Talk> = ["/a", "/b", "/c"].map(|path| Talk::new(&server.url(), vec![vec![get(path)]])).into();
    let heard: Vec<_> = talks.iter().map(Talk::heard).collect();
    let http = Http::new(Settings { per_origin: 1, ..Settings::default() }, &Fixed).unwrap().with_sleeper(&turns);
    let mut talks: Vec<Box<dyn Conversation>> =
        talks.into_iter().map(|talk| Box::new(talk) as Box<dyn Conversation>).collect();
    http.converse(&mut talks);
    let statuses = heard.iter().flat_map(|one| one.borrow().iter().map(|held| reply(held).status).collect::<Vec<_>>());
    let waited = turns.by_the_end.lock().unwrap()[0];
    (waited, statuses.collect())
}

#[test]
fn a_rate_limit_stops_all_questions_to_its_origin_until_it_is_over() {
    for headers in [&["Retry-After: 2"][..], &["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], &[]] {
        assert_eq!(asked_while_waiting(answer(429, headers, "")), (1, vec![200; 3]), "{headers:?}");
    }
    assert_eq!(asked_while_waiting(answer(403, &["x-ratelimit-remaining: 0"], "")), (1, vec![200; 3]));
}

#[test]
fn an_outage_of_one_question_stops_no_other() {
    let (asked, statuses) = asked_while_waiting(answer(503, &[], ""));
    assert_eq!(statuses, [200; 3]);
    assert!(asked > 1, "{asked}");
}

//! Many questions at once, and the limit of the whole run.

use std::time::{Duration, Instant};

use hallpass::app::ports::{Conversation, Transport};
use hallpass::domain::verdict::Layer;
use hallpass::http::{Http, Settings};

use super::{Fixed, Talk, get, no_reply, reply};
use crate::support::raw_server::{Act, RawServer, answer};

fn late(pause: u64) -> Act {
    let Act::Send(bytes) = answer(200, &[], "{}") else { unreachable!("an answer is sent") };
    Act::Late(Duration::from_millis(pause), bytes)
}

#[test]
fn questions_given_together_go_out_together_up_to_the_limit() {
    let server = RawServer::always(late(300));
    let talk = Talk::new(&server.url(), vec![(0..25).map(|number| get(&format!("/{number}"))).collect()]);
    let heard = talk.heard();
    let start = Instant::now();
    Http::new(Settings::default(), &Fixed).unwrap().converse(&mut [Box::new(talk)]);
    assert_eq!((heard.borrow().len(), server.most_at_once()), (25, 10));
    assert!(start.elapsed() < Duration::from_millis(25 * 300), "{:?}", start.elapsed());
}

#[test]
fn conversations_do_not_wait_for_each_other() {
    let (slow, quick) = (RawServer::always(late(800)), RawServer::always(answer(200, &[], "{}")));
    let one = Talk::new(&slow.url(), vec![vec![get("/slow")]]);
    let other = Talk::new(&quick.url(), (0..5).map(|number| vec![get(&format!("/{number}"))]).collect());
    let (one_heard, other_heard) = (one.heard(), other.heard());
    Http::new(Settings::default(), &Fixed).unwrap().converse(&mut [Box::new(one), Box::new(other)]);
    let slow_took = one_heard.borrow()[0].took;
    assert!(slow_took >= Duration::from_millis(800));
    assert!(other_heard.borrow().iter().all(|exchange| exchange.took < slow_took));
    assert_eq!(other_heard.borrow().len(), 5);
}

#[test]
fn the_total_limit_holds_over_all_origins() {
    let servers: Vec<RawServer> = (0..3).map(|_| RawServer::always(late(20))).collect();
    let mut talks: Vec<Box<dyn Conversation>> = Vec::new();
    for server in &servers {
        talks.push(Box::new(Talk::new(&server.url(), vec![(0..4).map(|number| get(&format!("/{number}"))).collect()])));
    }
    let settings = Settings { in_flight: 3, ..Settings::default() };
    Http::new(settings, &Fixed).unwrap().converse(&mut talks);
    assert!(servers.iter().map(RawServer::most_at_once).sum::<usize>() <= 6);
    assert!(servers.iter().all(|server| server.seen().len() == 4));
}

#[test]
fn the_deadline_ends_everything_and_every_question_has_an_answer() {
    let server = RawServer::always(Act::Silence);
    let round = (0..15).map(|number| get(&format!("/{number}"))).collect();
    let talk = Talk::new(&server.url(), vec![round, vec![get("/never")]]);
    let heard = talk.heard();
    let start = Instant::now();
    let settings = Settings { deadline: Duration::from_millis(900), ..Settings::default() };
    Http::new(settings, &Fixed).unwrap().converse(&mut [Box::new(talk)]);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(heard.borrow().len(), 15);
    for exchange in heard.borrow().iter() {
        assert_eq!(no_reply(exchange).layer, Layer::Unreachable);
    }
    assert_eq!(server.seen().len(), 10);
}

#[test]
fn a_forge_that_needs_longer_gets_its_own_limit() {
    struct Patient(Talk);
    impl Conversation for Patient {
        fn base(&self) -> &hallpass::domain::connection::Base {
            self.0.base()
        }
        fn ca_file(&self) -> Option<&std::path::Path> {
            None
        }
        fn insecure(&self) -> bool {
            true
        }
        fn token(&self) -> &hallpass::domain::token::Token {
            self.0.token()
        }
        fn patience(&self) -> Option<Duration> {
            Some(Duration::from_secs(5))
        }
        fn next(&mut self) -> Vec<hallpass::app::ports::Probe> {
            self.0.next()
        }
        fn take(&mut self, exchange: hallpass::app::ports::Exchange) {
            self.0.take(exchange);
        }
    }
    let server = RawServer::always(late(80));
    let talk = Talk::new(&server.url(), vec![vec![get("/a")]]);
    let heard = talk.heard();
    let settings = Settings { timeout: Duration::from_millis(10), ..Settings::default() };
    Http::new(settings, &Fixed).unwrap().converse(&mut [Box::new(Patient(talk))]);
    assert_eq!(reply(&heard.borrow()[0]).status, 200);
}

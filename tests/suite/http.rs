//! The transport against servers that misbehave. The cases are named after the public hostile cases.

mod faults;
mod lasting;
mod places;
mod proxied;
mod trust;
mod waits;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hallpass::app::ports::{
    Clock, Conversation, Effect, Exchange, Method, NoReply, Presentation, Probe, Reply, Transport,
};
use hallpass::domain::connection::Base;
use hallpass::domain::origin::Origin;
use hallpass::domain::token::Token;
use hallpass::http::{Http, Settings, Sleeper};
use jiff::Timestamp;

pub(crate) const TOKEN: &str = "glpat-canary-0123456789";

pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_780_000_000).unwrap()
    }
}

/// Sleeps in no time, and remembers for how long it should have been.
#[derive(Default)]
pub(crate) struct Waits(RefCell<Vec<Duration>>);

impl Waits {
    pub(crate) fn taken(&self) -> Vec<Duration> {
        self.0.borrow().clone()
    }
}

impl Sleeper for Waits {
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.borrow_mut().push(wait);
        Box::pin(std::future::ready(()))
    }
}

pub(crate) fn base(url: &str) -> Base {
    Base { origin: Origin::parse(url).unwrap(), root: String::new() }
}

/// Asks its rounds one after the other, each when everything before it is answered.
pub(crate) struct Talk {
    base: Base,
    doors: Vec<Base>,
    token: Token,
    ca_file: Option<PathBuf>,
    rounds: VecDeque<Vec<Probe>>,
    open: usize,
    heard: Rc<RefCell<Vec<Exchange>>>,
}

impl Talk {
    pub(crate) fn new(url: &str, rounds: Vec<Vec<Probe>>) -> Self {
        let token = Token::new(TOKEN.to_owned());
        Self {
            base: base(url),
            doors: Vec::new(),
            token,
            ca_file: None,
            rounds: rounds.into(),
            open: 0,
            heard: Rc::default(),
        }
    }

    pub(crate) fn with_door(mut self, url: &str) -> Self {
        self.doors.push(base(url));
        self
    }

    pub(crate) fn trusting(mut self, ca_file: &Path) -> Self {
        self.ca_file = Some(ca_file.to_owned());
        self
    }

    pub(crate) fn heard(&self) -> Rc<RefCell<Vec<Exchange>>> {
        Rc::clone(&self.heard)
    }
}

impl Conversation for Talk {
    fn base(&self) -> &Base {
        &self.base
    }

    fn doors(&self) -> Vec<Base> {
        self.doors.clone()
    }

    fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    fn insecure(&self) -> bool {
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn next(&mut self) -> Vec<Probe> {
        if self.open > 0 {
            return Vec::new();
        }
        let round = self.rounds.pop_front().unwrap_or_default();
        self.open = round.len();
        round
    }

    fn take(&mut self, exchange: Exchange) {
        self.open -= 1;
        self.heard.borrow_mut().push(exchange);
    }
}

pub(crate) fn get(path: &str) -> Probe {
    shown(path, Presentation::Header("PRIVATE-TOKEN"))
}

pub(crate) fn shown(path: &str, presentation: Presentation) -> Probe {
    Probe {
        id: path.to_owned(),
        about: None,
        method: Method::Get,
        door: None,
        path: path.to_owned(),
        headers: &[],
        presentation,
        body: None,
        effect: Effect::Read,
    }
}

/// Sends one question under these settings: its exchange, and the waits between the attempts.
pub(crate) fn one_with(settings: Settings, talk: Talk) -> (Exchange, Vec<Duration>) {
    let heard = talk.heard();
    let waits = Waits::default();
    let http = Http::new(settings, &Fixed).unwrap().with_sleeper(&waits);
    http.converse(&mut [Box::new(talk)]);
    let exchange = heard.borrow_mut().pop().expect("the question was answered");
    assert!(heard.borrow().is_empty(), "one question has one answer");
    (exchange, waits.taken())
}

pub(crate) fn one(url: &str, probe: Probe) -> (Exchange, Vec<Duration>) {
    one_with(Settings::default(), Talk::new(url, vec![vec![probe]]))
}

pub(crate) fn reply(exchange: &Exchange) -> &Reply {
    exchange.outcome.as_ref().expect("a reply came")
}

/// Why no reply came. The words are ours: no token, no query, nothing a library says.
pub(crate) fn no_reply(exchange: &Exchange) -> &NoReply {
    let none = exchange.outcome.as_ref().expect_err("no reply came");
    for foreign in [TOKEN, "?", "error", "hyper", "os error", "reqwest"] {
        assert!(!none.text.contains(foreign), "{}", none.text);
    }
    none
}

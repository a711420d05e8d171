//! Connections to evidence: every token is asked about until nothing is left to ask.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::ports::{Conversation, Effect, Exchange, Miss, Probe, Provider, Reply, Task, Transport};
use crate::domain::capability::Capability;
use crate::domain::conclude::Heard;
use crate::domain::connection::{Base, Connection};
use crate::domain::evidence::{Evidence, Fact, Known, Origin, Trouble};
use crate::domain::token::Token;
use crate::domain::verdict::{Basis, Layer};

/// One token to ask about.
pub struct Order<'a> {
    pub connection: &'a Connection,
    pub provider: &'a dyn Provider,
    pub token: Result<Token, Miss>,
    /// To be observed where a harmless probe exists.
    pub wanted: Vec<Capability>,
}

/// How far the questions go.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    pub probing: Effect,
    pub offline: bool,
}

/// Asks about all tokens at once; the answer's order is the order of the orders.
pub fn audit(orders: &[Order<'_>], reach: Reach, now: Timestamp, transport: &dyn Transport) -> Vec<Heard> {
    let mut heard: Vec<Heard> = orders.iter().map(|order| without_network(order, reach, now)).collect();
    let mut talks: Vec<(usize, Talk<'_>)> = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        if let Ok(token) = &order.token {
            let evidence = std::mem::take(&mut heard[index].evidence);
            talks.push((index, Talk::new(order, token, reach, now, evidence)));
        }
    }
    let mut conversations: Vec<Box<dyn Conversation + '_>> =
        talks.iter_mut().map(|(_, talk)| Box::new(talk) as Box<dyn Conversation + '_>).collect();
    if !reach.offline {
        transport.converse(&mut conversations);
    }
    drop(conversations);
    for (index, talk) in talks {
        heard[index] = talk.into_heard(reach.offline);
    }
    heard
}

/// What is known before any question: an absent token, or what its text and the job's variables tell.
fn without_network(order: &Order<'_>, reach: Reach, now: Timestamp) -> Heard {
    let mut heard = Heard::default();
    match &order.token {
        Err(_) if order.connection.barred.is_some() => {
            let text = "nothing was asked: the token may not go there".to_owned();
            let trouble = Trouble { layer: Layer::Unreachable, text: text.clone(), about: None };
            let origin = Origin::new("configuration", None, text);
            heard.evidence.add(Known { value: Fact::Trouble(trouble), basis: Basis::Observed, origin });
        }
        Err(miss) => heard.evidence.add(missing(order.connection, miss)),
        Ok(token) => {
            for fact in order.provider.offline(&task(order, token, reach), now) {
                heard.evidence.add(fact);
            }
        }
    }
    heard
}

fn task<'a>(order: &'a Order<'_>, token: &'a Token, reach: Reach) -> Task<'a> {
    Task { connection: order.connection, token, wanted: &order.wanted, probing: reach.probing, offline: reach.offline }
}

fn missing(connection: &Connection, miss: &Miss) -> Known<Fact> {
    let unprotected = connection.job.as_ref().is_some_and(|job| job.ref_protected == Some(false));
    let absent = matches!(miss, Miss::Absent(_));
    let mut text = miss.to_string();
    if absent && unprotected {
        text.push_str("; this ref is not protected, and a protected variable is empty on such refs");
    }
    let origin = Origin::new(connection.source.label(), None, text.clone());
    Known { value: Fact::Dead(Layer::Missing, text), basis: Basis::Observed, origin }
}

/// The talk with one forge about one token.
struct Talk<'a> {
    order: &'a Order<'a>,
    token: &'a Token,
    reach: Reach,
    now: Timestamp,
    evidence: Evidence,
    asked: Vec<String>,
    requests: u32,
    trace: Vec<Origin>,
    server_now: Option<Timestamp>,
}

impl<'a> Talk<'a> {
    fn new(order: &'a Order<'a>, token: &'a Token, reach: Reach, now: Timestamp, evidence: Evidence) -> Self {
        Self { order, token, reach, now, evidence, asked: Vec::new(), requests: 0, trace: Vec::new(), server_now: None }
    }

    fn into_heard(self, offline: bool) -> Heard {
        let mut remarks: Vec<String> = self.skew().into_iter().collect();
        if offline && self.evidence.dead.is_none() {
            remarks.push("nothing was asked of the forge (--offline)".to_owned());
        }
        Heard {
            evidence: self.evidence,
            requests: self.requests,
            trace: self.trace,
            server_now: self.server_now,
            remarks,
        }
    }

    /// Clocks more than two minutes apart are worth a word (R13).
    fn skew(&self) -> Option<String> {
        let apart = self.server_now?.as_second().abs_diff(self.now.as_second());
        (apart > 120).then(|| {
            format!("the clock here and the forge's differ by {apart} seconds; the forge's is used for what is left of a life")
        })
    }

    fn read(&mut self, probe: &Probe, reply: &Reply) {
        let date = reply.header("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        self.server_now = self.server_now.or(date.map(|date| date.timestamp()));
        let now = self.server_now.unwrap_or(self.now);
        let facts =
            self.order.provider.read(&task(self.order, self.token, self.reach), &self.evidence, probe, reply, now);
        for fact in facts {
            self.evidence.add(fact);
        }
    }
}

impl Conversation for &mut Talk<'_> {
    fn base(&self) -> &Base {
        &self.order.connection.base
    }

    fn doors(&self) -> Vec<Base> {
        self.order.provider.doors(&self.order.connection.base)
    }

    fn patience(&self) -> Option<Duration> {
        self.order.provider.patience()
    }

    fn ca_file(&self) -> Option<&Path> {
        self.order.connection.ca_file.as_deref()
    }

    fn insecure(&self) -> bool {
        self.order.connection.insecure
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn next(&mut self) -> Vec<Probe> {
        let probes = self.order.provider.next(&task(self.order, self.token, self.reach), &self.evidence, &self.asked);
        self.asked.extend(probes.iter().map(|probe| probe.id.clone()));
        probes
    }

    fn take(&mut self, exchange: Exchange) {
        self.requests += exchange.sent;
        let label = exchange.probe.label();
        match &exchange.outcome {
            Ok(reply) => {
                let says = format!("in {} ms", exchange.took.as_millis());
                self.trace.push(Origin::new(label, Some(reply.status), says));
                self.read(&exchange.probe, reply);
            }
            Err(none) => {
                self.trace.push(Origin::new(label.clone(), None, none.text.clone()));
                let trouble =
                    Trouble { layer: none.layer, text: none.text.clone(), about: exchange.probe.about.clone() };
                let origin = Origin::new(label, None, none.text.clone());
                self.evidence.add(Known { value: Fact::Trouble(trouble), basis: Basis::Observed, origin });
            }
        }
    }
}

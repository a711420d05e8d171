//! One run: every conversation's questions sent, waited for, asked again and handed back.
//!
//! The conversations stay with the loop, which alone calls them; only requests and waits are tasks. So nothing is
//! locked, and what a conversation hears comes in the order in which the answers arrive.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use reqwest::{Client, Request};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::client::{Clients, Key};
use super::failure::{Failure, seconds};
use super::queue::Queue;
use super::retry::{self, Attempt, Brought};
use super::{Http, Interruption, bounds, request, scrub};
use crate::app::ports::{Conversation, Exchange, NoReply, Presentation, Probe, Reply};
use crate::domain::verdict::Layer;

type Conversations<'r, 'c> = &'r mut [Box<dyn Conversation + 'c>];

pub(super) async fn converse(http: &Http<'_>, conversations: Conversations<'_, '_>) {
    let mut run = Run::new(http, conversations);
    for conversation in 0..run.conversations.len() {
        run.ask(conversation);
    }
    let text = match run.until_signal().await {
        Some(signal) => format!("no answer before {} ended the run", signal.name()),
        None => format!("no answer before the time limit of the whole run ({})", seconds(http.settings.deadline)),
    };
    run.close(&text);
}

/// After a signal, for answers that are on their last way.
const LAST_ANSWERS: Duration = Duration::from_millis(100);

struct Run<'r, 'c> {
    http: &'r Http<'r>,
    conversations: Conversations<'r, 'c>,
    /// For each conversation the first one with the same token at the same origin.
    holders: Vec<usize>,
    standings: BTreeMap<(usize, Presentation), Standing>,
    clients: Clients<'r>,
    queue: Queue,
    flights: BTreeMap<u64, Flight>,
    tasks: JoinSet<(u64, Event)>,
    numbered: u64,
    deadline: Instant,
    seed: u64,
}

/// One probe on its way, from the moment it was given to the moment its exchange is handed back.
struct Flight {
    conversation: usize,
    lane: usize,
    probe: Probe,
    sent: u32,
    began: Option<Instant>,
    /// It waits for a rate limit, and its origin with it.
    limited: bool,
}

/// What the forge made of a token in one presentation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Refused,
    Accepted,
}

enum Event {
    Landed(Result<Reply, Failure>),
    Rested,
}

impl<'r, 'c> Run<'r, 'c> {
    fn new(http: &'r Http<'_>, conversations: Conversations<'r, 'c>) -> Self {
        Self {
            http,
            holders: holders(conversations),
            conversations,
            standings: BTreeMap::new(),
            clients: Clients::new(&http.maker),
            queue: Queue::new(http.settings.per_origin, http.settings.in_flight),
            flights: BTreeMap::new(),
            tasks: JoinSet::new(),
            numbered: 0,
            deadline: Instant::now() + http.settings.deadline,
            seed: http.clock.now().as_microsecond().unsigned_abs(),
        }
    }

    /// Queues what the conversation wants to know now.
    fn ask(&mut self, conversation: usize) {
        for probe in self.conversations[conversation].next() {
            let at = probe.door.as_ref().unwrap_or(self.conversations[conversation].base());
            let lane = self.queue.lane(&at.origin);
            self.numbered += 1;
            self.flights
                .insert(self.numbered, Flight { conversation, lane, probe, sent: 0, began: None, limited: false });
            self.queue.push(lane, self.numbered);
        }
    }

    /// Ends when all is asked, the time is over, or a signal came. What is here by then still counts.
    async fn until_signal(&mut self) -> Option<Interruption> {
        let Some(mut interrupts) = self.http.interrupts.clone() else {
            self.drive().await;
            return None;
        };
        tokio::select! {
            biased;
            () = self.drive() => return None,
            () = interrupts.arrived() => {}
        }
        let last = Instant::now() + LAST_ANSWERS;
        while let Ok(Some(Ok((number, event)))) = timeout_at(last, self.tasks.join_next()).await {
            if let Event::Landed(outcome) = event {
                self.land(number, outcome);
            }
        }
        interrupts.caught()
    }

    async fn drive(&mut self) {
        loop {
            self.launch();
            match timeout_at(self.deadline, self.tasks.join_next()).await {
                Ok(Some(Ok((number, Event::Landed(outcome))))) => self.land(number, outcome),
                Ok(Some(Ok((number, Event::Rested)))) => self.rested(number),
                // A task that broke leaves its flight open; `close` answers it.
                Ok(Some(Err(_))) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn rested(&mut self, number: u64) {
        let Some(flight) = self.flights.get_mut(&number) else { return };
        if std::mem::take(&mut flight.limited) {
            self.queue.resume(flight.lane);
        }
        self.queue.push(flight.lane, number);
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Starts what may start. What cannot be sent is answered here, and that may bring new questions.
    fn launch(&mut self) {
        while !self.left().is_zero() {
            let Some(number) = self.queue.admit() else { return };
            match self.prepare(number) {
                Ok((client, request)) => self.send(number, client, request),
                Err(refusal) => {
                    self.queue.release(self.flights[&number].lane);
                    self.finish(number, Err(refusal));
                }
            }
        }
    }

    fn prepare(&mut self, number: u64) -> Result<(Client, Request), NoReply> {
        let flight = &self.flights[&number];
        if self.standing(flight) == Some(Standing::Refused) {
            let text = "not asked again: the forge refused this token with 401".to_owned();
            return Err(NoReply { layer: Layer::Rejected, text });
        }
        let conversation = &self.conversations[flight.conversation];
        let base = match &flight.probe.door {
            None => conversation.base(),
            Some(door) if conversation.doors().contains(door) => door,
            Some(_) => {
                let text = "the address of this question is none of this forge's, so the token was not sent to it";
                return Err(NoReply { layer: Layer::UnusableAnswer, text: text.to_owned() });
            }
        };
        let plain_http = conversation.insecure() || self.http.settings.allow_http.contains(&base.origin);
        let request = request::build(base, &flight.probe, conversation.token(), plain_http)?;
        let ca_file = conversation.ca_file().map(std::path::Path::to_owned);
        Ok((self.clients.get(Key { ca_file, plain_http })?, request))
    }

    fn send(&mut self, number: u64, client: Client, request: Request) {
        let left = self.left();
        let Some(flight) = self.flights.get_mut(&number) else { return };
        flight.sent += 1;
        flight.began.get_or_insert_with(Instant::now);
        let patience = self.conversations[flight.conversation].patience();
        let limit = patience.unwrap_or(self.http.settings.timeout).min(left);
        self.tasks.spawn(async move {
            let outcome = timeout(limit, fetch(client, request)).await;
            (number, Event::Landed(outcome.unwrap_or(Err(Failure::Timeout(limit)))))
        });
    }

    fn land(&mut self, number: u64, outcome: Result<Reply, Failure>) {
        let flight = &self.flights[&number];
        self.queue.release(flight.lane);
        let outcome = outcome.and_then(|mut reply| {
            scrub::scrub(&mut reply, self.conversations[flight.conversation].token(), &flight.probe.presentation);
            // Only a proxy says 407, and only to a request that was not tunnelled.
            if reply.status == 407 { Err(Failure::ProxySignIn) } else { Ok(reply) }
        });
        if let Ok(reply) = &outcome {
            self.remember(number, reply.status);
        }
        match self.pause(number, &outcome) {
            Some(wait) => {
                // One question too many is told to all who ask there: more of them would only prolong it.
                if outcome.as_ref().is_ok_and(retry::is_limit)
                    && let Some(flight) = self.flights.get_mut(&number)
                {
                    flight.limited = true;
                    self.queue.hold(flight.lane);
                }
                let rest = self.http.sleeper.sleep(wait);
                self.tasks.spawn(async move {
                    rest.await;
                    (number, Event::Rested)
                });
            }
            None => self.conclude(number, outcome),
        }
    }

    /// The wait before the next attempt, if there is to be one.
    fn pause(&self, number: u64, outcome: &Result<Reply, Failure>) -> Option<Duration> {
        let flight = &self.flights[&number];
        let brought = match outcome {
            Ok(reply) => Brought::Reply(reply),
            Err(failure) if failure.is_loss() => Brought::Loss,
            Err(_) => Brought::Failure,
        };
        let attempt = Attempt {
            method: flight.probe.method,
            number: flight.sent,
            left: self.left(),
            now: self.http.clock.now(),
            seed: self.seed ^ (number << 8),
        };
        retry::again(&attempt, &brought)
    }

    fn conclude(&mut self, number: u64, outcome: Result<Reply, Failure>) {
        let flight = &self.flights[&number];
        let base = flight.probe.door.as_ref().unwrap_or(self.conversations[flight.conversation].base());
        let origin = &base.origin;
        let outcome = outcome.map_err(|failure| failure.told(origin));
        self.finish(number, outcome);
    }

    /// Hands the exchange back and asks what is next.
    fn finish(&mut self, number: u64, outcome: Result<Reply, NoReply>) {
        if let Some(conversation) = self.hand_back(number, outcome) {
            self.ask(conversation);
        }
    }

    fn hand_back(&mut self, number: u64, outcome: Result<Reply, NoReply>) -> Option<usize> {
        let Flight { conversation, lane: _, probe, sent, began, limited: _ } = self.flights.remove(&number)?;
        let took = began.map_or(Duration::ZERO, |began| began.elapsed());
        self.conversations[conversation].take(Exchange { probe, outcome, sent, took });
        Some(conversation)
    }

    fn standing(&self, flight: &Flight) -> Option<Standing> {
        self.standings.get(&(self.holders[flight.conversation], flight.probe.presentation.clone())).copied()
    }

    /// A refused token is not shown again the same way. Once it was accepted, a 401 is about the question: job tokens
    /// get one on every route that is closed to them.
    fn remember(&mut self, number: u64, status: u16) {
        let flight = &self.flights[&number];
        let new = match status {
            // Azure DevOps answers a bad token with 203 and a sign-in page.
            203 => return,
            200..=299 => Standing::Accepted,
            401 if self.standing(flight).is_none() => Standing::Refused,
            _ => return,
        };
        if flight.probe.presentation != Presentation::Anonymous {
            self.standings.insert((self.holders[flight.conversation], flight.probe.presentation.clone()), new);
        }
    }

    /// Answers what is still open when the time is over, and asks nothing more.
    fn close(&mut self, text: &str) {
        self.tasks.abort_all();
        let open: Vec<u64> = self.flights.keys().copied().collect();
        for number in open {
            self.hand_back(number, Err(NoReply { layer: Layer::Unreachable, text: text.to_owned() }));
        }
    }
}

/// The same token at the same origin has one standing, however many connections use it.
fn holders(conversations: &[Box<dyn Conversation + '_>]) -> Vec<usize> {
    let mut first = HashMap::new();
    let entries = conversations.iter().enumerate();
    entries.map(|(at, one)| *first.entry((&one.base().origin, one.token().expose())).or_insert(at)).collect()
}

async fn fetch(client: Client, request: Request) -> Result<Reply, Failure> {
    let response = client.execute(request).await.map_err(|error| Failure::while_asking(&error))?;
    bounds::read(response).await
}

//! How far a run is, counted from outside: a transport around the real one.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::ports::{Conversation, Exchange, Probe, Transport};
use crate::domain::connection::Base;
use crate::domain::token::Token;

/// What was asked and answered up to now.
#[derive(Debug, Default)]
pub struct Tally {
    tokens: AtomicU32,
    asked: AtomicU32,
    answered: AtomicU32,
}

impl Tally {
    pub fn tokens(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }

    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    pub fn answered(&self) -> u32 {
        self.answered.load(Ordering::Relaxed)
    }
}

/// A transport whose talks are counted.
pub struct Watched<'a> {
    pub transport: &'a dyn Transport,
    pub tally: &'a Tally,
}

impl Transport for Watched<'_> {
    fn converse(&self, conversations: &mut [Box<dyn Conversation + '_>]) {
        let count = u32::try_from(conversations.len()).unwrap_or(u32::MAX);
        self.tally.tokens.fetch_add(count, Ordering::Relaxed);
        let counted = |inner| Box::new(Counted { inner, tally: self.tally }) as Box<dyn Conversation + '_>;
        let mut counted: Vec<_> = conversations.iter_mut().map(|inner| counted(inner.as_mut())).collect();
        self.transport.converse(&mut counted);
    }
}

struct Counted<'a, 'c> {
    inner: &'a mut (dyn Conversation + 'c),
    tally: &'a Tally,
}

impl Conversation for Counted<'_, '_> {
    fn base(&self) -> &Base {
        self.inner.base()
    }

    fn doors(&self) -> Vec<Base> {
        self.inner.doors()
    }

    fn ca_file(&self) -> Option<&Path> {
        self.inner.ca_file()
    }

    fn insecure(&self) -> bool {
        self.inner.insecure()
    }

    fn token(&self) -> &Token {
        self.inner.token()
    }

    fn patience(&self) -> Option<Duration> {
        self.inner.patience()
    }

    fn next(&mut self) -> Vec<Probe> {
        let probes = self.inner.next();
        self.tally.asked.fetch_add(u32::try_from(probes.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        probes
    }

    fn take(&mut self, exchange: Exchange) {
        self.tally.answered.fetch_add(1, Ordering::Relaxed);
        self.inner.take(exchange);
    }
}

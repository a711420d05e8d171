//! What Git wants kept, and what it wants forgotten (R9).

use jiff::{SignedDuration, Timestamp};

use super::ports::{Miss, Store};
use crate::domain::entry::{Entry, Query};

/// Keeps the entry. It dies after `lifetime`, or at its own end if that is sooner. What is dead already, or what the store
/// gave Git itself, is not written: the first would never be found, and the second would live for ever.
pub fn keep(store: &dyn Store, mut entry: Entry, lifetime: Option<SignedDuration>, now: Timestamp) -> Result<(), Miss> {
    if !entry.is_alive(now) || is_held(store, &entry) {
        return Ok(());
    }
    if let Some(lifetime) = lifetime {
        let end = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        entry.expires = Some(entry.expires.map_or(end, |own| own.min(end)));
    }
    store.keep(&entry)
}

/// Git hands over what it was given, after every success. An older one leaves out what it does not understand.
fn is_held(store: &dyn Store, entry: &Entry) -> bool {
    let Entry { origin, path, user, token, expires, refresh, form } = entry;
    let query = Query {
        path: path.clone(),
        user: user.clone(),
        token: Some(token.clone()),
        refresh: refresh.clone(),
        headers: true,
        ..Query::of(origin.clone())
    };
    store.find(&query).is_ok_and(|held| {
        held.path == *path
            && held.user == *user
            && held.form == *form
            && (expires.is_none() || held.expires.map(Timestamp::as_second) == expires.map(Timestamp::as_second))
    })
}

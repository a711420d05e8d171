//! What stores keep: accounts as Git handed them over, and the questions that are asked about them.

use std::fmt;

use jiff::Timestamp;

use super::origin::Origin;
use super::token::Token;

/// One account, kept for exactly the scheme, host and port that it was handed over for.
#[derive(Clone)]
pub struct Entry {
    pub origin: Origin,
    /// As Git sent it: without its first slash, and not necessarily text.
    pub path: Option<Vec<u8>>,
    /// May be empty, which some servers' single sign-on asks for. Always there beside a password.
    pub user: Option<Vec<u8>>,
    pub token: Token,
    /// The entry is dead from then on.
    pub expires: Option<Timestamp>,
    pub refresh: Option<Token>,
    pub form: Form,
}

/// How the token is shown to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Password,
    /// After this word in an `Authorization` header.
    Header(String),
}

/// Which entries are meant: those of the origin that equal it in everything else it gives.
#[derive(Clone, Debug)]
pub struct Query {
    pub origin: Origin,
    pub path: Option<Vec<u8>>,
    pub user: Option<Vec<u8>>,
    pub token: Option<Token>,
    pub refresh: Option<Token>,
    /// The caller can do with [`Form::Header`]. To others such a token is a password, where its entry has a user.
    pub headers: bool,
}

impl Query {
    pub fn of(origin: Origin) -> Self {
        Self { origin, path: None, user: None, token: None, refresh: None, headers: false }
    }

    fn means(&self, entry: &Entry) -> bool {
        fn equal(asked: Option<&Token>, held: Option<&Token>) -> bool {
            asked.is_none_or(|asked| held.is_some_and(|held| asked.is(held)))
        }
        self.origin == entry.origin
            && (self.path.is_none() || self.path == entry.path)
            && (self.user.is_none() || self.user == entry.user)
            && equal(self.token.as_ref(), Some(&entry.token))
            && equal(self.refresh.as_ref(), entry.refresh.as_ref())
    }
}

impl Entry {
    /// The same account in the same place.
    fn replaces(&self, other: &Self) -> bool {
        self.origin == other.origin && self.path == other.path && self.user == other.user
    }

    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| end > now)
    }
}

impl fmt::Debug for Entry {
    /// Paths and user names are left out too: what people type into the wrong place ends up there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, expires, form, path: _, user: _, token: _, refresh: _ } = self;
        formatter
            .debug_struct("Entry")
            .field("origin", origin)
            .field("expires", expires)
            .field("form", form)
            .finish_non_exhaustive()
    }
}

/// All entries of one store, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Book {
    entries: Vec<Entry>,
}

impl Book {
    /// From entries in their order.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Those of one origin.
    pub fn of(&self, origin: &Origin) -> Vec<Entry> {
        self.entries.iter().filter(|entry| entry.origin == *origin).cloned().collect()
    }

    /// The newest living entry that is meant.
    pub fn find(&self, query: &Query, now: Timestamp) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            let usable = query.headers || entry.form == Form::Password || entry.user.is_some();
            usable && query.means(entry) && entry.is_alive(now)
        })
    }

    /// Puts the entry first, in the place of an older one for the same account. The dead are dropped.
    pub fn keep(&mut self, entry: Entry, now: Timestamp) {
        self.entries.retain(|held| held.is_alive(now) && !entry.replaces(held));
        self.entries.insert(0, entry);
    }

    /// Drops what is meant, and says how many those were.
    pub fn forget(&mut self, query: &Query) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| !query.means(entry));
        before - self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn entry(address: &str, path: Option<&str>, user: &str, token: &str) -> Entry {
        Entry {
            origin: origin(address),
            path: path.map(|path| path.as_bytes().to_vec()),
            user: Some(user.as_bytes().to_vec()),
            token: Token::new(token.to_owned()),
            expires: None,
            refresh: None,
            form: Form::Password,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn query(address: &str) -> Query {
        Query::of(origin(address))
    }

    fn with_user(user: &str) -> Query {
        Query { user: Some(user.as_bytes().to_vec()), ..query("https://a.test") }
    }

    fn book() -> Book {
        let mut book = Book::default();
        for entry in [
            entry("https://a.test", None, "me", "one"),
            entry("https://a.test", None, "you", "two"),
            entry("https://b.test", Some("group/proj"), "me", "three"),
        ] {
            book.keep(entry, at(0));
        }
        book
    }

    fn found(book: &Book, query: &Query) -> Option<String> {
        book.find(query, at(0)).map(|entry| entry.token.expose().to_owned())
    }

    #[test]
    fn the_newest_of_an_origin_is_found_and_a_named_user_before_it() {
        assert_eq!(found(&book(), &query("https://a.test")).as_deref(), Some("two"));
        assert_eq!(found(&book(), &with_user("me")).as_deref(), Some("one"));
        assert_eq!(found(&book(), &with_user("her")), None);
        assert_eq!(found(&book(), &with_user("")), None);
    }

    #[test]
    fn scheme_host_and_port_are_those_it_was_stored_under() {
        for address in ["http://a.test", "https://a.test:444", "http://a.test:443", "https://a.a.test"] {
            assert_eq!(found(&book(), &query(address)), None, "{address}");
        }
        assert_eq!(found(&book(), &query("https://A.test:443")).as_deref(), Some("two"));
    }

    #[test]
    fn a_path_that_is_asked_for_must_be_the_stored_one() {
        let path = |path: &str| Query { path: Some(path.as_bytes().to_vec()), ..query("https://b.test") };
        assert_eq!(found(&book(), &path("group/proj")).as_deref(), Some("three"));
        assert_eq!(found(&book(), &query("https://b.test")).as_deref(), Some("three"));
        assert_eq!(found(&book(), &path("group/proj-evil")), None);
        assert_eq!(found(&book(), &Query { origin: origin("https://a.test"), ..path("group/proj") }), None);
    }

    #[test]
    fn an_account_is_kept_once() {
        let mut book = book();
        book.keep(entry("https://a.test", None, "me", "new"), at(0));
        assert_eq!(book.entries().len(), 3);
        assert_eq!(found(&book, &query("https://a.test")).as_deref(), Some("new"));
    }

    #[test]
    fn the_dead_are_not_found_and_go_with_the_next_keep() {
        let mut book = Book::default();
        book.keep(Entry { expires: Some(at(100)), ..entry("https://a.test", None, "me", "one") }, at(0));
        assert!(book.find(&query("https://a.test"), at(99)).is_some());
        assert!(book.find(&query("https://a.test"), at(100)).is_none());
        book.keep(entry("https://b.test", None, "me", "two"), at(100));
        assert_eq!(book.entries().len(), 1);
    }

    #[test]
    fn p21_a_refused_old_token_does_not_remove_a_newer_one() {
        let mut book = book();
        let old = Query { token: Some(Token::new("old".to_owned())), ..with_user("me") };
        assert_eq!(book.forget(&old), 0);
        let refreshed = Query { refresh: Some(Token::new("r".to_owned())), ..with_user("me") };
        assert_eq!(book.forget(&refreshed), 0);
        let held = Query { token: Some(Token::new("one".to_owned())), ..with_user("me") };
        assert_eq!((book.forget(&held), book.entries().len()), (1, 2));
    }

    #[test]
    fn p22_all_of_an_origin_and_of_no_other_are_forgotten() {
        let mut book = book();
        assert_eq!(book.forget(&query("https://a.test")), 2);
        assert_eq!(found(&book, &query("https://b.test")).as_deref(), Some("three"));
    }

    #[test]
    fn headers_are_found_by_those_who_can_do_with_them() {
        let mut book = book();
        let bearer = Form::Header("Bearer".to_owned());
        book.keep(Entry { form: bearer, user: None, ..entry("https://a.test", None, "", "header") }, at(0));
        assert_eq!(found(&book, &query("https://a.test")).as_deref(), Some("two"));
        assert_eq!(found(&book, &Query { headers: true, ..query("https://a.test") }).as_deref(), Some("header"));
        let bearer = Form::Header("Bearer".to_owned());
        book.keep(Entry { form: bearer, ..entry("https://a.test", None, "bot", "named") }, at(0));
        assert_eq!(found(&book, &query("https://a.test")).as_deref(), Some("named"));
    }

    #[test]
    fn nothing_of_an_account_is_printed() {
        let entry = entry("https://a.test", Some("canary"), "canary", "canary");
        assert!(!format!("{:?}", Book::new(vec![entry])).contains("canary"));
    }
}

//! Moving an account from a place where it lies open into a store. The place is not cleaned up before the store has given
//! back what it was given.

use jiff::Timestamp;

use super::ports::{Miss, Store};
use crate::domain::entry::Entry;

/// Why an account stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    #[error("another token of this account is stored already")]
    Another,
    #[error("{0}")]
    Refused(Miss),
    #[error("the store did not give it back")]
    NotGivenBack,
}

/// Puts the entry into the store, unless it is there.
pub fn put(store: &dyn Store, entry: &Entry, now: Timestamp) -> Result<(), Stays> {
    match held(store, entry, now) {
        Ok(Some(held)) if held.token.is(&entry.token) => return Ok(()),
        Ok(Some(_)) => return Err(Stays::Another),
        Ok(None) | Err(Miss::Absent(_)) => {}
        Err(miss) => return Err(Stays::Refused(miss)),
    }
    store.keep(entry).map_err(Stays::Refused)?;
    let back = held(store, entry, now).ok().flatten();
    if back.is_some_and(|back| back.token.is(&entry.token) && back.form == entry.form) {
        Ok(())
    } else {
        Err(Stays::NotGivenBack)
    }
}

/// Would it be taken? Asked where nothing is to be changed.
pub fn would_take(store: &dyn Store, entry: &Entry, now: Timestamp) -> Result<(), Stays> {
    match held(store, entry, now) {
        Ok(Some(held)) if !held.token.is(&entry.token) => Err(Stays::Another),
        Ok(_) | Err(Miss::Absent(_)) => Ok(()),
        Err(miss) => Err(Stays::Refused(miss)),
    }
}

/// The same account in the same place. One that has ended is none.
fn held(store: &dyn Store, entry: &Entry, now: Timestamp) -> Result<Option<Entry>, Miss> {
    let all = store.all(&entry.origin)?;
    Ok(all.into_iter().find(|held| held.is_alive(now) && held.path == entry.path && held.user == entry.user))
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::domain::entry::{Book, Form, Query};
    use crate::domain::origin::Origin;
    use crate::domain::token::Token;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[derive(Default)]
    struct Memory {
        book: RefCell<Book>,
        broken: bool,
        forgetful: Cell<bool>,
    }

    impl Store for Memory {
        fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
            if self.broken {
                return Err(Miss::Failed("damaged".to_owned()));
            }
            Ok(self.book.borrow().of(origin))
        }

        fn find(&self, query: &Query) -> Result<Entry, Miss> {
            let book = self.book.borrow();
            book.find(query, NOW).cloned().ok_or_else(|| Miss::Absent("nothing".to_owned()))
        }

        fn keep(&self, entry: &Entry) -> Result<(), Miss> {
            if !self.forgetful.get() {
                self.book.borrow_mut().keep(entry.clone(), NOW);
            }
            Ok(())
        }

        fn forget(&self, query: &Query) -> Result<usize, Miss> {
            Ok(self.book.borrow_mut().forget(query))
        }
    }

    fn entry(token: &str) -> Entry {
        Entry {
            origin: Origin::parse("https://a.test").unwrap(),
            path: None,
            user: Some(b"me".to_vec()),
            token: Token::new(token.to_owned()),
            expires: None,
            refresh: None,
            form: Form::Password,
        }
    }

    #[test]
    fn what_the_store_gives_back_is_moved() {
        let store = Memory::default();
        assert_eq!(would_take(&store, &entry("one"), NOW), Ok(()));
        assert!(store.book.borrow().entries().is_empty());
        assert_eq!(put(&store, &entry("one"), NOW), Ok(()));
        assert_eq!(put(&store, &entry("one"), NOW), Ok(()), "it is there already");
        assert_eq!(store.book.borrow().entries().len(), 1);
    }

    #[test]
    fn another_token_of_the_account_is_not_overwritten() {
        let store = Memory::default();
        put(&store, &entry("newer"), NOW).unwrap();
        assert_eq!(put(&store, &entry("older"), NOW), Err(Stays::Another));
        assert_eq!(would_take(&store, &entry("older"), NOW), Err(Stays::Another));
        assert_eq!(store.book.borrow().entries()[0].token.expose(), "newer");
        // Though the newest entry of this user is for a path.
        let elsewhere = Entry { path: Some(b"group/app".to_vec()), ..entry("for one project") };
        assert_eq!(put(&store, &elsewhere, NOW), Ok(()));
        assert_eq!(put(&store, &entry("older"), NOW), Err(Stays::Another));
    }

    #[test]
    fn one_that_has_ended_is_in_nobodys_way() {
        let store = Memory::default();
        store.keep(&Entry { expires: Some(NOW), ..entry("ended") }).unwrap();
        assert_eq!(put(&store, &entry("one"), NOW), Ok(()));
    }

    #[test]
    fn what_cannot_be_kept_or_read_back_stays() {
        let store = Memory { broken: true, ..Memory::default() };
        assert!(matches!(put(&store, &entry("one"), NOW), Err(Stays::Refused(Miss::Failed(_)))));
        let store = Memory::default();
        store.forgetful.set(true);
        assert_eq!(put(&store, &entry("one"), NOW), Err(Stays::NotGivenBack));
    }
}

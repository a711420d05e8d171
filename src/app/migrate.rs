//! Moving an account from a place where it lies open into a store. The place is not cleaned up before the store has given
//! back what it was given.

use super::ports::{Miss, Store};
use crate::domain::entry::{Entry, Query};

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
pub fn put(store: &dyn Store, entry: &Entry) -> Result<(), Stays> {
    match held(store, entry) {
        Ok(Some(held)) if held.token.is(&entry.token) => return Ok(()),
        Ok(Some(_)) => return Err(Stays::Another),
        Ok(None) | Err(Miss::Absent(_)) => {}
        Err(miss) => return Err(Stays::Refused(miss)),
    }
    store.keep(entry).map_err(Stays::Refused)?;
    let back = held(store, entry).ok().flatten();
    if back.is_some_and(|back| back.token.is(&entry.token) && back.form == entry.form) {
        Ok(())
    } else {
        Err(Stays::NotGivenBack)
    }
}

/// Would it be taken? Asked where nothing is to be changed.
pub fn would_take(store: &dyn Store, entry: &Entry) -> Result<(), Stays> {
    match held(store, entry) {
        Ok(Some(held)) if !held.token.is(&entry.token) => Err(Stays::Another),
        Ok(_) | Err(Miss::Absent(_)) => Ok(()),
        Err(miss) => Err(Stays::Refused(miss)),
    }
}

/// The same account in the same place.
fn held(store: &dyn Store, entry: &Entry) -> Result<Option<Entry>, Miss> {
    let Entry { origin, path, user, .. } = entry;
    let query = Query { path: path.clone(), user: user.clone(), ..Query::of(origin.clone()) };
    store.find(&query).map(|held| (held.path == *path && held.user == *user).then_some(held))
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use jiff::Timestamp;

    use super::*;
    use crate::domain::entry::{Book, Form};
    use crate::domain::origin::Origin;
    use crate::domain::token::Token;

    #[derive(Default)]
    struct Memory {
        book: RefCell<Book>,
        broken: bool,
        forgetful: Cell<bool>,
    }

    impl Store for Memory {
        fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
            Ok(self.book.borrow().of(origin))
        }

        fn find(&self, query: &Query) -> Result<Entry, Miss> {
            if self.broken {
                return Err(Miss::Failed("damaged".to_owned()));
            }
            let book = self.book.borrow();
            book.find(query, Timestamp::UNIX_EPOCH).cloned().ok_or_else(|| Miss::Absent("nothing".to_owned()))
        }

        fn keep(&self, entry: &Entry) -> Result<(), Miss> {
            if !self.forgetful.get() {
                self.book.borrow_mut().keep(entry.clone(), Timestamp::UNIX_EPOCH);
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
        assert_eq!(would_take(&store, &entry("one")), Ok(()));
        assert!(store.book.borrow().entries().is_empty());
        assert_eq!(put(&store, &entry("one")), Ok(()));
        assert_eq!(put(&store, &entry("one")), Ok(()), "it is there already");
        assert_eq!(store.book.borrow().entries().len(), 1);
    }

    #[test]
    fn another_token_of_the_account_is_not_overwritten() {
        let store = Memory::default();
        put(&store, &entry("newer")).unwrap();
        assert_eq!(put(&store, &entry("older")), Err(Stays::Another));
        assert_eq!(would_take(&store, &entry("older")), Err(Stays::Another));
        assert_eq!(store.book.borrow().entries()[0].token.expose(), "newer");
        let elsewhere = Entry { path: Some(b"group/app".to_vec()), ..entry("for one project") };
        assert_eq!(put(&store, &elsewhere), Ok(()));
    }

    #[test]
    fn what_cannot_be_kept_or_read_back_stays() {
        let store = Memory { broken: true, ..Memory::default() };
        assert!(matches!(put(&store, &entry("one")), Err(Stays::Refused(Miss::Failed(_)))));
        let store = Memory::default();
        store.forgetful.set(true);
        assert_eq!(put(&store, &entry("one")), Err(Stays::NotGivenBack));
    }
}

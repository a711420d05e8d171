//! Several stores as one, asked in their order.

use super::book_file::nothing_for;
use crate::app::ports::{Miss, Store};
use crate::domain::entry::{Entry, Query};
use crate::domain::origin::Origin;

/// What cannot be asked is passed over, and so is what breaks, but that is told when the others have nothing.
pub(super) struct Chain(Vec<Result<Box<dyn Store>, Miss>>);

impl Chain {
    pub(super) fn new(stores: impl Iterator<Item = Result<Box<dyn Store>, Miss>>) -> Self {
        Self(stores.collect())
    }

    fn each<T>(&self, ask: impl Fn(&dyn Store) -> Result<T, Miss>) -> impl Iterator<Item = Result<T, Miss>> {
        self.0.iter().map(move |store| store.as_ref().map_err(Clone::clone).and_then(|store| ask(store.as_ref())))
    }
}

impl Store for Chain {
    /// Of all of them, in their order.
    fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
        let mut all = Vec::new();
        let mut broken = None;
        for answer in self.each(|store| store.all(origin)) {
            match answer {
                Ok(entries) => all.extend(entries),
                Err(miss @ Miss::Failed(_)) => broken = broken.or(Some(miss)),
                Err(_) => {}
            }
        }
        broken.filter(|_| all.is_empty()).map_or(Ok(all), Err)
    }

    fn find(&self, query: &Query) -> Result<Entry, Miss> {
        let mut broken = None;
        for answer in self.each(|store| store.find(query)) {
            match answer {
                Ok(entry) => return Ok(entry),
                Err(miss @ Miss::Failed(_)) => broken = broken.or(Some(miss)),
                Err(_) => {}
            }
        }
        Err(broken.unwrap_or_else(|| nothing_for(query)))
    }

    /// In the first that takes it. Why the others did not is of interest only if none does.
    fn keep(&self, entry: &Entry) -> Result<(), Miss> {
        let mut refused = None;
        for answer in self.each(|store| store.keep(entry)) {
            match answer {
                Ok(()) => return Ok(()),
                Err(miss) => refused = Some(miss),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// In all of them.
    fn forget(&self, query: &Query) -> Result<usize, Miss> {
        let mut count = 0;
        let mut broken = None;
        for answer in self.each(|store| store.forget(query)) {
            match answer {
                Ok(forgotten) => count += forgotten,
                Err(miss @ Miss::Failed(_)) => broken = broken.or(Some(miss)),
                Err(_) => {}
            }
        }
        broken.map_or(Ok(count), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::entry::{Book, Form};
    use crate::domain::token::Token;

    #[derive(Default)]
    struct Memory {
        book: Rc<RefCell<Book>>,
        refusal: Option<Miss>,
    }

    impl Memory {
        fn able(&self) -> Result<(), Miss> {
            self.refusal.clone().map_or(Ok(()), Err)
        }
    }

    impl Store for Memory {
        fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
            self.able()?;
            Ok(self.book.borrow().of(origin))
        }

        fn find(&self, query: &Query) -> Result<Entry, Miss> {
            self.able()?;
            self.book.borrow().find(query, Timestamp::UNIX_EPOCH).cloned().ok_or_else(|| nothing_for(query))
        }

        fn keep(&self, entry: &Entry) -> Result<(), Miss> {
            self.able()?;
            self.book.borrow_mut().keep(entry.clone(), Timestamp::UNIX_EPOCH);
            Ok(())
        }

        fn forget(&self, query: &Query) -> Result<usize, Miss> {
            self.able()?;
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

    /// A chain of a first and a second store, and what they hold.
    fn pair(refusals: [Option<Miss>; 2]) -> (Chain, [Rc<RefCell<Book>>; 2]) {
        let stores = refusals.map(|refusal| Memory { refusal, ..Memory::default() });
        let books = [Rc::clone(&stores[0].book), Rc::clone(&stores[1].book)];
        (Chain::new(stores.into_iter().map(|store| Ok(Box::new(store) as Box<dyn Store>))), books)
    }

    fn query() -> Query {
        Query::of(entry("").origin)
    }

    fn unavailable() -> Miss {
        Miss::Unavailable("no keyring answers".to_owned())
    }

    #[test]
    fn s15_the_first_store_that_has_it_answers_every_time() {
        let (chain, [first, second]) = pair([None, None]);
        second.borrow_mut().keep(entry("second"), Timestamp::UNIX_EPOCH);
        assert_eq!(chain.find(&query()).unwrap().token.expose(), "second");
        first.borrow_mut().keep(entry("first"), Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            assert_eq!(chain.find(&query()).unwrap().token.expose(), "first");
        }
    }

    #[test]
    fn the_next_store_takes_what_the_first_cannot() {
        let too_long = Miss::Failed("longer than the keyring takes".to_owned());
        for refusal in [unavailable(), too_long] {
            let (chain, [first, second]) = pair([Some(refusal), None]);
            chain.keep(&entry("token")).unwrap();
            assert_eq!((first.borrow().entries().len(), second.borrow().entries().len()), (0, 1));
            assert_eq!(chain.find(&query()).unwrap().token.expose(), "token");
        }
        let (chain, _) = pair([Some(unavailable()), Some(unavailable())]);
        assert_eq!(chain.keep(&entry("token")).unwrap_err(), unavailable());
        assert!(matches!(chain.find(&query()), Err(Miss::Absent(_))));
    }

    #[test]
    fn all_entries_of_all_stores_are_listed() {
        let (chain, books) = pair([None, None]);
        for (book, token) in books.iter().zip(["first", "second"]) {
            book.borrow_mut().keep(entry(token), Timestamp::UNIX_EPOCH);
        }
        let tokens: Vec<_> = chain.all(&entry("").origin).unwrap();
        assert_eq!(tokens.iter().map(|entry| entry.token.expose()).collect::<Vec<_>>(), ["first", "second"]);
        assert!(chain.all(&Origin::parse("https://b.test").unwrap()).unwrap().is_empty());
        let broken = Miss::Failed("damaged".to_owned());
        assert_eq!(pair([None, Some(broken.clone())]).0.all(&entry("").origin).unwrap_err(), broken);
    }

    #[test]
    fn all_stores_forget() {
        let (chain, books) = pair([None, None]);
        for book in books {
            book.borrow_mut().keep(entry("token"), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(chain.forget(&query()).unwrap(), 2);
        let (chain, [_, second]) = pair([Some(unavailable()), None]);
        second.borrow_mut().keep(entry("token"), Timestamp::UNIX_EPOCH);
        assert_eq!(chain.forget(&query()).unwrap(), 1);
    }

    #[test]
    fn what_broke_is_told_when_no_other_has_it() {
        let broken = Miss::Failed("damaged".to_owned());
        let (chain, _) = pair([None, Some(broken.clone())]);
        assert_eq!(chain.find(&query()).unwrap_err(), broken);
        assert_eq!(chain.forget(&query()).unwrap_err(), broken);
    }
}

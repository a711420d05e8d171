//! A store that is one file: a book, wrapped in one way or another.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::content::{self, Unusable};
use super::vault_file::VaultFile;
use crate::app::ports::{Miss, Store};
use crate::domain::entry::{Book, Entry, Query};
use crate::domain::origin::Origin;

/// What is around the book in its file.
pub(super) trait Wrapping {
    /// The book's bytes.
    fn open(&self, bytes: Zeroizing<Vec<u8>>, place: &str) -> Result<Zeroizing<Vec<u8>>, Miss>;

    /// The file's bytes. `first` when there is no file yet.
    fn seal(&self, book: Zeroizing<Vec<u8>>, first: bool) -> Result<Vec<u8>, Miss>;
}

pub(super) struct BookFile<W> {
    file: VaultFile,
    wrapping: W,
    now: Timestamp,
}

impl<W: Wrapping> BookFile<W> {
    pub(super) fn new(file: VaultFile, wrapping: W, now: Timestamp) -> Self {
        Self { file, wrapping, now }
    }

    fn place(&self) -> String {
        format!("`{}`", self.file.path().display())
    }

    /// What cannot be read is an error, never an empty book.
    fn book(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Book, Miss> {
        let place = self.place();
        let bytes = self.wrapping.open(bytes, &place)?;
        content::read(&bytes).map_err(|unusable| match unusable {
            Unusable::Damaged => damaged(&place),
            Unusable::Newer(_) => Miss::Failed(format!("the store {place} {unusable}; nothing is changed in it")),
        })
    }

    /// Where there is no file, nothing is held.
    fn held(&self) -> Result<Book, Miss> {
        self.file.read()?.map_or_else(|| Ok(Book::default()), |bytes| self.book(bytes))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Book) -> (bool, T)) -> Result<T, Miss> {
        self.file.change(|bytes| {
            let first = bytes.is_none();
            let mut book = bytes.map_or_else(|| Ok(Book::default()), |bytes| self.book(bytes))?;
            let (changed, told) = change(&mut book);
            let sealed = changed.then(|| self.wrapping.seal(content::write(&book), first)).transpose()?;
            Ok((sealed, told))
        })
    }
}

pub(super) fn damaged(place: &str) -> Miss {
    Miss::Failed(format!(
        "the store {place} is damaged and is left as it is; put a copy of it back, or move it away to start afresh"
    ))
}

pub(super) fn nothing_for(query: &Query) -> Miss {
    Miss::Absent(format!("nothing is stored for {}", query.origin))
}

pub(super) fn unkeepable() -> Miss {
    Miss::Failed("what holds a line break or a NUL byte cannot be stored".to_owned())
}

impl<W: Wrapping> Store for BookFile<W> {
    fn all(&self, origin: &Origin) -> Result<Vec<Entry>, Miss> {
        Ok(self.held()?.of(origin))
    }

    fn find(&self, query: &Query) -> Result<Entry, Miss> {
        let book = self.held()?;
        book.find(query, self.now).cloned().ok_or_else(|| nothing_for(query))
    }

    fn keep(&self, entry: &Entry) -> Result<(), Miss> {
        if !content::is_keepable(entry) {
            return Err(unkeepable());
        }
        self.change(|book| {
            book.keep(entry.clone(), self.now);
            (true, ())
        })
    }

    fn forget(&self, query: &Query) -> Result<usize, Miss> {
        // Nothing to forget makes no folder, no lock and no file.
        let Some(bytes) = self.file.read()? else { return Ok(0) };
        if self.book(bytes)?.forget(query) == 0 {
            return Ok(0);
        }
        self.change(|book| {
            let count = book.forget(query);
            (count > 0, count)
        })
    }
}

//! No store: nothing is found, and nothing kept. The right one for CI jobs, whose disk and keyring nobody should trust.

use super::Around;
use super::book_file::nothing_for;
use crate::app::ports::{Miss, Store};
use crate::domain::entry::{Entry, Query};
use crate::domain::origin::Origin;

struct Nothing;

/// In the place of a store that could not be opened.
pub(super) struct Nowhere(pub(super) Miss);

impl Store for Nowhere {
    fn all(&self, _: &Origin) -> Result<Vec<Entry>, Miss> {
        Err(self.0.clone())
    }

    fn find(&self, _: &Query) -> Result<Entry, Miss> {
        Err(self.0.clone())
    }

    fn keep(&self, _: &Entry) -> Result<(), Miss> {
        Err(self.0.clone())
    }

    fn forget(&self, _: &Query) -> Result<usize, Miss> {
        Err(self.0.clone())
    }
}

impl Store for Nothing {
    fn all(&self, _: &Origin) -> Result<Vec<Entry>, Miss> {
        Ok(Vec::new())
    }

    fn find(&self, query: &Query) -> Result<Entry, Miss> {
        Err(nothing_for(query))
    }

    fn keep(&self, _: &Entry) -> Result<(), Miss> {
        Ok(())
    }

    fn forget(&self, _: &Query) -> Result<usize, Miss> {
        Ok(0)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as all stores are opened")]
pub(super) fn open(_: &Around) -> Result<Box<dyn Store>, Miss> {
    Ok(Box::new(Nothing))
}

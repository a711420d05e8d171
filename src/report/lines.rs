//! Text that grows piece by piece.

use std::fmt;

pub(crate) trait Lines {
    fn add(&mut self, parts: fmt::Arguments<'_>);

    fn line(&mut self, parts: fmt::Arguments<'_>) {
        self.add(format_args!("{parts}\n"));
    }
}

impl Lines for String {
    fn add(&mut self, parts: fmt::Arguments<'_>) {
        fmt::Write::write_fmt(self, parts).expect("memory takes every text");
    }
}

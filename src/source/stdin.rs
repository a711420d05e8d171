//! A token on standard input. It is read once, on first need, and kept for every connection that asks.

use std::io::Read;

use zeroize::Zeroizing;

use super::{Sources, line};
use crate::app::ports::Miss;
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

/// What standard input gives, once.
pub(super) enum Once {
    Unread(Box<dyn Read>),
    Read(Result<Token, Miss>),
}

impl Once {
    pub(super) fn new(stdin: Box<dyn Read>) -> Self {
        Self::Unread(stdin)
    }

    fn get(&mut self) -> Result<Token, Miss> {
        if let Self::Unread(stdin) = self {
            *self = Self::Read(read(stdin.as_mut()));
        }
        match self {
            Self::Read(answer) => answer.clone(),
            Self::Unread(_) => Err(Miss::NotMine),
        }
    }
}

/// There is no time limit: whoever pipes a token in may have to wait for it himself.
fn read(stdin: &mut dyn Read) -> Result<Token, Miss> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(line::MAX_BYTES + 1));
    let limit = u64::try_from(line::MAX_BYTES).unwrap_or(u64::MAX) + 1;
    match stdin.take(limit).read_to_end(&mut bytes) {
        Ok(_) => line::token(&bytes, "standard input"),
        Err(_) => Err(Miss::Failed("standard input cannot be read".to_owned())),
    }
}

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    match spec {
        SourceSpec::Stdin => sources.stdin.borrow_mut().get(),
        _ => Err(Miss::NotMine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::Source;
    use crate::source::tests::sources;

    #[test]
    fn standard_input_answers_every_time_it_is_asked() {
        let sources = sources(&[], "secret\n");
        for _ in 0..2 {
            assert_eq!(sources.find(&SourceSpec::Stdin).unwrap().expose(), "secret");
        }
    }

    #[test]
    fn empty_standard_input_is_absent() {
        let miss = sources(&[], "").find(&SourceSpec::Stdin).unwrap_err();
        assert_eq!(miss, Miss::Absent("standard input is empty".to_owned()));
    }
}

//! Requests that scripts in other languages make by a library of theirs.

use super::{header, in_address};
use crate::pipeline::azure::words as azure;
use crate::pipeline::data::Data;
use crate::pipeline::model::{Act, Part, Presented, Request, Value, Word, append};
use crate::pipeline::text::Span;

/// One call, as far as it is written out.
pub(in crate::pipeline) struct Call {
    pub(in crate::pipeline) program: &'static str,
    /// `None`: not known.
    pub(in crate::pipeline) url: Option<Word>,
    pub(in crate::pipeline) method: Option<String>,
    /// Headers as a table; `None` where there are none.
    pub(in crate::pipeline) headers: Option<Data>,
    /// Tokens beside the headers.
    pub(in crate::pipeline) tokens: Vec<Presented>,
    /// Something decides on who signs in that cannot be followed.
    pub(in crate::pipeline) open: bool,
    pub(in crate::pipeline) span: Span,
}

impl Call {
    pub(in crate::pipeline) fn acts(mut self) -> Vec<Act> {
        match &self.headers {
            None => {}
            Some(Data::Table(entries)) => self.tokens.extend(entries.iter().filter_map(|(name, data)| {
                let word = data.text()?;
                let mut value: Value = vec![Part::Text(format!("{name}: "))];
                append(&mut value, word.value.clone());
                header(&Word { value, span: word.span })
            })),
            Some(_) => self.open = true,
        }
        let may_be_a_forge = self.url.as_ref().is_none_or(|url| may_be_a_forge(&url.value));
        if self.open {
            return if may_be_a_forge { vec![Act::Open(self.span)] } else { Vec::new() };
        }
        let Some(url) = self.url else {
            return if self.tokens.is_empty() { Vec::new() } else { vec![Act::Open(self.span)] };
        };
        self.tokens.extend(in_address(&url));
        let Self { program, method, tokens, span, .. } = self;
        vec![Act::Request(Request { program, method, url, tokens, span })]
    }
}

/// An address that is written out and leads elsewhere is no loss.
fn may_be_a_forge(url: &Value) -> bool {
    match url.first() {
        Some(Part::Text(text)) if text.starts_with("http") => text.contains("/api/v4") || azure::is_ours(url),
        _ => true,
    }
}

//! The texts of the HTML page. The template language replaces what means something to HTML; here each text is cut to size
//! and loses what hides or reorders others, and an address becomes a link only where it is plainly one.

use super::{FIELD, MESSAGE, push_visible, shorten};

pub fn field(untrusted: &str) -> String {
    visible(&shorten(untrusted, FIELD))
}

pub fn message(untrusted: &str) -> String {
    visible(&shorten(untrusted, MESSAGE))
}

/// Only what is plainly a page on the web becomes a link.
pub fn link(address: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&+%#:,@".contains(&byte);
    let fits = address.len() <= FIELD * 4 && address.starts_with("https://") && address.bytes().all(plain);
    fits.then(|| address.to_owned())
}

fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| push_visible(&mut out, character));
    out
}

//! The last gate before a sink: takes every secret of the run out of what is printed, in the encodings in which one
//! commonly travels (R14, R15).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use memchr::memmem;

use super::token::Token;

/// Shorter texts are no secrets; taking them out would garble everything else.
const SHORTEST: usize = 6;

const STAND_IN: &[u8] = b"[redacted]";

/// Knows the secrets of a run and removes them from bytes.
#[derive(Default)]
pub struct Redactor {
    /// The longest first, so that no part of a longer one stays behind.
    needles: Vec<Vec<u8>>,
}

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Token>) -> Self {
        let mut needles = BTreeSet::new();
        for secret in secrets {
            let text = secret.expose();
            if text.trim().len() >= SHORTEST {
                needles.extend(encodings(text.as_bytes()));
                needles.extend(encodings(text.trim().as_bytes()));
            }
        }
        let mut needles: Vec<Vec<u8>> = needles.into_iter().filter(|needle| needle.len() >= SHORTEST).collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        Self { needles }
    }

    pub fn redact(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.needles.iter().fold(bytes, |bytes, needle| replace(bytes, needle))
    }
}

fn replace(bytes: Vec<u8>, needle: &[u8]) -> Vec<u8> {
    let mut found = memmem::find_iter(&bytes, needle).peekable();
    if found.peek().is_none() {
        return bytes;
    }
    let mut clean = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for start in found {
        clean.extend_from_slice(&bytes[copied..start]);
        clean.extend_from_slice(STAND_IN);
        copied = start + needle.len();
    }
    clean.extend_from_slice(&bytes[copied..]);
    clean
}

/// The secret as it stands and in each encoding of R15. A user name in front of it, as in Basic authentication, only
/// moves the base64 alignment.
pub fn encodings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    for alignment in 0..3 {
        forms.push(aligned(secret, alignment, |bytes| STANDARD_NO_PAD.encode(bytes)));
        forms.push(aligned(secret, alignment, |bytes| URL_SAFE_NO_PAD.encode(bytes)));
    }
    forms.push(escape(
        secret,
        |byte| !byte.is_ascii_alphanumeric() && !b"-_.~".contains(&byte),
        |byte| format!("%{byte:02X}"),
    ));
    forms.push(escape(
        secret,
        |byte| !byte.is_ascii_alphanumeric() && !b"-_.~".contains(&byte),
        |byte| format!("%{byte:02x}"),
    ));
    forms.push(escape(secret, |byte| byte == b'"' || byte == b'\\', |byte| format!("\\{}", char::from(byte))));
    forms.push(escape(secret, |byte| b"<>&\"'".contains(&byte), |byte| entity(byte).to_owned()));
    forms.push(escape(secret, |_| true, |byte| format!("{byte:02x}")));
    forms.push(escape(secret, |_| true, |byte| format!("{byte:02X}")));
    forms.push(escape(secret, |byte| byte == b'\'', |_| "'\\''".to_owned()));
    forms.push(secret.iter().rev().copied().collect());
    forms.push(secret.iter().flat_map(|byte| [*byte, 0]).collect());
    forms.push(secret.iter().flat_map(|byte| [0, *byte]).collect());
    forms
}

fn entity(byte: u8) -> &'static str {
    match byte {
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'&' => "&amp;",
        b'"' => "&quot;",
        _ => "&#39;",
    }
}

fn escape(secret: &[u8], special: impl Fn(u8) -> bool, spell: impl Fn(u8) -> String) -> Vec<u8> {
    secret.iter().flat_map(|byte| if special(*byte) { spell(*byte).into_bytes() } else { vec![*byte] }).collect()
}

/// The characters that depend on the secret alone when it starts `alignment` bytes into a group of three.
fn aligned(secret: &[u8], alignment: usize, encode: impl Fn(&[u8]) -> String) -> Vec<u8> {
    let padded: Vec<u8> = std::iter::repeat_n(0, alignment).chain(secret.iter().copied()).collect();
    let encoded = encode(&padded).into_bytes();
    let first = [0, 2, 3][alignment];
    let last = padded.len() * 8 / 6;
    encoded[first.min(last)..last].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "canary-\"<&>'-0123456789";

    fn redactor() -> Redactor {
        Redactor::new([&Token::new(SECRET.to_owned())])
    }

    #[test]
    fn every_encoding_of_a_secret_is_taken_out() {
        for form in encodings(SECRET.as_bytes()) {
            let text = [b"before ".as_slice(), &form, b" after"].concat();
            let clean = redactor().redact(text);
            assert_eq!(clean, b"before [redacted] after");
        }
    }

    #[test]
    fn a_basic_pair_is_taken_out_whatever_the_user_name() {
        for user in ["", "a", "ab", "gitlab-ci-token", "oauth2"] {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{SECRET}"));
            let clean = redactor().redact(pair.clone().into_bytes());
            assert!(clean.windows(10).any(|window| window == STAND_IN), "{user}");
        }
    }

    #[test]
    fn short_texts_are_no_secrets() {
        let redactor = Redactor::new([&Token::new("abc".to_owned())]);
        assert_eq!(redactor.redact(b"abcabc".to_vec()), b"abcabc");
    }
}

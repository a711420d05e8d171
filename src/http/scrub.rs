//! Takes the token out of what a server sends back: replies become evidence, and evidence is shown.

use super::request::pair;
use crate::app::ports::{Presentation, Reply};
use crate::domain::token::Token;

const INSTEAD: &[u8] = b"[token]";
/// Shorter texts are words that stand in any reply; no forge makes tokens of them.
const SHORTEST: usize = 8;

pub(super) fn scrub(reply: &mut Reply, token: &Token, presentation: &Presentation) {
    if token.expose().len() < SHORTEST {
        return;
    }
    without(reply, token.expose().as_bytes());
    if let Presentation::Basic(user) = presentation {
        without(reply, pair(user, token).as_bytes());
    }
}

fn without(reply: &mut Reply, secret: &[u8]) {
    if let Some(clean) = replaced(&reply.body, secret) {
        reply.body = clean;
    }
    for (_, value) in &mut reply.headers {
        if let Some(clean) = replaced(value.as_bytes(), secret) {
            *value = String::from_utf8_lossy(&clean).into_owned();
        }
    }
}

/// `text` with every `secret` replaced; `None` when it holds none.
fn replaced(text: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut clean = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(INSTEAD);
        rest = &rest[at + secret.len()..];
    }
    if rest.len() == text.len() {
        return None;
    }
    clean.extend_from_slice(rest);
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(body: &str, header: &str, token: &str, presentation: &Presentation) -> (String, String) {
        let headers = vec![("location".to_owned(), header.to_owned())];
        let mut reply = Reply { status: 401, headers, body: body.as_bytes().to_vec() };
        scrub(&mut reply, &Token::new(token.to_owned()), presentation);
        (String::from_utf8(reply.body).unwrap(), reply.headers[0].1.clone())
    }

    #[test]
    fn a_12_a_reply_that_repeats_the_token_comes_without_it() {
        let (body, header) =
            scrubbed("bad token glpat-12345, glpat-12345", "/?t=glpat-12345", "glpat-12345", &Presentation::Bearer);
        assert_eq!(body, "bad token [token], [token]");
        assert_eq!(header, "/?t=[token]");
    }

    #[test]
    fn the_pair_of_basic_authentication_goes_too() {
        let token = "glpat-12345";
        let shown = pair("oauth2", &Token::new(token.to_owned()));
        let presentation = Presentation::Basic("oauth2".to_owned());
        let (body, _) = scrubbed(&format!("got {}", shown.as_str()), "", token, &presentation);
        assert_eq!(body, "got [token]");
    }

    #[test]
    fn short_texts_are_left_alone() {
        assert_eq!(scrubbed("api", "", "api", &Presentation::Bearer).0, "api");
    }
}

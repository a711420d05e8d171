//! `store` and `erase`: what Git hands over, as entries and questions for a store (R9).

use jiff::Timestamp;

use super::ask;
use crate::app::answer::Ask;
use crate::domain::entry::{Entry, Form, Query};
use crate::domain::token::Token;
use crate::wiring::{Request, Secret};

/// The account to keep, with the question it was the answer to. `None` where there is nothing to keep: something is
/// missing, or it is for the moment only.
pub(super) fn entry(request: Request) -> Result<Option<(Entry, Ask)>, &'static str> {
    if request.ephemeral {
        return Ok(None);
    }
    let expires = request.password_expiry_utc.as_deref().map(end).transpose()?;
    let refresh = request.oauth_refresh_token.as_ref().map(token).transpose()?;
    let (form, secret) = match (&request.authtype, &request.credential, &request.password) {
        (Some(authtype), Some(credential), _) => {
            let authtype = std::str::from_utf8(authtype).map_err(|_| "its type is no text")?;
            (Form::Header(authtype.to_owned()), token(credential)?)
        }
        (None, None, Some(password)) => (Form::Password, token(password)?),
        _ => return Ok(None),
    };
    let user = request.username.clone();
    if form == Form::Password && user.is_none() {
        return Ok(None);
    }
    let Some(ask) = ask(request) else { return Ok(None) };
    let (origin, path) = (ask.origin.clone(), ask.path.clone());
    Ok(Some((Entry { origin, path, user, token: secret, expires, refresh, form }, ask)))
}

/// What is to be forgotten: everything of this origin that equals the request in all it gives. `None` where that is
/// nothing.
pub(super) fn query(request: Request) -> Option<Query> {
    let secret = request.credential.as_ref().or(request.password.as_ref());
    let secret = secret.map(token).transpose().ok()?;
    let refresh = request.oauth_refresh_token.as_ref().map(token).transpose().ok()?;
    let user = request.username.clone();
    let ask = ask(request)?;
    Some(Query { path: ask.path, user, token: secret, refresh, headers: true, ..Query::of(ask.origin) })
}

fn token(secret: &Secret) -> Result<Token, &'static str> {
    let text = std::str::from_utf8(secret.expose()).map_err(|_| "it is no UTF-8 text")?;
    Ok(Token::new(text.to_owned()))
}

/// Git itself takes what is no number for "never"; we do not take it at all.
fn end(text: &[u8]) -> Result<Timestamp, &'static str> {
    let seconds = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = seconds.and_then(|text| text.parse().ok());
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or("its expiry is no time")
}

//! What is known of a token, in three lines or as a list.

use super::paint::{BAD, BOLD, DIM, PLAIN, Paint};
use super::wrap::{hang, wrap};
use crate::domain::report::{ConnectionReport, TokenReport};
use crate::domain::token::Kind;
use crate::report::lines::Lines;

/// The lines about the token under the head of its connection.
pub(super) fn lines(out: &mut String, connection: &ConnectionReport, missing: bool, paint: Paint) {
    let token = &connection.token;
    let style = if token.active == Some(false) { BAD } else { PLAIN };
    if missing {
        let text = format!("no token in {}", paint.field(&connection.source));
        return push(out, &text, BAD, paint);
    }
    for text in [Some(identity(connection, paint)), power(token, paint)].into_iter().flatten() {
        push(out, &text, PLAIN, paint);
    }
    push(out, &life(token, paint), style, paint);
}

/// `project access token `release` (id 4711) from env:RELEASE_BOT_TOKEN`.
pub(super) fn identity(connection: &ConnectionReport, paint: Paint) -> String {
    let token = &connection.token;
    let mut text = kind(token, paint);
    if let Some(name) = &token.name {
        text.add(format_args!(" `{}`", paint.field(name)));
    }
    if let Some(id) = &token.id {
        text.add(format_args!(" (id {})", paint.field(id)));
    }
    text + " from " + &paint.field(&connection.source)
}

fn kind(token: &TokenReport, paint: Paint) -> String {
    match (&token.kind_title, &token.kind) {
        (Some(title), _) => paint.field(title),
        (None, Some(kind)) if *kind != Kind::UNKNOWN => format!("{} token", paint.field(kind.as_str())),
        (None, _) => "token of unknown kind".to_owned(),
    }
}

/// Who it acts as, and what it holds; `None` where nothing of it is known.
fn power(token: &TokenReport, paint: Paint) -> Option<String> {
    let user = token.user.as_ref().map(|user| format!("user {}", paint.field(user)));
    let role = token.role.as_ref().map(|role| format!("role {}", paint.field(role)));
    let parts: Vec<String> = [user, role].into_iter().flatten().chain(held(token, paint)).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A forge writes scopes or permissions; that there are none of the other sort goes without saying.
fn held(token: &TokenReport, paint: Paint) -> Vec<String> {
    let empty = |words: &Option<Vec<String>>| words.as_ref().is_some_and(Vec::is_empty);
    let some = |words: &Option<Vec<String>>| words.as_ref().is_some_and(|words| !words.is_empty());
    let scopes = token.scopes.as_ref().filter(|_| !(empty(&token.scopes) && some(&token.permissions)));
    let permissions = token.permissions.as_ref().filter(|_| !(empty(&token.permissions) && token.scopes.is_some()));
    let mut parts: Vec<String> = scopes.map(|words| list("scopes", words, paint)).into_iter().collect();
    parts.extend(permissions.map(|words| list("permissions", words, paint)));
    if parts.is_empty() && token.active == Some(true) {
        parts.push("scopes not stated".to_owned());
    }
    parts
}

fn list(noun: &str, words: &[String], paint: Paint) -> String {
    if words.is_empty() {
        return format!("no {noun}");
    }
    let words: Vec<String> = words.iter().map(|word| paint.field(word)).collect();
    format!("{noun} {}", words.join(", "))
}

fn life(token: &TokenReport, paint: Paint) -> String {
    let state = match token.active {
        Some(true) => "alive",
        Some(false) => "dead",
        None => "not known to be alive",
    };
    if token.active == Some(false) && token.expires_at.is_none() {
        return state.to_owned();
    }
    format!("{state}, {}", expiry(token, paint))
}

fn expiry(token: &TokenReport, paint: Paint) -> String {
    let when = end(token, |date| paint.field(date));
    match (token.expires_at.as_deref(), token.days_left) {
        (Some("never"), _) => "never expires".to_owned(),
        (Some(_), Some(days)) => format!("{} {when}", if days < 0 { "expired" } else { "expires" }),
        (_, _) => format!("expiry {when}"),
    }
}

/// `2026-12-01, in 10 days`, the date shown by `show`.
pub(in crate::report) fn end(token: &TokenReport, show: impl Fn(&str) -> String) -> String {
    let Some(date) = token.expires_at.as_deref().map(show) else { return "not stated".to_owned() };
    match token.days_left {
        None => date,
        Some(0) => format!("{date}, in less than a day"),
        Some(days) if days < 0 => format!("{date}, {} ago", days_in_words(-days)),
        Some(days) => format!("{date}, in {}", days_in_words(days)),
    }
}

pub(in crate::report) fn days_in_words(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn push(out: &mut String, text: &str, style: anstyle::Style, paint: Paint) {
    for line in wrap(text, paint.width.saturating_sub(4)) {
        out.line(format_args!("  {}", paint.style(style, line)));
    }
}

/// All of it as a list, for `inspect`.
pub(super) fn table(out: &mut String, connection: &ConnectionReport, paint: Paint) {
    let token = &connection.token;
    let words = |words: &Option<Vec<String>>| match words {
        None => "not stated".to_owned(),
        Some(words) if words.is_empty() => "none".to_owned(),
        Some(words) => words.iter().map(|word| paint.field(word)).collect::<Vec<_>>().join(", "),
    };
    let text = |value: &Option<String>| value.as_ref().map(|value| paint.field(value));
    let alive = token.active.map_or("not known", |active| if active { "yes" } else { "no" });
    let target = connection.target.as_ref().map(|target| paint.field(target));
    let rows = [
        ("kind", Some(kind(token, paint))),
        ("forge", Some(format!("{}, {}", paint.field(&connection.forge), paint.field(&connection.url)))),
        ("target", target),
        ("name", text(&token.name)),
        ("id", text(&token.id)),
        ("user", text(&token.user)),
        ("role", text(&token.role)),
        ("scopes", (token.scopes.is_some() || token.permissions.is_none()).then(|| words(&token.scopes))),
        ("permissions", token.permissions.as_ref().filter(|held| !held.is_empty()).map(|_| words(&token.permissions))),
        ("alive", Some(alive.to_owned())),
        ("expires", Some(end(token, |date| paint.field(date)))),
    ];
    out.line(format_args!("{}", paint.style(BOLD, paint.field(&connection.source))));
    for (label, value) in rows {
        let Some(value) = value else { continue };
        let mut row = String::new();
        hang(&mut row, 2, &format!("{label:<13}"), &value, paint.width);
        *out += &row.replacen(label, &paint.style(DIM, label), 1);
    }
}

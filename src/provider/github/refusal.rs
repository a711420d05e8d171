//! What a refusal means. GitHub answers 403 for nine different reasons; they are told apart in this order: limits of the
//! rate, single sign-on, the organization's policies, then what the token or its user lacks.

use crate::app::ports::Reply;
use crate::domain::connection::Base;
use crate::domain::verdict::Layer;
use crate::provider::json;
use crate::provider::telling::{Told, broken, denied, doubt, redirect, short};

/// Reads any answer of the REST API that is not a success. `base`: the forge's own address, whose pages may be shown.
pub(super) fn read(reply: &Reply, base: &Base) -> Told {
    let message = message(reply);
    match reply.status {
        _ if rate_limited(reply).is_some() => rate_limited(reply).unwrap_or(Told::Nothing),
        300..=399 => redirect(reply),
        401 => unauthorized(message.as_deref()),
        403 => forbidden(message.as_deref(), reply, base),
        404 => not_found(message.as_deref()),
        410 if message.is_some() => denied(Layer::Feature, says(message.as_deref().unwrap_or_default())),
        400 | 405 | 406 | 409 | 412 | 413 | 415 | 422 => Told::Nothing,
        451 if message.is_some() => {
            denied(Layer::Feature, "the forge answers 451: the repository is blocked for legal reasons")
        }
        _ => broken(reply),
    }
}

fn says(message: &str) -> String {
    format!("the forge says: {}", short(message.trim()))
}

/// `message` of a JSON answer; `None` where something else answered.
pub(super) fn message(reply: &Reply) -> Option<String> {
    const LONGEST: usize = 2000;
    let value = json::parse(&reply.body).ok()?;
    Some(json::text(&value, "message")?.chars().take(LONGEST).collect())
}

pub(super) fn rate_limited(reply: &Reply) -> Option<Told> {
    if !matches!(reply.status, 403 | 429) {
        return None;
    }
    let head = &reply.body[..reply.body.len().min(4096)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let in_words = ["rate limit", "abuse detection mechanism", "maximum number of login attempts"];
    let worded = in_words.iter().find(|words| head.contains(**words));
    let spent = reply.header("x-ratelimit-remaining") == Some("0");
    let marked = reply.status == 429 || spent || reply.header("retry-after").is_some() || worded.is_some();
    let which = match worded {
        Some(words) if words.contains("login") => "refuses every sign-in of this user after too many failed ones",
        _ if head.contains("secondary rate limit") => "limits how fast one may ask (secondary rate limit)",
        _ => "limits the rate of requests",
    };
    marked.then(|| doubt(Layer::RateLimit, format!("the forge {which} ({}){}", reply.status, again(reply, spent))))
}

/// When to ask again, where the answer says so. The reset header comes with every answer and counts only when spent.
fn again(reply: &Reply, spent: bool) -> String {
    let header = |name: &str| reply.header(name).filter(|text| text.len() <= 40 && text.is_ascii());
    let reset = header("x-ratelimit-reset").filter(|_| spent).and_then(instant);
    if let Some(wait) = header("retry-after") {
        format!("; it asks to wait `{wait}`")
    } else if let Some(reset) = reset {
        format!("; it counts anew from {reset}")
    } else {
        String::new()
    }
}

pub(super) fn instant(second: &str) -> Option<String> {
    let instant = jiff::Timestamp::from_second(second.parse().ok()?).ok()?;
    Some(instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn unauthorized(message: Option<&str>) -> Told {
    let dead = |why: &str| Told::Dead(Layer::Rejected, why.to_owned());
    match message {
        Some("Bad credentials") => {
            dead("the forge answers `Bad credentials`: wrong, expired or revoked, it does not say which")
        }
        Some("Requires authentication") => dead("the forge asks for a token as if none had been sent"),
        Some(text) if text.contains("JSON web token") || text.contains("'Expiration time' claim") => {
            dead("the forge takes it for the signed token of an App, and cannot read it")
        }
        Some(text) => Told::Dead(Layer::Rejected, format!("the forge refuses the token: {}", short(text))),
        None => {
            doubt(Layer::UnusableAnswer, "a 401 that is not GitHub's: a proxy or a sign-in page may stand in front")
        }
    }
}

fn forbidden(message: Option<&str>, reply: &Reply, base: &Base) -> Told {
    let Some(message) = message else {
        let text = String::from_utf8_lossy(&reply.body);
        return if text.contains("administrative rules") {
            doubt(Layer::UnusableAnswer, "the forge turned the request away by its form, before it looked at the token")
        } else {
            doubt(Layer::UnusableAnswer, "a 403 that is not GitHub's: a proxy may stand in front")
        };
    };
    if let Some(told) = policy(message, reply, Some(base)) {
        return told;
    }
    let has = |part: &str| message.contains(part);
    if has("Resource not accessible by") {
        return lacking(reply);
    }
    let lower = message.to_ascii_lowercase();
    if has("Must have") || lower.contains("must be a collaborator") || lower.contains("must be an admin") {
        return denied(Layer::Role, says(message));
    }
    if lower.contains("archived") {
        return denied(Layer::Archived, says(message));
    }
    if lower.contains("suspended") || lower.contains("account was flagged") {
        return Told::Dead(Layer::BlockedUser, format!("the forge says of the account: {}", short(message)));
    }
    if ["is disabled", "are disabled", "not enabled", "must be enabled"].iter().any(|words| lower.contains(words)) {
        return denied(Layer::Feature, says(message));
    }
    if lower.contains("not permitted to create or approve pull requests") {
        return denied(Layer::Feature, says(message));
    }
    if let Some(needed) = between(message, "without `", "`") {
        // A push of workflow files; the text names the scope or the permission.
        let layer = if has("scope") { Layer::Scope } else { Layer::Permission };
        return Told::Denied { layer, reason: says(message), missing: vec![format!("`{needed}`")] };
    }
    doubt(Layer::UnusableAnswer, format!("the forge refuses in words that are not known: {}", short(message)))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside).filter(|inside| inside.len() <= 60)
}

/// What the owner of the target demands of every token: single sign-on, addresses, lives and kinds.
pub(super) fn policy(message: &str, reply: &Reply, base: Option<&Base>) -> Option<Told> {
    let lower = message.to_ascii_lowercase();
    let header = reply.header("x-github-sso").unwrap_or_default();
    let told = |layer: Layer, reason: String, page: Option<&str>| {
        let page = page.filter(|page| base.is_some_and(|base| is_page_of(page, base)));
        Told::Denied { layer, reason, missing: page.map(str::to_owned).into_iter().collect() }
    };
    if header.starts_with("required") || lower.contains("saml enforcement") {
        let page = header.split("url=").nth(1).map(str::trim);
        let reason = "the organization asks for single sign-on, and the token is not authorized for it".to_owned();
        return Some(told(Layer::Sso, reason, page));
    }
    if lower.contains("ip allow list") {
        return Some(denied(
            Layer::NetworkPolicy,
            "the organization admits only some network addresses, and this machine's is not among them; whatever is asked \
             with a token is refused, public data too",
        ));
    }
    if lower.contains("forbids access") && lower.contains("lifetime") {
        let days =
            between(message, "greater than ", " days").filter(|days| days.bytes().all(|byte| byte.is_ascii_digit()));
        let limit = days.map_or_else(String::new, |days| format!(" of {days} days"));
        let page = message.split_whitespace().map(|word| word.trim_end_matches('.')).rfind(|word| word.contains("://"));
        let reason = format!("the organization refuses tokens that were made for longer than its limit{limit}");
        return Some(told(Layer::LifetimePolicy, reason, page));
    }
    if lower.contains("forbids access via") {
        let (kind, other) = if lower.contains("(classic)")
            && !lower.contains("via a fine-grained")
            && !lower.contains("via a personal access token with fine-grained")
        {
            ("classic personal access tokens", "fine-grained personal access token")
        } else {
            ("fine-grained personal access tokens", "installation token of a GitHub App")
        };
        let reason = format!("the organization lets no {kind} in");
        return Some(Told::Denied { layer: Layer::Kind, reason, missing: vec![other.to_owned()] });
    }
    None
}

/// Is it an address of the forge itself? What a reply names is shown to people who will open it.
fn is_page_of(page: &str, base: &Base) -> bool {
    let fits = page.len() <= 500 && page.chars().all(|character| character.is_ascii_graphic());
    fits && page.strip_prefix(&base.to_string()).is_some_and(|rest| rest.starts_with('/'))
}

/// A permission is missing; the header says which the question needs, the text only that it was not there.
fn lacking(reply: &Reply) -> Told {
    let needs = accepted(reply);
    let reason = match &needs[..] {
        [] => "the forge says that this is not accessible to the token, and not which permission it lacks".to_owned(),
        needs => format!(
            "the forge asks for permission {}",
            needs.iter().map(|way| spell(way)).collect::<Vec<_>>().join(" or ")
        ),
    };
    Told::Denied { layer: Layer::Permission, reason, missing: needs.iter().map(|way| spell(way)).collect() }
}

fn spell(way: &[String]) -> String {
    way.iter().map(|name| format!("`{}`", crate::domain::gates::spell_graded(name))).collect::<Vec<_>>().join(" with ")
}

/// The permissions that the header names: ways, each with all it needs, such as `[[contents=write]]`.
pub(super) fn accepted(reply: &Reply) -> Vec<Vec<String>> {
    let header = reply.header("x-accepted-github-permissions").filter(|text| text.len() <= 2000).unwrap_or_default();
    let word = |name: &str| {
        let name = name.trim();
        let fits = name.contains('=')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'_' | b'-'));
        (fits && !name.starts_with("allows_permissionless_access")).then(|| name.replace('_', "-"))
    };
    let way = |text: &str| text.split(',').map(word).collect::<Option<Vec<_>>>();
    header.split(';').filter_map(way).collect()
}

fn not_found(message: Option<&str>) -> Told {
    match message {
        // What there is to be read is not there yet; who may not read is told nothing of the sort.
        Some("Branch not protected" | "no analysis found") => {
            Told::Allowed("the forge answered it: there is none".to_owned())
        }
        Some(text) if text.contains("disabled") => denied(Layer::Feature, says(text)),
        Some(_) => Told::Nothing,
        None => doubt(Layer::UnusableAnswer, "a 404 that is not GitHub's; is this the address of a GitHub?"),
    }
}

//! What an answer of Azure DevOps means that is not a success. The service tells little by status: the codes at the start
//! of its messages (`TF401027`, `VS800075`) and its headers tell more. Messages may be translated; codes are not.

use serde_json::Value;

use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;
use crate::provider::telling::{self, short};

/// What an answer says about one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Allowed(String),
    Denied {
        layer: Layer,
        reason: String,
    },
    /// The token is dead, whatever it was asked.
    Dead(Layer, String),
    /// The service knows the token and does not serve it here: 401 is what it says to a token without the scope.
    OutOfScope(String),
    /// Something kept the answer from telling.
    Doubt {
        layer: Layer,
        reason: String,
    },
    /// The answer is about the content of the request, so the request was let in.
    Content,
    /// The answer says nothing about the question.
    Nothing,
}

pub(super) fn denied(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Denied { layer, reason: reason.into() }
}

pub(super) fn doubt(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Doubt { layer, reason: reason.into() }
}

/// Reads any answer that is not a success.
pub(super) fn read(reply: &Reply, evidence: &Evidence) -> Told {
    let error = Error::of(reply);
    if reply.status == 429 || error.code == "TF400733" {
        return rate_limited(reply);
    }
    if let Some(told) = by_code(&error) {
        return told;
    }
    match reply.status {
        203 => signs_in(evidence),
        300..=399 if to_sign_in(reply) => signs_in(evidence),
        300..=399 => shared(telling::redirect(reply)),
        401 => unauthorized(reply, &error, evidence),
        403 if error.is_azures || user(reply).is_some() => denied(Layer::Role, said(&error, 403)),
        403 => doubt(Layer::UnusableAnswer, "a 403 that is not Azure DevOps': a proxy may stand in front"),
        400 if error.type_key.starts_with("VssVersion") => {
            let text = format!("the forge does not know this version of its API ({})", said(&error, 400));
            doubt(Layer::UnusableAnswer, text)
        }
        400 | 409 | 422 if error.is_azures => Told::Content,
        500 if error.type_key == "PipelineNotFoundException" => Told::Content,
        404 if error.is_azures || user(reply).is_some() => Told::Nothing,
        404 => doubt(Layer::UnusableAnswer, "a 404 that is not Azure DevOps'; is this the address of one?"),
        _ => shared(telling::broken(reply)),
    }
}

/// What holds for every forge.
fn shared(told: telling::Told) -> Told {
    match told {
        telling::Told::Doubt { layer, reason } => Told::Doubt { layer, reason },
        _ => Told::Nothing,
    }
}

/// The error of an answer: a JSON body of the service's own form, a header, or the text that Git gets.
#[derive(Debug, Default)]
struct Error {
    message: String,
    type_key: String,
    /// `TF401027`, or nothing.
    code: String,
    is_azures: bool,
}

const LONGEST: usize = 2000;

impl Error {
    fn of(reply: &Reply) -> Self {
        let body = json::parse(&reply.body).ok();
        let word = |key: &str| {
            let text = body.as_ref().and_then(|value| value.get(key)).and_then(Value::as_str);
            text.unwrap_or_default().chars().take(LONGEST).collect::<String>()
        };
        let (mut message, type_key) = (word("message"), word("typeKey"));
        let is_json = !type_key.is_empty() || !message.is_empty();
        if message.is_empty() {
            let headers = ["x-tfs-serviceerror", "x-vss-authenticateerror"];
            let held = headers.iter().find_map(|name| reply.header(name)).map(decoded);
            message = held.unwrap_or_else(|| plain_text(reply));
        }
        let code = code(&message);
        let is_azures = is_json || !code.is_empty() || reply.header("x-tfs-serviceerror").is_some();
        Self { message, type_key, code, is_azures }
    }
}

/// What Git is told comes as plain text.
fn plain_text(reply: &Reply) -> String {
    let is_text = reply.header("content-type").is_none_or(|kind| kind.to_ascii_lowercase().starts_with("text/plain"));
    let text = String::from_utf8_lossy(&reply.body[..reply.body.len().min(LONGEST)]).into_owned();
    if is_text { text.trim().to_owned() } else { String::new() }
}

/// `TF401027` of `TF401027: You need ...`.
fn code(message: &str) -> String {
    let (start, _) = message.split_once(':').unwrap_or_default();
    let digits = start.strip_prefix("TF").or_else(|| start.strip_prefix("VS")).unwrap_or_default();
    let fits = (3..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { start.to_owned() } else { String::new() }
}

/// Headers carry their text percent-encoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = tail;
        }
        if bytes.len() >= LONGEST {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn said(error: &Error, status: u16) -> String {
    if error.message.is_empty() {
        format!("the forge answers {status} and not why")
    } else {
        format!("the forge says: {}", short(&error.message))
    }
}

fn by_code(error: &Error) -> Option<Told> {
    let told = match error.code.as_str() {
        // Told apart by what comes with them.
        "" | "TF400813" => return missing_project(error),
        "TF401027" | "TF50309" | "VS402356" => denied(Layer::Role, said(error, 403)),
        "TF401019" | "TF200016" | "VS800075" => denied(Layer::Visibility, said(error, 404)),
        "TF401444" => Told::Dead(Layer::BlockedUser, said(error, 403)),
        "VS403463" => {
            doubt(Layer::NetworkPolicy, format!("conditional access refuses the token from here: {}", said(error, 403)))
        }
        // Of the organization, or of a branch.
        code if code.starts_with("VS403") || code == "TF402455" => denied(Layer::Policy, said(error, 403)),
        _ => return missing_project(error),
    };
    Some(told)
}

fn missing_project(error: &Error) -> Option<Told> {
    let absent = error.type_key.starts_with("ProjectDoesNotExist");
    absent.then(|| denied(Layer::Visibility, said(error, 404)))
}

/// `<id>:<name>` of the identity that the service recognised.
pub(super) fn user(reply: &Reply) -> Option<String> {
    let held = reply.header("x-vss-userdata").filter(|text| !text.is_empty())?;
    let name = held.split_once(':').map_or(held, |(_, name)| name);
    Some(short(name))
}

/// A 401 of a token that the service did not accept before says that it is no good; of one that it did, that this call is
/// beyond its scopes.
fn unauthorized(reply: &Reply, error: &Error, evidence: &Evidence) -> Told {
    if let Some(dead) = stated_death(error) {
        return dead;
    }
    if evidence.alive.is_some() {
        let whom = user(reply).map_or_else(String::new, |name| format!(" (it knows `{name}`)"));
        return Told::OutOfScope(format!(
            "the forge accepts the token elsewhere and answers 401 here{whom}: a scope is missing"
        ));
    }
    if let Some(name) = user(reply) {
        return Told::OutOfScope(format!("the forge knows `{name}` and does not let this token call here"));
    }
    if error.code == "TF400813" {
        let text = format!(
            "{}; the token is of another organization, its account is no member of this one, or it has expired",
            said(error, 401)
        );
        return Told::Dead(Layer::Rejected, text);
    }
    if !error.message.is_empty() && error.is_azures {
        return Told::Dead(Layer::Rejected, said(error, 401));
    }
    if !marked(reply) {
        return doubt(
            Layer::UnusableAnswer,
            "a 401 that is not Azure DevOps': a proxy or a sign-in page may stand in front",
        );
    }
    let why = "the forge answers 401 and not why: the token is mistyped, expired, revoked, or of another organization";
    Told::Dead(Layer::Rejected, why.to_owned())
}

fn stated_death(error: &Error) -> Option<Told> {
    let text = error.message.to_ascii_lowercase();
    let about_it = text.contains("token");
    if about_it && text.contains("expired") {
        Some(Told::Dead(Layer::Expired, said(error, 401)))
    } else if about_it && text.contains("revoked") {
        Some(Told::Dead(Layer::Revoked, said(error, 401)))
    } else {
        None
    }
}

/// Does anything show that the service itself answered?
fn marked(reply: &Reply) -> bool {
    let own = ["x-tfs-processid", "x-vss-e2eid", "activityid", "x-vss-resourcetenant", "x-tfs-serviceerror"];
    own.iter().any(|name| reply.header(name).is_some()) || reply.header("www-authenticate").is_some()
}

/// The classic trap: a sign-in page, with a status of success or as a redirect.
fn signs_in(evidence: &Evidence) -> Told {
    if evidence.alive.is_some() {
        let text = "the forge shows its sign-in page although it accepted the token a moment ago";
        return doubt(Layer::Contradiction, text);
    }
    let text = "the forge shows its sign-in page in place of an answer: it does not accept the token (mistyped, expired, \
                revoked, or of another organization)";
    Told::Dead(Layer::Rejected, text.to_owned())
}

fn to_sign_in(reply: &Reply) -> bool {
    let place = reply.header("location").unwrap_or_default();
    let place = place.split('?').next().unwrap_or_default();
    place.ends_with("/_signin") || place.ends_with("/_signin/")
}

fn rate_limited(reply: &Reply) -> Told {
    doubt(Layer::RateLimit, format!("the forge limits the rate of requests ({}){}", reply.status, again(reply)))
}

fn again(reply: &Reply) -> String {
    slower(reply).map_or_else(String::new, |wait| format!("; it asks to wait `{wait}` s"))
}

/// How long the forge asks to wait. It may do so with a success as well.
pub(super) fn slower(reply: &Reply) -> Option<&str> {
    let wait = reply.header("retry-after")?;
    (wait.len() <= 10 && !wait.is_empty() && wait.bytes().all(|byte| byte.is_ascii_digit())).then_some(wait)
}

/// A web page where an answer was due. With 200 it may be anybody's: a proxy's, a portal's.
pub(super) fn page(reply: &Reply) -> Option<Told> {
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let text =
        "a web page came where an answer was due: a sign-in page, a proxy, or not the address of an Azure DevOps";
    (reply.status == 200 && kind.contains("html")).then(|| doubt(Layer::UnusableAnswer, text))
}

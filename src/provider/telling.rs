//! What every provider needs to turn answers into facts: what an answer says, and who tells it.

use crate::app::ports::{Probe, Reply};
use crate::domain::capability::Capability;
use crate::domain::evidence::{Fact, Known, Origin, TargetFact, Trouble};
use crate::domain::verdict::{Basis, Layer};
use crate::provider::json;

/// Turns what one answer says into facts that name it as their origin.
pub(crate) struct Teller<'a> {
    pub(crate) probe: &'a Probe,
    status: u16,
    pub(crate) facts: Vec<Known<Fact>>,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(probe: &'a Probe, reply: &Reply) -> Self {
        Self { probe, status: reply.status, facts: Vec::new() }
    }

    pub(crate) fn say(&mut self, basis: Basis, says: impl Into<String>, value: Fact) {
        let origin = Origin::new(self.probe.label(), Some(self.status), says);
        self.facts.push(Known { value, basis, origin });
    }

    pub(crate) fn trouble(&mut self, layer: Layer, text: impl Into<String>, about: Option<Capability>) {
        let text = text.into();
        self.say(Basis::Observed, text.clone(), Fact::Trouble(Trouble { layer, text, about }));
    }

    /// An answer about the token or the target as a whole.
    pub(crate) fn told(&mut self, told: Told) {
        match told {
            Told::Dead(layer, why) => self.say(Basis::Observed, why.clone(), Fact::Dead(layer, why)),
            Told::Hidden => self.say(Basis::Observed, "the target is not visible", Fact::Target(TargetFact::Hidden)),
            Told::Doubt { layer, reason } => self.trouble(layer, reason, None),
            Told::Allowed(_) | Told::Denied { .. } | Told::Nothing => {}
        }
    }
}

/// What an answer says about one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Allowed(String),
    Denied {
        layer: Layer,
        reason: String,
        missing: Vec<String>,
    },
    /// The token is dead, whatever it was asked.
    Dead(Layer, String),
    /// The target is not visible.
    Hidden,
    /// Something kept the answer from telling.
    Doubt {
        layer: Layer,
        reason: String,
    },
    /// The answer says nothing about the question.
    Nothing,
}

pub(crate) fn denied(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Denied { layer, reason: reason.into(), missing: Vec::new() }
}

pub(crate) fn doubt(layer: Layer, reason: impl Into<String>) -> Told {
    Told::Doubt { layer, reason: reason.into() }
}

pub(crate) fn redirect(reply: &Reply) -> Told {
    let place = reply.header("location").and_then(origin_and_path);
    let to = place.map_or_else(String::new, |place| format!(" to `{place}`"));
    doubt(
        Layer::UnusableAnswer,
        format!(
            "the forge answers {} and sends on{to}; redirects are not followed with a token. If the target moved, name its new address",
            reply.status
        ),
    )
}

/// Without the query, which may hold anything.
fn origin_and_path(location: &str) -> Option<String> {
    let plain = location.split(['?', '#']).next()?;
    let fits =
        plain.len() <= 300 && !plain.contains('@') && plain.chars().all(|character| character.is_ascii_graphic());
    fits.then(|| plain.to_owned())
}

pub(crate) fn broken(reply: &Reply) -> Told {
    match reply.status {
        500..=599 => {
            doubt(Layer::Unreachable, format!("the forge answers {}: it is failing, not refusing", reply.status))
        }
        407 => doubt(Layer::Unreachable, "a proxy asks for its own password (407)"),
        status => {
            doubt(Layer::UnusableAnswer, format!("the forge answers {status}, which says nothing about the token"))
        }
    }
}

/// For quoting: the sentences of a forge are short, and what is not may be anything.
pub(crate) fn short(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}

/// Reads a success: it counts only when it is JSON, since sign-in pages of proxies come with 200 too.
pub(crate) fn success(reply: &Reply) -> Option<Told> {
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let told = match reply.status {
        200..=299 if kind.contains("html") => doubt(
            Layer::UnusableAnswer,
            "a web page came where an answer was due: a sign-in page or a proxy stands in front",
        ),
        204 => Told::Allowed("the forge did it".to_owned()),
        203 => doubt(Layer::UnusableAnswer, "something between here and the forge changed the answer (203)"),
        200..=299 if kind.contains("json") => match json::parse(&reply.body) {
            Ok(value) if json::says_something(&value) => Told::Allowed("the forge answered it".to_owned()),
            Ok(_) => {
                doubt(Layer::UnusableAnswer, "the answer is JSON, but neither a list nor an object with anything in it")
            }
            Err(why) => doubt(Layer::UnusableAnswer, format!("the answer is not JSON that can be read: {why}")),
        },
        200..=299 if reply.body.is_empty() => doubt(Layer::UnusableAnswer, "the answer is empty"),
        200..=299 if kind.starts_with("text/plain") || kind.starts_with("application/octet-stream") => {
            Told::Allowed("the forge answered it".to_owned())
        }
        200..=299 => doubt(Layer::UnusableAnswer, "the answer is of a type that was not expected"),
        _ => return None,
    };
    Some(told)
}

//! Answers as JSON: read strictly, taken apart leniently.

use serde_json::Value;

use super::read::Teller;
use super::refusal::{self, Told};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;
pub(super) use crate::provider::json::{number, shorten, text, words};

/// The answer as a JSON object, or the trouble with it. `about`: what the question was about, for the words of a trouble.
pub(super) fn object(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, about: &str) -> Option<Value> {
    if reply.status != 200 {
        untold(teller, reply, evidence, about);
        return None;
    }
    match json::object(reply) {
        Ok(value) => Some(value),
        Err(why) => {
            teller.trouble(Layer::UnusableAnswer, why, None);
            None
        }
    }
}

fn untold(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, about: &str) {
    match refusal::read(reply, evidence) {
        Told::Nothing | Told::Allowed(_) => {
            let text = format!("the forge answers {} where an answer about {about} was due", reply.status);
            teller.trouble(Layer::UnusableAnswer, text, None);
        }
        Told::Denied { reason, .. } => {
            let text = format!("the forge does not tell about {about}: {reason}");
            teller.trouble(Layer::UnusableAnswer, text, None);
        }
        told => teller.told(told),
    }
}

/// A side question that failed costs only what it would have told, unless the token died of it.
pub(super) fn side(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, about: &str) -> Option<Value> {
    if reply.status == 200 {
        return object(teller, reply, evidence, about);
    }
    let told = refusal::read(reply, evidence);
    if matches!(told, Told::Dead(layer, _) if layer != Layer::Rejected) || matches!(told, Told::Doubt { .. }) {
        teller.told(told);
    }
    None
}

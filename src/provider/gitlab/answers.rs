//! Answers as JSON: read strictly, taken apart leniently.

use std::collections::BTreeSet;

use serde_json::Value;

use super::read::Teller;
use super::refusal::{self, Told};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;

/// The answer as a JSON object, or the trouble with it. `about`: what the question was about, for the words of a trouble.
pub(super) fn object(teller: &mut Teller<'_>, reply: &Reply, evidence: &Evidence, about: &str) -> Option<Value> {
    if reply.status != 200 {
        untold(teller, reply, evidence, about);
        return None;
    }
    match readable(reply) {
        Ok(value) => Some(value),
        Err(why) => {
            teller.trouble(Layer::UnusableAnswer, why, None);
            None
        }
    }
}

/// An object that came as JSON: pages of proxies come with 200 too.
fn readable(reply: &Reply) -> Result<Value, String> {
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("html") {
        let page = "a web page came where an answer was due: a sign-in page, a proxy, or not the address of a GitLab";
        return Err(page.to_owned());
    }
    match json::parse(&reply.body) {
        Err(why) => Err(format!("the answer cannot be read: {why}")),
        Ok(_) if !kind.contains("json") => Err("the answer does not come as JSON".to_owned()),
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("the answer is JSON, but not an object".to_owned()),
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

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

pub(super) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// A list of words, or nothing where it is anything else.
pub(super) fn words(value: &Value, key: &str) -> Option<BTreeSet<String>> {
    value.get(key)?.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

/// Names come from strangers; a report is no place for a megabyte of them.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

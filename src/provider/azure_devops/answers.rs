//! Answers as JSON: read strictly, taken apart leniently.

use serde_json::Value;

use super::refusal::{self, Told, doubt};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;
use crate::provider::json;

/// The answer as a JSON object, or what it means that it is none.
pub(super) fn object(reply: &Reply, evidence: &Evidence) -> Result<Value, Told> {
    if reply.status != 200 {
        return Err(refusal::read(reply, evidence));
    }
    if let Some(page) = refusal::page(reply) {
        return Err(page);
    }
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    match json::parse(&reply.body) {
        Err(why) => Err(doubt(Layer::UnusableAnswer, format!("the answer cannot be read: {why}"))),
        Ok(_) if !kind.contains("json") => Err(doubt(Layer::UnusableAnswer, "the answer does not come as JSON")),
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(doubt(Layer::UnusableAnswer, "the answer is JSON, but not an object")),
    }
}

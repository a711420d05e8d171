//! Git's service discovery.

use super::refusal::{self, Told, doubt};
use crate::app::ports::Reply;
use crate::domain::evidence::Evidence;
use crate::domain::verdict::Layer;

pub(super) fn read(service: &str, reply: &Reply, evidence: &Evidence) -> Told {
    if reply.status != 200 {
        return refusal::read(reply, evidence);
    }
    let kind = reply.header("content-type").unwrap_or_default();
    // The first line in Git's packet form, after four digits of length.
    let first = format!("# service={service}");
    let is_gits = kind.starts_with(&format!("application/x-{service}-advertisement"))
        && reply.body.get(4..).is_some_and(|line| line.starts_with(first.as_bytes()));
    if is_gits {
        Told::Allowed(format!("Git was let in ({service})"))
    } else {
        doubt(Layer::UnusableAnswer, "Git's discovery was answered with something that is not Git")
    }
}

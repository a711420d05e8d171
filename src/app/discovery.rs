//! Git's own discovery at an address whose forge nobody knows, or with no token at all: what came back, and no guess
//! beyond it.

use std::path::PathBuf;

use super::ports::{Conversation, Effect, Exchange, Method, NoReply, Presentation, Probe, Reply, Transport};
use crate::domain::capability::Capability;
use crate::domain::connection::Base;
use crate::domain::evidence::Origin;
use crate::domain::report::CapabilityReport;
use crate::domain::token::Token;
use crate::domain::verdict::{Basis, Layer, Verdict};

/// One address to knock at.
#[derive(Clone)]
pub struct Door {
    pub base: Base,
    /// Of the repository, percent-encoded, with its first slash.
    pub path: String,
    pub ca_file: Option<PathBuf>,
    pub insecure: bool,
    /// `None`: as a visitor.
    pub shown: Option<(Presentation, Token)>,
    /// In this order; after a 401 no more is asked (R13).
    pub capabilities: Vec<Capability>,
}

/// What is known afterwards.
pub struct Knocked {
    pub capabilities: Vec<CapabilityReport>,
    pub requests: u32,
    pub trace: Vec<Origin>,
}

/// Asks for the services behind `git.clone` and `git.push`.
pub fn knock(door: &Door, title: &dyn Fn(&Capability) -> String, transport: &dyn Transport) -> Knocked {
    let mut talk = Talk { door, asked: 0, refused: false, requests: 0, heard: Vec::new() };
    transport.converse(&mut [Box::new(&mut talk)]);
    let trace = talk.heard.iter().map(|(_, origin, _)| origin.clone()).collect();
    let capabilities = talk.heard.into_iter().map(|(id, origin, told)| report(&id, origin, told, title)).collect();
    Knocked { capabilities, requests: talk.requests, trace }
}

fn report(id: &Capability, origin: Origin, told: Told, title: &dyn Fn(&Capability) -> String) -> CapabilityReport {
    let Told { verdict, layer, reason } = told;
    CapabilityReport {
        id: id.clone(),
        title: title(id),
        verdict,
        basis: Basis::Observed,
        layer,
        required_by: Vec::new(),
        forbidden: false,
        reason,
        fix: None,
        link: None,
        evidence: vec![origin],
    }
}

struct Talk<'a> {
    door: &'a Door,
    asked: usize,
    refused: bool,
    requests: u32,
    heard: Vec<(Capability, Origin, Told)>,
}

/// What an answer says about one capability.
struct Told {
    verdict: Verdict,
    layer: Option<Layer>,
    reason: String,
}

impl Conversation for &mut Talk<'_> {
    fn base(&self) -> &Base {
        &self.door.base
    }

    fn ca_file(&self) -> Option<&std::path::Path> {
        self.door.ca_file.as_deref()
    }

    fn insecure(&self) -> bool {
        self.door.insecure
    }

    fn token(&self) -> &Token {
        static NONE: std::sync::OnceLock<Token> = std::sync::OnceLock::new();
        self.door.shown.as_ref().map_or_else(|| NONE.get_or_init(|| Token::new(String::new())), |(_, token)| token)
    }

    fn next(&mut self) -> Vec<Probe> {
        let Some(capability) = self.door.capabilities.get(self.asked).filter(|_| !self.refused) else {
            return Vec::new();
        };
        self.asked += 1;
        vec![Probe {
            id: capability.as_str().to_owned(),
            about: Some(capability.clone()),
            method: Method::Get,
            door: None,
            headers: &[],
            path: format!("{}/info/refs?service={}", self.door.path.trim_end_matches('/'), service(capability)),
            presentation: self.door.shown.as_ref().map_or(Presentation::Anonymous, |(how, _)| how.clone()),
            body: None,
            effect: Effect::Read,
        }]
    }

    fn take(&mut self, exchange: Exchange) {
        self.requests += exchange.sent;
        let capability = Capability::new(&exchange.probe.id);
        let label = exchange.probe.label();
        let anonymous = self.door.shown.is_none();
        let (origin, told) = match &exchange.outcome {
            Ok(reply) => {
                self.refused |= reply.status == 401;
                let origin = Origin::new(label, Some(reply.status), String::new());
                (origin, read(service(&capability), reply, anonymous))
            }
            Err(none) => {
                self.refused = true;
                (Origin::new(label, None, none.text.clone()), unheard(none))
            }
        };
        self.heard.push((capability, origin, told));
    }
}

fn service(capability: &Capability) -> &'static str {
    if capability.as_str() == "git.push" { "git-receive-pack" } else { "git-upload-pack" }
}

fn unheard(none: &NoReply) -> Told {
    Told { verdict: Verdict::Unknown, layer: Some(none.layer), reason: none.text.clone() }
}

fn read(service: &str, reply: &Reply, anonymous: bool) -> Told {
    let told = |verdict, layer, reason: &str| Told { verdict, layer: Some(layer), reason: reason.to_owned() };
    let kind = reply.header("content-type").unwrap_or_default();
    match reply.status {
        200 if kind.starts_with(&format!("application/x-{service}-advertisement")) => {
            let who = if anonymous { "everybody" } else { "Git" };
            Told { verdict: Verdict::Allowed, layer: None, reason: format!("the server lets {who} in ({service})") }
        }
        200 => {
            told(Verdict::Unknown, Layer::UnusableAnswer, "the answer is not Git's; a sign-in page may stand in front")
        }
        401 if anonymous => told(Verdict::Denied, Layer::Missing, "the server wants a user name and a token"),
        401 => told(
            Verdict::Denied,
            Layer::Rejected,
            "the server refused user name and token with 401: wrong, expired or revoked, or the wrong user name",
        ),
        403 => told(
            Verdict::Denied,
            Layer::Permission,
            "the server refused with 403: the account may not do this here, or something in front of the server refuses",
        ),
        404 => told(
            Verdict::Denied,
            Layer::Visibility,
            "the server answered 404: there is no such repository, or it is hidden from this account",
        ),
        300..=399 => told(
            Verdict::Unknown,
            Layer::UnusableAnswer,
            "the server sends to another address, and hallpass follows nowhere with a token; ask about that address",
        ),
        429 => told(Verdict::Unknown, Layer::RateLimit, "the server counts too many requests"),
        status => Told {
            verdict: Verdict::Unknown,
            layer: Some(Layer::UnusableAnswer),
            reason: format!("the server answered {status}, which says nothing about the account"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, kind: &str, anonymous: bool) -> (Verdict, Option<Layer>) {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        let told = read("git-upload-pack", &Reply { status, headers, body: Vec::new() }, anonymous);
        (told.verdict, told.layer)
    }

    #[test]
    fn only_gits_own_answer_is_a_yes_and_what_says_nothing_is_unknown() {
        let git = "application/x-git-upload-pack-advertisement";
        assert_eq!(told(200, git, false), (Verdict::Allowed, None));
        for (status, kind) in [
            (200, "text/html"),
            (200, "application/x-git-receive-pack-advertisement"),
            (302, git),
            (429, git),
            (503, git),
        ] {
            assert_eq!(told(status, kind, false).0, Verdict::Unknown, "{status} {kind}");
        }
    }

    #[test]
    fn refusals_tell_a_visitor_from_a_token() {
        for (status, anonymous, layer) in [
            (401, true, Layer::Missing),
            (401, false, Layer::Rejected),
            (403, false, Layer::Permission),
            (404, false, Layer::Visibility),
        ] {
            assert_eq!(told(status, "text/plain", anonymous), (Verdict::Denied, Some(layer)), "{status}");
        }
    }
}

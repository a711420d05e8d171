//! A GitLab of a chosen version.
//!
//! `world` is what a scenario says, `state` answers questions about it, `routes` holds the two tables. A REST request
//! goes through `caller` (who is this), `rest` (the checks in GitLab's order), `job_token` (what jobs get) and `bodies`
//! (what a good answer looks like). `git`, `graphql`, `oauth` and `registry` are the faces beside REST.

mod bodies;
mod caller;
mod content;
mod credential;
mod git;
mod graphql;
mod identity;
mod job_token;
mod oauth;
mod objects;
mod project_body;
mod refusal;
mod registry;
mod rest;
mod routes;
mod state;
#[cfg(test)]
mod table_tests;
mod terms;
mod version;
mod world;

use jiff::Timestamp;

use crate::forge::{Answer, Forge, Outcome, Quota};
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::http_date;
use state::State;

pub use terms::{Edition, Feature, FeatureAccess, JobTokenPush, Role, TokenKind, UserState, Visibility};
pub use version::Version;
pub use world::{Allowed, Content, Group, Job, JobTokenScope, Membership, MergeRequest, Project, Token, User, World};

pub(crate) struct GitLab {
    state: State,
}

impl GitLab {
    pub(crate) fn new(world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        Ok(Self { state: State::new(world, now, url)? })
    }
}

impl Forge for GitLab {
    fn answer(&self, request: &Request) -> Answer {
        let state = &self.state;
        let segments = request.segments();
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let outcome = match words.as_slice() {
            ["api", "v4", ..] => rest::answer(state, request, &segments[2..]),
            ["api", "graphql"] if request.method == "POST" => graphql::answer(state, request),
            ["oauth", "token", "info"] if request.method == "GET" => oauth::token_info(state, request).into(),
            ["jwt", "auth"] if request.method == "GET" => registry::answer(state, request).into(),
            [.., "info", "refs"] => git::discovery(state, request),
            _ => Outcome::Unplanned("no such route in the sandbox's GitLab".to_owned()),
        };
        let shown = credential::shown(state, request);
        let mut answer = outcome.answer(request, shown);
        answer.reply.set("X-Request-Id", "sandbox");
        answer.reply.set("Server", "nginx");
        answer
    }

    fn tokens(&self) -> Vec<(String, String)> {
        self.state.tokens.iter().map(|token| (token.token.name.clone(), token.text.clone())).collect()
    }

    fn mark(&self, _request: &Request, reply: &mut Reply, quota: &Quota) {
        if quota.exhausted {
            *reply = Reply::text(429, "Retry later\n").with("Retry-After", quota.resets_in.to_string());
            if let Ok(at) = Timestamp::from_second(quota.reset) {
                reply.set("RateLimit-ResetTime", http_date(at));
            }
        }
        reply.set("RateLimit-Limit", quota.limit.to_string());
        reply.set("RateLimit-Observed", quota.limit.saturating_sub(quota.left).to_string());
        reply.set("RateLimit-Remaining", quota.left.to_string());
        reply.set("RateLimit-Reset", quota.reset.to_string());
        reply.set("RateLimit-Name", quota.name.clone());
    }
}

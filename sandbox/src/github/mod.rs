//! A GitHub: github.com, a data-residency tenant or a server of one's own.
//!
//! `world` is what a scenario says, `state` answers questions about it, `power` says what a token is good for, `routes`
//! holds the table. `hosts` tells the faces apart. A REST request goes through `caller` (who is this), `rest` (the
//! checks in GitHub's order), `policy` (what organizations demand), `bodies` (what a good answer looks like) and
//! `headers`. `git` and `graphql` are the faces beside REST.

mod bodies;
mod caller;
mod content;
mod git;
mod graphql;
mod headers;
mod hosts;
mod identity;
mod objects;
mod policy;
mod power;
mod refusal;
mod repository_body;
mod rest;
mod routes;
mod state;
#[cfg(test)]
mod table_tests;
mod terms;
mod tree;
mod world;

use jiff::Timestamp;

use crate::fault::Fault;
use crate::forge::{Answer, Forge, Outcome, Quota};
use crate::reply::Reply;
use crate::request::Request;
use hosts::Face;
use state::State;

pub use terms::{ExpiryLayout, Feature, Level, Product, Role, Standing, TokenKind, Visibility, WorkflowDefault};
pub use world::{
    AllPermissions, App, Content, Installation, Organization, Permissions, Pull, Repository, Token, User, World,
};

/// A secondary rate limit: 403 with the wait in seconds, which may be missing on a real one.
pub fn secondary_limit(retry_after: Option<u32>) -> Fault {
    let headers = retry_after.map(|seconds| ("Retry-After".to_owned(), seconds.to_string())).into_iter().collect();
    Fault::Status { code: 403, headers, body: refusal::secondary_limit_body() }
}

pub(crate) struct GitHub {
    state: State,
}

impl GitHub {
    pub(crate) fn new(world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        Ok(Self { state: State::new(world, now, url)? })
    }
}

impl Forge for GitHub {
    fn answer(&self, request: &Request) -> Answer {
        let state = &self.state;
        let outcome = match hosts::face(state, request) {
            Some((Face::Rest(segments), bases)) => rest::answer(state, request, &segments, &bases, false),
            Some((Face::Uploads(segments), bases)) => rest::answer(state, request, &segments, &bases, true),
            Some((Face::Graphql, bases)) if request.method == "POST" => graphql::answer(state, request, &bases),
            Some((Face::Web(segments), bases)) => git::answer(state, request, &segments, &bases),
            Some((Face::Graphql, _)) => Outcome::Unplanned("GraphQL is asked with POST".to_owned()),
            None => Outcome::Unplanned("a host name that is not this GitHub's".to_owned()),
        };
        let shown = caller::shown(state, request);
        let mut answer = outcome.answer(request, shown);
        answer.reply.set("X-GitHub-Request-Id", "5A4D:B0C5:1:1:691F0000");
        answer.reply.set("Server", "github.com");
        answer
    }

    fn tokens(&self) -> Vec<(String, String)> {
        self.state.tokens.iter().map(|token| (token.token.name.clone(), token.text.clone())).collect()
    }

    fn is_limited(&self, request: &Request) -> bool {
        match hosts::face(&self.state, request) {
            Some((Face::Rest(segments), _)) => segments != ["rate_limit"],
            Some((Face::Graphql | Face::Uploads(_), _)) => true,
            Some((Face::Web(_), _)) | None => false,
        }
    }

    fn mark(&self, request: &Request, reply: &mut Reply, quota: &Quota) {
        let Some((Face::Rest(segments), _)) = hosts::face(&self.state, request) else { return };
        if quota.exhausted {
            let who = caller::identify(&self.state, request).ok().map(|caller| identity::limited_as(&caller));
            let refusal = refusal::rate_limited(who.as_deref().unwrap_or("127.0.0.1"));
            (reply.status, reply.body) = (refusal.status, refusal.body);
        } else if segments == ["rate_limit"] && reply.status == 200 {
            reply.body = identity::rate_limit_body(quota).to_string().into_bytes();
        }
        quota.mark(reply);
    }
}

//! An Azure DevOps: the cloud with its sister hosts, told by the `Host` header, and Azure DevOps Server at any other.
//!
//! `world` is what a scenario says, `state` answers questions about it. `place` finds service and organization of a
//! request, `caller` the identity behind it, `rest` makes the checks in their order, `permissions` knows the security
//! namespaces, `own` and `bodies` are what good answers look like, `refusal` the others. `git` is the face beside REST.

mod api_version;
mod bodies;
mod caller;
mod git;
mod own;
mod permissions;
mod place;
mod refusal;
mod rest;
mod routes;
mod scopes;
mod state;
#[cfg(test)]
mod table_tests;
mod templates;
mod terms;
mod texts;
mod world;

use jiff::Timestamp;

use crate::forge::{Answer, Forge, Outcome, Quota};
use crate::reply::Reply;
use crate::request::Request;
use caller::{Caller, identify};
use place::{Place, Product};
use state::State;

pub use place::CLOUD_HOSTS;
pub use terms::{IdentityKind, IdentityState, JobScope, PatForm, Release, Role, TokenKind, Visibility};
pub use world::{Access, Identity, Organization, Policy, Project, Repository, SignIn, Token, World};

pub(crate) struct AzureDevOps {
    state: State,
}

impl AzureDevOps {
    pub(crate) fn new(world: World, now: Timestamp, url: &str) -> Result<Self, String> {
        Ok(Self { state: State::new(world, now, url)? })
    }

    /// What stands in the head of every answer.
    fn mark_head(&self, request: &Request, place: Option<&Place>, reply: &mut Reply) {
        for name in ["X-VSS-E2EID", "ActivityId", "X-TFS-ProcessId"] {
            reply.set(name, texts::guid(name));
        }
        let Some(place) = place else { return };
        let organization = self.state.organization(&place.organization);
        if place.product == Product::Cloud && organization.is_some() {
            reply.set("X-VSS-ResourceTenant", caller::tenant(&self.state, organization));
        }
        // A 401 that names the identity has done so itself.
        if let Ok(Caller::Known { identity, .. }) = identify(&self.state, request, place, organization)
            && reply.status != 401
        {
            rest::name_identity(reply, identity);
        }
    }
}

impl Forge for AzureDevOps {
    fn answer(&self, request: &Request) -> Answer {
        let place = Place::of(request);
        let outcome = match &place {
            None => Outcome::Unplanned("the sandbox does not play that host".to_owned()),
            Some(place) if place.rest.ends_with(&["info".to_owned(), "refs".to_owned()]) => {
                git::discovery(&self.state, request, place)
            }
            Some(place) => rest::answer(&self.state, request, place),
        };
        let mut answer = outcome.answer(request, caller::shown(&self.state, request));
        self.mark_head(request, place.as_ref(), &mut answer.reply);
        answer
    }

    fn tokens(&self) -> Vec<(String, String)> {
        self.state.tokens.iter().map(|token| (token.token.name.clone(), token.text.clone())).collect()
    }

    /// Near the limit answers ask to slow down, beyond it requests are blocked.
    fn mark(&self, _request: &Request, reply: &mut Reply, quota: &Quota) {
        if quota.exhausted {
            *reply = refusal::throttled(quota.resets_in);
        } else if quota.left == 0 {
            reply.set("Retry-After", quota.resets_in.to_string());
            reply.set("X-RateLimit-Delay", "1.000");
        }
        reply.set("X-RateLimit-Resource", quota.name.clone());
        reply.set("X-RateLimit-Limit", quota.limit.to_string());
        reply.set("X-RateLimit-Remaining", quota.left.to_string());
        reply.set("X-RateLimit-Reset", quota.reset.to_string());
    }
}

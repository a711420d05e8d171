//! The headers that tell about the token.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::caller::Caller;
use super::power;
use super::routes::Route;
use super::state::{ReadyToken, State};
use super::terms::{ExpiryLayout, Product, TokenKind};
use crate::forge::Quota;
use crate::reply::Reply;

/// `route` is absent for GraphQL, which has none, and for a credential that is worth nothing, of which nothing is told.
pub(super) fn dressed(mut reply: Reply, caller: &Caller<'_>, route: Option<&Route>) -> Reply {
    let state = caller.state;
    reply.set("X-GitHub-Media-Type", "github.v3; format=json");
    if state.world.product == Product::Server {
        reply.set("X-GitHub-Enterprise-Version", format!("enterprise-server@{}", state.world.version));
    } else {
        quota(state, caller.kind()).mark(&mut reply);
    }
    let Some(token) = caller.token else { return reply };
    reply.set("X-GitHub-Api-Version-Selected", "2022-11-28");
    if caller.has_scopes() {
        reply.set("X-OAuth-Scopes", power::granted(&token.token.scopes).join(", "));
        reply.set("X-Accepted-OAuth-Scopes", route.map(|route| route.said_scopes.clone()).unwrap_or_default());
        if token.kind() == TokenKind::Oauth {
            reply.set("X-OAuth-Client-Id", "Iv1.5ad90b0c0ffee000");
        }
    } else if let Some(accepted) = route.and_then(Route::accepted_permissions) {
        reply.set("X-Accepted-GitHub-Permissions", accepted);
    }
    if let Some(end) = expiry(token) {
        reply.set("GitHub-Authentication-Token-Expiration", end);
    }
    reply
}

/// Only personal tokens tell their end.
fn expiry(token: &ReadyToken) -> Option<String> {
    let usual = match token.kind() {
        TokenKind::Classic => ExpiryLayout::Utc,
        TokenKind::FineGrained => ExpiryLayout::Offset,
        _ => return None,
    };
    let end = token.token.expires_at?;
    Some(match token.token.expiry_layout.unwrap_or(usual) {
        ExpiryLayout::Utc => end.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        ExpiryLayout::Offset => in_summer_time(end),
    })
}

fn in_summer_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(Offset::constant(2))).strftime("%Y-%m-%d %H:%M:%S %z").to_string()
}

/// The limit that a caller of that kind has, with one request counted.
pub(super) fn quota(state: &State, kind: Option<TokenKind>) -> Quota {
    let limit = match kind {
        None => 60,
        Some(TokenKind::Actions) => 1000,
        Some(_) => 5000,
    };
    Quota {
        limit,
        left: limit - 1,
        exhausted: false,
        reset: state.now.as_second() + 3600,
        resets_in: 3600,
        name: "core".to_owned(),
    }
}

impl Quota {
    pub(super) fn mark(&self, reply: &mut Reply) {
        reply.set("X-RateLimit-Limit", self.limit.to_string());
        reply.set("X-RateLimit-Remaining", self.left.to_string());
        reply.set("X-RateLimit-Used", self.limit.saturating_sub(self.left).to_string());
        reply.set("X-RateLimit-Reset", self.reset.to_string());
        reply.set("X-RateLimit-Resource", "core");
    }
}

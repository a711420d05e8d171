//! What an organization demands of whoever comes with a token: single sign-on, addresses, kinds and lives of tokens.

use super::caller::Caller;
use super::refusal;
use super::state::{ReadyToken, State};
use super::terms::TokenKind;
use super::world::Organization;
use crate::reply::Reply;

/// What the organization has against the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Objection {
    IpAddress,
    Forbidden(TokenKind),
    /// Lives longer than that many days.
    Lifetime(TokenKind, i64),
    /// Address where the token can be authorised.
    Sso(String),
}

/// `open` says that anybody may have what is asked for: single sign-on does not guard that, everything else does.
pub(super) fn objection(caller: &Caller<'_>, organization: &Organization, open: bool, web: &str) -> Option<Objection> {
    let ready = caller.token?;
    let kind = ready.kind();
    if organization.ip_restricted {
        return Some(Objection::IpAddress);
    }
    if organization.forbids.contains(&kind) {
        return Some(Objection::Forbidden(kind));
    }
    if let Some(days) = organization.max_lifetime_days.get(&kind)
        && lives_longer(caller.state, ready, *days)
    {
        return Some(Objection::Lifetime(kind, *days));
    }
    let login = &organization.login;
    let url = || format!("{web}/orgs/{login}/sso?authorization_request=SANDBOX{}", ready.id);
    (!open && !sso_authorized(ready, organization)).then(|| Objection::Sso(url()))
}

pub(super) fn sso_authorized(ready: &ReadyToken, organization: &Organization) -> bool {
    let authorized = match &ready.token.sso_authorized {
        Some(logins) => logins.contains(&organization.login),
        None => ready.kind() != TokenKind::Classic,
    };
    let asked = matches!(ready.kind(), TokenKind::Classic | TokenKind::Oauth | TokenKind::AppUser);
    authorized || !organization.sso || !asked
}

/// A token without an end lives longer than any limit.
fn lives_longer(state: &State, ready: &ReadyToken, days: i64) -> bool {
    let born = ready.token.created_at.unwrap_or(state.now).as_second();
    ready.token.expires_at.is_none_or(|end| end.as_second() - born > days * 24 * 3600)
}

impl Objection {
    pub(super) fn text(&self, ready: &ReadyToken, organization: &Organization, web: &str) -> String {
        let login = &organization.login;
        match self {
            Objection::IpAddress => format!(
                "Although you appear to have the correct authorization credentials, the `{login}` organization has an IP \
                 allow list enabled, and your IP address is not permitted to access this resource."
            ),
            Objection::Forbidden(TokenKind::FineGrained) => format!(
                "`{login}` forbids access via a personal access token with fine-grained permissions. Please use a GitHub \
                 App, OAuth App, or a personal access token (classic)."
            ),
            Objection::Forbidden(_) => format!(
                "`{login}` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or \
                 a personal access token with fine-grained permissions."
            ),
            Objection::Lifetime(kind, days) => {
                let (what, page) = match kind {
                    TokenKind::FineGrained => ("fine-grained personal access tokens", "personal-access-tokens"),
                    _ => ("personal access tokens (classic)", "tokens"),
                };
                format!(
                    "The '{login}' organization forbids access via a {what} if the token's lifetime is greater than \
                     {days} days. Please adjust your token's lifetime at the following URL: \
                     {web}/settings/{page}/{}",
                    ready.id
                )
            }
            Objection::Sso(_) => {
                let what = if ready.kind() == TokenKind::Classic { "Personal Access token" } else { "OAuth token" };
                format!(
                    "Resource protected by organization SAML enforcement. You must grant your {what} access to this \
                     organization."
                )
            }
        }
    }

    pub(super) fn reply(&self, ready: &ReadyToken, organization: &Organization, web: &str) -> Reply {
        let reply = refusal::message(403, &self.text(ready, organization, web));
        match self {
            Objection::Sso(url) => reply.with("X-GitHub-SSO", format!("required; url={url}")),
            _ => reply,
        }
    }
}

//! GitHub's kinds of tokens.

use crate::domain::token::Kind;

pub(super) const CLASSIC: Kind = Kind::named("classic");
pub(super) const FINE_GRAINED: Kind = Kind::named("fine-grained");
pub(super) const OAUTH: Kind = Kind::named("oauth");
pub(super) const APP_USER: Kind = Kind::named("app-user");
pub(super) const INSTALLATION: Kind = Kind::named("installation");
pub(super) const ACTIONS: Kind = Kind::named("actions");

/// Does it act for an App rather than for a user?
pub(super) fn acts_for_an_app(kind: &Kind) -> bool {
    *kind == INSTALLATION || *kind == ACTIONS
}

/// Is its power a list of scopes, which every answer states?
pub(super) fn has_scopes(kind: &Kind) -> bool {
    *kind == CLASSIC || *kind == OAUTH
}

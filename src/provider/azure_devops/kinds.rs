//! Azure DevOps' kinds of tokens.

use crate::domain::token::Kind;

pub(super) const PAT: Kind = Kind::named("pat");
pub(super) const SYSTEM: Kind = Kind::named("system");
pub(super) const ENTRA: Kind = Kind::named("entra");

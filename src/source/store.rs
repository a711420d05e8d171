//! Tokens that Git handed over to be kept, for exactly the origin of the connection.

use super::Sources;
use crate::app::ports::Miss;
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    let SourceSpec::Store { origin, user } = spec else { return Err(Miss::NotMine) };
    (sources.elsewhere.store)(origin, user.as_deref())
}

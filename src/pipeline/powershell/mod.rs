//! PowerShell
use super::reader::Reader;
use super::shell::Scope;
use super::text::Mapped;
pub(super) fn follow(_: &mut Reader<'_>, _: &Mapped, _: &mut Scope) {}

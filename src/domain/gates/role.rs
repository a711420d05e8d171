//! The gate of the bearer's role on the target.

use super::{Gate, Standing};
use crate::domain::catalogue::{Catalogue, RoleBand, Row};
use crate::domain::evidence::{Evidence, Visibility};
use crate::domain::verdict::{Basis, Layer};

pub(super) fn role(row: &Row, evidence: &Evidence, catalogue: &Catalogue) -> Option<Gate> {
    let roleless = catalogue.kind(&evidence.kind()).is_some_and(|about| about.roleless);
    let (band, certain) = band(row, evidence);
    if roleless || band == RoleBand::NONE {
        return None;
    }
    let needed = catalogue.role_name(band.surely_from.max(band.never_below));
    let lowest = catalogue.role_name(band.never_below);
    let Some(known) = &evidence.role else {
        let reason = format!("needs role {lowest} or higher; the token's role on the target could not be read");
        return Some(Gate::new(Standing::Unsure, Layer::Role, Basis::Inferred, reason).needing([lowest]));
    };
    let held = &known.value;
    let name = catalogue.role_name(held.level);
    let note = row.role_note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    let gate = if held.level >= band.surely_from {
        Gate::new(Standing::Met, Layer::Role, known.basis, format!("role {name}"))
    } else if held.level >= band.never_below {
        let reason = format!("role {name} may be enough, {needed} surely is{note}");
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if held.custom {
        let reason =
            format!("needs role {lowest} or higher; the token's custom role is based on {name} and may add it");
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !held.exact && held.level == 0 {
        let reason = format!(
            "needs role {lowest} or higher; the token's user is no member, so only an administrator could do it"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !held.exact {
        let reason = format!(
            "needs role {lowest} or higher; {name} was seen, a membership through an invited group may add more"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else if !certain {
        let reason = format!(
            "needs role {lowest} or higher on a private target; the token has {name} and the visibility could not be read"
        );
        Gate::new(Standing::Unsure, Layer::Role, known.basis, reason)
    } else {
        let reason = format!("needs role {lowest} or higher; the token has {name}{note}");
        Gate::new(Standing::Refused, Layer::Role, known.basis, reason)
    };
    Some(gate.needing([lowest]).holding([name]).seen(Some(known)))
}

/// The band for the target's visibility, and whether that visibility is known to matter.
fn band(row: &Row, evidence: &Evidence) -> (RoleBand, bool) {
    match evidence.visibility.as_ref().map(|known| known.value) {
        Some(Visibility::Private) => (row.role.private, true),
        Some(Visibility::Internal | Visibility::Public) => (row.role.public, true),
        None => (row.role.private, row.role.private == row.role.public),
    }
}

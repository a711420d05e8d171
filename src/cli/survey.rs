//! What the pipelines of this repository do with tokens. Names in files may be anybody's words: one that looks like a secret
//! is not shown.

use std::path::Path;

use super::process::Process;
use crate::domain::usage::{Holder, Survey, Use, Where};
use crate::wiring::{Library, log_text, looks_like_a_secret, pipelines};

/// Reads the pipelines below `root`, tells which files are broken, and names places from `directory`.
pub(super) fn survey(
    root: &Path,
    directory: &Path,
    process: &mut Process<'_>,
    library: &Library,
) -> Result<Survey, String> {
    let mut survey = pipelines::survey(&pipelines::of_repository(root), directory, library)
        .map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    survey.uses.retain(|one| !matches!(&one.holder, Holder::Variable(name) if looks_like_a_secret(name)));
    survey.uses.iter_mut().for_each(cover);
    for (place, why) in &survey.faults {
        let at = place.as_ref().map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let text = log_text(&format!("{at}{why}"));
        let _ = writeln!(process.stderr, "warning: {text}\nhint: nothing is known of what this file does");
    }
    Ok(survey)
}

fn cover(one: &mut Use) {
    if looks_like_a_secret(&one.job) {
        "***".clone_into(&mut one.job);
    }
    for part in [&mut one.aim.base, &mut one.aim.target] {
        if matches!(part, Where::Named(text) if looks_like_a_secret(text)) {
            *part = Where::Unknown;
        }
    }
}

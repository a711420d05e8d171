//! `setup --undo`: takes out what setup wrote into one file, and nothing that somebody put there since.

use std::fmt::Write as _;

use super::super::difference::difference;
use super::super::process::Process;
use super::record::Record;
use super::show::{say, shown_line};
use super::target::Target;
use crate::domain::config_block::{Taken, without};
use crate::wiring::{Audience, TextFile};

pub(super) fn run(target: &Target, dry_run: bool, process: &mut Process<'_>) -> Result<u8, String> {
    let mut record = Record::open(process)?;
    let file = TextFile::read(&target.path).map_err(|trouble| trouble.to_string())?;
    let path = file.path().display().to_string();
    let Some(recorded) = record.of(&file) else {
        say(process, &format!("setup wrote nothing into `{path}` that is not undone"));
        return Ok(0);
    };
    let mut text = file.bytes().to_vec();
    let mut told = String::new();
    for place in recorded.places.iter().rev() {
        let (left, taken) = without(&text, &place.block);
        text = left;
        let origin = &place.origin;
        let _ = match taken {
            Taken::Whole => writeln!(told, "  {origin}"),
            Taken::Part => writeln!(told, "  {origin}, as far as it was as setup wrote it"),
            Taken::Nothing => writeln!(told, "  {origin}: somebody took it out before"),
        };
    }
    if dry_run {
        let shown = difference(&path, file.bytes(), &text, &shown_line);
        let _ = process.stdout.write_all(shown.as_bytes());
        return Ok(0);
    }
    let written = match (recorded.made && text.is_empty() && file.exists(), text == file.bytes()) {
        (true, _) => file.remove(),
        (false, true) => Ok(()),
        (false, false) => file.replace(&text, Audience::Usual),
    };
    written.map_err(|trouble| trouble.to_string())?;
    record.put(&recorded.emptied(), false)?;
    let _ = write!(process.stdout, "{path}: taken out\n{told}");
    Ok(0)
}

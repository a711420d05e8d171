//! `hallpass setup`: makes Git ask hallpass first, and takes that out again.
//!
//! Everything is worked out before anything is written: the new text of one file of Git's configuration, the record that
//! undoing it needs, and the accounts to be moved. Then come the store, the record, the configuration, and last the files
//! from which something was moved, so that a failure at any point leaves every token in at least one place.

pub(super) mod arguments;
mod in_force;
mod migrate;
mod origins;
mod record;
mod show;
mod target;
mod undo;

use std::path::Path;

use super::args::SetupArguments;
use super::credential::Known;
use super::process::Process;
use crate::app::setup::{Others, Plan, Wish, is_met, plan, standing};
use crate::domain::config_block::{Addition, Block, Taken, added, without};
use crate::domain::origin::Origin;
use crate::wiring::{Audience, TextFile, git, git_program};
use in_force::InForceHere;
use migrate::Migration;
use record::{Placed, Record, Recorded};
use target::Target;

/// What setup makes of one origin.
struct Outcome {
    origin: Origin,
    plan: Plan,
}

/// All that is to be done, before any of it is.
struct Prepared {
    file: TextFile,
    text: Vec<u8>,
    record: Record,
    recorded: Recorded,
    outcomes: Vec<Outcome>,
    migration: Option<Migration>,
}

pub(super) fn run(arguments: &SetupArguments, process: &mut Process<'_>) -> Result<u8, String> {
    let target = target::find(arguments, process)?;
    if arguments.undo {
        return undo::run(&target, arguments.dry_run, process);
    }
    let prepared = prepare(arguments, &target, process)?;
    if arguments.dry_run {
        return Ok(show::preview(&target, &prepared, process));
    }
    if prepared.text != prepared.file.bytes() {
        prepared.file.is_writable().map_err(|trouble| trouble.to_string())?;
    }
    if let Some(migration) = &prepared.migration
        && !migrate::agree(migration, arguments.yes, process)?
    {
        return Ok(0);
    }
    carry_out(&target, prepared, process)
}

fn prepare(arguments: &SetupArguments, target: &Target, process: &Process<'_>) -> Result<Prepared, String> {
    let known = Known::look(process, &target::options(arguments)).map_err(str::to_owned)?;
    let line = target::helper(arguments, process)?;
    let directory = process.directory.clone().unwrap_or_default();
    let configuration = git::configuration(git_program(&process.variables, &directory).as_ref(), &directory);
    let file = TextFile::read(&target.path).map_err(|trouble| trouble.to_string())?;
    let unreadable = |_| {
        let path = target.path.display();
        format!("`{path}` is no configuration that Git can read\nhint: `git config --file {path} --list` says where")
    };
    let own = git::in_file(&target.path, git::Scope::Unknown).map_err(unreadable)?;
    let connections = known.connections()?;
    let mut wanted = origins::wanted(arguments, &known, &connections, &configuration)?;
    let migration = if arguments.migrate {
        Some(migrate::find(arguments, &known, &configuration, &mut wanted, process)?)
    } else {
        None
    };
    let others = match (arguments.replace, arguments.migrate) {
        (true, _) => Others::Out,
        (false, true) => Others::BehindWithoutPlain,
        (false, false) => Others::Behind,
    };
    let record = Record::open(process)?;
    let mut recorded = record.of(&file).unwrap_or_else(|| Recorded::new(&file));
    let mut text = file.bytes().to_vec();
    let mut now = InForceHere::new(&configuration, &own, target, &file);
    let mut outcomes = Vec::new();
    for origin in wanted {
        let with_path = origins::tokens_differ_by_path(&origin, &connections);
        let wish = Wish { line: line.clone(), with_path, others, take_over: arguments.take_over, origin };
        let plan = settle(&wish, &mut now, &mut recorded, &mut text, &target::temporary(process))?;
        outcomes.push(Outcome { origin: wish.origin, plan });
    }
    Ok(Prepared { file, text, record, recorded, outcomes, migration })
}

/// Brings one origin into the text, unless everything is as wished already.
fn settle(
    wish: &Wish,
    now: &mut InForceHere,
    recorded: &mut Recorded,
    text: &mut Vec<u8>,
    temporary: &Path,
) -> Result<Plan, String> {
    if is_met(wish, now) {
        return Ok(standing(wish, now, Vec::new()));
    }
    let name = wish.origin.to_string();
    let old = recorded.places.iter().position(|place| place.origin == name).map(|at| recorded.places[at].clone());
    let empty =
        Placed { origin: name.clone(), entries: Vec::new(), block: Block { text: String::new(), ended_line: false } };
    let before = old.as_ref().unwrap_or(&empty);
    let (stripped, taken) = without(text, &before.block);
    now.take_out(&before.entries);
    let plan = plan(wish, now);
    now.put_in(&plan.added);
    if old.is_some() && taken == Taken::Whole && plan.added == before.entries {
        return Ok(plan);
    }
    let entries: Vec<(String, String)> = plan.added.iter().map(|one| (one.key(), one.value.clone())).collect();
    let block = git::rendered(&entries, temporary).map_err(|why| format!("nothing was written: {why}"))?;
    if stripped.ends_with(b"\\") || stripped.ends_with(b"\\\n") {
        return Err(
            "the configuration ends in the middle of a line\nhint: its last line ends in a backslash".to_owned()
        );
    }
    let (with, block) = added(&stripped, block);
    *text = with;
    recorded.put(Placed { origin: name, entries: plan.added.clone(), block });
    Ok(plan)
}

fn carry_out(target: &Target, prepared: Prepared, process: &mut Process<'_>) -> Result<u8, String> {
    let Prepared { file, text, mut record, recorded, outcomes, migration } = prepared;
    let moved = migration.map(migrate::put);
    let changed = text != file.bytes();
    if changed {
        // What is recorded and not there does no harm; what is there and not recorded could not be undone.
        let before = record.put(&recorded, true)?;
        if let Err(trouble) = file.replace(&text, Audience::Usual) {
            record.put_back(before)?;
            return Err(trouble.to_string());
        }
        record.put(&recorded, false)?;
    }
    let mut status = show::done(target, &outcomes, changed, process);
    if let Some(moved) = &moved {
        status = status.max(migrate::clean_up(moved, process));
    }
    Ok(status)
}

/// Is it the one that was written?
fn same_entry(entry: &Addition, setting: &git::Setting) -> bool {
    let subsection = setting.subsection.as_ref().map(crate::domain::token::Token::expose);
    setting.section == entry.section
        && setting.name.eq_ignore_ascii_case(&entry.name)
        && subsection == Some(entry.subsection.as_str())
        && setting.text() == Some(entry.value.as_str())
}

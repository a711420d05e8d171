//! How long Git waits for an answer: whole processes, from start to exit, one after the other in turn, so that what else
//! the machine does meets all of them alike. `cargo run --release -p hallpass-bench`; see `docs/performance.md`.

mod contestants;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use contestants::Contestant;
use table::Row;

type Failure = Box<dyn std::error::Error>;

/// What must hold of the medians or, on a busy machine, of the quickest runs.
const MOST_OF_MINIMAL: f64 = 1.3;
const MOST_OF_CACHE: f64 = 1.0;

fn main() -> Result<ExitCode, Failure> {
    let runs = number("HALLPASS_BENCH_RUNS", 500)?.max(1);
    let percent = u32::try_from(number("HALLPASS_BENCH_MARGIN", 0)?)?;
    let margin = 1.0 + f64::from(percent) / 100.0;
    let programs = built()?;
    let scratch = tempfile::tempdir()?;
    let contestants = contestants::all(&programs, scratch.path())?;
    for contestant in &contestants {
        contestant.check()?;
    }
    let mut rows: Vec<Row> = contestants.iter().map(|contestant| Row::new(contestant.name.clone())).collect();
    for run in 0..runs {
        // Nobody always follows the same neighbour.
        for place in 0..contestants.len() {
            let place = (place + run) % contestants.len();
            rows[place].times.push(contestants[place].time()?);
        }
    }
    contestants.iter().for_each(Contestant::stop);
    say(&table::render(&mut rows, runs));
    let missed = table::missed(&mut rows, margin);
    for line in &missed {
        say(&format!("missed: {line}\n"));
    }
    Ok(if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn number(variable: &str, usual: usize) -> Result<usize, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the settings of this program")]
    match std::env::var_os(variable) {
        None => Ok(usual),
        Some(text) => {
            let number = text.to_str().and_then(|text| text.parse().ok());
            number.ok_or_else(|| format!("`{variable}` is no number").into())
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    print!("{text}");
}

/// The programs of this workspace, built in the same way.
struct Programs {
    hallpass: PathBuf,
    minimal: PathBuf,
}

/// Beside this program, after the compiler has seen to it that they are of today.
fn built() -> Result<Programs, Failure> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program lies nowhere")?;
    if folder.file_name().is_none_or(|name| name != "release") {
        return Err("what is built without `--release` says nothing about speed".into());
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--release", "--package=hallpass", "--package=hallpass-bench"]);
    // For another target, the folder above names it.
    if let Some(target) = folder.parent().and_then(Path::file_name).filter(|name| *name != "target") {
        build.arg("--target").arg(target);
    }
    let status = build.current_dir(env!("CARGO_MANIFEST_DIR")).status()?;
    if !status.success() {
        return Err("the programs cannot be built".into());
    }
    Ok(Programs { hallpass: folder.join("hallpass"), minimal: folder.join("minimal") })
}

//! `cargo run -p hallpass-fuzz [TARGET...]` runs the named targets, or all, each for `HALLPASS_FUZZ_SECONDS` (20).
//! `HALLPASS_FUZZ_SEED` repeats a run. An input that breaks a promise is left in `fuzz/corpus/`, where tests find it.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hallpass_fuzz::{Broken, Budget, TARGETS, run};

#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program of its own, for developers")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let number = |name: &str| std::env::var_os(name).map(|text| text.to_string_lossy().parse::<u64>()).transpose();
    let budget = Budget::Time(Duration::from_secs(number("HALLPASS_FUZZ_SECONDS")?.unwrap_or(20)));
    let seed = number("HALLPASS_FUZZ_SEED")?.unwrap_or_else(|| fastrand::u64(..));
    let wanted: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(unknown) = wanted.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no target `{unknown}`; there are {}", names.join(", ")).into());
    }
    println!("HALLPASS_FUZZ_SEED={seed}");
    let mut status = ExitCode::SUCCESS;
    for target in TARGETS.iter().filter(|target| wanted.is_empty() || wanted.iter().any(|name| name == target.name)) {
        let start = Instant::now();
        match run(target, seed, budget) {
            Ok(inputs) => println!("{:<14} {inputs:>10} inputs in {} s", target.name, start.elapsed().as_secs()),
            Err(Broken { input }) => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
                std::fs::create_dir_all(&folder)?;
                let path = folder.join(format!("{:08x}", crc32fast::hash(&input)));
                std::fs::write(&path, &input)?;
                println!("{:<14} broken by {}", target.name, path.display());
                println!("promise: {}", target.about);
                status = ExitCode::FAILURE;
            }
        }
    }
    Ok(status)
}

//! Runs a target: first every seed as it is, then mutations of them until the budget is used up.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::Target;
use crate::mutate::mutate;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub enum Budget {
    Inputs(u64),
    Time(Duration),
}

impl Budget {
    fn is_used_up(self, done: u64, since: Instant) -> bool {
        match self {
            Self::Inputs(most) => done >= most,
            // A clock is slower than most targets.
            Self::Time(most) => done.is_multiple_of(64) && since.elapsed() >= most,
        }
    }
}

/// An input that breaks the promise.
#[derive(Debug)]
pub struct Broken {
    pub input: Vec<u8>,
}

/// How many inputs held, or the one that did not, made as short as it gets.
pub fn run(target: &Target, seed: u64, budget: Budget) -> Result<u64, Broken> {
    let mut pool: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.to_vec()).collect();
    pool.extend((target.more)());
    pool.extend(corpus(target));
    for input in &pool {
        check(target, input)?;
    }
    let mut rng = Rng::with_seed(seed);
    let (start, mut done) = (Instant::now(), 0);
    let usual = pool.len();
    while !budget.is_used_up(done, start) {
        let input = mutate(&pool, target.words, &mut rng);
        if holds(target, &input) {
            done += 1;
        } else {
            return Err(Broken { input: shortest(target, input) });
        }
        // Mutations of mutations go further. The seeds stay.
        if rng.u8(..) < 8 {
            if pool.len() < usual + 256 { pool.push(input) } else { pool[usual + rng.usize(..256)] = input }
        }
    }
    Ok(done)
}

/// Every seed and every kept input once.
pub fn replay(target: &Target) -> Result<usize, Broken> {
    let mut inputs: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.to_vec()).collect();
    inputs.extend((target.more)());
    inputs.extend(corpus(target));
    inputs.iter().try_for_each(|input| check(target, input))?;
    Ok(inputs.len())
}

/// Inputs that once broke something, or that are worth starting from: `corpus/NAME/*`.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = files.collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

fn check(target: &Target, input: &[u8]) -> Result<(), Broken> {
    if holds(target, input) { Ok(()) } else { Err(Broken { input: input.to_vec() }) }
}

fn holds(target: &Target, input: &[u8]) -> bool {
    panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_ok()
}

/// Leaves out whatever can be left out, from halves to single bytes.
fn shortest(target: &Target, mut input: Vec<u8>) -> Vec<u8> {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut size = input.len().div_ceil(2);
    while size > 0 {
        let mut start = 0;
        while start < input.len() {
            let end = (start + size).min(input.len());
            let without = [&input[..start], &input[end..]].concat();
            if holds(target, &without) { start = end } else { input = without }
        }
        size /= 2;
    }
    panic::set_hook(quiet);
    // Its message is worth having, for the short one.
    holds(target, &input);
    input
}

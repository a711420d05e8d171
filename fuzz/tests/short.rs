//! A short run of every target, the same every time.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::Path;

use hallpass_fuzz::{Broken, Budget, TARGETS, Target, run};

#[test]
fn every_target_holds_for_some_thousand_inputs() {
    for target in TARGETS {
        let told = run(target, 1, Budget::Inputs(3_000));
        assert!(matches!(told, Ok(3_000)), "{} is broken by {told:?}: {}", target.name, target.about);
    }
}

#[test]
fn every_folder_of_inputs_has_its_target() {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).into_iter().flatten();
    let folders: BTreeSet<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert!(folders.is_subset(&names), "{folders:?}");
    assert_eq!(names.len(), TARGETS.len(), "one name each");
}

#[test]
fn what_breaks_a_promise_is_found_and_made_short() {
    const BROKEN: Target = Target {
        name: "broken",
        about: "no `x` and `y`",
        seeds: &[b"some text"],
        words: &[b"xyz"],
        more: Vec::new,
        run: |input| assert!(!(input.contains(&b'x') && input.contains(&b'y'))),
    };
    let told = catch_unwind(|| run(&BROKEN, 1, Budget::Inputs(100_000))).unwrap();
    let Err(Broken { mut input }) = told else { panic!("not found") };
    input.sort_unstable();
    assert_eq!(input, b"xy");
}

//! `tests/cases/lint/*.yml`: each case is a small repository and the findings in it, nothing beside them.

use std::collections::BTreeMap;
use std::path::Path;

use hallpass::domain::finding::Finding;
use hallpass::wiring::{Library, pipelines};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Path and text.
    files: BTreeMap<String, String>,
    /// Files that are named on the command line; without any, the repository's own.
    #[serde(default)]
    paths: Vec<String>,
    version: Option<String>,
    /// `severity rule file:line marked text`, in the order of the file.
    #[serde(default)]
    findings: Vec<String>,
    /// Words that must stand in some message.
    #[serde(default)]
    told: Vec<String>,
    /// `file:line` of calls that cannot be followed.
    #[serde(default)]
    unresolved: Vec<String>,
    /// `line:column` of files that cannot be read.
    #[serde(default)]
    faults: Vec<String>,
}

fn shown(finding: &Finding) -> String {
    let place = finding.place.as_ref().unwrap();
    let excerpt = finding.excerpt.as_ref().unwrap();
    let (from, to) = excerpt.mark;
    let marked: String = excerpt.line.chars().skip(from as usize - 1).take((to - from) as usize).collect();
    format!("{} {} {}:{} {marked}", finding.severity.as_str(), finding.rule, place.file, place.line)
}

fn run(case: &Case, library: &Library) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in &case.files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let ground = pipelines::ground(library, case.version.as_ref().map(|text| text.parse().unwrap())).unwrap();
    let entries = if case.paths.is_empty() {
        pipelines::of_repository(&root)
    } else {
        case.paths.iter().flat_map(|path| pipelines::named(&root.join(path), &root).unwrap()).collect()
    };
    let outcome = pipelines::run(&entries, &root, &ground);
    let found: Vec<String> = outcome.findings.iter().map(shown).collect();
    let unresolved: Vec<String> =
        outcome.reading.unresolved.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
    let faults: Vec<String> = outcome
        .faults
        .iter()
        .filter_map(|(place, _)| place.as_ref().map(|place| format!("{}:{}", place.line, place.column)))
        .collect();
    let told: Vec<&str> = outcome.findings.iter().map(|finding| finding.message.as_str()).collect();
    if found != case.findings || unresolved != case.unresolved || faults != case.faults {
        return Err(format!(
            "{}\n  wanted {:#?} unresolved {:?} faults {:?}\n  found {found:#?} unresolved {unresolved:?} faults {faults:?}",
            case.name, case.findings, case.unresolved, case.faults
        ));
    }
    match case.told.iter().find(|words| !told.iter().any(|message| message.contains(words.as_str()))) {
        Some(words) => Err(format!("{}\n  nothing says `{words}`: {told:#?}", case.name)),
        None => Ok(()),
    }
}

/// Cases of a file, and what went wrong in it.
fn of_file(name: &str, library: &Library) -> (usize, Vec<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lint").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let cases: Vec<Case> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    (cases.len(), cases.iter().filter_map(|case| run(case, library).err()).collect())
}

#[test]
fn every_pipeline_has_the_findings_it_should_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lint");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let library = Library::read().unwrap();
    let results: Vec<(usize, Vec<String>)> = names.iter().map(|name| of_file(name, &library)).collect();
    let wrong: Vec<String> = results.iter().flat_map(|(_, wrong)| wrong.clone()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let cases: usize = results.iter().map(|(cases, _)| cases).sum();
    assert!(cases >= 150, "only {cases} cases");
}

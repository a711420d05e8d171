//! What holds of every reading of pipelines and scripts, whatever they are.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use hallpass::domain::finding;
use hallpass::wiring::{Library, pipelines};

struct Place {
    folder: tempfile::TempDir,
    ground: pipelines::Ground<'static>,
}

/// Reads the input under each of these names, and checks what comes of it.
pub(super) fn check(input: &[u8], names: &[&str]) {
    thread_local! {
        static PLACE: OnceCell<Place> = const { OnceCell::new() };
    }
    PLACE.with(|place| {
        let place = place.get_or_init(|| {
            let library = Box::leak(Box::new(Library::read().expect("the embedded data is right")));
            let ground = pipelines::ground(library, None).expect("the embedded data is right");
            Place { folder: tempfile::tempdir().expect("a folder can be made"), ground }
        });
        let root = place.folder.path().canonicalize().expect("the folder is there");
        names.iter().for_each(|name| one(input, &root, name, &place.ground));
    });
}

fn one(input: &[u8], root: &Path, name: &str, ground: &pipelines::Ground<'_>) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
    std::fs::write(&path, input).expect("a file can be written");
    let entries = pipelines::named(&path, root).expect("the file is there");
    let outcome = pipelines::run(&entries, root, ground);
    std::fs::remove_file(&path).expect("a file can be removed");
    let text = std::str::from_utf8(input);
    assert!(text.is_ok() || outcome.faults.len() == 1, "one clear error where it is no text");
    assert!(outcome.faults.len() <= 1, "{:?}", outcome.faults);
    let lines = text.unwrap_or_default().split('\n').count();
    let fits = |place: &finding::Place| {
        assert!(place.line >= 1 && place.column >= 1, "{place:?}");
        assert!(usize::try_from(place.line).is_ok_and(|line| line <= lines), "{place:?} of {lines} lines");
        assert_eq!(place.file, name);
    };
    outcome.faults.iter().filter_map(|(place, _)| place.as_ref()).for_each(fits);
    outcome.reading.unresolved.iter().for_each(fits);
    for finding in &outcome.findings {
        fits(finding.place.as_ref().expect("a finding in a file has a place"));
        let excerpt = finding.excerpt.as_ref().expect("a finding in a file shows its line");
        let (from, to) = excerpt.mark;
        assert!(from >= 1 && from < to, "{excerpt:?}");
        assert!(!finding.message.is_empty());
    }
}

/// Files of the cases in `tests/cases/lint/` whose names end so: each stands below its name, six blanks in.
pub(super) fn cases(endings: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/lint");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = files.collect();
    paths.sort();
    let mut found: Vec<Vec<u8>> = Vec::new();
    for text in paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()) {
        let mut inside = false;
        for line in text.lines() {
            if let Some(content) = line.strip_prefix("      ").filter(|_| inside) {
                let file = found.last_mut().expect("it was begun");
                file.extend_from_slice(content.as_bytes());
                file.push(b'\n');
            } else if !line.is_empty() {
                let name = line.strip_suffix(": |");
                inside = name.is_some_and(|name| endings.iter().any(|ending| name.ends_with(ending)));
                if inside {
                    found.push(Vec::new());
                }
            }
        }
    }
    found
}

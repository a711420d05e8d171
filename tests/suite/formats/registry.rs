use std::collections::BTreeSet;

use hallpass::report::{FORMATS, Options, find};

use crate::support::sample_report as sample;

#[test]
fn names_are_unique_and_found() {
    let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    assert!(FORMATS.iter().all(|format| find(format.name).is_some() && !format.about.is_empty()));
    assert!(find("no-such").is_none());
}

/// Same input, same bytes; and every format has something to say about every situation.
#[test]
fn every_format_tells_every_situation_the_same_way_twice() {
    let reports = [sample::mixed(), sample::compare(), sample::lint(), sample::pass(), sample::nothing_checked()];
    for (report, format) in reports.iter().flat_map(|report| FORMATS.iter().map(move |format| (report, format))) {
        let options = Options::default();
        let bytes = (format.render)(report, &options);
        assert_eq!(bytes, (format.render)(report, &options), "{}", format.name);
        assert!(bytes.ends_with(b"\n"), "{}", format.name);
    }
}

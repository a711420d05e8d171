use hallpass::domain::capability::Capability;
use hallpass::domain::report::Report;
use hallpass::report::{Options, human};

use crate::support::sample_report as sample;

fn text(report: &Report, options: &Options) -> String {
    String::from_utf8(human::render(report, options)).unwrap()
}

#[test]
fn show() {
    let options = Options::default();
    let mut all = String::new();
    for r in [sample::mixed(), sample::compare(), sample::lint(), sample::nothing_checked()] {
        all += &text(&r, &options);
        all += "\n=======\n";
    }
    all += &text(&sample::only_failing(), &Options { verbose: true, ..options.clone() });
    all += "\n=======\n";
    all += &text(&sample::compare(), &Options { ascii: true, width: 60, ..options.clone() });
    all += "\n=======\n";
    all += &String::from_utf8(human::inspect(&sample::only_failing(), &options)).unwrap();
    all += "\n=======\n";
    all += &String::from_utf8(
        human::one_capability(&sample::only_failing(), &Capability::new("pr.create"), &options).unwrap(),
    )
    .unwrap();
    std::fs::write("/tmp/show.txt", &all).unwrap();
    let color = Options { color: true, ..options };
    std::fs::write("/tmp/show.ansi", text(&sample::mixed(), &color) + &text(&sample::compare(), &color)).unwrap();
}

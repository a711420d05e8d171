//! One file per output format, and the list of them.
//!
//! A format takes the report and returns bytes; it never opens a file. Each escapes for its own reader (see [`escape`]),
//! and none decides anything: severities, verdicts and the exit status are settled before it is called.

pub mod advice;
pub mod azure;
pub mod doctor;
pub mod escape;
pub mod github;
pub mod gitlab;
pub mod gitlab_annotations;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outputs;
pub mod prometheus;
pub mod read;
pub mod sarif;
pub mod write;

mod annotations;
mod digest;
mod fingerprint;
mod lines;
mod since;

use crate::domain::finding::RuleBook;
use crate::domain::report::Report;

/// One way to write a report down.
pub struct Format {
    pub name: &'static str,
    /// For the help of `--format`.
    pub about: &'static str,
    pub render: fn(&Report, &Options) -> Vec<u8>,
}

pub const FORMATS: &[Format] = &[
    Format { name: "human", about: "text for people, on a terminal or in a log", render: human::render },
    Format { name: "json", about: "the whole report, schema hallpass.report.v1", render: json::render },
    Format { name: "github", about: "annotations of GitHub Actions, then the text", render: github::render },
    Format { name: "azure", about: "issues of Azure Pipelines, then the text", render: azure::render },
    Format { name: "gitlab", about: "GitLab's code quality report", render: gitlab::render },
    Format {
        name: "gitlab-annotations",
        about: "links on GitLab's page of the job, to where each cause is mended",
        render: gitlab_annotations::render,
    },
    Format { name: "junit", about: "JUnit XML, one test case per required capability", render: junit::render },
    Format { name: "sarif", about: "SARIF 2.1.0, for code scanning", render: sarif::render },
    Format { name: "markdown", about: "a job summary or a comment on a merge request", render: markdown::render },
    Format { name: "html", about: "one page that stands alone, for a browser", render: html::render },
    Format {
        name: "prometheus",
        about: "a text file of metrics, for a textfile collector",
        render: prometheus::render,
    },
    Format {
        name: "outputs",
        about: "outputs of a step of GitHub Actions: status, days, counts",
        render: outputs::render,
    },
];

pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// What a format may know beside the report.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one choice of whoever asked for the report")]
pub struct Options {
    pub color: bool,
    /// Columns of the terminal; text is wrapped to it.
    pub width: u16,
    pub verbose: bool,
    /// Each connection is a section of GitLab's job log, which folds.
    pub sections: bool,
    /// Nothing but ASCII in texts for people.
    pub ascii: bool,
    /// The version of hallpass.
    pub version: String,
    /// Where findings without a place are shown, by formats that need a file for each.
    pub file_of_record: String,
    /// The reports of this run that go into files, with whole paths.
    pub reports: Vec<Written>,
    /// What ends a value of many lines. Nobody who writes a report's texts may know it beforehand.
    pub delimiter: String,
    pub limits: Limits,
    /// What the rules say of themselves, for formats that carry it along.
    pub rules: RuleBook,
}

/// A report in a file of its own.
#[derive(Clone, Debug)]
pub struct Written {
    pub format: &'static str,
    pub path: std::path::PathBuf,
}

/// What the platforms keep; more is cut or dropped by them without a word.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Annotations of one kind in one step.
    pub annotations: usize,
    /// Characters of one annotation.
    pub message: usize,
    /// Bytes of a summary or comment.
    pub summary: usize,
    /// Results of one SARIF run; with more it is refused whole.
    pub results: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { annotations: 10, message: 4096, summary: 1024 * 1024, results: 25_000 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
            verbose: false,
            sections: false,
            ascii: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            file_of_record: ".gitlab-ci.yml".to_owned(),
            reports: Vec::new(),
            delimiter: "hallpass".to_owned(),
            limits: Limits::default(),
            rules: RuleBook::default(),
        }
    }
}

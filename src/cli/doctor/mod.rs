//! `hallpass doctor`: who answers Git for an address, and what the token may then do.

mod asked;
mod before;
mod chain;
mod foreign;
mod judged;
mod ways;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{AdHoc, DoctorArguments};
use super::credential::Surroundings;
use super::process::Process;
use super::selection::{Manner, Selection};
use super::session::{Said, Session};
use super::{output, stores};
use crate::domain::diagnosis::{Answer, Around, Diagnosis, Uses, findings};
use crate::domain::finding::Severity;
use crate::domain::report::{Report, Status};
use crate::domain::token::Token;
use crate::wiring::{Format, Library, Options, Variables, doctor, git, git_program};
use ways::Walked;

/// All that is looked at, and nothing of it changed.
struct View<'a> {
    variables: &'a Variables,
    now: Timestamp,
    hallpass: Surroundings<'a>,
    git: Option<git::Program>,
    configuration: git::Configuration,
    directory: PathBuf,
    home: Option<PathBuf>,
    /// Also run helpers of others.
    ask: bool,
}

pub(super) fn run(arguments: &DoctorArguments, process: &mut Process<'_>) -> Result<u8, String> {
    if arguments.common.config.is_some() {
        return Err("`doctor` looks at the files that Git's helper reads, and at no other\n\
                    hint: set `HALLPASS_CONFIG` to have the helper read another file"
            .to_owned());
    }
    let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
    let said = Said {
        names: &[],
        adhoc: &AdHoc::default(),
        run: &arguments.run,
        common: &arguments.common,
        manner: Manner::Each,
    };
    let plan = output::plan(&arguments.common, process, &library.rules)?;
    let (mut diagnosis, found, orders, job, setup) = {
        let view = View::look(arguments.ask, process);
        let asked = asked::read(arguments.address.as_deref(), &view)?;
        let Walked { diagnosis, addresses, bearers, secrets } = ways::diagnose(&asked, &view);
        let orders = judged::orders(
            &diagnosis,
            &addresses,
            &bearers,
            &view,
            &judged::Setting { process, said: &said, library: &library },
        )?;
        (diagnosis, judged::tokens(&bearers, secrets), orders, view.hallpass.job_forge(), setup(&asked))
    };
    let now = process.clock.now();
    let in_ci = stores::in_ci(&process.variables);
    let selection = Selection { connections: Vec::new(), ignores: Vec::new(), in_ci };
    let session = Session { library, plan, selection, now };
    let (report, redactor) = session.work(&said, process, found, |means| {
        let mut report = judged::report(&orders, &mut diagnosis, means);
        let around = Around { rules: means.setting.rules, job, setup };
        report.findings.extend(findings(&diagnosis, &around));
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        report.status = status(&report, &diagnosis);
        report
    })?;
    let render = |format: &Format, options: &Options| doctor::render(format, &diagnosis, &report, options);
    session.plan.write_with(render, &redactor, process)?;
    let fail_on = super::check::limit(arguments.result.fail_on);
    let failed = report.worst_finding().is_some_and(|worst| fail_on.is_some_and(|limit| worst >= limit));
    // Offline, that nothing is wrong with what is written down is all there is to know.
    let unknown = report.status == Status::Unknown && !arguments.run.offline && !arguments.result.allow_unknown;
    Ok(if failed {
        1
    } else if unknown {
        3
    } else {
        0
    })
}

/// The worst of what was judged and what was found; not knowing who answers is not knowing.
fn status(report: &Report, diagnosis: &Diagnosis) -> Status {
    let judged = report.connections.iter().map(|connection| connection.status);
    let found = report.worst_finding().map(|worst| match worst {
        Severity::Error => Status::Fail,
        Severity::Warning => Status::Warn,
        Severity::Note => Status::Pass,
    });
    let doubtful = diagnosis.ways.iter().any(|way| matches!(way.answer(), Answer::NotKnown | Answer::Perhaps(_)));
    judged.chain(found).chain(doubtful.then_some(Status::Unknown)).max().unwrap_or(Status::Pass)
}

/// A word of a command that people may copy, whatever a configuration holds.
fn quoted(word: &str) -> String {
    let plain = |next: char| next.is_ascii_alphanumeric() || "/:._-+@%,~".contains(next);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// What makes hallpass answer for this address.
fn setup(asked: &asked::Asked) -> String {
    let origin = git::Address::read(asked.fetch.expose()).filter(git::Address::is_http);
    match origin {
        Some(address) => format!("hallpass setup {}://{}", address.scheme(), address.host_and_port()),
        None => "hallpass setup".to_owned(),
    }
}

impl<'a> View<'a> {
    fn look(ask: bool, process: &'a Process<'_>) -> Self {
        let directory = process.directory.clone().unwrap_or_else(|| PathBuf::from("/"));
        let git = git_program(&process.variables, &directory);
        let configuration = git::configuration(git.as_ref(), &directory);
        let home = ["HOME", "USERPROFILE"].iter().find_map(|name| process.variables.get_os(name)).map(PathBuf::from);
        let hallpass = Surroundings::look(process);
        let (variables, now) = (&process.variables, process.clock.now());
        Self { variables, now, hallpass, git, configuration, directory, home, ask }
    }

    /// As a person would write it.
    fn shown(&self, path: &Path) -> String {
        let below = |folder: &Path, mark: &str| {
            let rest = path.strip_prefix(folder).ok().filter(|rest| !rest.as_os_str().is_empty())?;
            Some(format!("{mark}{}", rest.display()))
        };
        let here = below(&self.directory, "");
        here.or_else(|| below(self.home.as_ref()?, "~/")).unwrap_or_else(|| path.display().to_string())
    }

    fn place(&self, place: &git::Where) -> String {
        place.file.as_ref().map_or_else(|| place.to_string(), |file| self.shown(file))
    }
}

/// What a link answers with. Its place in the list is the link's.
#[derive(Clone)]
struct Bearer {
    user: Option<String>,
    secret: Secret,
}

#[derive(Clone)]
enum Secret {
    /// hallpass' own connection, whose source is asked again.
    Connection(Box<crate::domain::connection::Connection>),
    /// Found on the way; the name is the one reports give it.
    Password(String, Token),
    /// After `Authorization: Bearer`.
    Bearer(String, Token),
    /// It answered, and what it answered cannot be used here.
    Unreadable,
}

impl Bearer {
    /// On a way of its own for pushing another token may go by the same name.
    fn on(mut self, uses: Uses) -> Self {
        if let (Uses::Push, Secret::Password(name, _) | Secret::Bearer(name, _)) = (uses, &mut self.secret) {
            name.push_str(" (push)");
        }
        self
    }
}

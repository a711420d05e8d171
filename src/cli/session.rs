//! One run of a reporting command: choose the tokens, ask, and hand the means on.

use std::time::Duration;

use super::args::{AdHoc, Common, Probe, Run};
use super::output::{self, Plan};
use super::process::Process;
use super::progress;
use super::selection::{Manner, Selection, Wanted, select};
use super::stores;
use crate::app::audit::Reach;
use crate::app::check::Means;
use crate::app::ports::{Conversation, Effect, Transport};
use crate::app::watch::{Tally, Watched};
use crate::domain::conclude::Setting;
use crate::domain::origin::Origin;
use crate::domain::redact::Redactor;
use crate::domain::report::Report;
use crate::domain::token::Token;
use crate::wiring::{
    Http, HttpSettings, Interrupts, Library, Options, PlainSources, Proxies, Sources, elsewhere, log_text,
};

/// Everything a reporting command needs once its arguments are known to be good.
pub(super) struct Session {
    pub(super) library: Library,
    pub(super) plan: Plan,
    pub(super) selection: Selection,
    pub(super) now: jiff::Timestamp,
}

/// What the command line said.
pub(super) struct Said<'a> {
    pub(super) names: &'a [String],
    pub(super) adhoc: &'a AdHoc,
    pub(super) run: &'a Run,
    pub(super) common: &'a Common,
    pub(super) manner: Manner,
}

impl Session {
    /// Reads what is built in, the configuration and the flags. Everything that can be wrong is told here, before a
    /// forge is asked.
    pub(super) fn open(said: &Said<'_>, process: &Process<'_>) -> Result<Self, String> {
        let library = Library::read().map_err(|error| format!("the embedded data cannot be read: {error:#}"))?;
        let plan = output::plan(said.common, process, &library.rules)?;
        let wanted = Wanted {
            config: said.common.config.as_deref(),
            names: said.names,
            adhoc: said.adhoc,
            run: said.run,
            manner: said.manner,
        };
        let selection = select(&wanted, process, &library)?;
        Ok(Self { library, plan, selection, now: process.clock.now() })
    }

    /// Runs `work` with all means at hand, then writes what it reports. `own` is how the command says it to people.
    pub(super) fn run(
        &self,
        said: &Said<'_>,
        process: &mut Process<'_>,
        work: impl FnOnce(&Means<'_>) -> Report,
        own: impl Fn(&Report, &Options) -> Vec<u8>,
    ) -> Result<Report, String> {
        let (report, redactor) = self.work(said, process, Vec::new(), work)?;
        self.plan.write_own(&report, own, &redactor, process)?;
        Ok(report)
    }

    /// Runs `work` with all means at hand, and with tokens that were found already.
    pub(super) fn work(
        &self,
        said: &Said<'_>,
        process: &mut Process<'_>,
        found: Vec<(String, Token)>,
        work: impl FnOnce(&Means<'_>) -> Report,
    ) -> Result<(Report, Redactor), String> {
        let interrupts = Interrupts::listen();
        let stdin = std::mem::replace(&mut process.stdin, Box::new(std::io::empty()));
        let directory = process.directory.clone().unwrap_or_default();
        let inner = PlainSources::new(process.variables.clone(), directory, stdin).verbose(said.common.verbose);
        let inner = inner.with(elsewhere(stores::around(&process.variables, self.now, self.selection.in_ci)));
        let sources = Sources::new(inner).and(found);
        let clock = process.clock;
        let transport = Http::new(http_settings(said, process), clock).map_err(|error| error.to_string())?;
        let transport = transport.with_interrupts(interrupts.clone());
        let setting = Setting {
            rules: &self.library.rules,
            titles: &self.library.titles,
            ignores: &self.selection.ignores,
            now: self.now,
            in_ci: self.selection.in_ci,
        };
        let reach = Reach { probing: probing(said.run.probe), offline: said.run.offline };
        let tally = Tally::default();
        let transport = Watched { transport: &transport, tally: &tally };
        let transport = Shown { transport: &transport, tally: &tally, on: self.shows_progress(said, process) };
        let means = Means { forges: &self.library.forges, source: &sources, transport: &transport, setting, reach };
        let mut report = work(&means);
        if let Some(signal) = interrupts.caught() {
            process.interrupted = Some(signal.exit_status());
            let name = signal.name();
            report.remarks.push(format!("{name} ended the run; what was not answered by then is not known"));
        }
        let redactor = sources.redactor();
        if said.common.verbose {
            self.trace(&report, &redactor, process);
        }
        Ok((report, redactor))
    }

    /// Is somebody there to look at it? A job's log keeps every line that is drawn.
    fn shows_progress(&self, said: &Said<'_>, process: &Process<'_>) -> bool {
        let dumb = process.variable("TERM").is_some_and(|name| name == "dumb");
        let in_ci = self.selection.in_ci || stores::in_ci(&process.variables);
        process.stderr_is_terminal && !in_ci && !said.common.quiet && !dumb
    }

    /// Every request of the run on standard error, where no format is disturbed by it.
    fn trace(&self, report: &Report, redactor: &Redactor, process: &mut Process<'_>) {
        if self.plan.is_human() {
            return;
        }
        for connection in &report.connections {
            for asked in &connection.trace {
                let line = format!("{}: {} -> {}\n", connection.name, asked.request, asked.says);
                let line = log_text(&line);
                let _ = process.stderr.write_all(&redactor.redact(line.into_bytes()));
            }
        }
    }
}

/// Shows how far it is while forges are asked, and at no other time: sources of tokens may have questions of their own.
struct Shown<'a> {
    transport: &'a dyn Transport,
    tally: &'a Tally,
    on: bool,
}

impl Transport for Shown<'_> {
    fn converse(&self, conversations: &mut [Box<dyn Conversation + '_>]) {
        progress::beside(self.on, self.tally, || self.transport.converse(conversations));
    }
}

fn probing(probe: Probe) -> Effect {
    match probe {
        Probe::None => Effect::None,
        Probe::Read => Effect::Read,
        Probe::DryRun => Effect::DryRun,
        Probe::Writes => Effect::Write,
    }
}

fn http_settings(said: &Said<'_>, process: &Process<'_>) -> HttpSettings {
    let defaults = HttpSettings::default();
    let seconds = |value: Option<u64>, default: Duration| value.map_or(default, Duration::from_secs);
    let allow_http =
        said.run.allow_http.iter().filter_map(|text| Origin::parse(text.trim_end_matches('/')).ok()).collect();
    let timeout = seconds(said.run.timeout, defaults.timeout);
    HttpSettings {
        timeout,
        connect: defaults.connect.min(timeout),
        deadline: seconds(said.run.deadline, defaults.deadline),
        ca_files: said.run.ca_file.iter().cloned().collect(),
        allow_http,
        proxies: Proxies::from_environment(&process.variables),
        ..defaults
    }
}

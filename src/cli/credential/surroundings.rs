//! What the helper looks at beside the request: the user's and the system's configuration, and the job one runs in. Never
//! a file of the work tree, no repository, no catalogue.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::process::Process;
use super::super::stores::{around, in_ci};
use super::words::Options;
use crate::app::answer::{Answer, Ask, Means, Step};
use crate::app::ports::{Environment as _, GitUser, Glance, Miss, Offhand, Platform, Store};
use crate::domain::connection::{Barred, Connection, SourceSpec};
use crate::domain::finding::Place;
use crate::domain::origin::{Origin, Scheme};
use crate::domain::token::Token;
use crate::wiring::{
    Agreed, AroundStores, ConfigError, Draft, ForgeWords, Input, PlainSources, Trust, Variables, Vocabulary, adhoc,
    elsewhere, files, load, offhand, read, stores, trust,
};

pub(in crate::cli) struct Surroundings<'a> {
    variables: &'a Variables,
    directory: Option<&'a Path>,
    now: Timestamp,
    forges: Vec<Offhand>,
    /// Every platform that this process seems to be a job of.
    jobs: Vec<Job>,
}

/// The platform this process is a job of.
struct Job {
    forge: Offhand,
    /// Its origin, where its variables agree; else what they disagree about.
    origin: Result<Origin, String>,
    url: String,
    /// As `Platform::home`.
    home: Option<String>,
}

impl<'a> Surroundings<'a> {
    pub(in crate::cli) fn look(process: &'a Process<'_>) -> Self {
        let forges: Vec<Offhand> = offhand().collect();
        let jobs = forges.iter().filter_map(|forge| Some(Job::of(*forge, (forge.job)(&process.variables)?))).collect();
        let (variables, directory) = (&process.variables, process.directory.as_deref());
        Self { variables, directory, now: process.clock.now(), forges, jobs }
    }

    /// A process that seems to run on two platforms runs on neither.
    fn job(&self) -> Option<&Job> {
        match &self.jobs[..] {
            [job] => Some(job),
            _ => None,
        }
    }

    /// The job's own origin, where its variables agree.
    pub(super) fn platform(&self) -> Option<&Origin> {
        self.job()?.origin.as_ref().ok()
    }

    pub(super) fn is_the_jobs(&self, token: &Token) -> bool {
        let own = |job: &Job| self.variables.get(job.forge.own_token).is_some_and(|own| own.trim() == token.expose());
        self.jobs.iter().any(own)
    }

    pub(super) fn answer(&self, ask: &Ask, options: &Options) -> Answer {
        let nothing = |why| Answer { given: None, notes: vec![why] };
        let store = match self.store(options) {
            Ok(store) => store,
            Err(miss) => stores::nowhere(miss),
        };
        let answer = self.with_means(ask, store.as_ref(), |means, why| {
            let mut answer = means.answer(ask);
            answer.notes.extend(why.filter(|_| answer.given.is_none()));
            answer
        });
        // What the file meant to say of this origin is not known, so nothing is.
        answer.unwrap_or_else(nothing)
    }

    /// Everybody who may answer, for people who want to know, and why the job's own token may not.
    pub(in crate::cli) fn explain(&self, ask: &Ask, options: &Options) -> Result<(Vec<Step>, Option<String>), String> {
        let store = self.store(options).unwrap_or_else(stores::nowhere);
        self.with_means(ask, store.as_ref(), |means, why| means.explain(ask).map(|steps| (steps, why)))?
    }

    /// The platform whose job this is.
    pub(in crate::cli) fn job_forge(&self) -> Option<&'static str> {
        self.job().map(|job| job.forge.id)
    }

    /// The forge at this origin, as far as a configuration, the job or its being the public one tells, and its root.
    pub(in crate::cli) fn forge_at(&self, origin: &Origin) -> Option<(String, String)> {
        let files = self.files().unwrap_or_default();
        let configured = files.into_iter().flatten().find(|connection| connection.base.origin == *origin);
        let configured = configured.map(|connection| (connection.forge, connection.base.root));
        let job = self.job().filter(|job| job.origin.as_ref() == Ok(origin));
        let root = |job: &Job| Origin::parse_with_path(&job.url).map(|(_, path)| path.trim_end_matches('/').to_owned());
        let job = job.and_then(|job| Some((job.forge.id.to_owned(), root(job).ok()?)));
        let public = |forge: &&Offhand| Origin::parse(forge.public_origin).as_ref() == Ok(origin);
        let public = || self.forges.iter().find(public).map(|forge| (forge.id.to_owned(), String::new()));
        configured.or(job).or_else(public)
    }

    /// A connection for a token that was found elsewhere.
    pub(in crate::cli) fn draft(
        &self,
        forge: &str,
        url: &str,
        source: SourceSpec,
        username: Option<&str>,
    ) -> Option<Connection> {
        let words = self.forges.iter().find(|known| known.id == forge).map(|forge| self.words(forge))?;
        let vocabulary = Vocabulary { forges: vec![words], contracts: None, plain_http: &[], rules: None };
        let insecure = url.starts_with("http://");
        let draft = Draft { forge, url: Some(url), target: None, source, username, insecure };
        adhoc::connection(&draft, &vocabulary).ok().map(|connection| Connection { insecure: false, ..connection })
    }

    /// Is it a token that hallpass would answer this with anyway? Then it is not kept a second time.
    pub(super) fn supplies(&self, ask: &Ask, token: &Token) -> Result<bool, String> {
        self.with_means(ask, stores::nowhere(Miss::NotMine).as_ref(), |means, _| means.supplies(ask, token))
    }

    /// Where Git's `store` puts things: where the user said; nowhere in CI; else where this system has a place for it.
    pub(in crate::cli) fn store(&self, options: &Options) -> Result<Box<dyn Store>, Miss> {
        let in_ci = self.in_ci();
        let around = AroundStores {
            file: options.file.clone(),
            identity: options.identity.clone(),
            ..around(self.variables, self.now, in_ci)
        };
        match options.chosen().or(in_ci.then_some("none")) {
            Some(name) => stores::open(name, &around),
            None => Ok(stores::usual(&around)),
        }
    }

    pub(super) fn in_ci(&self) -> bool {
        in_ci(self.variables) || !self.jobs.is_empty()
    }

    /// With all that may answer, and why the job's own token may not.
    fn with_means<T>(
        &self,
        ask: &Ask,
        store: &dyn Store,
        with: impl FnOnce(&Means<'_>, Option<String>) -> T,
    ) -> Result<T, String> {
        let files = self.files()?;
        let (platform, why) = match self.job().map(|job| job.connection(ask)) {
            Some(Ok(connection)) => (connection, None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        let directory = self.directory.map(Path::to_owned).unwrap_or_default();
        // Standard input is the request's.
        let source = PlainSources::new(self.variables.clone(), directory, Box::new(std::io::empty()))
            .with(elsewhere(around(self.variables, self.now, self.in_ci())));
        let means = Means {
            files: &files,
            platform: platform.as_ref(),
            glance: &|connection, token| self.glance(connection, token),
            subject: &|connection, ask| {
                let forge = self.forges.iter().find(|forge| forge.id == connection.forge)?;
                Some((forge.git_subject?)(connection, ask))
            },
            is_shared: &|origin| {
                let mut shared = self.forges.iter().filter(|forge| forge.shared_origin);
                shared.any(|forge| Origin::parse(forge.public_origin).is_ok_and(|public| public == *origin))
            },
            source: &source,
            store,
            now: self.now,
        };
        Ok(with(&means, why))
    }

    fn glance(&self, connection: &Connection, token: &Token) -> Glance {
        let forge = self.forges.iter().find(|forge| forge.id == connection.forge);
        forge
            .map_or(Glance { user: GitUser::Any("hallpass"), expires: None }, |forge| (forge.glance)(connection, token))
    }

    /// The connections of each file, the nearest first. A name that was used nearer hides a later one.
    pub(super) fn files(&self) -> Result<Vec<Vec<Connection>>, String> {
        let path = |name: &str| self.variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let directory = self.directory;
        let variable = path("HALLPASS_CONFIG");
        if let (Some(variable), Some(directory)) = (&variable, directory)
            && files::is_in_work_tree(variable, directory)
        {
            return Err(
                "`HALLPASS_CONFIG` names a file of the repository, and such a file cannot say where tokens go; \
                        keep it outside"
                    .to_owned(),
            );
        }
        let user_folder = files::user_folder(path);
        let around = files::Around {
            flag: None,
            directory,
            work_tree: None,
            variable: variable.as_deref(),
            user_folder: user_folder.as_deref(),
            system_folder: Some(Path::new("/etc")),
        };
        let found = files::files(&around).map_err(|error| complaint(&error))?;
        let mut all: Vec<Vec<Connection>> = Vec::with_capacity(found.len());
        for file in found {
            let mut connections = self.connections(&file)?;
            connections.retain(|one| all.iter().flatten().all(|held| held.name != one.name));
            all.push(connections);
        }
        Ok(all)
    }

    fn connections(&self, file: &files::Found) -> Result<Vec<Connection>, String> {
        let text = read::text(&file.path, &file.shown).map_err(|error| complaint(&error))?;
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let input = Input { text: &text, shown: &file.shown, folder, trust: Trust::User };
        let vocabulary = Vocabulary {
            forges: self.forges.iter().map(|forge| self.words(forge)).collect(),
            contracts: None,
            plain_http: &[],
            rules: None,
        };
        let loaded = load(&input, &vocabulary, self.variables);
        // The first complaint stands for all.
        let configuration = loaded.map_err(|errors| errors.0.first().map(complaint).unwrap_or_default())?;
        let mut connections = configuration.connections;
        for connection in &mut connections {
            self.bar(connection);
        }
        Ok(connections)
    }

    fn words<'f>(&self, forge: &'f Offhand) -> ForgeWords<'f> {
        let here = self.job().filter(|job| job.forge.id == forge.id && job.origin.is_ok());
        ForgeWords {
            id: forge.id,
            url: here.map_or_else(|| forge.public_origin.to_owned(), |job| job.url.clone()),
            own_token: forge.own_token,
            tidy_root: &forge.tidy_root,
            catalogue: None,
        }
    }

    /// Whoever wrote the file: the platform's own token stays with the platform (R2).
    fn bar(&self, connection: &mut Connection) {
        let own = |forge: &&Offhand| forge.id == connection.forge;
        let Some(forge) = self.forges.iter().find(own) else { return };
        let Ok(public) = Origin::parse(forge.public_origin) else { return };
        // A job's own token is that also where it is named by its variable.
        if let SourceSpec::Env(name) = &connection.source
            && self.jobs.iter().any(|job| job.forge.own_token == name)
        {
            connection.source = SourceSpec::Job(name.clone());
        }
        let job = self.job().filter(|job| job.forge.id == connection.forge);
        let platform = job.and_then(|job| Some((job.origin.as_ref().ok()?, job.forge.own_token)));
        let agreed = Agreed {
            platform,
            home: job.and_then(|job| job.home.as_deref()),
            public: &public,
            named: &[],
            plain_http: &[],
            work_tree: None,
            credentials: None,
            resolve: &|_| None,
        };
        if let Err(untrusted) = trust::agree(connection, Trust::User, &agreed) {
            connection.barred =
                Some(Barred { why: untrusted.to_string(), fix: untrusted.fix(), clause: untrusted.clause() });
        }
    }
}

/// One line: what to do about it is told by the commands that people type.
fn complaint(error: &ConfigError) -> String {
    let Place { file, line, column } = &error.place;
    format!("{file}:{line}:{column}: {}", error.message)
}

impl Job {
    fn of(forge: Offhand, platform: Platform) -> Self {
        let home = platform.home;
        let (origin, url) = match platform.url {
            Ok(url) => match Origin::parse_with_path(&url) {
                Ok((origin, _)) => (Ok(origin), url),
                Err(error) => (Err(error.to_string()), String::new()),
            },
            Err(why) => (Err(why), String::new()),
        };
        Self { forge, origin, url, home }
    }

    /// The job's own token as a connection, where the request is about the platform.
    fn connection(&self, ask: &Ask) -> Result<Option<Connection>, String> {
        let unused = |why: &str| format!("the job's own token is not used: {why}");
        let origin = self.origin.as_ref().map_err(|why| unused(why))?;
        if *origin != ask.origin {
            return Ok(None);
        }
        if origin.scheme_of() == Scheme::Http {
            return Err(unused("it would travel unencrypted over `http`"));
        }
        let draft = Draft {
            forge: self.forge.id,
            url: Some(&self.url),
            target: self.home.as_deref(),
            source: SourceSpec::Job(self.forge.own_token.to_owned()),
            username: None,
            insecure: false,
        };
        let vocabulary = Vocabulary {
            forges: vec![ForgeWords {
                id: self.forge.id,
                url: self.url.clone(),
                own_token: self.forge.own_token,
                tidy_root: &self.forge.tidy_root,
                catalogue: None,
            }],
            contracts: None,
            plain_http: &[],
            rules: None,
        };
        adhoc::connection(&draft, &vocabulary).map(Some).map_err(|_| unused("its address cannot be used"))
    }
}

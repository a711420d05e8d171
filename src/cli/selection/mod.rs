//! Which tokens a command is about: from flags, from the configuration, or from the job's environment.

mod configured;
mod job_files;
mod of_job;
mod typed;

use std::path::{Path, PathBuf};

use super::args::{AdHoc, Run};
use super::process::Process;
use crate::app::ports::{Platform, Provider};
use crate::domain::connection::{Barred, Connection, Ignore, SourceSpec};
use crate::domain::origin::Origin;
use crate::wiring::{
    ConfigErrors, ForgeWords, Input, Library, Own, TidyRoot, Trust, Variables, Vocabulary, adhoc, git, load, trust,
};
use configured::each;

/// What was found to work on.
pub(super) struct Selection {
    pub(super) connections: Vec<Connection>,
    pub(super) ignores: Vec<Ignore>,
    pub(super) in_ci: bool,
}

/// What the command line says about the choice.
pub(super) struct Wanted<'a> {
    pub(super) config: Option<&'a Path>,
    pub(super) names: &'a [String],
    pub(super) adhoc: &'a AdHoc,
    pub(super) run: &'a Run,
    pub(super) manner: Manner,
}

/// How many tokens a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    One,
    /// Each for itself.
    Each,
    /// All against each other.
    Compare,
    /// None: it is about what they would have to hold.
    Demands,
}

pub(super) fn select(wanted: &Wanted<'_>, process: &Process<'_>, library: &Library) -> Result<Selection, String> {
    let surroundings = Surroundings::look(wanted, process, library)?;
    let mut configurations = surroundings.configurations()?;
    let ignores = configurations.iter_mut().flat_map(|found| std::mem::take(&mut found.ignores)).collect();
    let own: Own = configurations.iter().flat_map(|found| found.contracts.clone()).collect();
    let demanded = !wanted.adhoc.contract.is_empty() || !wanted.adhoc.needs.is_empty();
    let mut connections = if wanted.manner == Manner::Demands && demanded {
        vec![surroundings.without_token()?]
    } else if surroundings.by_flags() {
        surroundings.typed()?
    } else if configurations.iter().any(|found| !found.connections.is_empty()) {
        surroundings.chosen_from(configurations)?
    } else if wanted.manner == Manner::Demands && wanted.names.is_empty() {
        // Nothing demands anything; the job's tokens would not either.
        Vec::new()
    } else {
        surroundings.of_the_job()?
    };
    for connection in &mut connections {
        surroundings.complete(connection, &own)?;
    }
    Ok(Selection {
        connections,
        ignores,
        in_ci: surroundings.platform.is_some() || process.variable("CI").is_some_and(|value| value == "true"),
    })
}

/// A place for demands that come from elsewhere than the command line; its token is never looked for.
pub(super) fn placed(wanted: &Wanted<'_>, process: &Process<'_>, library: &Library) -> Result<Connection, String> {
    let surroundings = Surroundings::look(wanted, process, library)?;
    let own: Own = surroundings.configurations()?.into_iter().flat_map(|found| found.contracts).collect();
    let mut connection = surroundings.without_token()?;
    surroundings.complete(&mut connection, &own)?;
    Ok(connection)
}

/// A connection that a command made by itself, with what the surroundings add to it.
pub(super) fn completed(
    mut connection: Connection,
    wanted: &Wanted<'_>,
    process: &Process<'_>,
    library: &Library,
) -> Result<Connection, String> {
    Surroundings::look(wanted, process, library)?.complete(&mut connection, &Own::default())?;
    Ok(connection)
}

/// A configuration that hallpass made itself is one that it can read.
pub(super) fn reads_back(
    text: &str,
    wanted: &Wanted<'_>,
    process: &Process<'_>,
    library: &Library,
) -> Result<(), String> {
    let surroundings = Surroundings::look(wanted, process, library)?;
    let folder = process.directory.as_deref().unwrap_or(Path::new(""));
    let input = Input { text, shown: "hallpass.yml", folder, trust: Trust::Repository };
    let wrong = |errors: ConfigErrors| format!("what was found here makes no valid configuration\n{}", each(&errors));
    load(&input, &surroundings.vocabulary(), &process.variables).map(drop).map_err(wrong)
}

/// What the configuration files say to leave out, for a command without connections.
pub(super) fn ignores(config: Option<&Path>, process: &Process<'_>, library: &Library) -> Result<Vec<Ignore>, String> {
    let (adhoc, run) = (AdHoc::default(), Run::quiet());
    let wanted = Wanted { config, names: &[], adhoc: &adhoc, run: &run, manner: Manner::Each };
    let found = Surroundings::look(&wanted, process, library)?.configurations()?;
    Ok(found.into_iter().flat_map(|found| found.ignores).collect())
}

/// Everything around the process that bears on the choice.
struct Surroundings<'a> {
    wanted: &'a Wanted<'a>,
    variables: &'a Variables,
    directory: Option<&'a Path>,
    library: &'a Library,
    /// One for each forge of the library.
    tidy_roots: Vec<Box<TidyRoot<'a>>>,
    platform: Option<Platform>,
    /// The platform's own origin, where its variables agree.
    platform_origin: Option<Origin>,
    work_tree: Option<PathBuf>,
    allowed: Vec<Origin>,
    plain_http: Vec<Origin>,
}

impl<'a> Surroundings<'a> {
    fn look(wanted: &'a Wanted<'a>, process: &'a Process<'_>, library: &'a Library) -> Result<Self, String> {
        let mut platform = the_platform(wanted.adhoc.forge.as_deref(), process, library)?;
        let work_tree = process.directory.as_deref().and_then(git::work_tree);
        if let Some(platform) = &mut platform
            && let Some(provider) = library.forge(platform.forge)
        {
            job_files::complete(platform, provider, &process.variables, work_tree.as_deref());
        }
        let platform_origin = platform_origin(platform.as_ref());
        let allowed = origins("--allow-origin", &wanted.run.allow_origin)?;
        let plain_http = origins("--allow-http", &wanted.run.allow_http)?;
        let tidy_root = |provider: &'a dyn Provider| -> Box<TidyRoot<'a>> { Box::new(|path| provider.tidy_root(path)) };
        Ok(Self {
            wanted,
            variables: &process.variables,
            directory: process.directory.as_deref(),
            library,
            tidy_roots: library.forges.iter().map(|provider| tidy_root(provider.as_ref())).collect(),
            platform,
            platform_origin,
            work_tree,
            allowed,
            plain_http,
        })
    }

    fn vocabulary(&self) -> Vocabulary<'_> {
        let forges = self.library.forges.iter().zip(&self.tidy_roots).map(|(provider, tidy_root)| {
            let here = self.platform.as_ref().filter(|platform| platform.forge == provider.id());
            let url = here.and_then(|platform| platform.url.clone().ok());
            ForgeWords {
                id: provider.id(),
                url: url.unwrap_or_else(|| provider.public_origin().to_owned()),
                own_token: provider.own_token(),
                tidy_root: tidy_root.as_ref(),
                catalogue: Some(provider.catalogue()),
            }
        });
        Vocabulary {
            forges: forges.collect(),
            contracts: Some(&self.library.contracts),
            plain_http: &self.plain_http,
            rules: Some(self.library.rules.iter().map(|rule| rule.id.as_str()).collect()),
        }
    }

    /// As `Platform::home`.
    fn home(&self) -> Option<&str> {
        self.platform.as_ref()?.home.as_deref()
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// What the surroundings add to a connection however it came about.
    fn complete(&self, connection: &mut Connection, own: &Own) -> Result<(), String> {
        let adhoc = self.wanted.adhoc;
        if self.wanted.manner == Manner::One {
            // A question is about one token; what a configuration demands of it is another matter.
            connection.contracts.clear();
            connection.needs.clear();
            connection.must_not.clear();
        }
        adhoc::demand(connection, &adhoc.contract, &adhoc.needs, own, &self.vocabulary())
            .map_err(|errors| flags(&errors))?;
        let here = self.platform.as_ref().filter(|platform| platform.forge == connection.forge);
        let at_home = self.platform_origin.as_ref() == Some(&connection.base.origin);
        if let Some(platform) = here {
            connection.job = at_home.then(|| platform.job.clone());
            let own = matches!(&connection.source, SourceSpec::Job(name) | SourceSpec::Env(name) if name == platform.own_token);
            if let Some(why) = platform.job.not_granted.as_ref().filter(|_| own && at_home) {
                connection.remarks.push(format!("what this job's token was given is not known: {why}"));
            }
            // A path in the address is part of where the connection points; the job's target continues its own address.
            let same_root = platform.url.as_ref().ok().and_then(|url| Origin::parse_with_path(url).ok());
            let same_root = same_root.is_some_and(|(_, root)| root.trim_end_matches('/') == connection.base.root);
            if at_home && same_root && connection.target.is_none() {
                connection.target.clone_from(&platform.target);
            }
            if at_home && connection.ca_file.is_none() {
                connection.ca_file = platform.ca_file.as_ref().map(PathBuf::from);
            }
        }
        if connection.target.is_none() {
            connection.target = self.target_of_remote(connection);
        }
        if self.plain_http.contains(&connection.base.origin) {
            connection.insecure = true;
        }
        // The target may have come from a remote of the repository, which is not to aim the job's own token (R2, R4).
        let home = self.home().filter(|_| connection.barred.is_none() && self.is_own(connection));
        if let Some(home) = home.filter(|home| !connection.may_be_below(home)) {
            let away = trust::Untrusted::JobTokenAway(home.to_owned());
            connection.barred = Some(Barred { why: away.to_string(), fix: away.fix(), clause: away.clause() });
        }
        Ok(())
    }

    /// Is it the platform's own token, however it is named?
    fn is_own(&self, connection: &Connection) -> bool {
        let own = self.platform.as_ref().map(|platform| platform.own_token);
        matches!(&connection.source, SourceSpec::Env(name) | SourceSpec::Job(name) if Some(name.as_str()) == own)
    }

    /// The public forge that the repository one stands in comes from.
    fn forge_of_remote(&self) -> Option<String> {
        let remotes = git::remotes(self.directory?);
        let mut origins = remotes.iter().filter_map(|(_, url)| Some(Origin::parse_with_path(url).ok()?.0.to_string()));
        origins.find_map(|origin| {
            let public = self.library.forges.iter().find(|provider| provider.public_origin() == origin);
            public.map(|provider| provider.id().to_owned())
        })
    }

    /// The repository one stands in, where its remote is on the connection's forge.
    fn target_of_remote(&self, connection: &Connection) -> Option<String> {
        let remotes = git::remotes(self.directory?);
        let provider = self.library.forge(&connection.forge)?;
        let origin_first = remotes.iter().filter(|(name, _)| name == "origin").chain(remotes.iter());
        origin_first.into_iter().find_map(|(_, url)| {
            let (origin, path) = Origin::parse_with_path(url).ok()?;
            let path = path.trim_matches('/');
            let path = path.strip_suffix(".git").unwrap_or(path);
            (origin == connection.base.origin).then(|| provider.target_of(&connection.base, path)).flatten()
        })
    }
}

/// The CI platform one runs on. Where the variables of several are set, only a word of the user decides (E-02).
fn the_platform(forge: Option<&str>, process: &Process<'_>, library: &Library) -> Result<Option<Platform>, String> {
    let mut platforms: Vec<Platform> =
        library.forges.iter().filter_map(|provider| provider.job(&process.variables)).collect();
    if let (Some(forge), true) = (forge, platforms.len() > 1) {
        platforms.retain(|platform| platform.forge == forge);
    }
    if platforms.len() > 1 {
        let forges: Vec<_> = platforms.iter().map(|platform| format!("`--forge {}`", platform.forge)).collect();
        return Err(format!(
            "the variables of several CI platforms are set, so whose job this is cannot be told\nhint: add {}",
            forges.join(" or ")
        ));
    }
    Ok(platforms.pop())
}

/// The platform's own origin, where its variables agree.
fn platform_origin(platform: Option<&Platform>) -> Option<Origin> {
    let url = platform?.url.as_ref().ok()?;
    Origin::parse_with_path(url).ok().map(|(origin, _)| origin)
}

fn origins(flag: &str, texts: &[String]) -> Result<Vec<Origin>, String> {
    texts
        .iter()
        .map(|text| Origin::parse(text.trim_end_matches('/')).map_err(|error| format!("`{flag}`: {error}")))
        .collect()
}

/// Complaints about flags have no line to point at.
fn flags(errors: &ConfigErrors) -> String {
    let one = |error: &crate::wiring::ConfigError| {
        let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        format!("`{}`: {}{hint}", error.place.file, error.message)
    };
    errors.0.iter().map(one).collect::<Vec<_>>().join("\n")
}

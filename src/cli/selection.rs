//! Which tokens a command is about: from flags, from the configuration, or from the job's environment.

use std::path::{Path, PathBuf};

use super::args::{AdHoc, Run};
use super::process::Process;
use crate::app::ports::{Environment, Platform, Provider};
use crate::domain::connection::{Barred, Connection, Ignore, SourceSpec};
use crate::domain::origin::Origin;
use crate::wiring::{
    Agreed, ConfigErrors, Configuration, Draft, ForgeWords, Input, Library, Own, TidyRoot, Trust, Variables,
    Vocabulary, adhoc, files, git, load, read, trust,
};

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
}

pub(super) fn select(wanted: &Wanted<'_>, process: &Process<'_>, library: &Library) -> Result<Selection, String> {
    let surroundings = Surroundings::look(wanted, process, library)?;
    let mut configurations = surroundings.configurations()?;
    let ignores = configurations.iter_mut().flat_map(|found| std::mem::take(&mut found.ignores)).collect();
    let own: Own = configurations.iter().flat_map(|found| found.contracts.clone()).collect();
    let mut connections = if surroundings.by_flags() {
        surroundings.from_flags()?
    } else if configurations.iter().any(|found| !found.connections.is_empty()) {
        surroundings.from_configurations(configurations)?
    } else {
        surroundings.from_job()?
    };
    for connection in &mut connections {
        surroundings.complete(connection, &own)?;
    }
    Ok(Selection { connections, ignores, in_ci: surroundings.platform.is_some() })
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
        let platform = library.forges.iter().find_map(|provider| provider.job(&process.variables));
        let url = platform.as_ref().and_then(|platform| platform.url.as_ref().ok());
        let platform_origin = url.and_then(|url| Origin::parse_with_path(url).ok()).map(|(origin, _)| origin);
        let work_tree = process.directory.as_deref().and_then(git::work_tree);
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
            rules: Some(self.library.rules.iter().map(|rule| rule.id.as_str()).collect()),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    // From the configuration.

    fn configurations(&self) -> Result<Vec<Configuration>, String> {
        let variable = self.path("HALLPASS_CONFIG");
        let user_folder = files::user_folder(|name| self.path(name));
        let system_folder = Path::new("/etc");
        let around = files::Around {
            flag: self.wanted.config,
            directory: self.directory,
            work_tree: self.work_tree.as_deref(),
            variable: variable.as_deref(),
            user_folder: user_folder.as_deref(),
            system_folder: Some(system_folder),
        };
        let found = files::files(&around).map_err(|error| error.to_string())?;
        found.iter().map(|file| self.configuration(file)).collect()
    }

    fn configuration(&self, file: &files::Found) -> Result<Configuration, String> {
        let text = read::text(&file.path, &file.shown).map_err(|error| error.to_string())?;
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let input = Input { text: &text, shown: &file.shown, folder, trust: file.trust };
        load(&input, &self.vocabulary(), self.variables).map_err(|errors| errors.to_string())
    }

    /// The named connections, or all of the nearest file that has any. The user's own file answers for names too.
    fn from_configurations(&self, configurations: Vec<Configuration>) -> Result<Vec<Connection>, String> {
        let named: Vec<Origin> = configurations
            .iter()
            .filter(|found| found.trust == Trust::User)
            .flat_map(|found| found.connections.iter().map(|connection| connection.base.origin.clone()))
            .chain(self.allowed.iter().cloned())
            .collect();
        let mut all: Vec<(Trust, Connection)> = Vec::new();
        let mut nearest_len = None;
        for found in configurations {
            let trust = found.trust;
            let fresh = found.connections.into_iter().filter(|one| all.iter().all(|(_, held)| held.name != one.name));
            all.extend(fresh.collect::<Vec<_>>().into_iter().map(|connection| (trust, connection)));
            nearest_len = nearest_len.or(if all.is_empty() { None } else { Some(all.len()) });
        }
        let mut chosen = if self.wanted.names.is_empty() {
            all.truncate(nearest_len.unwrap_or_default());
            all
        } else {
            self.named(all)?
        };
        for (trust, connection) in &mut chosen {
            self.bar(*trust, connection, &named);
        }
        Ok(chosen.into_iter().map(|(_, connection)| connection).collect())
    }

    fn named(&self, all: Vec<(Trust, Connection)>) -> Result<Vec<(Trust, Connection)>, String> {
        let known: Vec<String> = all.iter().map(|(_, connection)| connection.name.clone()).collect();
        for name in self.wanted.names {
            if !known.contains(name) {
                let near = crate::domain::capability::nearest(name, known.iter().map(String::as_str));
                let hint = near.map_or_else(
                    || format!("there are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(format!("there is no connection of that name\nhint: {hint}"));
            }
        }
        Ok(all.into_iter().filter(|(_, connection)| self.wanted.names.contains(&connection.name)).collect())
    }

    fn bar(&self, trust: Trust, connection: &mut Connection, named: &[Origin]) {
        let Some(provider) = self.library.forge(&connection.forge) else { return };
        let Ok(public) = Origin::parse(provider.public_origin()) else { return };
        let credentials = self.path("CREDENTIALS_DIRECTORY");
        let agreed = Agreed {
            platform: self.platform_origin.as_ref().map(|origin| (origin, provider.own_token())),
            public: &public,
            named,
            plain_http: &self.plain_http,
            work_tree: self.work_tree.as_deref(),
            credentials: credentials.as_deref(),
            resolve: &|path| path.canonicalize().ok(),
        };
        if let Err(untrusted) = trust::agree(connection, trust, &agreed) {
            connection.barred =
                Some(Barred { why: untrusted.to_string(), fix: untrusted.fix(), clause: untrusted.clause() });
        }
    }

    // From flags.

    fn by_flags(&self) -> bool {
        let adhoc = self.wanted.adhoc;
        !adhoc.token_env.is_empty() || adhoc.token_file.is_some() || adhoc.token_stdin
    }

    fn from_flags(&self) -> Result<Vec<Connection>, String> {
        let adhoc = self.wanted.adhoc;
        if !self.wanted.names.is_empty() {
            return Err("a connection's name and the flags of a token cannot be used together".to_owned());
        }
        let mut sources: Vec<SourceSpec> = adhoc.token_env.iter().map(|name| SourceSpec::Env(name.clone())).collect();
        sources.extend(adhoc.token_file.clone().map(SourceSpec::File));
        sources.extend(adhoc.token_stdin.then_some(SourceSpec::Stdin));
        if sources.len() > 1 && self.wanted.manner == Manner::One {
            return Err("only one token can be meant here\nhint: `hallpass compare` takes several".to_owned());
        }
        sources.into_iter().map(|source| self.draft(source)).collect()
    }

    fn draft(&self, source: SourceSpec) -> Result<Connection, String> {
        let adhoc = self.wanted.adhoc;
        let forge = self.forge()?;
        let url = adhoc.url.as_deref();
        let insecure = url
            .and_then(|url| Origin::parse_with_path(url).ok())
            .is_some_and(|(origin, _)| self.plain_http.contains(&origin));
        let own_http =
            url.is_none() && self.platform_origin.as_ref().is_some_and(|origin| self.plain_http.contains(origin));
        let draft = Draft {
            forge: &forge,
            url,
            target: adhoc.target.as_deref(),
            source,
            username: adhoc.username.as_deref(),
            insecure: insecure || own_http,
        };
        let connection = adhoc::connection(&draft, &self.vocabulary()).map_err(|errors| flags(&errors))?;
        self.own_token_stays_home(&connection)?;
        Ok(connection)
    }

    /// The platform's own token is for the platform, whatever was typed (R2).
    fn own_token_stays_home(&self, connection: &Connection) -> Result<(), String> {
        let own = self.platform.as_ref().map(|platform| platform.own_token);
        let is_own = matches!(&connection.source, SourceSpec::Env(name) if Some(name.as_str()) == own);
        let away = is_own && self.platform_origin.as_ref() != Some(&connection.base.origin);
        if !away {
            return Ok(());
        }
        let why = self.platform.as_ref().and_then(|platform| platform.url.as_ref().err());
        Err(match why {
            Some(why) => format!("the job's own token is not used: {why}"),
            None => format!(
                "the job's own token is meant for the platform the job runs on, not for `{}`",
                connection.base.origin
            ),
        })
    }

    /// The forge that was named, that the address belongs to, or that the job runs on.
    fn forge(&self) -> Result<String, String> {
        if let Some(forge) = &self.wanted.adhoc.forge {
            return Ok(forge.clone());
        }
        if let Some(url) = &self.wanted.adhoc.url {
            let origin = Origin::parse_with_path(url).ok().map(|(origin, _)| origin.to_string());
            let public =
                self.library.forges.iter().find(|provider| Some(provider.public_origin().to_owned()) == origin);
            if let Some(provider) = public {
                return Ok(provider.id().to_owned());
            }
        }
        if let Some(platform) = &self.platform {
            return Ok(platform.forge.to_owned());
        }
        match self.library.forges.as_slice() {
            [only] => Ok(only.id().to_owned()),
            all => {
                let ids =
                    all.iter().map(|provider| format!("`--forge {}`", provider.id())).collect::<Vec<_>>().join(" or ");
                Err(format!("which software runs there is not known\nhint: add {ids}"))
            }
        }
    }

    // From the job.

    fn from_job(&self) -> Result<Vec<Connection>, String> {
        let Some(platform) = &self.platform else {
            let hint = "write a `hallpass.yml`, or name a token: `hallpass check --token-env GITLAB_TOKEN --target group/project`";
            return Err(format!(
                "there is nothing to check: no configuration, no token named, and this is no CI job\nhint: {hint}"
            ));
        };
        if let Err(why) = &platform.url {
            return Err(format!("the job's tokens are not used: {why}"));
        }
        if !self.wanted.names.is_empty() {
            return Err("there is no configuration, so no connection has that name".to_owned());
        }
        let set = |name: &str| self.variables.get(name).is_some_and(|value| !value.trim().is_empty());
        let others =
            platform.other_tokens.iter().filter(|name| set(name)).map(|name| SourceSpec::Env((*name).to_owned()));
        let mut sources: Vec<SourceSpec> = others.chain([SourceSpec::Job(platform.own_token.to_owned())]).collect();
        let demanded = !self.wanted.adhoc.contract.is_empty() || !self.wanted.adhoc.needs.is_empty();
        let one = self.wanted.manner == Manner::One || (demanded && self.wanted.manner == Manner::Each);
        if one {
            // Tools take the token that was made for them and fall back to the job's own.
            sources.truncate(1);
        }
        sources.into_iter().map(|source| self.draft(source)).collect()
    }

    /// What the surroundings add to a connection however it came about.
    fn complete(&self, connection: &mut Connection, own: &Own) -> Result<(), String> {
        let adhoc = self.wanted.adhoc;
        adhoc::demand(connection, &adhoc.contract, &adhoc.needs, own, &self.vocabulary())
            .map_err(|errors| flags(&errors))?;
        let here = self.platform.as_ref().filter(|platform| platform.forge == connection.forge);
        let at_home = self.platform_origin.as_ref() == Some(&connection.base.origin);
        if let Some(platform) = here {
            connection.job = at_home.then(|| platform.job.clone());
            if at_home && connection.target.is_none() {
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
        Ok(())
    }

    /// The repository one stands in, where its remote is on the connection's forge.
    fn target_of_remote(&self, connection: &Connection) -> Option<String> {
        let remotes = git::remotes(self.directory?);
        let origin_first = remotes.iter().filter(|(name, _)| name == "origin").chain(remotes.iter());
        origin_first.into_iter().find_map(|(_, url)| {
            let (origin, path) = Origin::parse_with_path(url).ok()?;
            let path = path.strip_prefix(connection.base.root.as_str())?.trim_matches('/');
            let path = path.strip_suffix(".git").unwrap_or(path);
            (origin == connection.base.origin && !path.is_empty()).then(|| path.to_owned())
        })
    }
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

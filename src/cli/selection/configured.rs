//! Connections of the configuration files.

use std::path::Path;

use super::Surroundings;
use crate::domain::capability::nearest;
use crate::domain::connection::{Barred, Connection};
use crate::domain::origin::Origin;
use crate::wiring::{Agreed, ConfigErrors, Configuration, Input, Trust, files, load, read, trust};

impl Surroundings<'_> {
    pub(super) fn configurations(&self) -> Result<Vec<Configuration>, String> {
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

    pub(super) fn configuration(&self, file: &files::Found) -> Result<Configuration, String> {
        let text = read::text(&file.path, &file.shown).map_err(|error| error.to_string())?;
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let input = Input { text: &text, shown: &file.shown, folder, trust: file.trust };
        load(&input, &self.vocabulary(), self.variables).map_err(|errors| each(&errors))
    }

    /// The named connections, or all of the nearest file that has any. The user's own file answers for names too.
    pub(super) fn chosen_from(&self, configurations: Vec<Configuration>) -> Result<Vec<Connection>, String> {
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

    pub(super) fn named(&self, all: Vec<(Trust, Connection)>) -> Result<Vec<(Trust, Connection)>, String> {
        let known: Vec<String> = all.iter().map(|(_, connection)| connection.name.clone()).collect();
        for name in self.wanted.names {
            if !known.contains(name) {
                let near = nearest(name, known.iter().map(String::as_str));
                let hint = near.map_or_else(
                    || format!("there are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(format!("there is no connection of that name\nhint: {hint}"));
            }
        }
        Ok(all.into_iter().filter(|(_, connection)| self.wanted.names.contains(&connection.name)).collect())
    }

    pub(super) fn bar(&self, trust: Trust, connection: &mut Connection, named: &[Origin]) {
        let Some(provider) = self.library.forge(&connection.forge) else { return };
        let Ok(public) = Origin::parse(provider.public_origin()) else { return };
        let credentials = self.path("CREDENTIALS_DIRECTORY");
        let agreed = Agreed {
            platform: self.platform_origin.as_ref().zip(self.platform.as_ref().map(|platform| platform.own_token)),
            home: self.home(),
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
}

/// Every complaint about a file, each with the word that says so.
pub(super) fn each(errors: &ConfigErrors) -> String {
    errors.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: ")
}

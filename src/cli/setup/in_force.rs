//! The configuration in force, as it would be with entries at the end of the file that setup writes.

use super::same_entry;
use super::target::Target;
use crate::app::setup::{InForce, Unasked};
use crate::domain::config_block::Addition;
use crate::domain::origin::Origin;
use crate::domain::token::Token;
use crate::wiring::{TextFile, git};

pub(super) struct InForceHere {
    settings: Vec<git::Setting>,
    /// Where entries at the end of the file come among them.
    end: usize,
    place: git::Where,
    seen_by: git::SeenBy,
    remotes: Vec<String>,
}

impl InForceHere {
    /// `own` is what stands in the file itself.
    pub(super) fn new(
        configuration: &git::Configuration,
        own: &[git::Setting],
        target: &Target,
        file: &TextFile,
    ) -> Self {
        let all = configuration.settings();
        let in_file = |setting: &&git::Setting| {
            setting
                .place
                .file
                .as_ref()
                .and_then(|path| path.canonicalize().ok())
                .is_some_and(|path| path == file.path())
        };
        let last = |matches: &dyn Fn(&git::Setting) -> bool| all.iter().rposition(matches).map(|at| at + 1);
        let (settings, end) = match target.scope {
            Some(scope) => {
                (all.to_vec(), last(&|setting| rank(setting.place.scope) <= rank(scope)).unwrap_or_default())
            }
            None => match last(&|setting| in_file(&setting)) {
                Some(end) => (all.to_vec(), end),
                // Nobody includes it yet, and nobody knows where somebody will.
                None => (own.to_vec(), own.len()),
            },
        };
        let scope = target.scope.unwrap_or(git::Scope::Unknown);
        let remotes = configuration.remotes().into_iter().flat_map(|remote| remote.addresses);
        let remotes = remotes.map(|(address, _)| address.expose().to_owned()).collect();
        let place = git::Where { scope, file: Some(file.path().to_owned()) };
        Self { settings, end, place, seen_by: configuration.seen_by, remotes }
    }

    /// As if these were not there.
    pub(super) fn take_out(&mut self, entries: &[Addition]) {
        for entry in entries {
            let here = |setting: &git::Setting| {
                same_entry(entry, setting)
                    && setting
                        .place
                        .file
                        .as_ref()
                        .is_none_or(|path| path.canonicalize().ok().as_deref() == self.place.file.as_deref())
            };
            if let Some(at) = self.settings[..self.end].iter().rposition(here) {
                self.settings.remove(at);
                self.end -= 1;
            }
        }
    }

    pub(super) fn put_in(&mut self, entries: &[Addition]) {
        self.settings = self.with(entries);
        self.end += entries.len();
    }

    fn with(&self, entries: &[Addition]) -> Vec<git::Setting> {
        let new = entries.iter().map(|entry| git::Setting {
            section: entry.section.clone(),
            subsection: Some(Token::new(entry.subsection.clone())),
            name: entry.name.to_ascii_lowercase(),
            value: Some(Token::new(entry.value.clone())),
            place: self.place.clone(),
        });
        let (before, after) = self.settings.split_at(self.end);
        before.iter().cloned().chain(new).chain(after.iter().cloned()).collect()
    }

    fn configuration(&self, added: &[Addition]) -> git::Configuration {
        git::Configuration::new(self.with(added), self.seen_by)
    }

    /// The remotes of this origin, and an address that stands for all others.
    fn addresses(&self, origin: &Origin) -> Vec<String> {
        let own = self.remotes.iter().filter(|remote| {
            let address = git::Address::read(remote).map(|address| address.bare());
            address.is_some_and(|bare| Origin::parse_with_path(&bare).is_ok_and(|(found, _)| found == *origin))
        });
        own.cloned().chain([format!("{origin}/group/project.git")]).collect()
    }
}

impl InForce for InForceHere {
    fn helpers(&self, origin: &Origin, added: &[Addition]) -> Vec<String> {
        let Some(address) = git::Address::read(&origin.to_string()) else { return Vec::new() };
        let chain = self.configuration(added).helpers(&address);
        let text = |helper: &git::Helper| match helper.helps() {
            git::Helps::Shell(line) => format!("!{line}"),
            git::Helps::Path(text) | git::Helps::Name(text) => text.to_owned(),
        };
        chain.asked.iter().map(text).collect()
    }

    fn sends_path(&self, origin: &Origin, added: &[Addition]) -> bool {
        git::Address::read(&origin.to_string()).is_some_and(|address| self.configuration(added).use_http_path(&address))
    }

    fn unasked(&self, origin: &Origin, added: &[Addition]) -> Vec<Unasked> {
        let configuration = self.configuration(added);
        let mut found = Vec::new();
        for text in self.addresses(origin) {
            for direction in [git::Direction::Fetch, git::Direction::Push] {
                let rewrite = configuration.rewrite(&text, direction).filter(|rewrite| {
                    git::Address::read(rewrite.result.expose()).is_some_and(|address| address.password().is_some())
                });
                found.extend(rewrite.map(|rewrite| Unasked::Rewrite { place: rewrite.place.to_string() }));
            }
            let Some(address) = git::Address::read(&text) else { continue };
            let headers = configuration.extra_headers(&address);
            let shows = headers.into_iter().filter(|header| {
                header.text().is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("authorization"))
            });
            found.extend(shows.map(|header| Unasked::Header {
                pattern: header.subsection.as_ref().map(|pattern| pattern.expose().to_owned()),
                place: header.place.to_string(),
            }));
        }
        let mut once: Vec<Unasked> = Vec::new();
        for one in found {
            if !once.contains(&one) {
                once.push(one);
            }
        }
        once
    }
}

/// In the order in which Git reads.
fn rank(scope: git::Scope) -> u8 {
    match scope {
        git::Scope::System => 0,
        git::Scope::Global => 1,
        git::Scope::Local => 2,
        git::Scope::Worktree => 3,
        git::Scope::Command | git::Scope::Unknown => 4,
    }
}

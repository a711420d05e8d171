//! Connections made from flags.

use super::{Manner, Surroundings, flags};
use crate::app::ports::Environment as _;
use crate::domain::connection::{Connection, SourceSpec};
use crate::domain::elsewhere::{self, Unserved};
use crate::domain::origin::Origin;
use crate::wiring::{Draft, adhoc};

impl Surroundings<'_> {
    pub(super) fn by_flags(&self) -> bool {
        let adhoc = self.wanted.adhoc;
        !adhoc.token_env.is_empty() || adhoc.token_file.is_some() || adhoc.token_stdin
    }

    pub(super) fn typed(&self) -> Result<Vec<Connection>, String> {
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

    /// A place for demands alone. Its token is never looked for.
    pub(super) fn without_token(&self) -> Result<Connection, String> {
        if !self.wanted.names.is_empty() {
            return Err("a connection's name and the flags of a demand cannot be used together".to_owned());
        }
        let forge = self.forge(None)?;
        let own = self.library.forge(&forge).map_or("", crate::app::ports::Provider::own_token);
        self.draft(SourceSpec::Job(own.to_owned()))
    }

    pub(super) fn draft(&self, source: SourceSpec) -> Result<Connection, String> {
        let adhoc = self.wanted.adhoc;
        let forge = self.forge(Some(&source))?;
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
    pub(super) fn own_token_stays_home(&self, connection: &Connection) -> Result<(), String> {
        let is_own = self.is_own(connection);
        let away = is_own && self.platform_origin.as_ref() != Some(&connection.base.origin);
        if let Some(home) = self.home().filter(|home| is_own && !away && !connection.may_be_below(home)) {
            return Err(format!(
                "the job's own token is meant for `{home}`, where the job runs, and the target is elsewhere"
            ));
        }
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

    /// The forge that was named, that the address belongs to, that the job runs on, or that the token shows to be its own.
    pub(super) fn forge(&self, source: Option<&SourceSpec>) -> Result<String, String> {
        if let Some(forge) = &self.wanted.adhoc.forge {
            return Ok(forge.clone());
        }
        let origin = self.wanted.adhoc.url.as_deref().and_then(|url| Origin::parse_with_path(url).ok());
        let origin = origin.map(|(origin, _)| origin);
        let served = |origin: &Origin| self.library.forges.iter().find(|provider| provider.serves(origin));
        if let Some(provider) = origin.as_ref().and_then(served) {
            return Ok(provider.id().to_owned());
        }
        if let Some(forge) = origin.as_ref().and_then(|origin| elsewhere::unserved_at(origin.host())) {
            return Err(self.unserved(&format!("`{}` is {}", forge.hosts[0], forge.title), forge));
        }
        let elsewhere = self.wanted.adhoc.url.as_deref().is_some_and(|url| {
            let origin = Origin::parse_with_path(url).ok().map(|(origin, _)| origin);
            origin != self.platform_origin
        });
        if let Some(platform) = self.platform.as_ref().filter(|_| !elsewhere) {
            return Ok(platform.forge.to_owned());
        }
        if let Some((id, what)) = source.and_then(|source| self.shown(source)) {
            return match elsewhere::unserved(id) {
                Some(forge) => Err(self.unserved(what, forge)),
                None => Ok(id.to_owned()),
            };
        }
        if let Some(forge) = self.forge_of_remote() {
            return Ok(forge);
        }
        match self.library.forges.as_slice() {
            [only] => Ok(only.id().to_owned()),
            _ => Err(format!("which software runs there is not known\nhint: add {}", self.flags_of_forges())),
        }
    }

    /// The forge by the name of the variable, else by the looks of the text in it.
    fn shown(&self, source: &SourceSpec) -> Option<(&'static str, &'static str)> {
        let SourceSpec::Env(name) = source else { return None };
        let usual = self.library.forges.iter().find(|provider| provider.usual_variables().contains(&name.as_str()));
        let by_name = usual.map(|provider| (provider.id(), ""));
        by_name.or_else(|| elsewhere::by_token(&self.variables.get(name)?))
    }

    fn unserved(&self, what: &str, forge: &Unserved) -> String {
        let titles: Vec<_> = self.library.forges.iter().map(|one| one.catalogue().about.title.as_str()).collect();
        format!(
            "{what}, and hallpass has no engine for {}: what a token can do there stays unknown\nhint: there are engines for {}",
            forge.title,
            titles.join(", ")
        )
    }

    fn flags_of_forges(&self) -> String {
        self.library.forges.iter().map(|one| format!("`--forge {}`", one.id())).collect::<Vec<_>>().join(" or ")
    }
}

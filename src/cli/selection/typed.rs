//! Connections made from flags.

use super::{Manner, Surroundings, flags};
use crate::domain::connection::{Connection, SourceSpec};
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
        let forge = self.forge()?;
        let own = self.library.forge(&forge).map_or("", crate::app::ports::Provider::own_token);
        self.draft(SourceSpec::Job(own.to_owned()))
    }

    pub(super) fn draft(&self, source: SourceSpec) -> Result<Connection, String> {
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
    pub(super) fn own_token_stays_home(&self, connection: &Connection) -> Result<(), String> {
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
    pub(super) fn forge(&self) -> Result<String, String> {
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
        if let Some(forge) = self.forge_of_remote() {
            return Ok(forge);
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
}

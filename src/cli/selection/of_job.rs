//! Connections that the job's environment gives without any configuration.

use super::{Manner, Surroundings};
use crate::app::ports::Environment as _;
use crate::domain::connection::{Connection, SourceSpec};

impl Surroundings<'_> {
    pub(super) fn of_the_job(&self) -> Result<Vec<Connection>, String> {
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
}

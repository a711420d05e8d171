//! The platform's own token, in the variable where its jobs find it.

use super::{Sources, env};
use crate::app::ports::Miss;
use crate::domain::connection::SourceSpec;
use crate::domain::token::Token;

pub(super) fn find(sources: &Sources, spec: &SourceSpec) -> Result<Token, Miss> {
    let SourceSpec::Job(variable) = spec else { return Err(Miss::NotMine) };
    env::variable(&sources.variables, variable).map_err(|miss| match miss {
        Miss::Absent(text) => Miss::Absent(format!("{text}; only jobs that were given it can use the job's own token")),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ports::Source;
    use crate::source::tests::sources;

    #[test]
    fn the_jobs_own_token_is_read_from_its_variable() {
        let spec = SourceSpec::Job("CI_JOB_TOKEN".to_owned());
        assert_eq!(sources(&[("CI_JOB_TOKEN", "secret")], "").find(&spec).unwrap().expose(), "secret");
        let miss = sources(&[], "").find(&spec).unwrap_err();
        assert!(miss.to_string().contains("`CI_JOB_TOKEN` is not set; only jobs"));
    }
}

//! Finds the credential of a request.

use crate::forge::{Presented, Shown};
use crate::record::UNKNOWN_TOKEN;
use crate::request::Request;

use super::state::State;

/// A credential as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) text: String,
    pub(super) way: Presented,
}

pub(super) const PRIVATE_TOKEN: Presented = Presented::Header("private-token");
pub(super) const JOB_TOKEN: Presented = Presented::Header("job-token");
pub(super) const DEPLOY_TOKEN: Presented = Presented::Header("deploy-token");

impl Credential {
    pub(super) fn find(request: &Request) -> Option<Self> {
        let header = |name: &'static str| {
            request.header(name).map(|text| Self { text: text.to_owned(), way: Presented::Header(name) })
        };
        let parameters = request.parameters();
        let parameter = |name: &'static str| {
            parameters.get(name).map(|text| Self { text: text.clone(), way: Presented::Parameter(name) })
        };
        header("private-token")
            .or_else(|| parameter("private_token"))
            .or_else(|| header("job-token"))
            .or_else(|| parameter("job_token"))
            .or_else(|| header("deploy-token"))
            .or_else(|| request.bearer().map(|text| Self { text: text.to_owned(), way: Presented::Bearer }))
            .or_else(|| parameter("access_token"))
            .or_else(|| request.basic().map(|(user, text)| Self { text, way: Presented::Basic(user) }))
            .or_else(|| parameter("token"))
    }

    /// Sent in a place where only a job token is looked for.
    pub(super) fn is_for_jobs(&self) -> bool {
        self.way == JOB_TOKEN || matches!(self.way, Presented::Parameter("job_token" | "token"))
    }

    pub(super) fn basic_user(&self) -> Option<&str> {
        match &self.way {
            Presented::Basic(user) => Some(user),
            _ => None,
        }
    }
}

/// How the record keeps the request's credential.
pub(super) fn shown(state: &State, request: &Request) -> Shown {
    match Credential::find(request) {
        None => Shown::default(),
        Some(credential) => {
            let name = state.token(&credential.text).map_or(UNKNOWN_TOKEN, |token| &token.token.name);
            Shown { token: Some(name.to_owned()), presented: credential.way }
        }
    }
}

//! `wrong-auth-header`: a token where GitLab does not look for its kind.

use super::{Ground, Told};
use crate::pipeline::gitlab::endpoint::{Address, address};
use crate::pipeline::gitlab::words::{Whose, whose};
use crate::pipeline::model::{Act, How, Job, Presented, Request};

const RULE: &str = "wrong-auth-header";

pub(super) fn told(job: &Job, ground: &Ground<'_>) -> Vec<Told> {
    let requests = job.acts.iter().filter_map(|act| match act {
        Act::Request(request) if request.program != "git" => Some(request),
        _ => None,
    });
    requests.flat_map(|request| request.tokens.iter().filter_map(|token| one(request, token, ground))).collect()
}

fn one(request: &Request, token: &Presented, ground: &Ground<'_>) -> Option<Told> {
    let to_gitlab = match address(&request.url.value) {
        Address::Rest(_) | Address::GraphQl => true,
        Address::Unknown => false,
        Address::Elsewhere => return None,
    };
    let new = |message: &str| Some(Told::new(RULE, message, token.span, request.span));
    let whose = whose(&token.value);
    let header = match &token.how {
        How::Header(name) => name.as_str(),
        How::Query(name) | How::Field(name) if name == "private_token" => "private-token",
        _ => return None,
    };
    match (header, whose) {
        ("private-token", Whose::Job) if opens_nothing_else(request, ground) => {
            new("`PRIVATE-TOKEN` is read as an access token; the job token belongs in `JOB-TOKEN`")
        }
        ("private-token", Whose::Deploy) => {
            new("a deploy token is no access token: the interface refuses it as `PRIVATE-TOKEN`")
        }
        ("job-token", Whose::Access) => {
            new("`JOB-TOKEN` takes the job's own token; an access token belongs in `PRIVATE-TOKEN`")
        }
        ("job-token", Whose::AccessByName) => {
            let message = "`JOB-TOKEN` takes the job's own token; by its name this is an access token, which belongs in `PRIVATE-TOKEN`";
            new(message).map(Told::likely)
        }
        ("job-token", Whose::Deploy) => new("`JOB-TOKEN` takes the job's own token, not a deploy token"),
        ("ci-job-token" | "ci_job_token" | "job_token" | "gitlab-token" | "x-gitlab-token" | "token", Whose::Job)
            if to_gitlab =>
        {
            new("GitLab does not read this header; the job token belongs in `JOB-TOKEN`")
        }
        ("private_token" | "access-token" | "token" | "x-gitlab-token", Whose::AccessByName | Whose::Access)
            if to_gitlab =>
        {
            new(
                "GitLab does not read this header; an access token belongs in `PRIVATE-TOKEN` or `Authorization: Bearer`",
            )
        }
        _ => None,
    }
}

/// Where the endpoint is closed to the job token anyway, that is what has to be told.
fn opens_nothing_else(request: &Request, ground: &Ground<'_>) -> bool {
    match (address(&request.url.value), &request.method) {
        (Address::Rest(path), Some(method)) => {
            !path.routes(method, ground.catalogue).is_empty() || path.is_beyond_the_table()
        }
        (Address::GraphQl, _) => false,
        _ => true,
    }
}
